//! The storage port: what an adapter has to guarantee, and nothing of how.
//!
//! A store holds, per run, a numbered sequence of opaque records, and beside them an index of
//! runs. The rules below are what `testing::conformance` checks:
//!
//! * S1: a commit is atomic, whatever the number and the size of its parts: the records and index
//!   changes of all of them are there or absent together, also after a crash at any moment.
//! * S2: when [`WriteStore::commit`] returns `Ok`, every commit it was given survives what the
//!   store's durability mode promises to survive.
//! * S3: commits become durable in the order they were given: what survives a crash is a prefix.
//! * S4: a record that already exists is never overwritten: the commit fails as `Conflict`, and
//!   nothing of the call is kept.
//! * S5: after an error of any other kind the store is poisoned: every later write fails as
//!   `Poisoned`, and reads may.
//! * S6: reads see every commit that has returned, and nothing of a commit that has failed. Of a
//!   commit under way they see each record whole or not at all: a caller that must not see what is
//!   not durable yet asks for records up to a number it knows to be.
//! * S7: records come back byte for byte, of any size up to 64 MiB.
//! * S8: a store has one owner: opening it a second time fails and says who holds it. Of those that
//!   the owner hands it to, one writes to it: [`WriteStore::write_right`] is that of all clones and
//!   layers of the store.
//! * S9: records are returned in the order of their numbers, without gaps; a gap is `Corrupt`.
//! * S10: what a record names of stored payloads is known exactly as long as the record is there: it
//!   comes with the commit, and goes with the deletion of the run.

use std::{iter, path::Path};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{
    model::{
        ContentKey, ExecutionStatus, RecordNumber, RequestId, RunId, TaskQueue, Timestamp,
        WorkflowExecution, WorkflowId, WorkflowType, WorkflowVersion,
    },
    storage::{Backup, RunDetails, StorageError, StorageErrorKind, WorkMeter, WriteRight},
};

/// A store that can be read and written.
pub trait Store: ReadStore + WriteStore {}

impl<S: ReadStore + WriteStore> Store for S {}

/// The writing half of a store.
pub trait WriteStore: Send + Sync + 'static {
    /// Makes all these commits durable, in order, with one flush. Blocks until they are.
    ///
    /// Commits of one call may be written apart from each other, the parts of one commit may not.
    ///
    /// # Durability
    /// Once it returns `Ok`, rules S1 to S3 hold for each commit.
    ///
    /// # Errors
    /// A `Conflict` leaves the store as it was; any other kind poisons it.
    fn commit(&self, commits: &[Commit]) -> Result<(), StorageError>;

    /// The right to write to this store, which an engine claims when it starts.
    fn write_right(&self) -> &WriteRight;

    /// Whether a commit of a few records takes no longer than a sync of a healthy disk: then a
    /// shard that has nothing else to do may wait for it on its own thread.
    ///
    /// A store that may keep a caller waiting, such as one across a network, leaves it at `false`.
    fn commits_briefly(&self) -> bool {
        false
    }
}

/// The reading half of a store.
///
/// An entry of the index that is damaged fails nobody's request: it comes with its
/// [`damage`](RunEntry::damage) and what is known all the same.
pub trait ReadStore: Send + Sync + 'static {
    /// The latest run of an execution, open or closed.
    fn current_run(&self, workflow_id: &WorkflowId) -> Result<Option<RunEntry>, StorageError>;

    /// What the index says of one run.
    fn run(&self, run_id: RunId) -> Result<Option<RunEntry>, StorageError>;

    /// Up to `limit` of the runs that [have something to do](RunEntry::has_work) after `after`, in the
    /// order of their ids, with their last record.
    fn open_runs(&self, after: Option<RunId>, limit: usize) -> Result<Vec<OpenRun>, StorageError>;

    /// Up to `limit` of the runs that have nothing to do any more, because they are closed and what
    /// they had to say has arrived, after `after`, in the order of their ids.
    fn closed_runs(
        &self,
        after: Option<RunId>,
        limit: usize,
    ) -> Result<Vec<RunEntry>, StorageError>;

    /// Up to `limit` runs before `before`, open and closed, the greatest id first.
    ///
    /// Run ids begin with their time, so these are the latest.
    fn runs(&self, before: Option<RunId>, limit: usize) -> Result<Vec<RunEntry>, StorageError>;

    /// Up to `limit` records of a run from number `from` on, in order; empty past the end.
    fn records(
        &self,
        run_id: RunId,
        from: RecordNumber,
        limit: usize,
    ) -> Result<Vec<StoredRecord>, StorageError>;

    /// The keys of the stored payloads that the records of a run name, each once, in their order.
    fn payloads(&self, run_id: RunId) -> Result<Vec<ContentKey>, StorageError>;

    /// Whether a record of any run names this payload.
    fn names_payload(&self, key: &ContentKey) -> Result<bool, StorageError>;

    /// How large the files of the store are; `None`, unless it says otherwise.
    fn files(&self) -> Option<StoreFiles> {
        None
    }

    /// Writes a backup into this folder, beside everything else: with all that was committed before,
    /// and of what is committed meanwhile everything up to one commit. Blocks until it is on disk.
    ///
    /// # Errors
    /// Those of [`SledStore::backup`](crate::storage::SledStore::backup); `Unsupported`, unless the
    /// store says otherwise.
    fn backup(&self, _to: &Path, _meter: &WorkMeter) -> Result<Backup, StorageError> {
        let message = "stores of this kind are not backed up by the engine; see what they offer";
        Err(StorageError::new(StorageErrorKind::Unsupported, message))
    }
}

/// How large the files of a store are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct StoreFiles {
    /// The bytes of those that hold what has settled, with the space that was freed in them.
    pub settled_bytes: u64,
    /// The bytes of the journal.
    pub journal_bytes: u64,
}

/// What is written at once: the transitions of one or several runs, all of them or none.
///
/// Most commits have one part, which costs no allocation of its own.
#[derive(Clone, PartialEq, Debug)]
pub struct Commit {
    first: CommitPart,
    rest: Vec<CommitPart>,
}

/// What a commit changes of one run: a transition, and the index change that belongs to it.
#[derive(Clone, PartialEq, Debug)]
pub struct CommitPart {
    /// The run it belongs to. A commit has at most one part of each run.
    pub run_id: RunId,
    /// Its position among the records of the run.
    pub number: RecordNumber,
    /// The encoded record.
    pub record: Bytes,
    /// What changes in the index of runs, if anything.
    pub index: Option<IndexChange>,
    /// The keys of the [stored payloads](crate::model::StoredPayload) that the record names.
    pub payloads: Vec<ContentKey>,
}

impl Commit {
    /// A commit of one part.
    pub fn new(part: CommitPart) -> Self {
        Self {
            first: part,
            rest: Vec::new(),
        }
    }

    /// The same commit with one more part, of another run.
    #[must_use]
    pub fn with(mut self, part: CommitPart) -> Self {
        self.rest.push(part);
        self
    }

    /// The same commit with the parts of another, which changes other runs.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.rest.push(other.first);
        self.rest.extend(other.rest);
        self
    }

    /// Its parts, in the order in which their index changes apply.
    pub fn parts(&self) -> impl Iterator<Item = &CommitPart> + Clone {
        iter::once(&self.first).chain(&self.rest)
    }

    /// The bytes of all its records.
    pub fn record_bytes(&self) -> usize {
        self.parts().map(|part| part.record.len()).sum()
    }
}

impl CommitPart {
    /// The run that it deletes, if it does.
    pub fn deleted(&self) -> Option<&WorkflowExecution> {
        match &self.index {
            Some(IndexChange::Deleted(execution)) => Some(execution),
            _ => None,
        }
    }
}

impl From<CommitPart> for Commit {
    fn from(part: CommitPart) -> Self {
        Self::new(part)
    }
}

/// A change in the index of runs. Entries are boxed, because most commits change none.
#[derive(Clone, PartialEq, Debug)]
pub enum IndexChange {
    /// The run exists and is the latest of its execution; it is open unless its entry says that
    /// the same transition closed it.
    Opened(Box<RunEntry>),
    /// The entry replaces the one the run had; a run that has closed stays closed.
    Changed(Box<RunEntry>),
    /// The run is gone, with all its records; if it was the latest of its execution, there is no
    /// latest one. The part has no record, and its number is [`RecordNumber::NONE`]. Nothing is
    /// committed to the run from then on.
    Deleted(WorkflowExecution),
}

/// What the index knows about a run.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RunEntry {
    /// The run.
    pub execution: WorkflowExecution,
    /// Its program.
    pub workflow_type: WorkflowType,
    /// Whether it is open, and how it closed.
    pub status: ExecutionStatus,
    /// The id that made its start idempotent.
    pub start_request_id: RequestId,
    /// When it started.
    pub started_at: Timestamp,
    /// When it closed.
    pub closed_at: Option<Timestamp>,
    /// The queue of its workflow tasks.
    pub task_queue: TaskQueue,
    /// What its history came to; of an open run nothing is said.
    pub extent: Extent,
    /// Whether it has closed and still has messages for other runs on their way.
    pub has_messages: bool,
    /// The first run of the chain that it belongs to.
    pub first_execution_run_id: RunId,
    /// The run that follows it in the chain, once it has closed and if one does.
    pub new_execution_run_id: Option<RunId>,
    /// What is known of few runs only: what it can be found by, and whose child it is.
    pub details: Option<Box<RunDetails>>,
    /// What is wrong with the entry, if it cannot be read: then it says only what else is known,
    /// at least the run id. Never stored.
    #[serde(skip)]
    pub damage: Option<Box<str>>,
}

impl RunEntry {
    /// Whether the run has something to do: it is open, or its messages have not arrived.
    pub fn has_work(&self) -> bool {
        self.status.is_open() || self.has_messages
    }

    /// The version of the code that the run stays with; `None` if that is the first, or it has not
    /// begun.
    pub fn version(&self) -> Option<WorkflowVersion> {
        self.details.as_deref()?.version
    }
}

/// How much there is of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Extent {
    /// The events of its history.
    pub events: u64,
    /// The bytes of its history, as an estimate.
    pub bytes: u64,
    /// Its transitions.
    pub transitions: u32,
}

/// A run that has something to do, and its last record.
#[derive(Clone, PartialEq, Debug)]
pub struct OpenRun {
    /// What the index knows about it.
    pub entry: RunEntry,
    /// Its last record; one that cannot be read comes without bytes, which no reader takes for a
    /// record.
    pub last_record: StoredRecord,
}

/// A record as it was written.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct StoredRecord {
    /// Its position among the records of its run.
    pub number: RecordNumber,
    /// The encoded record.
    pub bytes: Bytes,
}
