//! The disk of a world, under the store port: what is synced survives, and nothing else has to.
//!
//! A group of commits is *gathered*, and from then on it is on its way: some of it may be read
//! already (rule S6 of the port), and at a crash any beginning of it, commit by commit, may have
//! got to the disk (S1, S3). A write that fails leaves such a beginning, too, and poisons the store
//! (S5). What was synced is never lost, unless a [`Mutant`] is at work.

use std::{
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use derive_more::Debug;
use sempre::{
    model::{ContentKey, RecordNumber, RunId, WorkflowId},
    storage::{
        Commit, CommitPart, IndexChange, MemoryStore, OpenRun, ReadStore, RunEntry, StorageError,
        StorageErrorKind, StoredRecord, WriteRight, WriteStore,
    },
};

use crate::simulation::{mutant::Mutant, plan::WriteFate};

/// A disk; clones are the same.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    shared: Arc<Mutex<Shared>>,
}

/// The store of one process on a disk.
#[derive(Debug)]
pub(crate) struct DiskStore {
    disk: Disk,
    life: u64,
    write_right: WriteRight,
}

#[derive(Debug)]
struct Shared {
    /// What survives a crash.
    synced: MemoryStore,
    /// What the process reads, if that is something else.
    read: Option<MemoryStore>,
    /// All that was synced, in order.
    log: Vec<Commit>,
    /// What a disk that lies has not synced.
    unsynced: Vec<Commit>,
    /// The process that has the disk now.
    life: u64,
    fate: WriteFate,
    is_poisoned: bool,
    failing_reads: u32,
    writes: u64,
    mutant: Option<Mutant>,
}

impl Disk {
    pub(crate) fn new(mutant: Option<Mutant>) -> Self {
        let shared = Shared {
            synced: MemoryStore::new(),
            read: None,
            log: Vec::new(),
            unsynced: Vec::new(),
            life: 0,
            fate: WriteFate::Synced,
            is_poisoned: false,
            failing_reads: 0,
            writes: 0,
            mutant,
        };
        Self {
            shared: Arc::new(Mutex::new(shared)),
        }
    }

    /// The store of the next process; that of the one before writes nothing more.
    pub(crate) fn open(&self) -> DiskStore {
        let mut shared = self.lock();
        shared.life += 1;
        shared.is_poisoned = false;
        shared.failing_reads = 0;
        shared.fate = WriteFate::Synced;
        DiskStore {
            disk: self.clone(),
            life: shared.life,
            write_right: WriteRight::default(),
        }
    }

    /// What was synced since there were so many commits.
    pub(crate) fn synced_since(&self, commits: usize) -> Vec<Commit> {
        let shared = self.lock();
        shared.log.get(commits..).unwrap_or_default().to_vec()
    }

    /// What survives.
    pub(crate) fn synced(&self) -> MemoryStore {
        self.lock().synced.clone()
    }

    /// These commits are on their way, and so many of them can be read.
    pub(crate) fn let_read(&self, commits: &[Commit], readable: usize) {
        let mut shared = self.lock();
        let mut read = copy(&shared.synced);
        let unsynced = shared.unsynced.clone();
        keep(&mut read, &unsynced);
        keep(&mut read, commits.get(..readable).unwrap_or(commits));
        shared.read = Some(read);
    }

    /// What becomes of the next write.
    pub(crate) fn set_fate(&self, fate: WriteFate) {
        self.lock().fate = fate;
    }

    /// Lets so many reads fail.
    pub(crate) fn fail_reads(&self, reads: u32) {
        self.lock().failing_reads = reads;
    }

    /// The process dies, and so many of these commits, which were on their way, got to the disk.
    pub(crate) fn crash(&self, commits: &[Commit], kept: usize) {
        let mut shared = self.lock();
        shared.life += 1;
        shared.read = None;
        shared.unsynced.clear();
        let kept = kept.min(commits.len());
        let mut survivors = commits.get(..kept).unwrap_or_default();
        match shared.mutant {
            Some(Mutant::ReorderAtCrash) => {
                survivors = commits.get(commits.len() - kept..).unwrap_or_default();
            }
            Some(Mutant::LoseLastSync) => {
                let left = shared.log.len().saturating_sub(1);
                let mut synced = MemoryStore::new();
                keep(&mut synced, shared.log.get(..left).unwrap_or_default());
                shared.synced = synced;
                survivors = &[];
            }
            _ => {}
        }
        if !shared.is_poisoned {
            shared.sync(survivors);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        // Invariant: one thread at a time has a world, and a world that panics is over.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn sync(&mut self, commits: &[Commit]) {
        keep(&mut self.synced, commits);
        self.log.extend_from_slice(commits);
    }

    fn commit(&mut self, commits: &[Commit]) -> Result<(), StorageError> {
        self.writes += 1;
        match mem::replace(&mut self.fate, WriteFate::Synced) {
            WriteFate::Synced => {}
            WriteFate::Failed { kept } => {
                let seen = self.read.take().unwrap_or_else(|| copy(&self.synced));
                let kept = commits.get(..kept).unwrap_or(commits).to_vec();
                self.sync(&kept);
                self.read = Some(seen);
                return Err(self.fail("the disk has failed"));
            }
            WriteFate::Full => return Err(self.fail("no space is left on the disk")),
        }
        let mutated = self.mutate(commits);
        let commits = mutated.as_deref().unwrap_or(commits);
        if self.mutant == Some(Mutant::AcknowledgeUnsynced) && self.writes.is_multiple_of(3) {
            self.unsynced.extend_from_slice(commits);
            let unsynced = self.unsynced.clone();
            let mut read = copy(&self.synced);
            keep(&mut read, &unsynced);
            self.read = Some(read);
            return Ok(());
        }
        let late = mem::take(&mut self.unsynced);
        self.sync(&late);
        // The reference adapter finds conflicts.
        if let Err(error) = self.synced.commit(commits) {
            self.is_poisoned = true;
            return Err(error);
        }
        self.log.extend_from_slice(commits);
        self.read = None;
        Ok(())
    }

    fn fail(&mut self, why: &str) -> StorageError {
        self.is_poisoned = true;
        StorageError::new(StorageErrorKind::Unavailable, why)
    }

    /// What a mutant writes in the place of these commits.
    fn mutate(&self, commits: &[Commit]) -> Option<Vec<Commit>> {
        let is_due = self.writes.is_multiple_of(3);
        match self.mutant? {
            Mutant::DropIndexChange => Some(commits.iter().map(without_changes).collect()),
            Mutant::TearCommit => {
                let first = |commit: &Commit| commit.parts().next().cloned().map(Commit::new);
                Some(commits.iter().filter_map(first).collect())
            }
            Mutant::WriteTwice if is_due => {
                let mut twice = commits.to_vec();
                twice.extend(commits.iter().flat_map(Commit::parts).last().map(|part| {
                    Commit::new(CommitPart {
                        number: part.number.next(),
                        ..part.clone()
                    })
                }));
                Some(twice)
            }
            Mutant::DropCommit if is_due => Some(commits.get(1..).unwrap_or_default().to_vec()),
            _ => None,
        }
    }
}

fn without_changes(commit: &Commit) -> Commit {
    let mut parts = commit.parts().cloned().map(|mut part| {
        if matches!(part.index, Some(IndexChange::Changed(_))) {
            part.index = None;
        }
        part
    });
    // Invariant: a commit has a part.
    let first = parts.next().map(Commit::new);
    let first = first.unwrap_or_else(|| commit.clone());
    parts.fold(first, Commit::with)
}

/// The same content on a disk of its own.
fn copy(store: &MemoryStore) -> MemoryStore {
    // Invariant: nobody else has the copy.
    MemoryStore::open(&store.disk().copy()).unwrap_or_default()
}

/// Adds commits that are not there yet.
fn keep(store: &mut MemoryStore, commits: &[Commit]) {
    for commit in commits {
        // A commit that a mutant has written already is not written again.
        let _there = store.commit(std::slice::from_ref(commit));
    }
}

impl DiskStore {
    fn read<T>(
        &self,
        read: impl FnOnce(&MemoryStore) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        let mut shared = self.disk.lock();
        if shared.failing_reads > 0 {
            shared.failing_reads -= 1;
            return Err(StorageError::new(
                StorageErrorKind::Unavailable,
                "a read has failed",
            ));
        }
        read(shared.read.as_ref().unwrap_or(&shared.synced))
    }
}

impl WriteStore for DiskStore {
    fn commit(&self, commits: &[Commit]) -> Result<(), StorageError> {
        let mut shared = self.disk.lock();
        if shared.life != self.life || shared.is_poisoned {
            return Err(StorageError::new(
                StorageErrorKind::Poisoned,
                "an earlier write has failed",
            ));
        }
        shared.commit(commits)
    }

    fn write_right(&self) -> &WriteRight {
        &self.write_right
    }
}

impl ReadStore for DiskStore {
    fn current_run(&self, workflow_id: &WorkflowId) -> Result<Option<RunEntry>, StorageError> {
        self.read(|store| store.current_run(workflow_id))
    }

    fn run(&self, run_id: RunId) -> Result<Option<RunEntry>, StorageError> {
        self.read(|store| store.run(run_id))
    }

    fn open_runs(&self, after: Option<RunId>, limit: usize) -> Result<Vec<OpenRun>, StorageError> {
        let forgets = self.disk.lock().mutant == Some(Mutant::ForgetOpenRun);
        let mut runs = self.read(|store| store.open_runs(after, limit))?;
        if forgets {
            runs.pop();
        }
        Ok(runs)
    }

    fn closed_runs(
        &self,
        after: Option<RunId>,
        limit: usize,
    ) -> Result<Vec<RunEntry>, StorageError> {
        self.read(|store| store.closed_runs(after, limit))
    }

    fn runs(&self, before: Option<RunId>, limit: usize) -> Result<Vec<RunEntry>, StorageError> {
        self.read(|store| store.runs(before, limit))
    }

    fn records(
        &self,
        run_id: RunId,
        from: RecordNumber,
        limit: usize,
    ) -> Result<Vec<StoredRecord>, StorageError> {
        self.read(|store| store.records(run_id, from, limit))
    }

    fn payloads(&self, run_id: RunId) -> Result<Vec<ContentKey>, StorageError> {
        self.read(|store| store.payloads(run_id))
    }

    fn names_payload(&self, key: &ContentKey) -> Result<bool, StorageError> {
        self.read(|store| store.names_payload(key))
    }
}
