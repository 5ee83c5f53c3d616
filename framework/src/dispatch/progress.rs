//! Thinning out reports of progress: an attempt may report at any rate, its history grows slowly.
//!
//! One report is on its way at a time, until it is recorded; what is reported meanwhile is held back,
//! and the latest wins. The first few are not held back any longer. After another one the next waits for
//! a hundredth of the attempt's age, so what an attempt leaves in the history grows with the logarithm
//! of the time it takes, as long as that is less than lies between two heartbeats.

use std::time::Duration;

use crate::{
    clock::MonotonicTime,
    model::{Payloads, Progress},
};

/// How many reports are passed on as soon as the one before is recorded.
const PROMPT: u32 = 10;
/// How long after a later report the next one is passed on, at least.
const INTERVAL_MIN: Duration = Duration::from_millis(100);
/// The part of an attempt's age that lies between two reports.
const SHARE_OF_AGE: u32 = 100;

/// What to do about an attempt's reports.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Next {
    /// Pass this one on.
    Send(Progress),
    /// Look again at this time.
    LookAt(MonotonicTime),
    /// Nothing: there is no report, or something else brings the next look.
    Nothing,
}

/// The reports of one attempt.
#[derive(Debug)]
pub(super) struct Reports {
    began_at: MonotonicTime,
    /// The longest time a report is held back.
    max_interval: Duration,
    /// How many were passed on.
    count: u32,
    next_at: MonotonicTime,
    /// The one that is on its way.
    under_way: Option<Progress>,
    /// The latest since.
    held: Option<Payloads>,
    /// When the next look is to be, if that was said.
    look_at: Option<MonotonicTime>,
}

impl Reports {
    /// No report, of an attempt that begins now.
    pub(super) fn new(now: MonotonicTime, max_interval: Duration) -> Self {
        Self {
            began_at: now,
            max_interval,
            count: 0,
            next_at: now,
            under_way: None,
            held: None,
            look_at: None,
        }
    }

    /// Takes a report.
    pub(super) fn report(&mut self, now: MonotonicTime, value: Payloads) -> Next {
        self.held = Some(value);
        self.go_on(now)
    }

    /// Takes note that a report, and all before it, need not be told again.
    pub(super) fn settle(&mut self, now: MonotonicTime, number: u32) -> Next {
        self.under_way.take_if(|report| report.number <= number);
        self.go_on(now)
    }

    /// The time of a look has come.
    pub(super) fn look(&mut self, now: MonotonicTime) -> Next {
        self.look_at = None;
        self.go_on(now)
    }

    /// What may have been lost on its way, and when the next look is to be.
    pub(super) fn repeat(&self) -> (Option<Progress>, Option<MonotonicTime>) {
        (self.under_way.clone(), self.look_at)
    }

    /// The last report of an attempt that ends, unless that is known to be recorded.
    pub(super) fn take_last(&mut self) -> Option<Progress> {
        match self.held.take() {
            Some(value) => Some(self.number(value)),
            None => self.under_way.clone(),
        }
    }

    /// Forgets what nobody wants to know any more.
    pub(super) fn clear(&mut self) {
        self.held = None;
        self.under_way = None;
    }

    fn go_on(&mut self, now: MonotonicTime) -> Next {
        if self.under_way.is_some() || self.held.is_none() {
            return Next::Nothing;
        }
        if now < self.next_at {
            return match self.look_at {
                Some(_) => Next::Nothing,
                None => Next::LookAt(*self.look_at.insert(self.next_at)),
            };
        }
        let Some(value) = self.held.take() else {
            return Next::Nothing;
        };
        self.next_at = now.after(self.interval(now));
        let report = self.number(value);
        self.under_way = Some(report.clone());
        Next::Send(report)
    }

    fn number(&mut self, value: Payloads) -> Progress {
        self.count = self.count.saturating_add(1);
        Progress {
            number: self.count,
            value,
        }
    }

    fn interval(&self, now: MonotonicTime) -> Duration {
        if self.count + 1 < PROMPT {
            return Duration::ZERO;
        }
        let share = now.since(self.began_at) / SHARE_OF_AGE;
        share.max(INTERVAL_MIN).min(self.max_interval)
    }
}
