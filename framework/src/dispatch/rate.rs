//! The rate limit of a task queue.

use std::{num::NonZeroU32, time::Duration};

use derive_more::Debug;
use governor::{
    Quota,
    clock::Clock as _,
    middleware::NoOpMiddleware,
    state::{InMemoryState, NotKeyed},
};

use crate::{clock::SharedClock, model::Timestamp};

/// How many attempts may start per second, and how many of them at once after a quiet time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
    pub(super) fn check(&self) -> Result<(), Timestamp> {
        self.limiter.check().map_err(|not_until| {
            self.clock
                .0
                .now()
                .after(not_until.wait_time_from(self.clock.now()))
        })
    }
}

/// Tells the rate limiter the time of the engine's clock.
#[derive(Clone, Debug)]
struct RateClock(SharedClock);

impl governor::clock::Clock for RateClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.now().since(Timestamp::EPOCH)
    }
}
