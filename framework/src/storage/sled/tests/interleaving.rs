//! The turns of commits, in every order in which threads may ask for them.

use std::sync::Arc;

use crate::{
    storage::sled::progress::Progress,
    sync::{
        atomic::{AtomicUsize, Ordering},
        explore, thread,
    },
};

#[test]
fn commits_take_turns_and_none_waits_for_ever() {
    explore(|| {
        let (progress, writing) = (Arc::<Progress>::default(), Arc::new(AtomicUsize::new(0)));
        let threads = [0, 1, 2].map(|_| {
            let (progress, writing) = (Arc::clone(&progress), Arc::clone(&writing));
            thread::spawn(move || {
                for _ in 0..2 {
                    let turn = progress.begin().unwrap();
                    assert_eq!(writing.fetch_add(1, Ordering::SeqCst), 0, "one at a time");
                    writing.fetch_sub(1, Ordering::SeqCst);
                    turn.end();
                }
            })
        });
        threads.into_iter().for_each(|it| it.join().unwrap());
        assert!(progress.check().is_ok());
    });
}

#[test]
fn a_turn_that_fails_and_a_settler_that_fails_let_everybody_go() {
    explore(|| {
        let progress = Arc::<Progress>::default();
        let fails = {
            let progress = Arc::clone(&progress);
            // It is dropped without its end.
            thread::spawn(move || drop(progress.begin()))
        };
        let settler = {
            let progress = Arc::clone(&progress);
            thread::spawn(move || progress.poison())
        };
        let writes = {
            let progress = Arc::clone(&progress);
            thread::spawn(move || {
                while let Ok(turn) = progress.begin() {
                    turn.end();
                    thread::yield_now();
                }
            })
        };
        for thread in [fails, settler, writes] {
            thread.join().unwrap();
        }
        assert!(progress.is_poisoned());
    });
}
