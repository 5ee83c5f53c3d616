//! Whatever is settled and whenever the process dies: reads give what was committed.

use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;

use crate::{
    model::{ExecutionStatus, RecordNumber, RunId, WorkflowExecution, WorkflowId},
    storage::{
        Commit, CommitPart, Durability, IndexChange, MemoryStore, ReadStore as _, RunEntry,
        SledOptions, StorageError, StorageErrorKind, WriteStore as _,
        sled::{content::Content, data_file::DataFile, key, piece::PIECE_BYTES_MAX, read, settle},
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
    SettleAll,
    SettleDue,
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
        1 => Just(Op::SettleAll),
        2 => Just(Op::SettleDue),
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
                Some(IndexChange::Opened(entry(status)))
            }
            (_, true) => Some(IndexChange::Changed(entry(status))),
            (_, false) => None,
        };
        let mut record = vec![execution; bytes];
        record.extend_from_slice(&number.to_be_bytes());
        CommitPart {
            run_id,
            number: RecordNumber::new(number),
            record: Bytes::from(record),
            index,
        }
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

fn workflow(execution: u8) -> WorkflowId {
    WorkflowId::new(format!("order-{execution}"))
}

fn open(db: &::sled::Db) -> Result<Content, StorageError> {
    let options = SledOptions::default()
        .durability(Durability::Deferred)
        .journal_capacity_bytes(CAPACITY_BYTES);
    let log = tempfile::tempfile().expect("a file that nobody syncs");
    Content::open(DataFile::without_name(log), db.clone(), &options)
}

fn database() -> ::sled::Db {
    let config = ::sled::Config::new().temporary(true);
    config.open().expect("a database of its own")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn reads_give_what_was_committed(ops in prop::collection::vec(any_op(), 1..25)) {
        let db = database();
        let mut content = open(&db).unwrap();
        let mut model = Model::default();
        for op in ops {
            match op {
                Op::Commit(call, max_parts) => {
                    let next = call.into_iter().map(|(execution, next)| model.next(execution, next));
                    let commits = gather(next, max_parts);
                    content.apply(&commits).unwrap();
                    model.store.commit(&commits).unwrap();
                    for commit in commits {
                        let again = content.apply(&[commit]).unwrap_err();
                        assert_eq!(again.kind(), StorageErrorKind::Conflict);
                    }
                }
                Op::SettleAll => model.check_open_runs(&content),
                Op::SettleDue => content.settle_due().unwrap(),
                Op::Crash => content = open(&db).unwrap(),
                Op::CrashWhileSettling(until) => {
                    let (unsettled, _) = read::journal(&db, CAPACITY_BYTES).unwrap();
                    settle::apply(&db, &unsettled.up_to(until)).unwrap();
                    content = open(&db).unwrap();
                }
            }
            model.check(&content);
        }
        model.check_open_runs(&content);
        model.check(&content);
    }
}

#[test]
fn the_journal_is_empty_once_all_is_settled() {
    let db = database();
    let content = open(&db).unwrap();
    let mut model = Model::default();
    for number in 0..50 {
        let commits = [Next::Small, Next::Large, Next::Small];
        let commits = commits.map(|next| model.next(number % 2, next).into());
        content.apply(&commits).unwrap();
    }
    assert!(db.scan_prefix(b"j").next().is_some());
    content.settle_all().unwrap();
    assert!(db.scan_prefix(b"j").next().is_none());
    drop(content);
    let (unsettled, needless) = read::journal(&db, CAPACITY_BYTES).unwrap();
    assert!(unsettled.up_to(u64::MAX).runs.is_empty());
    assert!(needless.is_empty());
}

#[test]
fn a_commit_of_several_parts_is_one_entry_whatever_its_size() {
    for records in [vec![20; 2], vec![20, 3 * PIECE_BYTES_MAX], vec![1 << 20; 6]] {
        let db = database();
        let content = open(&db).unwrap();
        let mut model = Model::default();
        let mut parts = (0..EXECUTIONS)
            .cycle()
            .zip(&records)
            .map(|(execution, bytes)| {
                let closing = model.next(execution, Next::Close);
                let record = Bytes::from(vec![7; *bytes]);
                CommitPart { record, ..closing }
            });
        let first = Commit::new(parts.next().unwrap());
        let commit = parts.fold(first, Commit::with);
        content.apply(&[commit]).unwrap();
        let entries = db.scan_prefix(b"j").keys().map(|key| {
            let (sequence, _) = key::parse_journal(&key.unwrap()).unwrap();
            sequence
        });
        let entries: std::collections::BTreeSet<_> = entries.collect();
        assert_eq!(entries.len(), 1);
    }
}

#[test]
fn a_damaged_journal_is_reported_when_the_store_is_opened() {
    let db = database();
    let content = open(&db).unwrap();
    let mut model = Model::default();
    content.apply(&[model.next(0, Next::Small).into()]).unwrap();
    drop(content);
    let (key, value) = db.scan_prefix(b"j").next().unwrap().unwrap();
    db.insert(key, &value[..value.len() - 1]).unwrap();
    let error = open(&db).unwrap_err();
    assert_eq!(error.kind(), StorageErrorKind::Corrupt);
    assert!(error.to_string().contains("journal is damaged"), "{error}");
}
