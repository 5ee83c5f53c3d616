//! Commits take turns, reads wait for one commit at most, and a lost turn poisons.

use std::{
    sync::{Arc, mpsc},
    thread,
};

use crate::storage::{StorageErrorKind, sled::progress::Progress};

#[test]
fn a_turn_that_ends_leaves_no_poison() {
    let progress = Progress::default();
    for _ in 0..3 {
        progress.begin().unwrap().end();
        progress.settle().unwrap();
    }
    assert!(!progress.is_poisoned());
}

#[test]
fn a_turn_that_is_given_up_poisons_reads_and_writes() {
    let progress = Progress::default();
    drop(progress.begin().unwrap());
    assert!(progress.is_poisoned());
    let errors = [progress.begin().err(), progress.settle().err()];
    for error in errors {
        assert_eq!(error.map(|e| e.kind()), Some(StorageErrorKind::Poisoned));
    }
}

#[test]
fn a_panic_in_a_turn_poisons() {
    let progress = Progress::default();
    let panicked = thread::scope(|scope| {
        let panicking = scope.spawn(|| {
            let _turn = progress.begin().unwrap();
            panic!("as planned");
        });
        panicking.join().is_err()
    });
    assert!(panicked && progress.is_poisoned());
}

#[test]
fn a_read_waits_for_the_commit_it_may_have_seen() {
    let progress = Arc::new(Progress::default());
    let turn = progress.begin().unwrap();
    let (settled, seen) = mpsc::channel();
    let reader = thread::spawn({
        let progress = Arc::clone(&progress);
        move || settled.send(progress.settle().is_ok())
    });
    assert_eq!(seen.try_recv(), Err(mpsc::TryRecvError::Empty));
    turn.end();
    assert_eq!(seen.recv(), Ok(true));
    reader.join().unwrap().unwrap();
}

#[test]
fn a_read_and_a_write_that_wait_are_told_of_a_failure() {
    let progress = Arc::new(Progress::default());
    let turn = progress.begin().unwrap();
    let (told, outcome) = mpsc::channel();
    let waiting: [fn(&Progress) -> bool; 2] = [|p| p.settle().is_ok(), |p| p.begin().is_ok()];
    let threads = waiting.map(|wait| {
        let (progress, told) = (Arc::clone(&progress), told.clone());
        thread::spawn(move || told.send(wait(&progress)))
    });
    drop(turn);
    assert_eq!([outcome.recv(), outcome.recv()], [Ok(false), Ok(false)]);
    for thread in threads {
        thread.join().unwrap().unwrap();
    }
}
