//! A store whose panics are errors, so that they end a request and not a thread.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use derive_more::Debug;

use crate::{
    model::{ContentKey, RecordNumber, RunId, WorkflowId},
    panic::panic_text,
    storage::{
        Backup, Commit, OpenRun, ReadStore, RunEntry, StorageError, StorageErrorKind, Store,
        StoreFiles, StoredRecord, WorkMeter, WriteRight, WriteStore,
    },
};

/// A store whose panics are errors of the kind `Unavailable`.
#[derive(Clone, Debug)]
pub(crate) struct GuardedStore {
    #[debug(skip)]
    inner: Arc<dyn Store>,
}

impl GuardedStore {
    /// Guards this store.
    pub(crate) fn new(inner: Arc<dyn Store>) -> Self {
        Self { inner }
    }

    fn guard<T>(
        &self,
        ask: impl FnOnce(&dyn Store) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        catch_unwind(AssertUnwindSafe(|| ask(&*self.inner))).unwrap_or_else(|panic| {
            let message = format!("the store panicked: {}", panic_text(&*panic));
            Err(StorageError::new(StorageErrorKind::Unavailable, message))
        })
    }
}

impl WriteStore for GuardedStore {
    fn commit(&self, commits: &[Commit]) -> Result<(), StorageError> {
        self.guard(|store| store.commit(commits))
    }

    fn write_right(&self) -> &WriteRight {
        self.inner.write_right()
    }

    fn commits_briefly(&self) -> bool {
        self.inner.commits_briefly()
    }
}

impl ReadStore for GuardedStore {
    fn current_run(&self, workflow_id: &WorkflowId) -> Result<Option<RunEntry>, StorageError> {
        self.guard(|store| store.current_run(workflow_id))
    }

    fn run(&self, run_id: RunId) -> Result<Option<RunEntry>, StorageError> {
        self.guard(|store| store.run(run_id))
    }

    fn open_runs(&self, after: Option<RunId>, limit: usize) -> Result<Vec<OpenRun>, StorageError> {
        self.guard(|store| store.open_runs(after, limit))
    }

    fn files(&self) -> Option<StoreFiles> {
        self.guard(|store| Ok(store.files())).ok().flatten()
    }

    fn backup(&self, to: &Path, meter: &WorkMeter) -> Result<Backup, StorageError> {
        self.guard(|store| store.backup(to, meter))
    }

    fn closed_runs(
        &self,
        after: Option<RunId>,
        limit: usize,
    ) -> Result<Vec<RunEntry>, StorageError> {
        self.guard(|store| store.closed_runs(after, limit))
    }

    fn runs(&self, before: Option<RunId>, limit: usize) -> Result<Vec<RunEntry>, StorageError> {
        self.guard(|store| store.runs(before, limit))
    }

    fn records(
        &self,
        run_id: RunId,
        from: RecordNumber,
        limit: usize,
    ) -> Result<Vec<StoredRecord>, StorageError> {
        self.guard(|store| store.records(run_id, from, limit))
    }

    fn payloads(&self, run_id: RunId) -> Result<Vec<ContentKey>, StorageError> {
        self.guard(|store| store.payloads(run_id))
    }

    fn names_payload(&self, key: &ContentKey) -> Result<bool, StorageError> {
        self.guard(|store| store.names_payload(key))
    }
}
