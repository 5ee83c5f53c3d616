//! The committer: groups, order, and what a failure leaves.

use std::sync::{Arc, Mutex};

use bytes::Bytes;

use crate::{
    actor::committer::Committer,
    clock::SharedClock,
    model::{RecordNumber, RunId},
    storage::{
        Commit, CommitPart, MemoryStore, ReadStore as _, StorageError, StorageErrorKind, Store,
        WriteStore as _,
    },
    testing::{InterceptedStore, ManualClock},
};

/// What a store was given, flush by flush.
type Groups = Arc<Mutex<Vec<usize>>>;

/// A store that counts its flushes, and fails from one of them on.
fn counting(fail_from: usize) -> (MemoryStore, Groups, Arc<dyn Store>) {
    let (memory, groups) = (MemoryStore::new(), Groups::default());
    let counted = Arc::clone(&groups);
    let store = InterceptedStore::new(memory.clone(), move |inner: &MemoryStore, commits| {
        let mut groups = counted.lock().unwrap();
        groups.push(commits.len());
        if groups.len() > fail_from {
            return Err(StorageError::new(
                StorageErrorKind::Unavailable,
                "disk is full",
            ));
        }
        inner.commit(commits)
    });
    (memory, groups, Arc::new(store))
}

/// A committer, alone on this store.
pub(super) fn start(store: Arc<dyn Store>) -> Committer {
    let claim = store.write_right().claim().unwrap();
    Committer::start(store, claim, SharedClock::new(ManualClock::new())).unwrap()
}

fn commit(run: u128, number: u32) -> Commit {
    CommitPart {
        run_id: RunId::from_u128(run),
        number: RecordNumber::new(number),
        record: Bytes::from_static(b"record"),
        index: None,
        payloads: Vec::new(),
    }
    .into()
}

#[test]
fn everything_handed_over_is_durable_when_the_committer_has_stopped() -> Result<(), StorageError> {
    let (memory, groups, store) = counting(usize::MAX);
    let committer = start(store);
    let (first, second) = (committer.handle(), committer.handle());
    for number in 1..=100 {
        assert!(first.hand_over(commit(1, number), u64::from(number)));
        assert!(second.hand_over(commit(2, number), u64::from(number)));
    }
    committer.stop();
    assert_eq!((first.mark().ticket(), second.mark().ticket()), (100, 100));
    let records = memory.records(RunId::from_u128(1), RecordNumber::new(1), 200)?;
    assert_eq!(records.len(), 100);
    assert_eq!(groups.lock().unwrap().iter().sum::<usize>(), 200);
    Ok(())
}

#[test]
fn after_a_failed_flush_nothing_is_written_and_every_shard_is_told() {
    let (_memory, groups, store) = counting(1);
    let committer = start(store);
    let handle = committer.handle();
    assert!(handle.hand_over(commit(1, 1), 1));
    futures::executor::block_on(handle.mark().moved_past(0));
    assert!(handle.hand_over(commit(1, 2), 2));
    futures::executor::block_on(handle.mark().moved_past(1));
    assert!(handle.hand_over(commit(1, 3), 3));
    committer.stop();
    assert_eq!(handle.mark().ticket(), 1);
    assert!(
        handle
            .mark()
            .failure()
            .is_some_and(|reason| reason.contains("disk is full"))
    );
    assert_eq!(
        *groups.lock().unwrap(),
        [1, 1],
        "nothing is tried after the failure"
    );
}

#[test]
fn what_a_handle_hands_over_before_it_is_retired_is_written_and_nothing_after()
-> Result<(), StorageError> {
    let (memory, _groups, store) = counting(usize::MAX);
    let committer = start(store);
    let (retired, other) = (committer.handle(), committer.handle());
    for number in 1..=3 {
        assert!(retired.hand_over(commit(1, number), u64::from(number)));
    }
    assert!(!retired.is_retired());
    retired.retire();
    assert!(retired.is_retired());
    assert!(retired.hand_over(commit(1, 4), 4));
    assert!(other.hand_over(commit(2, 1), 1));
    committer.stop();
    let written = |run| memory.records(RunId::from_u128(run), RecordNumber::new(1), 9);
    assert_eq!(written(1)?.len(), 3);
    assert_eq!(written(2)?.len(), 1);
    Ok(())
}

#[test]
fn what_is_handed_over_after_the_stop_fails() {
    let committer = start(counting(usize::MAX).2);
    let handle = committer.handle();
    committer.stop();
    assert!(handle.hand_over(commit(1, 1), 1));
    assert!(handle.mark().failure().is_some());
}

#[test]
fn a_store_that_panics_has_failed() {
    // As sled does where it finds what it did not expect.
    let panicking = InterceptedStore::new(MemoryStore::new(), |_, _| panic!("as planned"));
    let committer = start(Arc::new(panicking));
    let (handle, other) = (committer.handle(), committer.handle());
    assert!(handle.hand_over(commit(1, 1), 1));
    futures::executor::block_on(other.mark().moved_past(0));
    assert!(
        other
            .mark()
            .failure()
            .is_some_and(|reason| reason.contains("as planned"))
    );
    committer.stop();
}
