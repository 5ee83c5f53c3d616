//! Where deadlines lie once the wall clock has been put back.
//!
//! A durable deadline is a wall time: a moment that the history names, and a duration. If the
//! clock is put back while a run waits, that wall time is far off, though the duration may long
//! have passed. A timeline knows by how much the clock was set and when, as far as this process has
//! seen it, and says of each moment by how much the clock was ahead then of the one now in force:
//! its *lead*. A deadline counts from the moment less its lead.
//!
//! The same wall time may have been shown more than once. Where it is not clear which of the times
//! is meant, the last one is, so a deadline is never too early, and late by less than its own
//! duration.
//!
//! | the clock                         | deadlines set before            | deadlines set after  |
//! |-----------------------------------|---------------------------------|----------------------|
//! | runs                              | at their time                   | at their time        |
//! | is put forward by Δ, or suspended | at their time by the new clock  | at their time        |
//! | is put back by Δ                  | after the time they have left   | at their time        |
//! | is ahead by Δ, then right again   | at their time                   | at their time        |
//! | is behind by Δ, then right again  | at their time                   | Δ early: no clock could tell |

use std::time::Duration;

use crate::{clock::Reading, model::Timestamp};

/// The smallest step of the wall clock that counts as one. Less is drift, or the gap between the
/// two values of a reading.
const MIN_STEP: u64 = 1_000_000_000;

/// Bound: stretches that are told apart; past it the oldest are taken as one.
const MAX_STRETCHES: usize = 32;

/// What the wall clock has been through since this process began to look at it.
#[derive(Clone, Debug)]
pub(super) struct Timeline {
    began: Timestamp,
    last: Reading,
    /// By how much the clock has been put back in all.
    put_back: Duration,
    /// Between any two of them the clock was set; never empty.
    stretches: Vec<Stretch>,
    steps: u64,
}

/// A time in which nobody set the clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stretch {
    /// The wall times that it covers.
    first: Timestamp,
    last: Timestamp,
    /// By how many nanoseconds the clock has been put forward, up to here and in all.
    set_by: i128,
}

impl Timeline {
    /// The timeline that begins now.
    pub(super) fn new(now: Reading) -> Self {
        Self {
            began: now.wall,
            last: now,
            put_back: Duration::ZERO,
            stretches: vec![Stretch {
                first: now.wall,
                last: now.wall,
                set_by: 0,
            }],
            steps: 0,
        }
    }

    /// Takes note of the present, and of a step of the clock since the last look.
    ///
    /// Of two looks that are further apart than a moment the drift of both clocks against each
    /// other counts as a step as well.
    pub(super) fn observe(&mut self, now: Reading) {
        let expected = self
            .last
            .wall
            .after(now.monotonic.since(self.last.monotonic));
        self.last = now;
        let step = now.wall.as_nanos().abs_diff(expected.as_nanos());
        if step >= MIN_STEP {
            return self.step(now.wall, expected);
        }
        if let Some(stretch) = self.stretches.last_mut() {
            stretch.first = stretch.first.min(now.wall);
            stretch.last = stretch.last.max(now.wall);
        }
    }

    #[cold]
    fn step(&mut self, now: Timestamp, expected: Timestamp) {
        self.put_back = self.put_back.saturating_add(expected.since(now));
        let before = self.set_by();
        self.stretches.push(Stretch {
            first: now,
            last: now,
            set_by: before + i128::from(now.as_nanos()) - i128::from(expected.as_nanos()),
        });
        self.steps += 1;
        if self.stretches.len() > MAX_STRETCHES {
            let oldest = self.stretches.remove(0);
            if let Some(next) = self.stretches.first_mut() {
                // The smaller value makes the deadlines of both later, and none early.
                next.first = next.first.min(oldest.first);
                next.last = next.last.max(oldest.last);
                next.set_by = next.set_by.min(oldest.set_by);
            }
        }
    }

    fn set_by(&self) -> i128 {
        self.stretches.last().map_or(0, |stretch| stretch.set_by)
    }

    /// How often the clock was set; leads have changed only if this has.
    pub(super) fn steps(&self) -> u64 {
        self.steps
    }

    /// By how much the clock was ahead, at the moment that it called `at`, of the one now in force;
    /// zero if it was not ahead.
    ///
    /// A moment that this process has not seen is one of an earlier process. The clock of that is
    /// taken for right, unless it was ahead of the time at which this process began.
    pub(super) fn lead(&self, at: Timestamp) -> Duration {
        let seen = self.stretches.iter();
        let seen = seen.filter(|stretch| stretch.first <= at && at <= stretch.last);
        let set_by = seen.map(|stretch| stretch.set_by).min();
        let set_by = set_by.unwrap_or_else(|| {
            i128::try_from(at.since(self.began).as_nanos()).unwrap_or(i128::MAX)
        });
        let nanos = u64::try_from(set_by.saturating_sub(self.set_by()).max(0)).unwrap_or(u64::MAX);
        Duration::from_nanos(nanos)
    }

    /// What the clock would show if it had never been put back.
    ///
    /// It never goes back itself, so a deadline that is kept by it may come early, if the clock was
    /// put forward and back again, but neither late nor never.
    pub(super) fn never_put_back(&self, at: Timestamp) -> Timestamp {
        at.after(self.put_back)
    }
}
