//! What was written lately: the last record of runs, so that a conflict is seen without a look at
//! the tree.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use crate::{
    model::{RecordNumber, RunId},
    storage::StorageError,
};

/// Bound: how many runs a generation holds; there are two of them.
const GENERATION_MAX: usize = 8192;

/// The last records of the runs that were written lately.
///
/// Two generations: what is used moves to the younger one, and the older one is forgotten when the
/// younger one is full.
#[derive(Debug, Default)]
pub(super) struct RecentRuns(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    young: BTreeMap<RunId, RecordNumber>,
    old: BTreeMap<RunId, RecordNumber>,
}

impl RecentRuns {
    /// The last record of a run, or what looking for it says.
    pub(super) fn last_record(
        &self,
        run_id: RunId,
        look: impl FnOnce() -> Result<RecordNumber, StorageError>,
    ) -> Result<RecordNumber, StorageError> {
        let known = self.with(|Generations { young, old }| {
            let known = young.get(&run_id).or_else(|| old.get(&run_id));
            known.copied()
        });
        known.map_or_else(look, Ok)
    }

    /// Takes note of the last record of a run.
    pub(super) fn note(&self, run_id: RunId, number: RecordNumber) {
        self.with(|Generations { young, old }| {
            young.insert(run_id, number);
            if young.len() >= GENERATION_MAX {
                *old = std::mem::take(young);
            }
        });
    }

    fn with<T>(&self, look: impl FnOnce(&mut Generations) -> T) -> T {
        // Invariant: no code that can panic runs under this lock, which commits take in turn.
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
