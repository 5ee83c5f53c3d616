//! Who leaves first: the run that was used least recently, however often it was used before.

use std::collections::BTreeMap;

use crate::{actor::recency::Recency, model::RunId};

/// Runs with their places and last uses, as residency keeps them.
#[derive(Default)]
struct Runs {
    recency: Recency,
    known: BTreeMap<RunId, (u64, u64)>,
}

impl Runs {
    fn enter(&mut self, number: u128) {
        let run_id = RunId::from_u128(number);
        let place = self.recency.enter(run_id);
        self.known.insert(run_id, (place, place));
    }

    fn touch(&mut self, number: u128) {
        let (_, used) = self.known.get_mut(&RunId::from_u128(number)).unwrap();
        *used = self.recency.count_use();
    }

    fn leave(&mut self, number: u128) {
        let (place, _) = self.known.remove(&RunId::from_u128(number)).unwrap();
        self.recency.leave(place);
    }

    fn oldest(&mut self) -> Option<RunId> {
        self.recency.oldest(|run_id| {
            let (place, used) = self.known.get_mut(&run_id)?;
            *place = *used;
            Some(*used)
        })
    }
}

#[test]
fn the_run_used_least_recently_is_the_oldest() {
    let mut runs = Runs::default();
    for number in [1, 2, 3] {
        runs.enter(number);
    }
    assert_eq!(runs.oldest(), Some(RunId::from_u128(1)));
    for number in [1, 2, 1] {
        runs.touch(number);
    }
    assert_eq!(runs.oldest(), Some(RunId::from_u128(3)));
    runs.leave(3);
    assert_eq!(runs.oldest(), Some(RunId::from_u128(2)));
    runs.leave(2);
    assert_eq!(runs.oldest(), Some(RunId::from_u128(1)));
    runs.leave(1);
    assert_eq!((runs.oldest(), runs.recency.len()), (None, 0));
}

#[test]
fn a_run_that_nobody_knows_is_in_nobodys_way() {
    let mut runs = Runs::default();
    runs.enter(1);
    runs.enter(2);
    runs.known.remove(&RunId::from_u128(1));
    assert_eq!(runs.oldest(), Some(RunId::from_u128(2)));
    assert_eq!(runs.recency.runs().count(), 1);
}
