//! Thinning out heartbeats: an attempt may report at any rate, the store is written to rarely.

use std::time::Duration;

use crate::{clock::MonotonicTime, model::Payloads};

/// The longest time a report is held back.
const INTERVAL_MAX: Duration = Duration::from_secs(60);
/// The time a report is held back where there is no heartbeat timeout.
const INTERVAL_DEFAULT: Duration = Duration::from_secs(30);

/// How long after a report the next one is passed on.
pub(super) fn interval(heartbeat_timeout: Option<Duration>) -> Duration {
    heartbeat_timeout
        .map_or(INTERVAL_DEFAULT, |timeout| timeout.mul_f64(0.8))
        .min(INTERVAL_MAX)
}

/// What to do with a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Throttled {
    /// Pass it on.
    Send,
    /// Hold it back; the first that is held back names the time to pass the latest on.
    Hold { flush_at: Option<MonotonicTime> },
}

/// The reports of one attempt.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    next_at: MonotonicTime,
    held: Option<Payloads>,
}

impl Throttle {
    /// Decides on a report, and keeps it if it is held back.
    pub(super) fn report(
        &mut self,
        now: MonotonicTime,
        interval: Duration,
        details: &Payloads,
    ) -> Throttled {
        if now >= self.next_at {
            self.next_at = now.after(interval);
            self.held = None;
            return Throttled::Send;
        }
        let is_first = self.held.is_none();
        self.held = Some(details.clone());
        Throttled::Hold {
            flush_at: is_first.then_some(self.next_at),
        }
    }

    /// When the report that is held back is to be passed on, if there is one.
    pub(super) fn held_until(&self) -> Option<MonotonicTime> {
        self.held.is_some().then_some(self.next_at)
    }

    /// Takes out the report that is held back.
    pub(super) fn take_held(&mut self, now: MonotonicTime, interval: Duration) -> Option<Payloads> {
        let held = self.held.take()?;
        self.next_at = now.after(interval);
        Some(held)
    }
}
