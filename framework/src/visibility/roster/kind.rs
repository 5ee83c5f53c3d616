//! Kinds of runs: those that have namespace, type and status in common.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    model::{ExecutionStatus, WorkflowType},
    storage::RunEntry,
    visibility::roster::row,
};

/// What runs of a kind have in common.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Kind {
    /// `None` is the default one.
    pub(super) namespace: Option<Box<str>>,
    pub(super) workflow_type: WorkflowType,
    pub(super) status: ExecutionStatus,
}

/// The number of the kind of runs of which not all is known that there is to know.
pub(super) const UNSURE: u32 = 0;

/// Kinds by their numbers, from 1.
///
/// Bound: those that runs have had since the roster was made. A number is never given out again.
#[derive(Clone, Debug, Default)]
pub(super) struct Kinds {
    by_number: Arc<Vec<Kind>>,
    numbers: Arc<BTreeMap<Kind, u32>>,
}

impl Kinds {
    /// The number of the kind of a run.
    pub(super) fn number(&mut self, entry: &RunEntry) -> u32 {
        if !row::is_whole(entry) {
            return UNSURE;
        }
        let kind = Kind {
            namespace: entry.execution.workflow_id.namespace_name().map(Box::from),
            workflow_type: entry.workflow_type.clone(),
            status: entry.status,
        };
        if let Some(number) = self.numbers.get(&kind) {
            return *number;
        }
        let by_number = Arc::make_mut(&mut self.by_number);
        by_number.push(kind.clone());
        let number = u32::try_from(by_number.len()).unwrap_or(UNSURE);
        Arc::make_mut(&mut self.numbers).insert(kind, number);
        number
    }

    /// The kind of this number; none is [`UNSURE`].
    pub(super) fn get(&self, number: usize) -> Option<&Kind> {
        self.by_number.get(number.checked_sub(1)?)
    }

    /// What is so of each kind, by number; of runs of which not all is known it is this.
    pub(super) fn each(&self, unsure: bool, is_so: impl FnMut(&Kind) -> bool) -> Vec<bool> {
        let known = self.by_number.iter().map(is_so);
        std::iter::once(unsure).chain(known).collect()
    }

    /// How many numbers there are.
    pub(super) fn len(&self) -> usize {
        self.by_number.len() + 1
    }
}
