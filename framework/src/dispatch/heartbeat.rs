//! Thinning out heartbeats: an attempt may report at any rate, the store is written to rarely.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actix::Addr;
use derive_more::Debug;

use crate::{
    activity::AttemptPort,
    actor::{AttemptOutcome, AttemptReport, Shard, ShardMail, port::AttemptKey},
    clock::SharedClock,
    dispatch::{ActivityDispatcher, dispatcher::DispatchMail},
    model::{Payloads, Timestamp},
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
    Hold { flush_at: Option<Timestamp> },
}

/// The reports of one attempt.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    next_at: Timestamp,
    held: Option<Payloads>,
}

impl Throttle {
    /// Decides on a report, and keeps it if it is held back.
    pub(super) fn report(
        &mut self,
        now: Timestamp,
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
    pub(super) fn take_held(&mut self, now: Timestamp, interval: Duration) -> Option<Payloads> {
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
    clock: SharedClock,
    #[debug(skip)]
    shard: Addr<Shard>,
    #[debug(skip)]
    dispatcher: Addr<ActivityDispatcher>,
    throttle: Mutex<Throttle>,
}

impl HeartbeatPort {
    pub(super) fn new(
        key: AttemptKey,
        heartbeat_timeout: Option<Duration>,
        clock: SharedClock,
        shard: Addr<Shard>,
        dispatcher: Addr<ActivityDispatcher>,
    ) -> Self {
        let interval = interval(heartbeat_timeout);
        Self {
            key,
            interval,
            clock,
            shard,
            dispatcher,
            throttle: Mutex::default(),
        }
    }

    /// The report that is held back, for the attempt's last word.
    pub(super) fn take_held(&self) -> Option<Payloads> {
        self.lock().take_held(self.clock.now(), self.interval)
    }

    /// Passes the report on that is held back.
    pub(super) fn flush(&self) {
        if let Some(details) = self.take_held() {
            self.send(details);
        }
    }

    fn send(&self, details: Payloads) {
        let outcome = AttemptOutcome::Heartbeat(details);
        let report = AttemptReport {
            key: self.key,
            outcome,
            last_heartbeat: None,
            freed: None,
        };
        // Bound: the throttle lets one report per interval and attempt through.
        self.shard.do_send(ShardMail::Attempt(Box::new(report)));
    }

    fn lock(&self) -> MutexGuard<'_, Throttle> {
        // Invariant: the throttle's fields are set one by one and each combination is valid.
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AttemptPort for HeartbeatPort {
    fn heartbeat(&self, details: Payloads) {
        let decision = self
            .lock()
            .report(self.clock.now(), self.interval, &details);
        match decision {
            Throttled::Send => self.send(details),
            Throttled::Hold { flush_at: Some(at) } => {
                self.dispatcher
                    .do_send(DispatchMail::FlushHeartbeat(self.key, at));
            }
            Throttled::Hold { flush_at: None } => {}
        }
    }
}
