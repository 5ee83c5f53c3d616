//! Run ids sort by their start, and are the same every time where they are to be.

use crate::{
    actor::run_id::{RunIds, RunNumbers},
    model::{RunId, Timestamp},
};

fn ids(made: &RunIds) -> Vec<RunId> {
    let at = [7, 7, 8].map(Timestamp::from_secs);
    at.map(|now| made.next(now)).into()
}

#[test]
fn ids_sort_by_their_start_and_are_never_the_same_twice() {
    let first = ids(&RunIds::new(None));
    assert!(first.is_sorted() && first[0] != first[1]);
    assert_ne!(first, ids(&RunIds::new(None)));
}

#[test]
fn numbered_ids_sort_by_their_start_and_are_the_same_every_time() {
    let first = ids(&RunIds::new(Some(RunNumbers::default())));
    assert!(first.is_sorted() && first[0] != first[1]);
    assert_eq!(first, ids(&RunIds::new(Some(RunNumbers::default()))));
}

#[test]
fn engines_that_share_their_numbers_share_no_id() {
    let numbers = RunNumbers::default();
    let first = ids(&RunIds::new(Some(numbers.clone())));
    let second = ids(&RunIds::new(Some(numbers)));
    assert!(first.iter().all(|id| !second.contains(id)));
}
