//! The executions that were given up, with the reasons.

use std::collections::BTreeMap;

use crate::model::{RunId, Timestamp, WorkflowExecution};

/// An execution that was given up.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct QuarantinedRun {
    /// The execution.
    pub execution: WorkflowExecution,
    /// What was wrong with it.
    pub cause: String,
    /// Since when it is left alone.
    pub since: Timestamp,
}

/// The executions of a shard that were given up.
#[derive(Debug, Default)]
pub struct Quarantine {
    runs: BTreeMap<RunId, QuarantinedRun>,
}

impl Quarantine {
    /// Adds an execution.
    pub fn add(&mut self, execution: WorkflowExecution, cause: String, since: Timestamp) {
        self.runs.insert(
            execution.run_id,
            QuarantinedRun {
                execution,
                cause,
                since,
            },
        );
    }

    /// Why a run is in here, if it is.
    pub fn cause(&self, run_id: RunId) -> Option<&str> {
        self.runs.get(&run_id).map(|run| run.cause.as_str())
    }

    /// Takes a run out; `false` if it was not in here.
    pub fn release(&mut self, run_id: RunId) -> bool {
        self.runs.remove(&run_id).is_some()
    }

    /// All runs, oldest first.
    pub fn runs(&self) -> impl Iterator<Item = &QuarantinedRun> {
        self.runs.values()
    }
}
