//! A store whose writes go through a function of the test.

use derive_more::Debug;

use crate::{
    model::{RecordNumber, RunId, WorkflowId},
    storage::{Commit, OpenRun, ReadStore, RunEntry, StorageError, StoredRecord, WriteStore},
};

/// A store whose writes go through a function; reads go to the store behind it.
///
/// For tests that look at what is written, or decide about it. See
/// [`FaultStore`](crate::testing::FaultStore) for one that fails and waits on demand.
///
/// # Examples
/// ```
/// use sempre::{
///     storage::{MemoryStore, WriteStore as _},
///     testing::InterceptedStore,
/// };
///
/// let store = InterceptedStore::new(MemoryStore::new(), |inner: &MemoryStore, commits| {
///     assert!(commits.is_empty(), "nothing else is expected");
///     inner.commit(commits)
/// });
/// assert!(store.commit(&[]).is_ok());
/// ```
#[derive(Clone, Debug)]
pub struct InterceptedStore<S, F> {
    inner: S,
    #[debug(skip)]
    commit: F,
}

impl<S, F> InterceptedStore<S, F>
where
    F: Fn(&S, &[Commit]) -> Result<(), StorageError>,
{
    /// A store that gives this function what is to be committed, and the store behind it.
    pub fn new(inner: S, commit: F) -> Self {
        Self { inner, commit }
    }
}

impl<S, F> WriteStore for InterceptedStore<S, F>
where
    S: WriteStore,
    F: Fn(&S, &[Commit]) -> Result<(), StorageError> + Send + Sync + 'static,
{
    fn commit(&self, commits: &[Commit]) -> Result<(), StorageError> {
        (self.commit)(&self.inner, commits)
    }
}

impl<S: ReadStore, F: Send + Sync + 'static> ReadStore for InterceptedStore<S, F> {
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
        self.inner.records(run_id, from, limit)
    }
}
