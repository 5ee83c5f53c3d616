//! The deadlines of a shard's runs, resident or not: one entry a run, exact.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{RunId, Timestamp};

/// The earliest deadline of each run of a shard.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    order: BTreeSet<(Timestamp, RunId)>,
    by_run: BTreeMap<RunId, Timestamp>,
}

impl FromIterator<(RunId, Timestamp)> for Deadlines {
    /// The deadlines of many runs, in less memory than if they were set one after the other.
    fn from_iter<I: IntoIterator<Item = (RunId, Timestamp)>>(deadlines: I) -> Self {
        let by_run: BTreeMap<RunId, Timestamp> = deadlines.into_iter().collect();
        let order = by_run.iter().map(|(run_id, at)| (*at, *run_id)).collect();
        Self { order, by_run }
    }
}

impl Deadlines {
    /// Sets or clears the deadline of a run.
    pub(super) fn set(&mut self, run_id: RunId, deadline: Option<Timestamp>) {
        let before = match deadline {
            Some(new) => self.by_run.insert(run_id, new),
            None => self.by_run.remove(&run_id),
        };
        if before == deadline {
            return;
        }
        if let Some(old) = before {
            self.order.remove(&(old, run_id));
        }
        if let Some(new) = deadline {
            self.order.insert((new, run_id));
        }
    }

    /// How many runs have a deadline.
    pub(super) fn len(&self) -> usize {
        self.by_run.len()
    }

    /// The earliest deadline of all.
    pub(super) fn earliest(&self) -> Option<Timestamp> {
        self.order.first().map(|(deadline, _)| *deadline)
    }

    /// Takes out a run whose deadline has passed, the earliest first.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Option<RunId> {
        let (deadline, run_id) = *self.order.first()?;
        if deadline > now {
            return None;
        }
        self.order.remove(&(deadline, run_id));
        self.by_run.remove(&run_id);
        Some(run_id)
    }
}
