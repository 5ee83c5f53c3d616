//! Files of a journal, put together by hand.

use bytes::Bytes;

use crate::{
    model::{ContentKey, ExecutionStatus, RecordNumber, RunId, WorkflowExecution, WorkflowId},
    storage::{
        CommitPart, IndexChange, RunEntry,
        sled::journal::{
            entry,
            head::{Head, Kind},
            recovery::Image,
        },
    },
};

/// A journal that writes its entries to memory.
#[derive(Clone)]
pub(super) struct Book {
    pub(super) files: Vec<Vec<u8>>,
    /// What the head of the next entry says.
    pub(super) head: Head,
    /// Whether each entry is synced before the next one.
    pub(super) syncs: bool,
}

impl Book {
    /// A journal of one empty file.
    pub(super) fn new() -> Self {
        Self {
            files: vec![Vec::new()],
            head: Head {
                kind: Kind::Commits,
                file: 1,
                sequence: 1,
                synced: 0,
                needed: 1,
                settlements: 0,
                ordinal: 0,
                units: 0,
                directory_bytes: 0,
            },
            syncs: true,
        }
    }

    /// Goes on to an empty file.
    pub(super) fn next_file(&mut self) {
        self.files.push(Vec::new());
        self.head.file += 1;
        self.head.ordinal = 0;
    }

    /// Adds an entry; returns where it lies in its file.
    pub(super) fn add(&mut self, kind: Kind, parts: &[CommitPart]) -> std::ops::Range<usize> {
        let mut bytes = b"what was there before".to_vec();
        let directory_bytes = entry::compose(&mut bytes, parts.iter()).unwrap();
        let head = Head {
            kind,
            directory_bytes,
            ..self.head
        };
        entry::seal(&mut bytes, head);
        let file = self.files.last_mut().unwrap();
        let start = file.len();
        file.extend_from_slice(&bytes);
        if self.syncs {
            self.head.synced = self.head.sequence;
        }
        self.head.sequence += 1;
        self.head.ordinal += 1;
        start..start + bytes.len()
    }

    /// The files as they are read, with the room that lies ahead of the last entry.
    pub(super) fn images(&self) -> Vec<Image> {
        let images = self.files.iter().enumerate().map(|(slot, bytes)| {
            let mut bytes = bytes.clone();
            bytes.resize(bytes.len() + 4096, 0);
            let name = format!("journal-{slot}");
            Image { name, bytes }
        });
        images.collect()
    }
}

/// Part `number` of a run, with a record of so many bytes.
pub(super) fn part(run: u128, number: u32, bytes: usize) -> CommitPart {
    let byte = u8::try_from(number % 200 + 7).unwrap();
    CommitPart {
        run_id: RunId::from_u128(run),
        number: RecordNumber::new(number),
        record: Bytes::from(vec![byte; bytes]),
        index: None,
        payloads: (0..number % 3)
            .map(|it| ContentKey::of(&it.to_be_bytes()))
            .collect(),
    }
}

/// The part that opens a run.
pub(super) fn opening(run: u128) -> CommitPart {
    let entry = RunEntry {
        execution: WorkflowExecution {
            workflow_id: WorkflowId::new(format!("order-{run}")),
            run_id: RunId::from_u128(run),
        },
        status: ExecutionStatus::Running,
        ..RunEntry::default()
    };
    CommitPart {
        index: Some(IndexChange::Opened(Box::new(entry))),
        ..part(run, 1, 30)
    }
}

/// The part that closes a run.
pub(super) fn closing(run: u128, number: u32) -> CommitPart {
    let entry = RunEntry {
        status: ExecutionStatus::Completed,
        ..RunEntry::default()
    };
    CommitPart {
        index: Some(IndexChange::Changed(Box::new(entry))),
        ..part(run, number, 30)
    }
}
