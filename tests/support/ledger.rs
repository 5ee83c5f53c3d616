//! A list of the runs that were started in a store.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sempre::{
    model::WorkflowExecution,
    storage::{Commit, IndexChange, Store},
    testing::InterceptedStore,
};

/// The runs that were started in the stores of a ledger, in their order.
///
/// Clones share everything.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    started: Arc<Mutex<Vec<WorkflowExecution>>>,
}

impl Ledger {
    /// A store that writes to this one, and notes in the ledger which runs are started.
    pub fn around(&self, store: impl Store) -> Arc<dyn Store> {
        let ledger = self.clone();
        Arc::new(InterceptedStore::new(
            store,
            move |store, commits: &[Commit]| {
                store.commit(commits)?;
                ledger.note(commits);
                Ok(())
            },
        ))
    }

    /// The runs started so far, in their order.
    pub fn started(&self) -> Vec<WorkflowExecution> {
        self.lock().clone()
    }

    fn note(&self, commits: &[Commit]) {
        let opened = commits.iter().filter_map(|commit| match &commit.index {
            Some(IndexChange::Opened(entry)) => Some(entry.execution.clone()),
            _ => None,
        });
        self.lock().extend(opened);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<WorkflowExecution>> {
        // Invariant: the list is only pushed to, so it is valid after a panic elsewhere.
        self.started.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
