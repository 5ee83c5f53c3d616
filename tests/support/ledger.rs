//! A store that remembers which runs were started in it, and which were read.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sempre::{
    model::{RecordNumber, RunId, WorkflowExecution, WorkflowId},
    storage::{
        Commit, IndexChange, OpenRun, ReadStore, RunEntry, StorageError, StoredRecord, WriteStore,
    },
};

/// A store around another one that remembers the runs started in it and those read from it, in
/// their order.
///
/// Clones share everything.
#[derive(Clone, Debug)]
pub struct Ledger<S> {
    inner: S,
    started: Arc<Mutex<Vec<WorkflowExecution>>>,
    read: Arc<Mutex<Vec<RunId>>>,
}

impl<S> Ledger<S> {
    /// A ledger of what this store takes.
    pub fn new(inner: S) -> Self {
        Self {
            inner,
            started: Arc::default(),
            read: Arc::default(),
        }
    }

    /// The same ledger, continued on another store.
    #[must_use]
    pub fn continued_on(&self, inner: S) -> Self {
        Self {
            inner,
            started: Arc::clone(&self.started),
            read: Arc::clone(&self.read),
        }
    }

    /// The store inside.
    pub fn inner(&self) -> &S {
        &self.inner
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

impl<S: WriteStore> WriteStore for Ledger<S> {
    fn commit(&self, commits: &[Commit]) -> Result<(), StorageError> {
        self.inner.commit(commits)?;
        let opened = commits.iter().filter_map(|commit| match &commit.index {
            Some(IndexChange::Opened(entry)) => Some(entry.execution.clone()),
            _ => None,
        });
        lock(&self.started).extend(opened);
        Ok(())
    }
}

impl<S: ReadStore> ReadStore for Ledger<S> {
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
            lock(&self.read).push(run_id);
        }
        self.inner.records(run_id, from, limit)
    }
}
