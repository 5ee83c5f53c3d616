//! A clock with which hours pass in a moment.

use std::time::Duration;

use futures::{FutureExt as _, future::BoxFuture};
use sempre::{
    clock::{Clock, Reading},
    runtime::SystemClock,
};

/// A clock that is two hours ahead, and runs thirty times as fast as the machine's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hasty {
    began: Reading,
}

impl Hasty {
    const AHEAD: Duration = Duration::from_secs(2 * 3_600);
    const SPEED: u32 = 30;
    /// The longest that it sleeps without looking.
    const MAX_NAP: Duration = Duration::from_millis(20);
}

impl Default for Hasty {
    fn default() -> Self {
        Self {
            began: SystemClock.read(),
        }
    }
}

impl Clock for Hasty {
    fn read(&self) -> Reading {
        let passed = SystemClock.read().monotonic.since(self.began.monotonic) * Self::SPEED;
        Reading {
            wall: self.began.wall.after(Self::AHEAD + passed),
            monotonic: self.began.monotonic.after(passed),
        }
    }

    fn sleep_until(&self, deadline: Reading) -> BoxFuture<'static, ()> {
        let clock = *self;
        async move {
            while let remaining = clock.read().remaining(deadline)
                && !remaining.is_zero()
            {
                actix::clock::sleep((remaining / Self::SPEED).min(Self::MAX_NAP)).await;
            }
        }
        .boxed()
    }
}
