//! What the clocks of a world have been through.
//!
//! The *true* time is what passes, also while the machine is suspended. The wall clock follows it but
//! for its jumps, so one wall time may stand for several true times, or for none.

use std::time::Duration;

use sempre::{model::Timestamp, testing::ManualClock};

/// A stretch between two jumps of the wall clock.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    wall: Timestamp,
    truth: Duration,
    awake: Duration,
    /// By how much the wall clock had been put forward by then, suspensions aside.
    forward: Duration,
}

/// A moment that the wall clock may have meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Moment {
    /// The true time.
    pub(crate) truth: Duration,
    /// The same without the time in which the machine was suspended.
    pub(crate) awake: Duration,
    /// By how much the wall clock had been put forward by then, suspensions aside.
    pub(crate) forward: Duration,
}

/// The clocks, and what they have been through.
#[derive(Debug)]
pub(crate) struct Time {
    pub(crate) clock: ManualClock,
    truth: Duration,
    awake: Duration,
    stretches: Vec<Stretch>,
    jumps_back: u32,
}

impl Time {
    pub(crate) fn new() -> Self {
        let clock = ManualClock::new();
        let first = Stretch {
            wall: clock.now(),
            truth: Duration::ZERO,
            awake: Duration::ZERO,
            forward: Duration::ZERO,
        };
        Self {
            clock,
            truth: Duration::ZERO,
            awake: Duration::ZERO,
            stretches: vec![first],
            jumps_back: 0,
        }
    }

    /// The present.
    pub(crate) fn now(&self) -> Moment {
        Moment {
            truth: self.truth,
            awake: self.awake,
            forward: self.forward(),
        }
    }

    /// How often the wall clock was put back.
    pub(crate) fn jumps_back(&self) -> u32 {
        self.jumps_back
    }

    pub(crate) fn pass(&mut self, span: Duration) {
        self.truth += span;
        self.awake += span;
        self.clock.advance(span);
    }

    /// Lets time pass until somebody wakes; `false` if nobody sleeps.
    pub(crate) fn skip(&mut self) -> bool {
        let Some(next) = self.clock.next_deadline() else {
            return false;
        };
        self.pass(next.since(self.clock.now()));
        true
    }

    pub(crate) fn suspend(&mut self, span: Duration) {
        self.truth += span;
        self.clock.suspend(span);
        self.begin_stretch(Duration::ZERO);
    }

    pub(crate) fn put_forward(&mut self, step: Duration) {
        self.clock.put_forward(step);
        self.begin_stretch(step);
    }

    pub(crate) fn put_back(&mut self, step: Duration) {
        self.jumps_back += 1;
        self.clock.put_back(step);
        self.begin_stretch(Duration::ZERO);
    }

    /// The moments at which the wall clock showed this time, first to last.
    pub(crate) fn moments(&self, shown: Timestamp) -> Vec<Moment> {
        let ends = self.stretches.iter().skip(1).map(|next| next.truth);
        let stretches = self.stretches.iter().zip(ends.chain([self.truth]));
        let moment = |(stretch, end): (&Stretch, Duration)| {
            let since = shown.since(stretch.wall);
            let is_shown = shown >= stretch.wall && stretch.truth + since <= end;
            is_shown.then_some(Moment {
                truth: stretch.truth + since,
                awake: stretch.awake + since,
                forward: stretch.forward,
            })
        };
        stretches.filter_map(moment).collect()
    }

    fn forward(&self) -> Duration {
        self.stretches
            .last()
            .map(|last| last.forward)
            .unwrap_or_default()
    }

    fn begin_stretch(&mut self, step: Duration) {
        self.stretches.push(Stretch {
            wall: self.clock.now(),
            truth: self.truth,
            awake: self.awake,
            forward: self.forward() + step,
        });
    }
}
