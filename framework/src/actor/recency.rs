//! Which run was used least recently: noted with every message, asked only when memory is full.
//!
//! A use is a number that its run keeps. The order is brought up to date when somebody asks, and
//! only as far as it has to be.

use std::collections::BTreeMap;

use crate::model::RunId;

/// Runs in the order of their last uses, as far as that was needed.
#[derive(Debug, Default)]
pub(super) struct Recency {
    /// Each run at its place: its last use, or one before it.
    order: BTreeMap<u64, RunId>,
    uses: u64,
}

impl Recency {
    /// Counts a use; it is the latest of all.
    pub(super) fn count_use(&mut self) -> u64 {
        self.uses += 1;
        self.uses
    }

    /// Takes a run in, which is a use of it; returns its place.
    pub(super) fn enter(&mut self, run_id: RunId) -> u64 {
        let place = self.count_use();
        self.order.insert(place, run_id);
        place
    }

    /// Takes a run out.
    pub(super) fn leave(&mut self, place: u64) {
        self.order.remove(&place);
    }

    /// How many runs there are.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// All runs.
    pub(super) fn runs(&self) -> impl Iterator<Item = RunId> {
        self.order.values().copied()
    }

    /// The run that was used least recently.
    ///
    /// `last_use` says when a run was used last, and makes that its place; a run that it does not
    /// know is taken out.
    pub(super) fn oldest(
        &mut self,
        mut last_use: impl FnMut(RunId) -> Option<u64>,
    ) -> Option<RunId> {
        // Bound: each turn brings a run to its last use, where it stays until it is used again.
        loop {
            let (place, run_id) = self.order.pop_first()?;
            let Some(used) = last_use(run_id) else {
                continue;
            };
            self.order.insert(used, run_id);
            if used == place {
                return Some(run_id);
            }
        }
    }
}
