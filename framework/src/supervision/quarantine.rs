//! The executions that were given up, with the reasons.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

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

/// The executions of an engine that were given up.
///
/// Clones share one list: it outlives the threads of the engine, and can be read when they are
/// busy. The lock is taken when an execution is loaded or set aside, and never on a step.
#[derive(Clone, Debug, Default)]
pub struct Quarantine {
    runs: Arc<Mutex<BTreeMap<RunId, QuarantinedRun>>>,
}

impl Quarantine {
    /// Adds an execution.
    pub fn add(&self, execution: WorkflowExecution, cause: String, since: Timestamp) {
        self.lock().insert(
            execution.run_id,
            QuarantinedRun {
                execution,
                cause,
                since,
            },
        );
    }

    /// Why a run is in here, if it is.
    pub fn cause(&self, run_id: RunId) -> Option<String> {
        self.lock().get(&run_id).map(|run| run.cause.clone())
    }

    /// Takes a run out; `false` if it was not in here.
    pub fn release(&self, run_id: RunId) -> bool {
        self.lock().remove(&run_id).is_some()
    }

    /// All runs, oldest first.
    pub fn runs(&self) -> Vec<QuarantinedRun> {
        let mut runs: Vec<_> = self.lock().values().cloned().collect();
        runs.sort_by_key(|run| run.since);
        runs
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<RunId, QuarantinedRun>> {
        // Invariant: entries are only put in and taken out, so it is valid after a panic elsewhere.
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
