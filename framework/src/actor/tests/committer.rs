//! The committer: groups, order, and what a failure leaves.

use std::sync::{Arc, Mutex};

use bytes::Bytes;

use crate::{
    actor::committer::Committer,
    model::{RecordNumber, RunId, WorkflowId},
    storage::{
        Commit, MemoryStore, OpenRun, ReadStore, RunEntry, StorageError, StorageErrorKind,
        StoredRecord, WriteStore,
    },
};

/// A store that counts its flushes, and fails from one of them on.
struct Counting {
    inner: MemoryStore,
    groups: Mutex<Vec<usize>>,
    fail_from: usize,
}

impl Counting {
    fn new(fail_from: usize) -> Arc<Self> {
        Arc::new(Self {
            inner: MemoryStore::new(),
            groups: Mutex::default(),
            fail_from,
        })
    }
}

impl WriteStore for Counting {
    fn commit(&self, commits: &[Commit]) -> Result<(), StorageError> {
        let mut groups = self.groups.lock().unwrap();
        groups.push(commits.len());
        if groups.len() > self.fail_from {
            return Err(StorageError::new(
                StorageErrorKind::Unavailable,
                "disk is full",
            ));
        }
        self.inner.commit(commits)
    }
}

impl ReadStore for Counting {
    fn current_run(&self, workflow_id: &WorkflowId) -> Result<Option<RunEntry>, StorageError> {
        self.inner.current_run(workflow_id)
    }

    fn run(&self, run_id: RunId) -> Result<Option<RunEntry>, StorageError> {
        self.inner.run(run_id)
    }

    fn open_runs(&self, after: Option<RunId>, limit: usize) -> Result<Vec<OpenRun>, StorageError> {
        self.inner.open_runs(after, limit)
    }

    fn records(
        &self,
        run_id: RunId,
        from: RecordNumber,
        limit: usize,
    ) -> Result<Vec<StoredRecord>, StorageError> {
        self.inner.records(run_id, from, limit)
    }
}

fn commit(run: u128, number: u32) -> Commit {
    Commit {
        run_id: RunId::from_u128(run),
        number: RecordNumber::new(number),
        record: Bytes::from_static(b"record"),
        index: None,
    }
}

#[test]
fn everything_handed_over_is_durable_when_the_committer_has_stopped() -> Result<(), StorageError> {
    let store = Counting::new(usize::MAX);
    let committer = Committer::start(store.clone()).unwrap();
    let (first, second) = (committer.handle(), committer.handle());
    for number in 1..=100 {
        first.submit(commit(1, number), u64::from(number));
        second.submit(commit(2, number), u64::from(number));
    }
    committer.stop();
    assert_eq!((first.mark().ticket(), second.mark().ticket()), (100, 100));
    let records = store.records(RunId::from_u128(1), RecordNumber::new(1), 200)?;
    assert_eq!(records.len(), 100);
    assert_eq!(store.groups.lock().unwrap().iter().sum::<usize>(), 200);
    Ok(())
}

#[test]
fn after_a_failed_flush_nothing_is_written_and_every_shard_is_told() {
    let store = Counting::new(1);
    let committer = Committer::start(store.clone()).unwrap();
    let handle = committer.handle();
    handle.submit(commit(1, 1), 1);
    futures::executor::block_on(handle.mark().moved_past(0));
    handle.submit(commit(1, 2), 2);
    futures::executor::block_on(handle.mark().moved_past(1));
    handle.submit(commit(1, 3), 3);
    committer.stop();
    assert_eq!(handle.mark().ticket(), 1);
    assert!(
        handle
            .mark()
            .failure()
            .is_some_and(|reason| reason.contains("disk is full"))
    );
    assert_eq!(
        *store.groups.lock().unwrap(),
        [1, 1],
        "nothing is tried after the failure"
    );
}

#[test]
fn a_retired_handle_reaches_the_store_no_more() -> Result<(), StorageError> {
    let store = Counting::new(usize::MAX);
    let committer = Committer::start(store.clone()).unwrap();
    let (retired, other) = (committer.handle(), committer.handle());
    retired.submit(commit(1, 1), 1);
    retired.retire();
    retired.submit(commit(1, 2), 2);
    other.submit(commit(2, 1), 1);
    committer.stop();
    let written = |run| store.records(RunId::from_u128(run), RecordNumber::new(1), 9);
    // Whether what came before was written depends on how far the committer was.
    assert!(
        written(1)?
            .iter()
            .all(|record| record.number == RecordNumber::new(1))
    );
    assert_eq!(written(2)?.len(), 1);
    Ok(())
}

#[test]
fn what_is_handed_over_after_the_stop_fails() {
    let committer = Committer::start(Counting::new(usize::MAX)).unwrap();
    let handle = committer.handle();
    committer.stop();
    handle.submit(commit(1, 1), 1);
    assert!(handle.mark().failure().is_some());
}

/// A store that panics, as sled does where it finds what it did not expect.
struct Panicking;

impl WriteStore for Panicking {
    fn commit(&self, _: &[Commit]) -> Result<(), StorageError> {
        panic!("as planned")
    }
}

impl ReadStore for Panicking {
    fn current_run(&self, _: &WorkflowId) -> Result<Option<RunEntry>, StorageError> {
        Ok(None)
    }

    fn run(&self, _: RunId) -> Result<Option<RunEntry>, StorageError> {
        Ok(None)
    }

    fn open_runs(&self, _: Option<RunId>, _: usize) -> Result<Vec<OpenRun>, StorageError> {
        Ok(Vec::new())
    }

    fn records(
        &self,
        _: RunId,
        _: RecordNumber,
        _: usize,
    ) -> Result<Vec<StoredRecord>, StorageError> {
        Ok(Vec::new())
    }
}

#[test]
fn a_store_that_panics_has_failed() {
    let committer = Committer::start(Arc::new(Panicking)).unwrap();
    let (handle, other) = (committer.handle(), committer.handle());
    handle.submit(commit(1, 1), 1);
    futures::executor::block_on(other.mark().moved_past(0));
    assert!(
        other
            .mark()
            .failure()
            .is_some_and(|reason| reason.contains("as planned"))
    );
    committer.stop();
}
