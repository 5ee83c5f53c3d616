//! Which of the runs that a store keeps are to be deleted.

use crate::scenario::kept::{is_due, workflow_id};

#[test]
fn nearly_half_of_the_runs_are_due_and_none_that_fails_or_stays() {
    assert_eq!((0..1_000).filter(|number| is_due(*number)).count(), 499);
    assert_eq!([7, 13, 1_013].map(is_due), [false; 3]);
}

#[test]
fn ids_sort_as_their_numbers_do() {
    assert!(workflow_id(99) < workflow_id(100));
}
