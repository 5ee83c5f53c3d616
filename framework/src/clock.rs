//! Where time enters: the only port that everything above the engine asks for it.

use std::sync::Arc;

use derive_more::Debug;
use futures::future::BoxFuture;

use crate::model::Timestamp;

/// A source of time.
///
/// Contract: `now` never goes back by more than the machine's own clock does, and the future of
/// `sleep_until(t)` completes once `now() >= t`, never earlier.
pub trait Clock: Send + Sync + 'static {
    /// The present.
    fn now(&self) -> Timestamp;

    /// Completes when the present has reached `deadline`.
    fn sleep_until(&self, deadline: Timestamp) -> BoxFuture<'static, ()>;
}

/// A clock that is shared.
#[derive(Clone, Debug)]
#[debug("SharedClock")]
pub struct SharedClock(Arc<dyn Clock>);

impl SharedClock {
    /// Shares a clock.
    pub fn new(clock: impl Clock) -> Self {
        Self(Arc::new(clock))
    }

    /// The present.
    pub fn now(&self) -> Timestamp {
        self.0.now()
    }

    /// Completes when the present has reached `deadline`.
    pub fn sleep_until(&self, deadline: Timestamp) -> BoxFuture<'static, ()> {
        self.0.sleep_until(deadline)
    }
}
