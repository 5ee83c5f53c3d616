//! A fault store fails and waits exactly as it is told.

use std::thread;

use crate::{
    model::{RecordNumber, RunId},
    storage::{
        Commit, CommitPart, MemoryStore, ReadStore, StorageError, StorageErrorKind, StoredRecord,
        WriteStore,
    },
    testing::FaultStore,
};

const RUN: RunId = RunId::from_u128(1);

fn commit(number: u32) -> Commit {
    CommitPart {
        run_id: RUN,
        number: RecordNumber::new(number),
        record: "record".into(),
        index: None,
        payloads: Vec::new(),
    }
    .into()
}

fn read(store: &impl ReadStore) -> Vec<StoredRecord> {
    let records = store.records(RUN, RecordNumber::new(1), 10);
    records.expect("memory does not fail")
}

fn kind(result: Result<(), StorageError>) -> Option<StorageErrorKind> {
    result.err().map(|error| error.kind())
}

#[test]
fn a_commit_that_fails_never_reaches_the_inner_store() {
    let store = FaultStore::new(MemoryStore::new());
    store.fail_commit(2, StorageErrorKind::Unavailable);
    let expected = [
        None,
        Some(StorageErrorKind::Unavailable),
        Some(StorageErrorKind::Poisoned),
        Some(StorageErrorKind::Poisoned),
    ];
    for (number, expected) in (1..).zip(expected) {
        assert_eq!(kind(store.commit(&[commit(number)])), expected);
    }
    assert_eq!(read(&store).len(), 1);
    assert_eq!(read(store.inner()).len(), 1);
    assert_eq!((store.commit_calls(), store.commits()), (4, 1));
}

#[test]
fn a_planned_conflict_does_not_poison() {
    let store = FaultStore::new(MemoryStore::new());
    store.fail_next_commit(StorageErrorKind::Conflict);
    let conflict = kind(store.commit(&[commit(1)]));
    assert_eq!(conflict, Some(StorageErrorKind::Conflict));
    assert_eq!(kind(store.commit(&[commit(1), commit(2)])), None);
    assert_eq!((store.commit_calls(), store.commits()), (2, 2));
}

#[test]
fn a_held_commit_is_not_written_until_it_is_released() {
    let store = FaultStore::new(MemoryStore::new());
    store.hold();
    let committer = thread::spawn({
        let store = store.clone();
        move || store.commit(&[commit(1)])
    });
    store.wait_until_held(1);
    assert_eq!(read(&store), []);
    store.release();
    committer.join().unwrap().unwrap();
    assert_eq!(read(&store).len(), 1);
    store.commit(&[commit(2)]).unwrap();
}

#[test]
fn a_held_commit_can_still_fail() {
    let store = FaultStore::new(MemoryStore::new());
    store.hold();
    let committer = thread::spawn({
        let store = store.clone();
        move || store.commit(&[commit(1)])
    });
    store.wait_until_held(1);
    store.fail_commit(1, StorageErrorKind::Unavailable);
    store.release();
    let failed = kind(committer.join().unwrap());
    assert_eq!(failed, Some(StorageErrorKind::Unavailable));
    assert_eq!(read(&store), []);
}
