//! Waiting for several things at once, in an order that every replay repeats.
//!
//! `join!`, `try_join!` and `select!` poll in the order in which they are written. Of those for
//! many futures, [`join_all`], [`try_join_all`] and [`map_concurrent`] poll what was woken, and only
//! history wakes. All of them also take what becomes a future.
//!
//! What loses in `select!` or `try_join!` is canceled, and the history says so even where the run
//! closes in the same workflow task.
//!
//! `futures::select!` is not among them because it begins at a random branch, and neither are
//! `tokio::join!` and `tokio::select!`: a replay would take another turn than the run it replays.

use std::future::IntoFuture;

use futures::{
    future::{JoinAll, TryFuture, TryJoinAll},
    stream::{self, StreamExt as _},
};

#[doc(hidden)]
pub use crate::workflow::{begin::Begun as __Begun, race::Race as __Race};
pub use crate::{join, select, try_join};
#[doc(hidden)]
pub use futures as __futures;

/// Waits for the first of several futures; where several are ready, the one written first counts.
///
/// The branches that were not taken are dropped, which cancels what they stand for. A future that
/// is named in its branch instead of made there, as in `_ = pause`, is only borrowed and goes on. A
/// branch `complete` is taken when all others have ended before, and `default` when none is ready.
///
/// ```
/// use futures::{FutureExt as _, future::{pending, ready}};
/// use sempre::workflow::combinator::select;
///
/// let first = async {
///     select! {
///         () = pending().fuse() => "never",
///         number = ready(1).fuse() => if number == 1 { "one" } else { "another" },
///     }
/// };
/// assert_eq!(first.now_or_never(), Some("one"));
/// ```
#[macro_export]
macro_rules! select {
    ($($branches:tt)+) => {{
        let race = $crate::workflow::combinator::__Race::new();
        $crate::__select!(race [] $($branches)+)
    }};
}

/// Reads the branches of `select!` one by one, and enters each into the race.
#[doc(hidden)]
#[macro_export]
macro_rules! __select {
    (@handler $race:ident [$($read:tt)*] $handler:expr, $($rest:tt)*) => {
        $crate::__select!($race [$($read)* $handler,] $($rest)*)
    };
    (@handler $race:ident [$($read:tt)*] $handler:expr) => {
        $crate::__select!($race [$($read)* $handler,])
    };
    (@handler $race:ident [$($read:tt)*] $handler:block $($rest:tt)+) => {
        $crate::__select!($race [$($read)* $handler,] $($rest)+)
    };
    ($race:ident [$($read:tt)*] complete => $($rest:tt)+) => {
        $crate::__select!(@handler $race [$($read)* complete =>] $($rest)+)
    };
    ($race:ident [$($read:tt)*] default => $($rest:tt)+) => {
        $crate::__select!(@handler $race [$($read)* default =>] $($rest)+)
    };
    ($race:ident [$($read:tt)*] $pattern:pat = $future:ident => $($rest:tt)+) => {
        $crate::__select!(
            @handler $race [$($read)* $pattern = $race.branch(&mut $future) =>] $($rest)+
        )
    };
    ($race:ident [$($read:tt)*] $pattern:pat = $future:expr => $($rest:tt)+) => {
        $crate::__select!(
            @handler $race
            [$($read)* $pattern = $race.branch($crate::workflow::combinator::__Begun::new($future).begin()) =>] $($rest)+
        )
    };
    ($race:ident [$($read:tt)*] $($rest:tt)*) => {
        $crate::workflow::combinator::__futures::select_biased! { $($read)* $($rest)* }
    };
}

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
            $($crate::workflow::combinator::__Begun::new($future).begin()),+
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
    ($($future:expr),+ $(,)?) => {{
        let race = $crate::workflow::combinator::__Race::new();
        $crate::workflow::combinator::__futures::try_join!(
            $(race.attempt($crate::workflow::combinator::__Begun::new($future).begin())),+
        )
    }};
}

/// Waits for any number of futures, and returns what they return in their order.
///
/// Calls of activities among them are asked for when this is awaited, in their order.
pub fn join_all<I>(futures: I) -> JoinAll<<I::Item as IntoFuture>::IntoFuture>
where
    I: IntoIterator<Item: IntoFuture>,
{
    futures::future::join_all(futures.into_iter().map(IntoFuture::into_future))
}

/// Waits for any number of futures until one fails, and returns their values or that error.
///
/// Calls of activities among them are asked for when this is awaited, in their order. When one fails
/// the others are dropped, which cancels what they stand for.
pub fn try_join_all<I>(futures: I) -> TryJoinAll<<I::Item as IntoFuture>::IntoFuture>
where
    I: IntoIterator<Item: IntoFuture<IntoFuture: TryFuture>>,
{
    futures::future::try_join_all(futures.into_iter().map(IntoFuture::into_future))
}

/// Does something for each of many items, so many of them at once, and returns what comes of it in
/// their order.
///
/// The next item begins when any of those under way is done, so one that takes long holds up no other.
/// A `limit` of zero counts as one. Dropped before its end it drops what is under way, which cancels
/// what that stands for, and begins no other.
///
/// # Examples
/// ```
/// use sempre::{ActivityError, WorkflowContext, activity, workflow::combinator::map_concurrent};
/// use std::convert::Infallible;
///
/// #[activity(start_to_close = "10s")]
/// async fn price(item: String) -> u64 { item.len() as u64 }
///
/// async fn total<W>(
///     ctx: WorkflowContext<W>,
///     items: Vec<String>,
/// ) -> Result<u64, ActivityError<Infallible>> {
///     let prices = map_concurrent(items, 20, |item| ctx.activity(price, item)).await;
///     prices.into_iter().sum()
/// }
/// ```
pub async fn map_concurrent<I, F>(
    items: I,
    limit: usize,
    work: impl FnMut(I::Item) -> F,
) -> Vec<F::Output>
where
    I: IntoIterator,
    F: IntoFuture,
{
    let mut work = work;
    let futures = stream::iter(items).enumerate().map(|(place, item)| {
        let future = work(item).into_future();
        async move { (place, future.await) }
    });
    // Replay: what is ready is taken in the order in which history has woken it.
    let outputs = futures.buffer_unordered(limit.max(1));
    let mut outputs: Vec<(usize, F::Output)> = outputs.collect().await;
    outputs.sort_unstable_by_key(|(place, _)| *place);
    outputs.into_iter().map(|(_, output)| output).collect()
}
