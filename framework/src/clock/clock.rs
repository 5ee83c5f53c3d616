//! The port itself, and a clock that is shared.

use std::{sync::Arc, time::Duration};

use derive_more::Debug;
use futures::future::BoxFuture;

use crate::{
    clock::{MonotonicTime, Reading},
    model::Timestamp,
};

/// A source of time.
///
/// 1. [`read`](Self::read) returns both values of the same moment.
/// 2. The monotonic value never goes back. It may stand while the machine is suspended.
/// 3. The wall value may change by any amount, in both directions, at any time.
/// 4. The future of [`sleep_until`](Self::sleep_until) completes once the present
///    [has reached](Reading::has_reached) the deadline, never earlier, and at most
///    [`MAX_LATENESS`] later, also if the wall clock is set or the machine is suspended meanwhile.
pub trait Clock: Send + Sync + 'static {
    /// The present.
    fn read(&self) -> Reading;

    /// Completes once either value of the present has reached that of `deadline`.
    fn sleep_until(&self, deadline: Reading) -> BoxFuture<'static, ()>;
}

/// How late a sleep may end at most, scheduling aside, because the wall clock was put forward or
/// the machine was suspended meanwhile.
pub const MAX_LATENESS: Duration = Duration::from_secs(1);

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
    pub fn read(&self) -> Reading {
        self.0.read()
    }

    /// What the wall clock shows.
    pub fn now(&self) -> Timestamp {
        self.read().wall
    }

    /// Completes once either value of the present has reached that of `deadline`.
    pub fn sleep_until(&self, deadline: Reading) -> BoxFuture<'static, ()> {
        self.0.sleep_until(deadline)
    }

    /// Completes once the monotonic clock has reached `deadline`, whatever the wall clock shows.
    pub fn sleep_until_monotonic(&self, deadline: MonotonicTime) -> BoxFuture<'static, ()> {
        self.sleep_until(Reading::monotonic_only(deadline))
    }

    /// Completes once this much time has passed by the monotonic clock.
    pub fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.sleep_until_monotonic(self.read().monotonic.after(duration))
    }
}
