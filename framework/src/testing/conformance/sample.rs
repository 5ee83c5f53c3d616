//! The runs and records that the suite writes.

use bytes::Bytes;

use crate::{
    model::{
        ContentKey, ExecutionStatus, RecordNumber, RunId, Timestamp, WorkflowExecution, WorkflowId,
    },
    storage::{
        Commit, CommitPart, Extent, IndexChange, ReadStore, RunEntry, StorageError,
        StorageErrorKind, StoredRecord,
    },
    testing::conformance::{Breach, breach::ensure},
};

/// A run that is told apart from others by its number, and sorts by it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run(pub(super) u128);

impl Run {
    pub(super) fn id(self) -> RunId {
        RunId::from_u128(self.0)
    }

    /// Runs share their execution ten by ten.
    pub(super) fn workflow_id(self) -> WorkflowId {
        WorkflowId::new(format!("workflow-{}", self.0 / 10))
    }

    pub(super) fn entry(self, status: ExecutionStatus) -> RunEntry {
        RunEntry {
            execution: WorkflowExecution {
                workflow_id: self.workflow_id(),
                run_id: self.id(),
            },
            workflow_type: "Conformance".into(),
            status,
            start_request_id: "request".into(),
            started_at: Timestamp::from_secs(1),
            closed_at: (!status.is_open()).then_some(Timestamp::from_secs(2)),
            task_queue: "queue".into(),
            extent: if status.is_open() {
                Extent::default()
            } else {
                Extent {
                    events: 3,
                    bytes: 300,
                    transitions: 2,
                }
            },
            has_messages: false,
            first_execution_run_id: self.id(),
            new_execution_run_id: None,
            details: None,
            damage: None,
        }
    }

    /// What record `number` of this run contains; different for each.
    pub(super) fn bytes(self, number: u32) -> Bytes {
        format!("record {number} of run {}", self.0).into()
    }

    /// Record `number`, with no change of the index.
    pub(super) fn part(self, number: u32) -> CommitPart {
        CommitPart {
            run_id: self.id(),
            number: RecordNumber::new(number),
            record: self.bytes(number),
            index: None,
            payloads: Vec::new(),
        }
    }

    /// Record 1, which opens the run.
    pub(super) fn opening(self) -> CommitPart {
        let entry = self.entry(ExecutionStatus::Running);
        CommitPart {
            index: Some(IndexChange::Opened(Box::new(entry))),
            ..self.part(1)
        }
    }

    /// Record `number`, which closes the run.
    pub(super) fn closing(self, number: u32) -> CommitPart {
        let entry = self.entry(ExecutionStatus::Completed);
        CommitPart {
            index: Some(IndexChange::Changed(Box::new(entry))),
            ..self.part(number)
        }
    }

    /// A commit of record `number`, which names these stored payloads.
    pub(super) fn naming(self, number: u32, keys: &[ContentKey]) -> Commit {
        Commit::new(CommitPart {
            payloads: keys.to_vec(),
            ..self.part(number)
        })
    }

    /// A commit of record `number` alone.
    pub(super) fn commit(self, number: u32) -> Commit {
        self.part(number).into()
    }

    /// A commit that deletes the run.
    pub(super) fn delete(self) -> Commit {
        let execution = self.entry(ExecutionStatus::Completed).execution;
        Commit::new(CommitPart {
            run_id: self.id(),
            number: RecordNumber::NONE,
            record: Bytes::new(),
            index: Some(IndexChange::Deleted(execution)),
            payloads: Vec::new(),
        })
    }

    /// A commit that opens the run.
    pub(super) fn open(self) -> Commit {
        self.opening().into()
    }

    /// A commit of record `number`, which closes the run.
    pub(super) fn close(self, number: u32) -> Commit {
        self.closing(number).into()
    }

    pub(super) fn stored(self, number: u32) -> StoredRecord {
        StoredRecord {
            number: RecordNumber::new(number),
            bytes: self.bytes(number),
        }
    }

    /// All records of the run, by the numbers of the first and the last of them.
    pub(super) fn records(self, numbers: std::ops::RangeInclusive<u32>) -> Vec<StoredRecord> {
        numbers.map(|number| self.stored(number)).collect()
    }

    /// All records that a store has of this run.
    pub(super) fn read(
        self,
        store: &(impl ReadStore + ?Sized),
    ) -> Result<Vec<StoredRecord>, StorageError> {
        store.records(self.id(), RecordNumber::new(1), usize::MAX)
    }
}

/// Asks that a result is an error of this kind.
pub(super) fn ensure_fails<T>(
    result: Result<T, StorageError>,
    kind: StorageErrorKind,
    what: &str,
) -> Result<(), Breach> {
    match result {
        Ok(_) => Err(Breach::Observed(format!(
            "{what} succeeded where it must fail as {kind}"
        ))),
        Err(error) => {
            ensure!(
                error.kind() == kind,
                "{what} failed as {} instead of {kind}: {error}",
                error.kind()
            );
            Ok(())
        }
    }
}

/// Bytes that do not repeat, and differ from record to record.
pub(super) fn noise(seed: u32, size: usize) -> Bytes {
    let mut state = u64::from(seed) | 1 << 40;
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        // One step of xorshift.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes.into()
}
