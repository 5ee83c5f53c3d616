//! What a timeline makes of steps of the wall clock, as a table.

use std::time::Duration;

use proptest::{collection, prelude::*};

use crate::{
    actor::timeline::Timeline,
    clock::{MonotonicTime, Reading},
    model::Timestamp,
};

/// When this process began to look.
const BEGAN: u64 = 1_767_225_600;
const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;
const YEARS: u64 = 3_652 * DAY;

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Time passes.
    Pass(u64),
    /// The wall clock is put forward, or the machine sleeps.
    Forward(u64),
    /// The wall clock is put back.
    Back(u64),
}

use Step::{Back, Forward, Pass};

/// A clock, and a timeline that looks at it after each step.
struct Observed {
    now: Reading,
    timeline: Timeline,
}

impl Observed {
    fn new() -> Self {
        let now = Reading {
            wall: Timestamp::from_secs(BEGAN),
            monotonic: MonotonicTime::from_nanos(5),
        };
        let timeline = Timeline::new(now);
        Self { now, timeline }
    }

    fn take(&mut self, step: Step) {
        match step {
            Pass(secs) => self.now = self.now.after(Duration::from_secs(secs)),
            Forward(secs) => self.now.wall = self.now.wall.after(Duration::from_secs(secs)),
            Back(secs) => self.now.wall = self.now.wall.before(Duration::from_secs(secs)),
        }
        self.timeline.observe(self.now);
    }
}

/// The lead, in seconds, of a moment in the middle of two sequences of steps.
fn lead(before: &[Step], after: &[Step]) -> u64 {
    let mut observed = Observed::new();
    for step in before {
        observed.take(*step);
    }
    let at = observed.now.wall;
    for step in after {
        observed.take(*step);
    }
    observed.timeline.lead(at).as_secs()
}

#[test]
fn a_moment_leads_by_what_the_clock_was_put_back_since() {
    for step in [1, HOUR, YEARS] {
        let table: &[(&[Step], &[Step], u64)] = &[
            // Time passes, or the machine sleeps.
            (&[], &[Pass(60)], 0),
            (&[Pass(60)], &[Forward(step), Pass(60)], 0),
            (&[Pass(60)], &[Forward(3 * DAY), Pass(60)], 0),
            // The clock is put back, once and twice; what comes later does not lead.
            (&[Pass(60)], &[Back(step)], step),
            (&[Pass(60)], &[Back(step), Back(step)], 2 * step),
            (&[Pass(60), Back(step)], &[Pass(7 * YEARS)], 0),
            // It was ahead for a while: what was before does not lead, what was meanwhile does.
            (&[Pass(60)], &[Forward(step), Pass(5), Back(step)], 0),
            (&[Pass(60), Forward(step), Pass(5)], &[Back(step)], step),
            // It was behind for a while.
            (&[Pass(60)], &[Back(step), Pass(5), Forward(step)], 0),
            (&[Pass(60), Back(step), Pass(5)], &[Forward(step)], 0),
            // The machine slept, and the clock was put back by less and by more than that.
            (&[Pass(60)], &[Forward(3 * step), Back(step)], 0),
            (&[Pass(60)], &[Forward(step), Back(3 * step)], 2 * step),
        ];
        for (before, after, expected) in table {
            assert_eq!(lead(before, after), *expected, "{before:?} {after:?}");
        }
    }
}

#[test]
fn a_moment_of_an_earlier_process_leads_if_it_has_not_come_yet() {
    let mut observed = Observed::new();
    let at = |secs| Timestamp::from_secs(secs);
    let secs = Duration::from_secs;
    assert_eq!(observed.timeline.lead(at(BEGAN - 9)), Duration::ZERO);
    assert_eq!(observed.timeline.lead(at(BEGAN + YEARS)), secs(YEARS));
    // What counts is when this process began, so the deadline comes nearer.
    observed.take(Pass(60));
    assert_eq!(observed.timeline.lead(at(BEGAN + YEARS)), secs(YEARS));
    // The clock was behind when this process began.
    observed.take(Forward(YEARS));
    assert_eq!(
        observed.timeline.lead(at(BEGAN + YEARS - 9)),
        Duration::ZERO
    );
    assert_eq!(observed.timeline.lead(at(BEGAN - 9)), Duration::ZERO);
    // It is put back after that.
    observed.take(Back(YEARS + 5));
    assert_eq!(observed.timeline.lead(at(BEGAN - 9)), secs(5));
}

#[test]
fn a_wall_time_that_was_shown_twice_is_taken_for_the_second() {
    let mut observed = Observed::new();
    observed.take(Pass(100));
    let before = observed.now.wall;
    observed.take(Back(60));
    assert_eq!(observed.timeline.lead(before).as_secs(), 60);
    observed.take(Pass(60));
    assert_eq!(observed.timeline.lead(before).as_secs(), 0);
    assert_eq!(observed.timeline.steps(), 1);
}

#[test]
fn drift_is_no_step() {
    let mut observed = Observed::new();
    for _ in 0..100 {
        observed.take(Pass(60));
        observed.now.wall = observed.now.wall.before(Duration::from_millis(900));
        observed.timeline.observe(observed.now);
    }
    assert_eq!(observed.timeline.steps(), 0);
    let began = Timestamp::from_secs(BEGAN);
    assert_eq!(observed.timeline.lead(began), Duration::ZERO);
}

#[test]
fn the_ends_of_time_are_no_trouble() {
    for wall in [Timestamp::EPOCH, Timestamp::MAX] {
        for monotonic in [MonotonicTime::default(), MonotonicTime::MAX] {
            let now = Reading { wall, monotonic };
            let mut timeline = Timeline::new(now);
            for wall in [Timestamp::MAX, Timestamp::EPOCH, Timestamp::MAX] {
                timeline.observe(Reading { wall, monotonic });
                let _lead = timeline.lead(Timestamp::MAX);
                let _lead = timeline.lead(Timestamp::EPOCH);
                let _at = timeline.never_put_back(wall);
            }
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1..=2 * HOUR).prop_map(Pass),
        1 => (1..=2 * HOUR).prop_map(Forward),
        1 => (1..=2 * HOUR).prop_map(Back),
    ]
}

proptest! {
    #[test]
    fn no_deadline_is_early_and_none_is_missed(steps in collection::vec(step(), 1..100)) {
        let mut observed = Observed::new();
        // Each moment, and how far the clock had been put forward in all.
        let mut moments = Vec::new();
        let mut set_by = 0_i64;
        let mut never_put_back = Timestamp::EPOCH;
        for step in steps {
            observed.take(step);
            match step {
                Pass(_) => {}
                Forward(secs) => set_by += i64::try_from(secs).unwrap(),
                Back(secs) => set_by -= i64::try_from(secs).unwrap(),
            }
            moments.push((observed.now.wall, set_by));
            for (at, was_set_by) in &moments {
                let lead = observed.timeline.lead(*at).as_secs();
                let ahead = u64::try_from(was_set_by - set_by).unwrap_or(0);
                prop_assert!(lead <= ahead, "early: it leads by {lead} and not {ahead}");
            }
            // Of what is now, nothing leads.
            prop_assert_eq!(observed.timeline.lead(observed.now.wall), Duration::ZERO);
            // What deadlines are kept by never goes back, so none that is set is missed.
            let now = observed.timeline.never_put_back(observed.now.wall);
            prop_assert!(now >= never_put_back);
            never_put_back = now;
        }
    }
}
