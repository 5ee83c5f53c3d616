//! The machine's clock.

use std::{
    sync::LazyLock,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use futures::{FutureExt as _, future::BoxFuture};

use crate::{
    clock::{Clock, MAX_LATENESS, MonotonicTime, Reading},
    model::Timestamp,
    runtime::Engine,
};

/// The machine's clock; sleeping needs a tokio runtime, which every thread of an engine has.
///
/// The operating system wakes a thread by its monotonic clock, which notices neither that the wall
/// clock is set nor, on most systems, that the machine was suspended. A sleep that has a wall
/// deadline therefore looks at the clock once in [`MAX_LATENESS`]; where nothing is due, nobody
/// sleeps, and nobody looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SystemClock;

/// What the monotonic times of this process count from.
#[expect(clippy::disallowed_methods, reason = "this is where time enters")]
static ORIGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The year 2500: what is later leaves no room for deadlines behind it.
const LATEST: Timestamp = Timestamp::from_secs(16_725_225_600);

/// What a clock that shows this is taken to show.
///
/// A time that no history can hold, before 1970 or after 2500, is taken for one that began there
/// with the process, so that time passes all the same.
pub(super) fn wall_time(shown: SystemTime, monotonic: MonotonicTime) -> Timestamp {
    let runs_from = |origin: Timestamp| origin.after(monotonic.since(MonotonicTime::default()));
    match shown.duration_since(UNIX_EPOCH) {
        Err(_) => runs_from(Timestamp::EPOCH),
        Ok(since) => match Timestamp::EPOCH.after(since) {
            wall if wall > LATEST => runs_from(LATEST),
            wall => wall,
        },
    }
}

impl Engine {
    /// The time by the engine's clock, which its histories and deadlines go by.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.read().wall
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where time enters")]
    fn read(&self) -> Reading {
        let monotonic = MonotonicTime::default().after(ORIGIN.elapsed());
        Reading {
            wall: wall_time(SystemTime::now(), monotonic),
            monotonic,
        }
    }

    fn sleep_until(&self, deadline: Reading) -> BoxFuture<'static, ()> {
        let clock = *self;
        let max_nap = match deadline.wall {
            // Nothing that happens to the wall clock brings the deadline.
            Timestamp::MAX => Duration::MAX,
            _ => MAX_LATENESS,
        };
        async move {
            while let remaining = clock.read().remaining(deadline)
                && !remaining.is_zero()
            {
                // Nobody says that the wall clock was set, so it is looked at after each nap.
                tokio::time::sleep(remaining.min(max_nap)).await;
            }
        }
        .boxed()
    }
}
