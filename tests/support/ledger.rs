//! A list of the runs that were started in a store, and of those that were read.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sempre::{
    model::{RecordNumber, RunId, WorkflowExecution},
    storage::{Commit, IndexChange, StorageError, Store, StoreLayer, StoredRecord},
};

/// The runs that were started in the stores of a ledger and those read from them, in their order.
///
/// Clones share everything.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    started: Arc<Mutex<Vec<WorkflowExecution>>>,
    read: Arc<Mutex<Vec<RunId>>>,
}

impl Ledger {
    /// A store that writes to this one and reads from it, and notes what in the ledger.
    pub fn around(&self, inner: impl Store) -> Arc<dyn Store> {
        let ledger = self.clone();
        Arc::new(Noted { inner, ledger })
    }

    /// The runs started so far, in their order.
    pub fn started(&self) -> Vec<WorkflowExecution> {
        lock(&self.started).clone()
    }

    /// How often the records of a run were read so far, from the first on.
    pub fn reads(&self, run_id: RunId) -> usize {
        lock(&self.read).iter().filter(|it| **it == run_id).count()
    }
}

fn lock<T>(list: &Mutex<Vec<T>>) -> MutexGuard<'_, Vec<T>> {
    // Invariant: the list is only pushed to, so it is valid after a panic elsewhere.
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A store with its ledger.
struct Noted<S> {
    inner: S,
    ledger: Ledger,
}

impl<S: Store> StoreLayer for Noted<S> {
    type Inner = S;

    fn inner(&self) -> &S {
        &self.inner
    }

    fn commit(&self, commits: &[Commit]) -> Result<(), StorageError> {
        self.inner.commit(commits)?;
        let opened = commits
            .iter()
            .flat_map(Commit::parts)
            .filter_map(|part| match &part.index {
                Some(IndexChange::Opened(entry)) => Some(entry.execution.clone()),
                _ => None,
            });
        lock(&self.ledger.started).extend(opened);
        Ok(())
    }

    fn records(
        &self,
        run_id: RunId,
        from: RecordNumber,
        limit: usize,
    ) -> Result<Vec<StoredRecord>, StorageError> {
        if from <= RecordNumber::NONE.next() {
            lock(&self.ledger.read).push(run_id);
        }
        self.inner.records(run_id, from, limit)
    }
}
