//! Who writes what was handed over: the thread of the shard, or the committer's.

use std::{
    sync::{Arc, Mutex},
    thread::{self, ThreadId},
    time::Duration,
};

use bytes::Bytes;
use derive_more::Debug;

use crate::{
    actor::committer::{CommitHandle, Committer},
    clock::SharedClock,
    model::{RecordNumber, RunId},
    storage::{Commit, CommitPart, MemoryStore, StorageError, StoreLayer, WriteStore as _},
    testing::ManualClock,
};

/// What happens while a group is written, once.
type Meanwhile = Box<dyn FnOnce() + Send>;

/// A store that notes which thread wrote how many commits, and takes as long as it is told.
#[derive(Clone, Debug, Default)]
struct Pen {
    inner: MemoryStore,
    #[debug(skip)]
    notes: Arc<Mutex<Notes>>,
    clock: ManualClock,
}

#[derive(Default)]
struct Notes {
    written: Vec<(ThreadId, usize)>,
    takes: Duration,
    meanwhile: Option<Meanwhile>,
}

impl StoreLayer for Pen {
    type Inner = MemoryStore;

    fn inner(&self) -> &MemoryStore {
        &self.inner
    }

    fn commit(&self, commits: &[Commit]) -> Result<(), StorageError> {
        let (takes, meanwhile) = {
            let mut notes = self.notes.lock().unwrap();
            notes.written.push((thread::current().id(), commits.len()));
            (notes.takes, notes.meanwhile.take())
        };
        self.clock.advance(takes);
        if let Some(meanwhile) = meanwhile {
            meanwhile();
        }
        self.inner.commit(commits)
    }

    fn commits_briefly(&self) -> bool {
        true
    }
}

impl Pen {
    fn start(&self) -> Committer {
        let clock = SharedClock::new(self.clock.clone());
        let claim = self.inner.write_right().claim().unwrap();
        Committer::start(Arc::new(self.clone()), claim, clock).unwrap()
    }

    /// How many commits this thread has written in each of its groups, and the others in theirs.
    fn written(&self) -> (Vec<usize>, Vec<usize>) {
        let here = thread::current().id();
        let notes = self.notes.lock().unwrap();
        let (here, elsewhere): (Vec<_>, Vec<_>) = notes
            .written
            .iter()
            .partition(|(thread, _)| *thread == here);
        let counts = |groups: Vec<&(ThreadId, usize)>| groups.iter().map(|(_, it)| *it).collect();
        (counts(here), counts(elsewhere))
    }
}

fn hand_over(handle: &CommitHandle, number: u32) -> bool {
    let part = CommitPart {
        run_id: RunId::from_u128(1),
        number: RecordNumber::new(number),
        record: Bytes::from_static(b"record"),
        index: None,
        payloads: Vec::new(),
    };
    handle.hand_over(part.into(), u64::from(number))
}

/// Waits until all up to this number are durable.
fn await_durable(handle: &CommitHandle, number: u32) {
    while handle.mark().ticket() < u64::from(number) {
        assert_eq!(handle.mark().failure(), None);
        futures::executor::block_on(handle.mark().moved_past(handle.mark().ticket()));
    }
}

#[test]
fn what_is_alone_is_written_by_the_thread_that_hands_it_over() {
    let pen = Pen::default();
    let committer = pen.start();
    let handle = committer.handle();
    for number in 1..=3 {
        assert!(!hand_over(&handle, number), "nobody else writes");
        assert_eq!(handle.mark().ticket(), u64::from(number) - 1);
        handle.write_waiting();
        assert_eq!(handle.mark().ticket(), u64::from(number));
    }
    assert_eq!(pen.written(), (vec![1, 1, 1], vec![]));
    committer.stop();
}

#[test]
fn what_a_turn_hands_over_shares_a_flush() {
    let pen = Pen::default();
    let committer = pen.start();
    let handle = committer.handle();
    for number in 1..=4 {
        assert!(!hand_over(&handle, number));
    }
    handle.write_waiting();
    assert_eq!(pen.written(), (vec![4], vec![]));
    committer.stop();
}

#[test]
fn a_crowd_is_left_to_the_thread_of_the_committer() {
    let pen = Pen::default();
    let committer = pen.start();
    let handle = committer.handle();
    for number in 1..=5 {
        assert!(!hand_over(&handle, number));
    }
    handle.write_waiting();
    await_durable(&handle, 5);
    assert_eq!(pen.written(), (vec![], vec![5]));
    committer.stop();
}

#[test]
fn a_crowd_is_written_however_long_the_turn_of_its_shard_lasts() {
    let pen = Pen::default();
    let committer = pen.start();
    let handle = committer.handle();
    for number in 1..=64 {
        let _attended = hand_over(&handle, number);
    }
    await_durable(&handle, 64);
    assert!(pen.written().0.is_empty());
    committer.stop();
}

#[test]
fn after_a_slow_flush_the_thread_of_the_committer_writes_until_one_is_quick() {
    let pen = Pen::default();
    let committer = pen.start();
    let handle = committer.handle();
    let write = |number: u32, takes: Duration| {
        pen.notes.lock().unwrap().takes = takes;
        let _attended = hand_over(&handle, number);
        handle.write_waiting();
        await_durable(&handle, number);
    };
    let (slow, quick) = (Duration::from_millis(2), Duration::ZERO);
    write(1, slow);
    assert_eq!(pen.written(), (vec![1], vec![]));
    write(2, slow);
    write(3, quick);
    assert_eq!(pen.written(), (vec![1], vec![1, 1]));
    committer.stop();
}

#[test]
fn what_comes_while_somebody_writes_is_written_without_a_further_word() {
    let pen = Pen::default();
    let committer = pen.start();
    let handle = committer.handle();
    let late = handle.clone();
    pen.notes.lock().unwrap().meanwhile = Some(Box::new(move || {
        assert!(hand_over(&late, 2), "somebody writes");
    }));
    assert!(!hand_over(&handle, 1));
    handle.write_waiting();
    await_durable(&handle, 2);
    assert_eq!(pen.written(), (vec![1], vec![1]));
    committer.stop();
}

#[test]
fn a_stop_that_comes_while_a_shard_writes_ends_the_committer() {
    let pen = Pen::default();
    let committer = pen.start();
    let handle = committer.handle();
    let (stopped, has_stopped) = std::sync::mpsc::channel();
    pen.notes.lock().unwrap().meanwhile = Some(Box::new(move || {
        let (begins, has_begun) = std::sync::mpsc::channel();
        thread::spawn(move || {
            begins.send(()).unwrap();
            committer.stop();
            stopped.send(()).unwrap();
        });
        has_begun.recv().unwrap();
    }));
    assert!(!hand_over(&handle, 1));
    handle.write_waiting();
    has_stopped.recv().unwrap();
    assert_eq!(handle.mark().ticket(), 1);
    assert!(hand_over(&handle, 2), "nobody ever writes it");
    assert!(handle.mark().failure().is_some());
}

#[test]
fn what_nobody_attends_to_is_written_before_a_handle_is_retired() {
    let pen = Pen::default();
    let committer = pen.start();
    let (lost, other) = (committer.handle(), committer.handle());
    assert!(!hand_over(&other, 1));
    lost.retire();
    assert_eq!(other.mark().ticket(), 1);
    committer.stop();
}

#[test]
fn many_threads_that_write_in_turn_lose_nothing() {
    const EACH: u32 = 500;
    let pen = Pen::default();
    let committer = pen.start();
    let threads: Vec<_> = (1..=4)
        .map(|run| {
            let handle = committer.handle();
            thread::spawn(move || {
                for number in 1..=EACH {
                    let part = CommitPart {
                        run_id: RunId::from_u128(run),
                        number: RecordNumber::new(number),
                        record: Bytes::from_static(b"record"),
                        index: None,
                        payloads: Vec::new(),
                    };
                    if !handle.hand_over(part.into(), u64::from(number)) {
                        handle.write_waiting();
                    }
                    await_durable(&handle, number);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let (_, elsewhere) = pen.written();
    assert_eq!(elsewhere.iter().sum::<usize>(), 4 * EACH as usize);
    committer.stop();
}
