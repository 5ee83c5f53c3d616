//! Layers: stores in front of another store that change or watch some of its calls.

use std::path::Path;

use crate::{
    model::{ContentKey, RecordNumber, RunId, WorkflowId},
    storage::{
        Backup, Commit, OpenRun, ReadStore, RunEntry, StorageError, Store, StoreFiles,
        StoredRecord, WorkMeter, WriteRight, WriteStore,
    },
};

/// A store in front of another one; every call that it does not implement reaches the inner store.
///
/// Implement this to count, delay or check some calls: the type is then a [`Store`] by itself.
///
/// # Examples
/// ```
/// use sempre::storage::{Commit, MemoryStore, StorageError, StoreLayer, WriteStore};
/// use std::sync::atomic::{AtomicUsize, Ordering};
///
/// #[derive(Default)]
/// struct Counted { inner: MemoryStore, commits: AtomicUsize }
///
/// impl StoreLayer for Counted {
///     type Inner = MemoryStore;
///
///     fn inner(&self) -> &MemoryStore { &self.inner }
///
///     fn commit(&self, commits: &[Commit]) -> Result<(), StorageError> {
///         self.commits.fetch_add(commits.len(), Ordering::Relaxed);
///         self.inner.commit(commits)
///     }
/// }
///
/// let store = Counted::default();
/// assert!(WriteStore::commit(&store, &[]).is_ok());
/// ```
pub trait StoreLayer: Send + Sync + 'static {
    /// The store behind it.
    type Inner: Store + ?Sized;

    /// The store behind it.
    fn inner(&self) -> &Self::Inner;

    /// As [`WriteStore::commit`].
    fn commit(&self, commits: &[Commit]) -> Result<(), StorageError> {
        self.inner().commit(commits)
    }

    /// As [`WriteStore::write_right`].
    fn write_right(&self) -> &WriteRight {
        self.inner().write_right()
    }

    /// As [`WriteStore::commits_briefly`]; a layer that neither waits nor sleeps in its
    /// [`commit`](Self::commit) passes the question on.
    fn commits_briefly(&self) -> bool {
        false
    }

    /// As [`ReadStore::current_run`].
    fn current_run(&self, workflow_id: &WorkflowId) -> Result<Option<RunEntry>, StorageError> {
        self.inner().current_run(workflow_id)
    }

    /// As [`ReadStore::run`].
    fn run(&self, run_id: RunId) -> Result<Option<RunEntry>, StorageError> {
        self.inner().run(run_id)
    }

    /// As [`ReadStore::open_runs`].
    fn open_runs(&self, after: Option<RunId>, limit: usize) -> Result<Vec<OpenRun>, StorageError> {
        self.inner().open_runs(after, limit)
    }

    /// As [`ReadStore::files`].
    fn files(&self) -> Option<StoreFiles> {
        self.inner().files()
    }

    /// As [`ReadStore::backup`].
    fn backup(&self, to: &Path, meter: &WorkMeter) -> Result<Backup, StorageError> {
        self.inner().backup(to, meter)
    }

    /// As [`ReadStore::closed_runs`].
    fn closed_runs(
        &self,
        after: Option<RunId>,
        limit: usize,
    ) -> Result<Vec<RunEntry>, StorageError> {
        self.inner().closed_runs(after, limit)
    }

    /// As [`ReadStore::runs`].
    fn runs(&self, before: Option<RunId>, limit: usize) -> Result<Vec<RunEntry>, StorageError> {
        self.inner().runs(before, limit)
    }

    /// As [`ReadStore::records`].
    fn records(
        &self,
        run_id: RunId,
        from: RecordNumber,
        limit: usize,
    ) -> Result<Vec<StoredRecord>, StorageError> {
        self.inner().records(run_id, from, limit)
    }

    /// As [`ReadStore::payloads`].
    fn payloads(&self, run_id: RunId) -> Result<Vec<ContentKey>, StorageError> {
        self.inner().payloads(run_id)
    }

    /// As [`ReadStore::names_payload`].
    fn names_payload(&self, key: &ContentKey) -> Result<bool, StorageError> {
        self.inner().names_payload(key)
    }
}

impl<L: StoreLayer> WriteStore for L {
    fn commit(&self, commits: &[Commit]) -> Result<(), StorageError> {
        StoreLayer::commit(self, commits)
    }

    fn write_right(&self) -> &WriteRight {
        StoreLayer::write_right(self)
    }

    fn commits_briefly(&self) -> bool {
        StoreLayer::commits_briefly(self)
    }
}

impl<L: StoreLayer> ReadStore for L {
    fn current_run(&self, workflow_id: &WorkflowId) -> Result<Option<RunEntry>, StorageError> {
        StoreLayer::current_run(self, workflow_id)
    }

    fn run(&self, run_id: RunId) -> Result<Option<RunEntry>, StorageError> {
        StoreLayer::run(self, run_id)
    }

    fn open_runs(&self, after: Option<RunId>, limit: usize) -> Result<Vec<OpenRun>, StorageError> {
        StoreLayer::open_runs(self, after, limit)
    }

    fn files(&self) -> Option<StoreFiles> {
        StoreLayer::files(self)
    }

    fn backup(&self, to: &Path, meter: &WorkMeter) -> Result<Backup, StorageError> {
        StoreLayer::backup(self, to, meter)
    }

    fn closed_runs(
        &self,
        after: Option<RunId>,
        limit: usize,
    ) -> Result<Vec<RunEntry>, StorageError> {
        StoreLayer::closed_runs(self, after, limit)
    }

    fn runs(&self, before: Option<RunId>, limit: usize) -> Result<Vec<RunEntry>, StorageError> {
        StoreLayer::runs(self, before, limit)
    }

    fn records(
        &self,
        run_id: RunId,
        from: RecordNumber,
        limit: usize,
    ) -> Result<Vec<StoredRecord>, StorageError> {
        StoreLayer::records(self, run_id, from, limit)
    }

    fn payloads(&self, run_id: RunId) -> Result<Vec<ContentKey>, StorageError> {
        StoreLayer::payloads(self, run_id)
    }

    fn names_payload(&self, key: &ContentKey) -> Result<bool, StorageError> {
        StoreLayer::names_payload(self, key)
    }
}
