//! Waiting for several things at once, in an order that every replay repeats.
//!
//! `join!`, `try_join!` and `select!` poll in the order in which they are written. Of those for
//! many futures, [`join_all`] and [`try_join_all`] poll what was woken, and only history wakes.
//! All but `select!` also take what becomes a future, such as a call of an activity; in `select!`
//! such a call ends in `.start()`.
//!
//! `futures::select!` is not among them because it begins at a random branch, and neither are
//! `tokio::join!` and `tokio::select!`: a replay would take another turn than the run it replays.

use std::future::IntoFuture;

use futures::future::{JoinAll, TryFuture, TryJoinAll};

#[doc(hidden)]
pub use futures as __futures;
/// Waits for the first of several futures; where several are ready, the one written first counts.
///
/// The branches that were not taken are dropped, which cancels what they stand for.
pub use futures::select_biased as select;

pub use crate::{join, try_join};

/// Waits for several futures, and returns a tuple of what they return.
///
/// ```
/// use futures::FutureExt as _;
/// use sempre::workflow::combinator::join;
///
/// let both = async { join!(async { 1 }, async { "two" }) };
/// assert_eq!(both.now_or_never(), Some((1, "two")));
/// ```
#[macro_export]
macro_rules! join {
    ($($future:expr),+ $(,)?) => {
        $crate::workflow::combinator::__futures::join!(
            $(::core::future::IntoFuture::into_future($future)),+
        )
    };
}

/// Waits for several futures until one fails, and returns a tuple of their values or that error.
///
/// When one fails the others are dropped, which cancels what they stand for.
///
/// ```
/// use futures::FutureExt as _;
/// use sempre::workflow::combinator::try_join;
///
/// let both = async { try_join!(async { Ok(1) }, async { Err::<(), _>("no") }) };
/// assert_eq!(both.now_or_never(), Some(Err("no")));
/// ```
#[macro_export]
macro_rules! try_join {
    ($($future:expr),+ $(,)?) => {
        $crate::workflow::combinator::__futures::try_join!(
            $(::core::future::IntoFuture::into_future($future)),+
        )
    };
}

/// Waits for any number of futures, and returns what they return in their order.
///
/// All of them begin with this call, in their order.
pub fn join_all<I>(futures: I) -> JoinAll<<I::Item as IntoFuture>::IntoFuture>
where
    I: IntoIterator<Item: IntoFuture>,
{
    futures::future::join_all(futures.into_iter().map(IntoFuture::into_future))
}

/// Waits for any number of futures until one fails, and returns their values or that error.
///
/// All of them begin with this call, in their order. When one fails the others are dropped, which
/// cancels what they stand for.
pub fn try_join_all<I>(futures: I) -> TryJoinAll<<I::Item as IntoFuture>::IntoFuture>
where
    I: IntoIterator<Item: IntoFuture<IntoFuture: TryFuture>>,
{
    futures::future::try_join_all(futures.into_iter().map(IntoFuture::into_future))
}
