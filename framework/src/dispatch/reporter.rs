//! What an attempt says to its shard: heartbeats, thinned out, and its end.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use derive_more::Debug;

use crate::{
    activity::AttemptPort,
    actor::{
        AttemptReport,
        port::{AttemptKey, FreedSlot},
    },
    clock::{MonotonicTime, SharedClock},
    dispatch::{
        dispatcher::Later,
        heartbeat::{Throttle, Throttled, interval},
        shard_route::ShardRoute,
    },
    machine::execution::decide::AttemptOutcome,
    model::Payloads,
};

/// The way from a running attempt to its shard.
#[derive(Debug)]
pub(super) struct AttemptReporter {
    key: AttemptKey,
    interval: Duration,
    clock: SharedClock,
    #[debug(skip)]
    route: Arc<ShardRoute>,
    throttle: Mutex<Throttle>,
    /// For what is done later, which keeps nothing alive.
    #[debug(skip)]
    this: Weak<Self>,
}

/// How an attempt has ended, with what it had to say before.
#[derive(Clone, Debug)]
pub(super) struct AttemptEnd {
    outcome: AttemptOutcome,
    last_heartbeat: Option<Payloads>,
}

impl AttemptReporter {
    pub(super) fn new(
        key: AttemptKey,
        heartbeat_timeout: Option<Duration>,
        clock: SharedClock,
        route: Arc<ShardRoute>,
    ) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            key,
            interval: interval(heartbeat_timeout),
            clock,
            route,
            throttle: Mutex::default(),
            this: this.clone(),
        })
    }

    /// The attempt.
    pub(super) fn key(&self) -> AttemptKey {
        self.key
    }

    /// The end of the attempt, with the heartbeat that is held back as its last word.
    pub(super) fn end(&self, outcome: AttemptOutcome) -> AttemptEnd {
        let last_heartbeat = self.take_held();
        AttemptEnd {
            outcome,
            last_heartbeat,
        }
    }

    /// Tells the shard how the attempt has ended, and gives it the slot.
    pub(super) fn report(&self, end: AttemptEnd, freed: Option<FreedSlot>) {
        self.route.report(AttemptReport {
            key: self.key,
            outcome: end.outcome,
            last_heartbeat: end.last_heartbeat,
            freed,
        });
    }

    /// Has the heartbeat that is held back, if there is one, passed on by the thread that the shard
    /// is on now.
    pub(super) fn flush_later(&self) {
        let held_until = self.lock().held_until();
        if let Some(at) = held_until {
            self.flush_at(at);
        }
    }

    /// Forgets the heartbeat that is held back, because nobody wants to know any more.
    pub(super) fn fall_silent(&self) {
        drop(self.take_held());
    }

    fn flush_at(&self, at: MonotonicTime) {
        let this = self.this.clone();
        let act = Box::new(move || {
            if let Some(reporter) = this.upgrade() {
                reporter.flush();
            }
        });
        self.route.put_off(Later { at, act });
    }

    fn flush(&self) {
        if let Some(details) = self.take_held() {
            self.send(details);
        }
    }

    fn take_held(&self) -> Option<Payloads> {
        let mut throttle = self.lock();
        // Most attempts hold nothing back, and the time is not asked for.
        throttle.held_until()?;
        throttle.take_held(self.clock.read().monotonic, self.interval)
    }

    fn send(&self, details: Payloads) {
        self.route.report(AttemptReport {
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

impl AttemptPort for AttemptReporter {
    fn heartbeat(&self, details: Payloads) {
        let now = self.clock.read().monotonic;
        let decision = self.lock().report(now, self.interval, &details);
        match decision {
            Throttled::Send => self.send(details),
            Throttled::Hold { flush_at: Some(at) } => self.flush_at(at),
            Throttled::Hold { flush_at: None } => {}
        }
    }
}
