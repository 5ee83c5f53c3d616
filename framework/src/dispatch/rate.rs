//! The rate limit of a task queue.

use std::{num::NonZeroU32, time::Duration};

use derive_more::Debug;
use governor::{
    Quota,
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed},
};
use serde::{Deserialize, Serialize};

use crate::clock::{MonotonicTime, SharedClock};

/// How many attempts may start per second, and how many of them at once after a quiet time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Starts per second.
    pub per_second: NonZeroU32,
    /// Starts at once after a quiet time.
    pub burst: NonZeroU32,
}

/// A rate that is being used up.
#[derive(Debug)]
pub(super) struct Rate {
    #[debug(skip)]
    limiter: governor::RateLimiter<NotKeyed, InMemoryState, RateClock, NoOpMiddleware<Duration>>,
    clock: RateClock,
}

impl Rate {
    pub(super) fn new(limit: RateLimit, clock: SharedClock) -> Self {
        let quota = Quota::per_second(limit.per_second).allow_burst(limit.burst);
        let clock = RateClock(clock);
        Self {
            limiter: governor::RateLimiter::direct_with_clock(quota, clock.clone()),
            clock,
        }
    }

    /// Uses up one start, or says when the next one is to be had.
    pub(super) fn check(&self) -> Result<(), MonotonicTime> {
        self.limiter.check().map_err(|not_until| {
            let now = self.clock.0.read().monotonic;
            let wait = not_until.wait_time_from(Duration::from_nanos(now.as_nanos()));
            now.after(wait)
        })
    }
}

/// Tells the rate limiter the time that nobody can set: what is started is spread over time that
/// has passed.
#[derive(Clone, Debug)]
struct RateClock(SharedClock);

impl governor::clock::Clock for RateClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.read().monotonic.as_nanos())
    }
}
