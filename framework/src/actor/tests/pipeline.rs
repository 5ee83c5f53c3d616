//! The pipeline: nothing is released before its cause is durable, and everything in order.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use bytes::Bytes;

use crate::{
    actor::{
        pipeline::{Fate, Pipeline, Release},
        tests::committer::start,
    },
    model::{RecordNumber, RunId},
    storage::{Commit, CommitPart, MemoryStore, StorageErrorKind},
    testing::FaultStore,
};

fn commit(number: u32) -> Commit {
    CommitPart {
        run_id: RunId::from_u128(1),
        number: RecordNumber::new(number),
        record: Bytes::from_static(b"record"),
        index: None,
        payloads: Vec::new(),
    }
    .into()
}

/// Notes what was released, and whether it was durable.
#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<(&'static str, bool)>>>);

impl Log {
    fn note(&self, what: &'static str) -> Release {
        let log = self.clone();
        Box::new(move |fate: &Fate| {
            log.0
                .borrow_mut()
                .push((what, matches!(fate, Fate::Durable)));
        })
    }

    fn taken(&self) -> Vec<(&'static str, bool)> {
        self.0.take()
    }
}

fn release_all(pipeline: &mut Pipeline) {
    let (releases, fate) = pipeline.take_released();
    for release in releases {
        release(&fate);
    }
}

#[test]
fn a_release_waits_for_its_flush() {
    let store = Arc::new(FaultStore::new(MemoryStore::new()));
    store.hold();
    let committer = start(store.clone());
    let handle = committer.handle();
    let mark = Arc::clone(handle.mark());
    let (mut pipeline, log) = (Pipeline::new(handle), Log::default());

    let ticket = pipeline.submit(commit(1), log.note("attempt"));
    assert!(pipeline.hold(ticket, log.note("reply")).is_none());
    store.wait_until_held(1);
    release_all(&mut pipeline);
    assert_eq!(log.taken(), [], "the flush is under way");

    store.release();
    futures::executor::block_on(mark.moved_past(0));
    release_all(&mut pipeline);
    assert_eq!(log.taken(), [("attempt", true), ("reply", true)]);
    assert!(
        pipeline.hold(ticket, log.note("late")).is_some(),
        "it is durable already"
    );
    committer.stop();
}

#[test]
fn after_a_failed_flush_everything_that_waits_is_told() {
    let store = Arc::new(FaultStore::new(MemoryStore::new()));
    store.fail_next_commit(StorageErrorKind::Unavailable);
    let committer = start(store);
    let handle = committer.handle();
    let mark = Arc::clone(handle.mark());
    let (mut pipeline, log) = (Pipeline::new(handle), Log::default());

    let ticket = pipeline.submit(commit(1), log.note("attempt"));
    assert!(pipeline.hold(ticket, log.note("reply")).is_none());
    futures::executor::block_on(mark.moved_past(0));
    release_all(&mut pipeline);
    assert_eq!(log.taken(), [("attempt", false), ("reply", false)]);
    assert!(pipeline.failure().is_some());
    committer.stop();
}

/// What it hands over from then on is dropped, and nobody may be told of it.
#[test]
fn a_shard_that_is_shut_out_says_nothing_more() {
    let committer = start(Arc::new(MemoryStore::new()));
    let handle = committer.handle();
    let mut pipeline = Pipeline::new(handle.clone());
    pipeline.submit(commit(1), Log::default().note("first"));
    assert!(pipeline.is_in_line());
    handle.retire();
    pipeline.submit(commit(2), Log::default().note("second"));
    assert!(!pipeline.is_in_line());
    assert_eq!(handle.mark().ticket(), 1, "the first is written");
    committer.stop();
    assert_eq!(handle.mark().ticket(), 1, "and the second is not");
}
