//! What the watchdog makes of the looks that it takes at one thread.

use crate::runtime::watchdog::{
    Seen,
    Sight::{self, Slow, Stuck, Well},
};

/// What the looks show of a thread whose count of beginnings and ends is this, look by look.
fn looks(generations: &[u64]) -> Vec<Sight> {
    let mut seen = Seen::default();
    let looks = generations
        .iter()
        .map(|generation| Sight::of(seen.look(*generation), 4));
    looks.collect()
}

#[test]
fn a_task_is_reported_once_at_half_its_budget_and_given_up_past_it() {
    assert_eq!(looks(&[1, 1, 1, 1, 1]), [Well, Well, Slow, Well, Stuck]);
}

#[test]
fn a_task_that_goes_on_past_its_budget_stays_given_up() {
    assert_eq!(looks(&[1; 7])[4..], [Stuck, Stuck, Stuck]);
}

#[test]
fn a_thread_without_a_task_is_well_for_ever() {
    assert_eq!(looks(&[2; 9]), [Well; 9]);
}

#[test]
fn a_thread_that_takes_one_task_after_the_other_is_well() {
    assert_eq!(looks(&[1, 3, 5, 7, 9, 11]), [Well; 6]);
}

#[test]
fn each_task_has_a_report_of_its_own() {
    assert_eq!(
        looks(&[1, 1, 1, 3, 3, 3, 4, 4, 5]),
        [Well, Well, Slow, Well, Well, Slow, Well, Well, Well]
    );
}
