//! A store that counts what is written to it, and leaves it as it is.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use sempre::storage::{Commit, CommitPart, SledStore, StorageError, StoreLayer, WriteStore as _};

/// What was written to a store.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    groups: AtomicU64,
    records: AtomicU64,
    bytes: AtomicU64,
    deletions: AtomicU64,
}

impl Tally {
    /// Groups of records that shared a flush.
    pub(crate) fn groups(&self) -> u64 {
        self.groups.load(Ordering::Relaxed)
    }

    /// Records, each the transition of one message.
    pub(crate) fn records(&self) -> u64 {
        self.records.load(Ordering::Relaxed)
    }

    /// Bytes of the records, before the store adds its own.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Runs that have been deleted.
    pub(crate) fn deletions(&self) -> u64 {
        self.deletions.load(Ordering::Relaxed)
    }
}

/// A sled store that counts what is written to it.
#[derive(Debug)]
pub(crate) struct CountedStore {
    store: SledStore,
    tally: Arc<Tally>,
}

impl CountedStore {
    pub(crate) fn new(store: SledStore) -> Self {
        let tally = Arc::default();
        Self { store, tally }
    }

    /// The tally, which outlives the store.
    pub(crate) fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.tally)
    }
}

impl StoreLayer for CountedStore {
    type Inner = SledStore;

    fn inner(&self) -> &SledStore {
        &self.store
    }

    fn commit(&self, commits: &[Commit]) -> Result<(), StorageError> {
        let bytes: usize = commits.iter().map(Commit::record_bytes).sum();
        let tally = &self.tally;
        tally.groups.fetch_add(1, Ordering::Relaxed);
        let parts = commits.iter().flat_map(Commit::parts);
        let deletions = parts.clone().filter_map(CommitPart::deleted).count() as u64;
        let records = parts.count() as u64 - deletions;
        tally.records.fetch_add(records, Ordering::Relaxed);
        tally.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.store.commit(commits)?;
        tally.deletions.fetch_add(deletions, Ordering::Relaxed);
        Ok(())
    }

    fn commits_briefly(&self) -> bool {
        self.store.commits_briefly()
    }
}
