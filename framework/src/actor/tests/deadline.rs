//! Deadlines: one entry a run, exact, earliest first.

use crate::{
    actor::deadline::Deadlines,
    model::{RunId, Timestamp},
};

fn run(number: u128) -> RunId {
    RunId::from_u128(number)
}

fn at(secs: u64) -> Timestamp {
    Timestamp::from_secs(secs)
}

#[test]
fn the_earliest_deadline_comes_first_and_only_when_it_is_due() {
    let mut deadlines = Deadlines::default();
    deadlines.set(run(1), Some(at(30)));
    deadlines.set(run(2), Some(at(10)));
    deadlines.set(run(3), Some(at(20)));
    assert_eq!(deadlines.earliest(), Some(at(10)));
    assert_eq!(deadlines.take_due(at(9)), None);
    assert_eq!(deadlines.take_due(at(25)), Some(run(2)));
    assert_eq!(deadlines.take_due(at(25)), Some(run(3)));
    assert_eq!(deadlines.take_due(at(25)), None);
    assert_eq!(deadlines.earliest(), Some(at(30)));
}

#[test]
fn a_new_deadline_replaces_the_old_one_and_none_removes_it() {
    let mut deadlines = Deadlines::default();
    deadlines.set(run(1), Some(at(10)));
    deadlines.set(run(1), Some(at(40)));
    assert_eq!(deadlines.take_due(at(20)), None);
    deadlines.set(run(1), None);
    assert_eq!(deadlines.earliest(), None);
}

#[test]
fn runs_with_the_same_deadline_come_oldest_first() {
    let mut deadlines = Deadlines::default();
    for number in [3, 1, 2] {
        deadlines.set(run(number), Some(Timestamp::EPOCH));
    }
    let due: Vec<_> = std::iter::from_fn(|| deadlines.take_due(at(1))).collect();
    assert_eq!(due, [run(1), run(2), run(3)]);
}

#[test]
fn deadlines_that_are_known_at_once_are_those_that_were_set_one_by_one() {
    let known = [(3, 20), (1, 30), (2, 20)].map(|(number, secs)| (run(number), at(secs)));
    let mut at_once: Deadlines = known.into_iter().collect();
    let mut one_by_one = Deadlines::default();
    for (run_id, deadline) in known {
        one_by_one.set(run_id, Some(deadline));
    }
    for deadlines in [&mut at_once, &mut one_by_one] {
        deadlines.set(run(3), Some(at(40)));
        let due: Vec<_> = std::iter::from_fn(|| deadlines.take_due(at(50))).collect();
        assert_eq!(due, [run(2), run(1), run(3)]);
    }
}
