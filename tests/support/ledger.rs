//! A list of the runs that were started in a store, and of those that were read.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sempre::{
    model::{RecordNumber, RunId, WorkflowExecution, WorkflowId},
    storage::{
        Commit, IndexChange, OpenRun, ReadStore, RunEntry, StorageError, Store, StoredRecord,
        WriteStore,
    },
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

impl<S: Store> WriteStore for Noted<S> {
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
}

impl<S: Store> ReadStore for Noted<S> {
    fn current_run(&self, workflow_id: &WorkflowId) -> Result<Option<RunEntry>, StorageError> {
        self.inner.current_run(workflow_id)
    }

    fn run(&self, run_id: RunId) -> Result<Option<RunEntry>, StorageError> {
        self.inner.run(run_id)
    }

    fn open_runs(&self, after: Option<RunId>, limit: usize) -> Result<Vec<OpenRun>, StorageError> {
        self.inner.open_runs(after, limit)
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
