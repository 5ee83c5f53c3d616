//! Whatever is settled and whenever the process dies: reads give what was committed.

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;
use tempfile::TempDir;

use crate::{
    model::{ContentKey, ExecutionStatus, RecordNumber, RunId, WorkflowExecution, WorkflowId},
    storage::{
        Commit, CommitPart, Durability, IndexChange, MemoryStore, ReadStore as _, RunEntry,
        SledOptions, StorageError, StorageErrorKind, WriteStore as _,
        sled::{
            content::Content,
            data_file::DataFile,
            journal::StoredJournal,
            key,
            piece::{PIECE_BYTES_MAX, Piece},
            read, settle,
        },
    },
};

/// Executions in a test; each has one open run at a time.
const EXECUTIONS: u8 = 3;

/// A few records of a test.
const CAPACITY_BYTES: usize = 200;

#[derive(Clone, Debug)]
enum Op {
    /// One call, with the next transition of each of these executions; how many parts a commit has
    /// at most.
    Commit(Vec<(u8, Next)>, usize),
    /// The latest run of this execution is deleted, in a call with the next transition of others.
    Delete(u8),
    SettleAll,
    SettleDue,
    /// The journal's next file is made ready.
    Prepare,
    /// An orderly end, and a start.
    Close,
    /// The process dies.
    Crash,
    /// The process dies after something has settled and before the journal knows.
    CrashWhileSettling(u64),
}

/// What the next commit of an execution is, if its run is open.
#[derive(Clone, Copy, Debug)]
enum Next {
    Small,
    Large,
    Close,
    CloseLarge,
}

fn any_op() -> impl Strategy<Value = Op> {
    use Next::{Close, CloseLarge, Large, Small};
    let next = prop::sample::select(vec![Small, Small, Small, Large, Close, Close, CloseLarge]);
    let call = prop::collection::vec((0..EXECUTIONS, next), 1..6);
    prop_oneof![
        6 => (call, 1..4usize).prop_map(|(call, parts)| Op::Commit(call, parts)),
        2 => (0..EXECUTIONS).prop_map(Op::Delete),
        1 => Just(Op::SettleAll),
        2 => Just(Op::SettleDue),
        1 => Just(Op::Prepare),
        1 => Just(Op::Close),
        1 => Just(Op::Crash),
        2 => (1..12u64).prop_map(Op::CrashWhileSettling),
    ]
}

/// What decides the commits, and what is true after them.
#[derive(Default)]
struct Model {
    store: MemoryStore,
    /// The open run of each execution, and its last record.
    open: BTreeMap<u8, (RunId, u32)>,
    runs: Vec<RunId>,
}

impl Model {
    fn next(&mut self, execution: u8, next: Next) -> CommitPart {
        // Run ids that do not rise: nothing may depend on their order.
        let new_run = RunId::from_u128(1000 - self.runs.len() as u128);
        let (run_id, last) = *self.open.entry(execution).or_insert((new_run, 0));
        let number = last + 1;
        let entry = |status| RunEntry {
            execution: WorkflowExecution {
                workflow_id: workflow(execution),
                run_id,
            },
            status,
            ..RunEntry::default()
        };
        let (closes, bytes) = match next {
            Next::Small => (false, 20),
            Next::Large => (false, 2 * PIECE_BYTES_MAX + 1),
            Next::Close => (true, 20),
            Next::CloseLarge => (true, 3 * PIECE_BYTES_MAX),
        };
        let status = if closes {
            self.open.remove(&execution);
            ExecutionStatus::Completed
        } else {
            self.open.insert(execution, (run_id, number));
            ExecutionStatus::Running
        };
        let index = match (number, closes) {
            (1, _) => {
                self.runs.push(run_id);
                Some(IndexChange::Opened(Box::new(entry(status))))
            }
            (_, true) => Some(IndexChange::Changed(Box::new(entry(status)))),
            (_, false) => None,
        };
        let mut record = vec![execution; bytes];
        record.extend_from_slice(&number.to_be_bytes());
        CommitPart {
            run_id,
            number: RecordNumber::new(number),
            record: Bytes::from(record),
            index,
            // Runs share what they name, and name some of it again.
            payloads: (0..number % 3).map(|it| payload(it.into())).collect(),
        }
    }

    /// The deletion of an execution's latest run, with what comes before and after it in one call.
    fn delete(&mut self, execution: u8) -> Vec<Commit> {
        let neighbor = (execution + 1) % EXECUTIONS;
        let mut commits = vec![self.next(neighbor, Next::Small).into()];
        let latest = self.store.current_run(&workflow(execution)).unwrap();
        if let Some(latest) = latest {
            let run_id = latest.execution.run_id;
            if self.open.contains_key(&execution) {
                commits.push(self.next(execution, Next::Close).into());
            }
            let part = CommitPart {
                run_id,
                number: RecordNumber::NONE,
                record: Bytes::new(),
                index: Some(IndexChange::Deleted(latest.execution)),
                payloads: Vec::new(),
            };
            commits.push(part.into());
            commits.push(self.next(execution, Next::Small).into());
        }
        commits
    }

    fn check(&self, content: &Content) {
        for run_id in &self.runs {
            assert_eq!(
                content.run(*run_id).unwrap(),
                self.store.run(*run_id).unwrap()
            );
            for (from, limit) in [(1, usize::MAX), (1, 2), (2, 3), (3, usize::MAX), (90, 1)] {
                let from = RecordNumber::new(from);
                let found = content.records(*run_id, from, limit).unwrap();
                assert_eq!(found, self.store.records(*run_id, from, limit).unwrap());
            }
            assert_eq!(
                content.payloads(*run_id).unwrap(),
                self.store.payloads(*run_id).unwrap()
            );
        }
        for key in (0..3).map(payload) {
            let is_named = self.store.names_payload(&key).unwrap();
            assert_eq!(content.names_payload(&key).unwrap(), is_named);
        }
        for execution in 0..EXECUTIONS {
            let current = content.current_run(&workflow(execution)).unwrap();
            assert_eq!(
                current,
                self.store.current_run(&workflow(execution)).unwrap()
            );
        }
    }

    fn check_open_runs(&self, content: &Content) {
        content.settle_all().unwrap();
        let open = content.open_runs(None, usize::MAX).unwrap();
        assert_eq!(open, self.store.open_runs(None, usize::MAX).unwrap());
    }
}

/// Commits of at most so many parts, each of another run.
fn gather(parts: impl Iterator<Item = CommitPart>, max_parts: usize) -> Vec<Commit> {
    let mut commits: Vec<Commit> = Vec::new();
    for part in parts {
        let fits = |commit: &Commit| {
            commit.parts().count() < max_parts
                && commit.parts().all(|other| other.run_id != part.run_id)
        };
        match commits.pop() {
            Some(last) if fits(&last) => commits.push(last.with(part)),
            last => {
                commits.extend(last);
                commits.push(part.into());
            }
        }
    }
    commits
}

fn payload(number: u64) -> ContentKey {
    ContentKey::of(&number.to_be_bytes())
}

fn workflow(execution: u8) -> WorkflowId {
    WorkflowId::new(format!("order-{execution}"))
}

/// Where the two halves of a store are.
struct Place {
    db: ::sled::Db,
    journal: TempDir,
}

impl Place {
    fn new() -> Self {
        let config = ::sled::Config::new().temporary(true);
        Self {
            db: config.open().expect("a database of its own"),
            journal: TempDir::new().expect("a folder of its own"),
        }
    }

    fn open(&self) -> Result<Content, StorageError> {
        let options = SledOptions::default()
            .durability(Durability::Deferred)
            .journal_capacity_bytes(CAPACITY_BYTES);
        let log = tempfile::tempfile().expect("a file that nobody syncs");
        let log = DataFile::without_name(log);
        Content::open(log, self.db.clone(), self.journal()?, &options)
    }

    fn journal(&self) -> Result<StoredJournal, StorageError> {
        StoredJournal::read(self.journal.path())
    }

    /// Settles part of what is in the journal, and says nothing to the journal.
    fn settle_in_part(&self, until: u64) -> Result<(), StorageError> {
        let entries = self.journal()?.take_entries();
        let unsettled = read::unsettled(&self.db, entries, CAPACITY_BYTES)?;
        let number = read::settlements(&self.db)? + 1;
        settle::apply(&self.db, &unsettled.up_to(until), number)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn reads_give_what_was_committed(ops in prop::collection::vec(any_op(), 1..25)) {
        let place = Place::new();
        let mut content = place.open().unwrap();
        let mut model = Model::default();
        for op in ops {
            match op {
                Op::Commit(call, max_parts) => {
                    let next = call.into_iter().map(|(execution, next)| model.next(execution, next));
                    let commits = gather(next, max_parts);
                    content.commit(&commits).unwrap();
                    model.store.commit(&commits).unwrap();
                    for commit in commits {
                        let again = content.commit(&[commit]).unwrap_err();
                        assert_eq!(again.kind(), StorageErrorKind::Conflict);
                    }
                }
                Op::Delete(execution) => {
                    let commits = model.delete(execution);
                    content.commit(&commits).unwrap();
                    model.store.commit(&commits).unwrap();
                }
                Op::SettleAll => model.check_open_runs(&content),
                Op::SettleDue => content.settle_due().unwrap(),
                Op::Prepare => content.prepare().unwrap(),
                Op::Close => {
                    content.close().unwrap();
                    content = place.open().unwrap();
                }
                Op::Crash => content = place.open().unwrap(),
                Op::CrashWhileSettling(until) => {
                    place.settle_in_part(until).unwrap();
                    content = place.open().unwrap();
                }
            }
            model.check(&content);
        }
        model.check_open_runs(&content);
        model.check(&content);
    }
}

#[test]
fn a_store_whose_sled_has_lost_a_settlement_is_refused() {
    let mut place = Place::new();
    let content = place.open().unwrap();
    let mut model = Model::default();
    for number in 0..4 {
        let commit = model.next(number % 2, Next::Small).into();
        content.commit(&[commit]).unwrap();
        content.settle_all().unwrap();
    }
    content.close().unwrap();
    drop(content);
    let behind = place.db.get(b"s").unwrap().unwrap();
    assert_eq!(*behind, 4_u64.to_be_bytes());
    place.db.insert(b"s", &3_u64.to_be_bytes()).unwrap();
    let error = place.open().unwrap_err();
    assert_eq!(error.kind(), StorageErrorKind::Corrupt);
    assert!(
        error.to_string().contains("settlements=3 known=4"),
        "{error}"
    );
    place.db = ::sled::Config::new().temporary(true).open().unwrap();
    let error = place.open().unwrap_err();
    assert!(
        error.to_string().contains("settlements=0 known=4"),
        "{error}"
    );
}

#[test]
fn what_is_damaged_of_one_run_hides_no_other() {
    let place = Place::new();
    let content = place.open().unwrap();
    let mut model = Model::default();
    let runs: Vec<_> = (0..3)
        .map(|execution| {
            let part = model.next(execution, Next::Small);
            content.commit(&[part.clone().into()]).unwrap();
            part.run_id
        })
        .collect();
    content.settle_all().unwrap();
    let [entry, bundle, well] = *runs else {
        panic!("three runs were opened");
    };
    let first = RecordNumber::new(1);
    place.db.insert(key::open_run(entry), b"scratch").unwrap();
    let piece = key::bundle(bundle, first, Piece::WHOLE);
    place.db.insert(piece, b"scratch").unwrap();

    let found = content.open_runs(None, usize::MAX).unwrap();
    assert_eq!(found.len(), 3);
    let of = |run_id| {
        let mut found = found.iter();
        found
            .find(|it| it.entry.execution.run_id == run_id)
            .unwrap()
    };
    assert!(of(entry).entry.damage.is_some());
    assert_eq!(of(entry).last_record.number, first);
    assert!(of(bundle).last_record.bytes.is_empty());
    assert_eq!(of(bundle).entry.damage, None);
    assert_eq!(of(well).entry.damage, None);
    assert!(!of(well).last_record.bytes.is_empty());

    let known = content.current_run(&workflow(0)).unwrap().unwrap();
    assert_eq!(known.execution.workflow_id, workflow(0));
    assert_eq!(known.execution.run_id, entry);
    assert!(known.status.is_open() && known.damage.is_some());
    let error = content.records(bundle, first, 1).unwrap_err();
    assert_eq!(error.kind(), StorageErrorKind::Corrupt);
    // A run whose end is damaged takes another record all the same.
    let end = CommitPart {
        number: first.next(),
        ..model.next(1, Next::Close)
    };
    content.commit(&[end.into()]).unwrap();
    content.settle_all().unwrap();
    assert_eq!(content.records(bundle, first.next(), 9).unwrap().len(), 1);
    assert!(!content.run(bundle).unwrap().unwrap().status.is_open());
}

#[test]
fn a_call_is_one_entry_whatever_the_size_of_its_records() {
    let place = Place::new();
    let content = place.open().unwrap();
    let large = Bytes::from(vec![7; 3 << 20]);
    let mut expected = 0;
    for sizes in [
        &[20][..],
        &[20, 9_000, 20],
        &[3 << 20, 20, 20],
        &[1 << 20; 6],
    ] {
        let parts = sizes.iter().zip(1_u32..).map(|(size, number)| CommitPart {
            run_id: RunId::from_u128(expected + 1),
            number: RecordNumber::new(number),
            record: large.slice(..*size),
            index: None,
            payloads: Vec::new(),
        });
        let commits: Vec<Commit> = parts.map(Commit::new).collect();
        content.commit(&commits).unwrap();
        expected += 1;
        let entries = place.journal().unwrap().take_entries();
        assert_eq!(entries.len() as u128, expected);
        assert_eq!(entries.last().unwrap().parts.len(), sizes.len());
    }
}
