//! Thinning out heartbeats: an attempt may report at any rate, the store is written to rarely.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use derive_more::Debug;

use crate::{
    activity::AttemptPort,
    actor::{
        AttemptReport,
        port::{AttemptKey, FreedSlot},
    },
    clock::MonotonicTime,
    dispatch::{InFlight, dispatcher::DispatchMail},
    machine::execution::decide::AttemptOutcome,
    model::Payloads,
};

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

    /// Takes out the report that is held back.
    pub(super) fn take_held(&mut self, now: MonotonicTime, interval: Duration) -> Option<Payloads> {
        let held = self.held.take()?;
        self.next_at = now.after(interval);
        Some(held)
    }
}

/// The way from a running attempt to its shard.
#[derive(Debug)]
pub(super) struct HeartbeatPort {
    key: AttemptKey,
    interval: Duration,
    in_flight: Arc<InFlight>,
    throttle: Mutex<Throttle>,
}

impl HeartbeatPort {
    pub(super) fn new(
        key: AttemptKey,
        heartbeat_timeout: Option<Duration>,
        in_flight: Arc<InFlight>,
    ) -> Self {
        let interval = interval(heartbeat_timeout);
        Self {
            key,
            interval,
            in_flight,
            throttle: Mutex::default(),
        }
    }

    /// Reports the end of the attempt, with the heartbeat that is held back as its last word.
    pub(super) fn report_end(&self, outcome: AttemptOutcome, freed: FreedSlot) {
        self.in_flight.report(AttemptReport {
            key: self.key,
            outcome,
            last_heartbeat: self.take_held(),
            freed: Some(freed),
        });
    }

    /// The attempt.
    pub(super) fn key(&self) -> AttemptKey {
        self.key
    }

    /// When the report that is held back is to be passed on, if there is one.
    pub(super) fn held_until(&self) -> Option<MonotonicTime> {
        let throttle = self.lock();
        throttle.held.is_some().then_some(throttle.next_at)
    }

    /// Passes the report on that is held back.
    pub(super) fn flush(&self) {
        if let Some(details) = self.take_held() {
            self.send(details);
        }
    }

    /// Takes out the report that is held back.
    pub(super) fn take_held(&self) -> Option<Payloads> {
        let mut throttle = self.lock();
        // Most attempts hold nothing back, and the time is not asked for.
        throttle.held.as_ref()?;
        throttle.take_held(self.in_flight.clock.read().monotonic, self.interval)
    }

    fn send(&self, details: Payloads) {
        self.in_flight.report(AttemptReport {
            key: self.key,
            outcome: AttemptOutcome::Heartbeat(details),
            last_heartbeat: None,
            freed: None,
        });
    }

    fn lock(&self) -> MutexGuard<'_, Throttle> {
        // Invariant: the throttle's fields are set one by one and each combination is valid.
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AttemptPort for HeartbeatPort {
    fn heartbeat(&self, details: Payloads) {
        let decision = self.lock().report(
            self.in_flight.clock.read().monotonic,
            self.interval,
            &details,
        );
        match decision {
            Throttled::Send => self.send(details),
            Throttled::Hold { flush_at: Some(at) } => {
                let flush = DispatchMail::FlushHeartbeat(self.key, at);
                self.in_flight.put_off(flush);
            }
            Throttled::Hold { flush_at: None } => {}
        }
    }
}
