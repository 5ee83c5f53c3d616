//! What an attempt says to its shard: heartbeats and progress, thinned out, and its end. And what its
//! workflow has told it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use derive_more::Debug;

use crate::{
    activity::{AttemptPort, ControlInbox},
    actor::{
        AttemptReport,
        port::{AttemptKey, FreedSlot},
    },
    clock::{MonotonicTime, SharedClock},
    dispatch::{
        dispatcher::Later,
        heartbeat::{Throttle, Throttled, interval},
        progress::{Next, Reports},
        shard_route::ShardRoute,
    },
    machine::execution::{
        ActivityTask,
        decide::{AttemptOutcome, LastWords},
    },
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
    reports: Mutex<Reports>,
    controls: ControlInbox,
    /// For what is done later, which keeps nothing alive.
    #[debug(skip)]
    this: Weak<Self>,
}

/// How an attempt has ended, with what it had to say before.
#[derive(Clone, Debug)]
pub(super) struct AttemptEnd {
    outcome: AttemptOutcome,
    last_words: LastWords,
}

impl AttemptReporter {
    pub(super) fn new(
        task: &ActivityTask,
        clock: SharedClock,
        route: Arc<ShardRoute>,
    ) -> Arc<Self> {
        let interval = interval(task.heartbeat_timeout);
        let reports = Reports::new(clock.read().monotonic, interval);
        Arc::new_cyclic(|this| Self {
            key: AttemptKey::of(task),
            interval,
            clock,
            route,
            throttle: Mutex::default(),
            reports: Mutex::new(reports),
            controls: ControlInbox::of(task.controls.clone()),
            this: this.clone(),
        })
    }

    /// The attempt.
    pub(super) fn key(&self) -> AttemptKey {
        self.key
    }

    /// What its workflow has told the attempt.
    pub(super) fn inbox(&self) -> &ControlInbox {
        &self.controls
    }

    /// The end of the attempt, with what is held back as its last words.
    pub(super) fn end(&self, outcome: AttemptOutcome) -> AttemptEnd {
        let last_words = LastWords {
            heartbeat: self.take_held(),
            progress: self.lock_reports().take_last(),
        };
        AttemptEnd {
            outcome,
            last_words,
        }
    }

    /// Tells the shard how the attempt has ended, and gives it the slot.
    pub(super) fn report(&self, end: AttemptEnd, freed: Option<FreedSlot>) {
        self.route.report(AttemptReport {
            key: self.key,
            outcome: end.outcome,
            last_words: end.last_words,
            freed,
        });
    }

    /// Has what is held back, if anything is, passed on by the thread that the shard is on now.
    pub(super) fn flush_later(&self) {
        let held_until = self.lock().held_until();
        if let Some(at) = held_until {
            self.flush_at(at);
        }
        self.repeat_progress();
        let (_, look_at) = self.lock_reports().repeat();
        if let Some(at) = look_at {
            self.look_at(at);
        }
    }

    /// Tells the report of progress again that is on its way, because it may be lost.
    pub(super) fn repeat_progress(&self) {
        let (under_way, _) = self.lock_reports().repeat();
        if let Some(report) = under_way {
            self.send(AttemptOutcome::Progress(report));
        }
    }

    /// Takes note that a report of progress need not be told again.
    pub(super) fn settle_progress(&self, number: u32) {
        let now = self.clock.read().monotonic;
        let next = self.lock_reports().settle(now, number);
        self.go_on(next);
    }

    /// Forgets what is held back, because nobody wants to know any more.
    pub(super) fn fall_silent(&self) {
        drop(self.take_held());
        self.lock_reports().clear();
    }

    fn go_on(&self, next: Next) {
        match next {
            Next::Send(report) => self.send(AttemptOutcome::Progress(report)),
            Next::LookAt(at) => self.look_at(at),
            Next::Nothing => {}
        }
    }

    fn look_at(&self, at: MonotonicTime) {
        self.put_off(at, |reporter| {
            let now = reporter.clock.read().monotonic;
            let next = reporter.lock_reports().look(now);
            reporter.go_on(next);
        });
    }

    fn flush_at(&self, at: MonotonicTime) {
        self.put_off(at, Self::flush);
    }

    fn put_off(&self, at: MonotonicTime, what: fn(&Self)) {
        let this = self.this.clone();
        let act = Box::new(move || {
            if let Some(reporter) = this.upgrade() {
                what(&reporter);
            }
        });
        self.route.put_off(Later { at, act });
    }

    fn flush(&self) {
        if let Some(details) = self.take_held() {
            self.send(AttemptOutcome::Heartbeat(details));
        }
    }

    fn take_held(&self) -> Option<Payloads> {
        let mut throttle = self.lock();
        // Most attempts hold nothing back, and the time is not asked for.
        throttle.held_until()?;
        throttle.take_held(self.clock.read().monotonic, self.interval)
    }

    fn send(&self, outcome: AttemptOutcome) {
        self.route.report(AttemptReport {
            key: self.key,
            outcome,
            last_words: LastWords::default(),
            freed: None,
        });
    }

    fn lock_reports(&self) -> MutexGuard<'_, Reports> {
        // Invariant: the fields are set one by one and each combination is valid.
        self.reports.lock().unwrap_or_else(PoisonError::into_inner)
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
            Throttled::Send => self.send(AttemptOutcome::Heartbeat(details)),
            Throttled::Hold { flush_at: Some(at) } => self.flush_at(at),
            Throttled::Hold { flush_at: None } => {}
        }
    }

    fn progress(&self, value: Payloads) {
        let now = self.clock.read().monotonic;
        let next = self.lock_reports().report(now, value);
        self.go_on(next);
    }

    fn controls(&self) -> Option<&ControlInbox> {
        Some(&self.controls)
    }
}
