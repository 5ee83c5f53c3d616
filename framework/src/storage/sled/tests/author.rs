//! Runs as an engine would write them: records that make histories, and an index that says the same.

use std::path::Path;

use bytes::Bytes;

use crate::{
    machine::execution::ExecutionState,
    model::{
        Entry, EventAttributes, HistoryEvent, Lineage, Payload, RecordNumber, RunId, StoredPayload,
        Timestamp, Transition, Wake, WorkflowExecution,
        event::workflow_execution::{Signaled, Started, Terminated},
    },
    storage::{
        Commit, CommitPart, IndexChange, ReadStore, RunEntry, StorageError, StoredNames,
        StoredRecord, derived_entry::derived_entry, record,
    },
};

/// One run, as far as it has been written.
#[derive(Clone)]
pub(super) struct Author {
    state: ExecutionState,
    workflow_id: String,
}

impl Author {
    /// A run of this execution; it sorts by its number.
    pub(super) fn new(workflow_id: &str, number: u32) -> Self {
        Self {
            state: ExecutionState::of_run(RunId::from_u128(u128::from(number) << 64)),
            workflow_id: workflow_id.to_owned(),
        }
    }

    pub(super) fn run_id(&self) -> RunId {
        self.state.run_id()
    }

    pub(super) fn start(&mut self) -> Commit {
        let started = Started {
            workflow_id: self.workflow_id.clone().into(),
            workflow_type: "Order".into(),
            task_queue: "default".into(),
            lineage: Box::new(Lineage::first_run(self.run_id())),
            attempt: 1,
            ..Started::default()
        };
        self.write(started)
    }

    /// A record of about so many bytes.
    pub(super) fn signal(&mut self, bytes: usize) -> Commit {
        let number = self.state.last_record().get();
        let noise = std::iter::successors(Some(number), |before| {
            Some(before.wrapping_mul(1_664_525).wrapping_add(1_013_904_223))
        });
        let data: Vec<u8> = noise.map(|it| it.to_be_bytes()[0]).take(bytes).collect();
        self.write(signaled(Payload {
            data: data.into(),
            ..Payload::default()
        }))
    }

    /// A record that names a stored payload.
    pub(super) fn name(&mut self, content: &[u8]) -> Commit {
        self.write(signaled(StoredPayload::of(content).to_payload()))
    }

    pub(super) fn end(&mut self) -> Commit {
        self.write(Terminated::default())
    }

    /// Deletes the run, which has to have ended.
    pub(super) fn delete(&self) -> Commit {
        Commit::new(CommitPart {
            run_id: self.run_id(),
            number: RecordNumber::NONE,
            record: Bytes::new(),
            index: Some(IndexChange::Deleted(WorkflowExecution {
                workflow_id: self.workflow_id.clone().into(),
                run_id: self.run_id(),
            })),
            payloads: Vec::new(),
        })
    }

    fn write(&mut self, attributes: impl Into<EventAttributes>) -> Commit {
        let event = HistoryEvent {
            id: self.state.last_event_id().next(),
            time: Timestamp::from_secs(self.state.last_event_id().get()),
            attributes: attributes.into(),
        };
        let is_first = self.state.started().is_none();
        let mut transition = Transition {
            at: event.time,
            entries: vec![Entry::Event(event)],
            wake: Wake::default(),
        };
        let was = self.state.status();
        self.state.apply(&transition);
        let entry = derived_entry(&self.state).map(Box::new);
        let index = match entry {
            Some(entry) if is_first => Some(IndexChange::Opened(entry)),
            Some(entry) if was != self.state.status() => Some(IndexChange::Changed(entry)),
            _ => None,
        };
        let number = self.state.last_record();
        Commit::new(CommitPart {
            run_id: self.run_id(),
            number,
            record: record::encode(self.run_id(), number, &transition),
            index,
            payloads: StoredNames::of(&mut transition).keys,
        })
    }
}

fn signaled(payload: Payload) -> Signaled {
    Signaled {
        signal_name: "approve".into(),
        input: payload.into(),
        ..Signaled::default()
    }
}

/// All that a store says of its runs.
#[derive(PartialEq, Debug)]
pub(super) struct Said(Vec<SaidOfRun>);

#[derive(PartialEq, Debug)]
struct SaidOfRun {
    entry: RunEntry,
    records: Vec<StoredRecord>,
    payloads: Vec<crate::model::ContentKey>,
    latest: Option<RunId>,
}

impl Said {
    pub(super) fn by(store: &dyn ReadStore) -> Result<Self, StorageError> {
        let runs = store.runs(None, usize::MAX)?.into_iter();
        let said = runs.map(|entry| {
            let execution = entry.execution.clone();
            let latest = store.current_run(&execution.workflow_id)?;
            let first = RecordNumber::NONE.next();
            Ok(SaidOfRun {
                records: store.records(execution.run_id, first, usize::MAX)?,
                payloads: store.payloads(execution.run_id)?,
                latest: latest.map(|latest| latest.execution.run_id),
                entry,
            })
        });
        said.collect::<Result<_, _>>().map(Self)
    }

    /// What the store in this folder says.
    pub(super) fn in_folder(path: &Path) -> Result<Self, StorageError> {
        let store = crate::storage::SledStore::open(path, crate::storage::SledOptions::default())?;
        Self::by(&store)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
