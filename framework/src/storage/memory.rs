//! The port kept in memory: the reference adapter, for tests.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    ops::Bound,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;

use crate::{
    model::{ContentKey, RecordNumber, RunId, WorkflowExecution, WorkflowId},
    storage::{
        Commit, CommitPart, IndexChange, OpenRun, ReadStore, RunEntry, StorageError,
        StorageErrorKind, StoredRecord, WriteRight, WriteStore, payload_names::PayloadNames,
    },
};

/// A store that is gone with the process.
///
/// Clones share one store, as handles of one owner. What it holds outlives the store itself in its
/// [`MemoryDisk`], from which a next owner opens it again.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    ownership: Arc<Ownership>,
}

/// What a memory store holds, as a disk would; clones are the same disk.
#[derive(Clone, Debug, Default)]
pub struct MemoryDisk {
    platter: Arc<Platter>,
}

impl MemoryStore {
    /// An empty store on a disk of its own.
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens the store on this disk.
    ///
    /// # Errors
    /// `Locked` if there is a store that was opened on it and is not dropped.
    pub fn open(disk: &MemoryDisk) -> Result<Self, StorageError> {
        if disk.platter.is_owned.swap(true, Ordering::AcqRel) {
            return Err(StorageError::new(
                StorageErrorKind::Locked,
                format!(
                    "memory is held by another owner: pid={}",
                    std::process::id()
                ),
            ));
        }
        let disk = disk.clone();
        Ok(Self {
            ownership: Arc::new(Ownership::of(disk)),
        })
    }

    /// The disk this store is on.
    pub fn disk(&self) -> &MemoryDisk {
        &self.ownership.disk
    }

    fn content(&self) -> MutexGuard<'_, StoredRuns> {
        self.disk().content()
    }
}

impl MemoryDisk {
    /// An empty disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// Another disk with what is on this one now: what a crash at this moment would leave.
    #[must_use]
    pub fn copy(&self) -> Self {
        let content = self.content().clone();
        Self {
            platter: Arc::new(Platter {
                content: Mutex::new(content),
                is_owned: AtomicBool::new(false),
            }),
        }
    }

    fn content(&self) -> MutexGuard<'_, StoredRuns> {
        // Invariant: content changes only after everything that could panic.
        self.platter
            .content
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
struct Platter {
    content: Mutex<StoredRuns>,
    is_owned: AtomicBool,
}

#[derive(Debug)]
struct Ownership {
    disk: MemoryDisk,
    write_right: WriteRight,
}

impl Ownership {
    /// Of a disk that has been taken.
    fn of(disk: MemoryDisk) -> Self {
        Self {
            disk,
            write_right: WriteRight::default(),
        }
    }
}

impl Default for Ownership {
    fn default() -> Self {
        let disk = MemoryDisk::default();
        disk.platter.is_owned.store(true, Ordering::Release);
        Self::of(disk)
    }
}

impl Drop for Ownership {
    fn drop(&mut self) {
        self.disk.platter.is_owned.store(false, Ordering::Release);
    }
}

#[derive(Clone, Debug, Default)]
struct StoredRuns {
    records: BTreeMap<(RunId, RecordNumber), Bytes>,
    open: BTreeMap<RunId, RunEntry>,
    closed: BTreeMap<RunId, RunEntry>,
    current: BTreeMap<WorkflowId, RunId>,
    payloads: PayloadNames,
}

impl StoredRuns {
    fn run(&self, run_id: RunId) -> Option<&RunEntry> {
        self.open.get(&run_id).or_else(|| self.closed.get(&run_id))
    }

    fn last_record(&self, run_id: RunId) -> Option<StoredRecord> {
        let all = (run_id, RecordNumber::NONE)..=(run_id, RecordNumber::new(u32::MAX));
        self.records.range(all).next_back().map(stored)
    }

    fn set_entry(&mut self, entry: &RunEntry) {
        let run_id = entry.execution.run_id;
        let runs = if entry.has_work() {
            &mut self.open
        } else {
            self.open.remove(&run_id);
            &mut self.closed
        };
        runs.insert(run_id, entry.clone());
    }

    fn change_index(&mut self, change: &IndexChange) {
        match change {
            IndexChange::Opened(entry) => {
                let execution = entry.execution.clone();
                self.set_entry(entry);
                self.current.insert(execution.workflow_id, execution.run_id);
            }
            IndexChange::Changed(entry) => self.set_entry(entry),
            IndexChange::Deleted(execution) => self.delete(execution),
        }
    }

    fn delete(&mut self, execution: &WorkflowExecution) {
        let run_id = execution.run_id;
        self.records.retain(|(owner, _), _| *owner != run_id);
        self.open.remove(&run_id);
        self.closed.remove(&run_id);
        let named = self.payloads.of_run(run_id);
        self.payloads.remove(run_id, &named);
        if self.current.get(&execution.workflow_id) == Some(&run_id) {
            self.current.remove(&execution.workflow_id);
        }
    }
}

impl WriteStore for MemoryStore {
    fn commit(&self, commits: &[Commit]) -> Result<(), StorageError> {
        let mut content = self.content();
        let mut records = BTreeMap::new();
        let parts = commits.iter().flat_map(Commit::parts);
        for part in parts.filter(|part| part.deleted().is_none()) {
            let key = (part.run_id, part.number);
            let given = records.insert(key, part.record.clone());
            if given.is_some() || content.records.contains_key(&key) {
                let CommitPart { run_id, number, .. } = part;
                return Err(StorageError::new(
                    StorageErrorKind::Conflict,
                    format!("record exists already: run_id={run_id} record={number}"),
                ));
            }
        }
        // One by one: `append` makes the whole map anew, so a run would cost the square of its length.
        content.records.extend(records);
        let parts = commits.iter().flat_map(Commit::parts);
        for part in parts {
            content.payloads.add(part.run_id, &part.payloads);
            if let Some(change) = &part.index {
                content.change_index(change);
            }
        }
        Ok(())
    }

    fn write_right(&self) -> &WriteRight {
        &self.ownership.write_right
    }

    fn commits_briefly(&self) -> bool {
        true
    }
}

impl ReadStore for MemoryStore {
    fn current_run(&self, workflow_id: &WorkflowId) -> Result<Option<RunEntry>, StorageError> {
        let content = self.content();
        let run_id = content.current.get(workflow_id);
        Ok(run_id.and_then(|run_id| content.run(*run_id).cloned()))
    }

    fn run(&self, run_id: RunId) -> Result<Option<RunEntry>, StorageError> {
        Ok(self.content().run(run_id).cloned())
    }

    fn open_runs(&self, after: Option<RunId>, limit: usize) -> Result<Vec<OpenRun>, StorageError> {
        let content = self.content();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let runs = content.open.range((from, Bound::Unbounded)).take(limit);
        let runs = runs.map(|(run_id, entry)| OpenRun {
            entry: entry.clone(),
            last_record: content.last_record(*run_id).unwrap_or_default(),
        });
        Ok(runs.collect())
    }

    fn closed_runs(
        &self,
        after: Option<RunId>,
        limit: usize,
    ) -> Result<Vec<RunEntry>, StorageError> {
        let content = self.content();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let runs = content.closed.range((from, Bound::Unbounded)).take(limit);
        Ok(runs.map(|(_, entry)| entry.clone()).collect())
    }

    fn runs(&self, before: Option<RunId>, limit: usize) -> Result<Vec<RunEntry>, StorageError> {
        let content = self.content();
        let earlier = (
            Bound::Unbounded,
            before.map_or(Bound::Unbounded, Bound::Excluded),
        );
        let of = |runs: &BTreeMap<RunId, RunEntry>| {
            let runs = runs.range(earlier).rev().take(limit);
            runs.map(|(_, entry)| entry.clone()).collect::<Vec<_>>()
        };
        let mut runs = of(&content.open);
        runs.extend(of(&content.closed));
        runs.sort_by_key(|entry| Reverse(entry.execution.run_id));
        runs.truncate(limit);
        Ok(runs)
    }

    fn records(
        &self,
        run_id: RunId,
        from: RecordNumber,
        limit: usize,
    ) -> Result<Vec<StoredRecord>, StorageError> {
        let content = self.content();
        let from = from.max(RecordNumber::NONE.next());
        let range = (run_id, from)..=(run_id, RecordNumber::new(u32::MAX));
        let mut expected = from;
        content
            .records
            .range(range)
            .take(limit)
            .map(|record| {
                let record = stored(record);
                if record.number != expected {
                    return Err(StorageError::corrupt(run_id, expected, "missing"));
                }
                expected = RecordNumber::new(expected.get().saturating_add(1));
                Ok(record)
            })
            .collect()
    }

    fn payloads(&self, run_id: RunId) -> Result<Vec<ContentKey>, StorageError> {
        Ok(self.content().payloads.of_run(run_id))
    }

    fn names_payload(&self, key: &ContentKey) -> Result<bool, StorageError> {
        Ok(self.content().payloads.contains(key))
    }
}

fn stored((key, bytes): (&(RunId, RecordNumber), &Bytes)) -> StoredRecord {
    StoredRecord {
        number: key.1,
        bytes: bytes.clone(),
    }
}
