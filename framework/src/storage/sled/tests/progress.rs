//! Commits take turns, reads wait for none, and a lost turn poisons.

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
        progress.check().unwrap();
    }
    assert!(!progress.is_poisoned());
}

#[test]
fn a_turn_that_is_given_up_poisons_reads_and_writes() {
    let progress = Progress::default();
    drop(progress.begin().unwrap());
    assert!(progress.is_poisoned());
    let errors = [progress.begin().err(), progress.check().err()];
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
fn a_read_waits_for_no_commit() {
    let progress = Progress::default();
    let turn = progress.begin().unwrap();
    progress.check().unwrap();
    turn.end();
}

#[test]
fn a_write_that_waits_is_told_of_a_failure() {
    let progress = Arc::new(Progress::default());
    let turn = progress.begin().unwrap();
    let (told, outcome) = mpsc::channel();
    let waiting = {
        let progress = Arc::clone(&progress);
        thread::spawn(move || told.send(progress.begin().is_ok()))
    };
    drop(turn);
    assert_eq!(outcome.recv(), Ok(false));
    waiting.join().unwrap().unwrap();
}
