//! The committer, in every order in which its thread and those of shards may take their steps.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use derive_more::Debug;

use crate::{
    actor::committer::{CommitHandle, Committer},
    clock::SharedClock,
    model::{RecordNumber, RunId},
    storage::{
        Commit, CommitPart, MemoryStore, ReadStore as _, StorageError, StorageErrorKind,
        StoreLayer, WriteStore as _,
    },
    sync::{explore, thread},
    testing::ManualClock,
};

/// What a store is like.
#[derive(Clone, Copy, Default)]
struct Nature {
    /// Whether shards may write by themselves.
    is_brief: bool,
    /// Which flush fails, from 1 on.
    fails_at: Option<usize>,
}

/// A store that another thread may overtake at any moment.
#[derive(Clone, Debug, Default)]
struct Disk {
    inner: MemoryStore,
    #[debug(skip)]
    nature: Nature,
    flushes: Arc<Mutex<usize>>,
}

impl StoreLayer for Disk {
    type Inner = MemoryStore;

    fn inner(&self) -> &MemoryStore {
        &self.inner
    }

    fn commit(&self, commits: &[Commit]) -> Result<(), StorageError> {
        thread::yield_now();
        let number = {
            let mut flushes = self.flushes.lock().unwrap();
            *flushes += 1;
            *flushes
        };
        if self.nature.fails_at == Some(number) {
            let full = "disk is full";
            return Err(StorageError::new(StorageErrorKind::Unavailable, full));
        }
        self.inner.commit(commits)?;
        thread::yield_now();
        Ok(())
    }

    fn commits_briefly(&self) -> bool {
        self.nature.is_brief
    }
}

impl Disk {
    fn of(nature: Nature) -> Self {
        Self {
            nature,
            ..Self::default()
        }
    }

    fn start(&self) -> Committer {
        let clock = SharedClock::new(ManualClock::new());
        let claim = self.inner.write_right().claim().unwrap();
        Committer::start(Arc::new(self.clone()), claim, clock).unwrap()
    }

    /// How many records a run has; they have no gap, or the store would have refused one.
    fn records(&self, run: u128) -> u64 {
        let run_id = RunId::from_u128(run);
        let records = self.inner.records(run_id, RecordNumber::new(1), 99);
        records.unwrap().len() as u64
    }
}

/// A shard: hands over, and has written what nobody attends to.
struct Hand {
    handle: CommitHandle,
    run: u128,
    disk: Disk,
}

impl Hand {
    fn of(committer: &Committer, disk: &Disk, run: u128) -> Self {
        Self {
            handle: committer.handle(),
            run,
            disk: disk.clone(),
        }
    }

    fn give(&self, number: u32) {
        let part = CommitPart {
            run_id: RunId::from_u128(self.run),
            number: RecordNumber::new(number),
            record: Bytes::from_static(b"record"),
            index: None,
            payloads: Vec::new(),
        };
        if !self.handle.hand_over(part.into(), u64::from(number)) {
            self.handle.write_waiting();
        }
    }

    /// Waits for the end of what was handed over: whether it is durable.
    ///
    /// # Panics
    /// If something is called durable that is not in the store.
    fn wait(&self, number: u32) -> bool {
        let mark = self.handle.mark();
        loop {
            let ticket = mark.ticket();
            assert!(
                self.disk.records(self.run) >= ticket,
                "durable before it is"
            );
            if ticket >= u64::from(number) {
                return true;
            }
            if mark.failure().is_some() {
                return false;
            }
            shuttle::future::block_on(mark.moved_past(ticket));
        }
    }
}

/// Runs a test on a disk that is written by the committer's thread alone, and on one that shards
/// write, too.
fn explore_both(fails_at: Option<usize>, test: fn(&Disk)) {
    for is_brief in [false, true] {
        explore(move || test(&Disk::of(Nature { is_brief, fails_at })));
    }
}

#[test]
fn whatever_is_handed_over_becomes_durable_without_a_further_word() {
    explore_both(None, |disk| {
        let committer = disk.start();
        let shards = [1, 2].map(|run| {
            let hand = Hand::of(&committer, disk, run);
            thread::spawn(move || {
                hand.give(1);
                hand.give(2);
                assert!(hand.wait(2));
                hand.give(3);
                assert!(hand.wait(3));
            })
        });
        shards.into_iter().for_each(|it| it.join().unwrap());
        committer.stop();
        assert_eq!([1, 2].map(|run| disk.records(run)), [3, 3]);
    });
}

#[test]
fn after_a_failure_everybody_is_told_and_the_store_holds_what_went_before() {
    explore_both(Some(2), |disk| {
        let committer = disk.start();
        let shards = [1, 2].map(|run| {
            let hand = Hand::of(&committer, disk, run);
            thread::spawn(move || {
                hand.give(1);
                let first = hand.wait(1);
                hand.give(2);
                let second = hand.wait(2);
                assert!(first || !second, "what failed came before what did not");
                u64::from(first) + u64::from(second)
            })
        });
        let durable = shards.map(|it| it.join().unwrap());
        committer.stop();
        let written = [1, 2].map(|run| disk.records(run));
        assert_eq!(written, durable, "nothing is written after a failure");
    });
}

#[test]
fn nothing_is_written_for_a_shard_that_is_shut_out() {
    explore_both(None, |disk| {
        let committer = disk.start();
        let hand = Hand::of(&committer, disk, 1);
        let handle = hand.handle.clone();
        let lost = thread::spawn(move || {
            let mut before = 0;
            for number in 1..=3 {
                hand.give(number);
                if !hand.handle.is_retired() {
                    before = u64::from(number);
                }
            }
            before
        });
        handle.retire();
        let at_its_end = disk.records(1);
        let before = lost.join().unwrap();
        committer.stop();
        assert_eq!(disk.records(1), at_its_end, "nothing follows");
        assert!(before <= at_its_end, "what came before is there");
    });
}

#[test]
fn whoever_hands_over_while_the_committer_stops_learns_what_became_of_it() {
    explore_both(None, |disk| {
        let committer = disk.start();
        let hand = Hand::of(&committer, disk, 1);
        let shard = thread::spawn(move || {
            hand.give(1);
            let first = hand.wait(1);
            hand.give(2);
            u64::from(first) + u64::from(hand.wait(2))
        });
        committer.stop();
        let durable = shard.join().unwrap();
        assert_eq!(disk.records(1), durable);
    });
}
