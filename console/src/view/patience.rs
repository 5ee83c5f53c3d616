//! Waiting for what may take long, but not for long: a page is shown before it is complete.

use std::time::Duration;

use futures::future::{Either, select};
use futures_timer::Delay;

use crate::visit::Visit;

/// How long a page waits for each of its parts, and how long a live view does, which is made while
/// nobody waits.
const OF_PAGE: Duration = Duration::from_millis(70);
const OF_LIVE_VIEW: Duration = Duration::from_secs(20);

/// How long a page waits for one of its parts.
pub(super) fn patience(visit: &Visit) -> Duration {
    if visit.is_live { OF_LIVE_VIEW } else { OF_PAGE }
}

/// What comes of a future, if that is known before long.
pub(super) async fn before_long<T>(
    patience: Duration,
    future: impl Future<Output = T>,
) -> Option<T> {
    let future = std::pin::pin!(future);
    match select(future, Delay::new(patience)).await {
        Either::Left((outcome, _)) => Some(outcome),
        Either::Right(_) => None,
    }
}
