//! The watchdog: sees workflow code that does not return, and takes its thread's work away.
//!
//! Rust cannot stop a thread, so the thread is given up: it may spin on, but nothing it does counts
//! any more. The watchdog sleeps while nothing runs.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use derive_more::Debug;

use crate::{
    actor::{WatchBell, Watched},
    runtime::crew::Crew,
};

/// How many looks a workflow task may outlast; a look is the budget divided by this.
const LOOKS: u32 = 4;

/// The watchdog's thread.
#[derive(Debug)]
pub(super) struct Watchdog {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Watchdog {
    /// Starts to watch over a crew.
    pub(super) fn start(crew: &Arc<Crew>, budget: Duration) -> std::io::Result<Self> {
        let stop = Arc::<AtomicBool>::default();
        let (bell, stopped) = (Arc::clone(&crew.equipment.bell), Arc::clone(&stop));
        let crew = Arc::downgrade(crew);
        let thread = thread::Builder::new()
            .name("sempre-watchdog".into())
            .spawn(move || watch(&crew, &bell, &stopped, budget / LOOKS))?;
        Ok(Self { stop, thread })
    }

    /// Ends the watch, and waits until it has ended.
    pub(super) fn stop(self) {
        self.let_go();
        if self.thread.join().is_err() {
            tracing::error!("the watchdog panicked");
        }
    }

    /// Ends the watch, and does not wait.
    pub(super) fn let_go(&self) {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.thread().unpark();
    }
}

/// What the watchdog remembers of one thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Seen {
    generation: u64,
    looks: u32,
}

impl Seen {
    /// Takes another look; `true` once a task has outlasted its budget.
    fn look(&mut self, generation: u64) -> bool {
        let running = !generation.is_multiple_of(2);
        if !running || generation != self.generation {
            *self = Self {
                generation,
                looks: 0,
            };
            return false;
        }
        self.looks += 1;
        self.looks >= LOOKS
    }
}

fn watch(crew: &Weak<Crew>, bell: &WatchBell, stop: &AtomicBool, look: Duration) {
    bell.attend();
    let mut seen: Vec<Seen> = Vec::new();
    let mut bell_is_set = false;
    while !stop.load(Ordering::SeqCst) {
        let Some(crew) = crew.upgrade() else { return };
        let before = seen.clone();
        for (index, watched) in look_around(&crew, &mut seen) {
            crew.replace(index, &watched);
            seen.clear();
        }
        drop(crew);
        let idle = seen == before && seen.iter().all(|seen| seen.generation.is_multiple_of(2));
        if !idle {
            bell_is_set = false;
            thread::park_timeout(look);
        } else if bell_is_set {
            bell_is_set = false;
            thread::park();
        } else {
            // Invariant: one more look after the bell is set, so that no beginning goes unseen.
            bell.set_to_ring();
            bell_is_set = true;
        }
    }
}

fn look_around(crew: &Crew, seen: &mut Vec<Seen>) -> Vec<(usize, Watched)> {
    let mut stuck = Vec::new();
    for (index, watch) in crew.watches() {
        if seen.len() <= index {
            seen.resize(index + 1, Seen::default());
        }
        let outlasted = seen
            .get_mut(index)
            .is_some_and(|seen| seen.look(watch.generation()));
        if outlasted && let Some(watched) = watch.current() {
            stuck.push((index, watched));
        }
    }
    stuck
}
