//! The watchdog: sees workflow code that does not return, and takes its thread's work away.
//!
//! Rust cannot stop a thread, so the thread is given up: it may spin on, but nothing it does counts
//! any more. Half-way there it says so in a log line, while the code is still running and can be
//! looked at with a debugger. The watchdog sleeps while nothing runs.

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
    actor::{OsThread, WatchBell, Watched},
    runtime::crew::{Crew, Loss},
};

/// How many looks a workflow task may outlast; a look is the budget divided by this.
const LOOKS: u32 = 4;

/// The look at which a workflow task that is still running is reported.
const LOOKS_BEFORE_WARNING: u32 = LOOKS / 2;

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
            .spawn(move || watch(&crew, &bell, &stopped, budget))?;
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
pub(super) struct Seen {
    generation: u64,
    looks: u32,
}

/// What a look has shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sight {
    /// Nothing runs, or nothing that takes long.
    Well,
    /// A task is half-way through its budget; seen once per task.
    Slow,
    /// A task has outlasted its budget.
    Stuck,
}

impl Seen {
    /// Takes another look.
    pub(super) fn look(&mut self, generation: u64) -> Sight {
        let running = !generation.is_multiple_of(2);
        if !running || generation != self.generation {
            *self = Self {
                generation,
                looks: 0,
            };
            return Sight::Well;
        }
        self.looks += 1;
        match self.looks {
            LOOKS.. => Sight::Stuck,
            LOOKS_BEFORE_WARNING => Sight::Slow,
            _ => Sight::Well,
        }
    }
}

fn watch(crew: &Weak<Crew>, bell: &WatchBell, stop: &AtomicBool, budget: Duration) {
    bell.attend();
    let mut seen: Vec<Seen> = Vec::new();
    let mut bell_is_set = false;
    while !stop.load(Ordering::SeqCst) {
        let Some(crew) = crew.upgrade() else { return };
        let before = seen.clone();
        for (index, loss) in look_around(&crew, &mut seen, budget) {
            crew.replace(index, &loss);
            if let Some(seen) = seen.get_mut(index) {
                *seen = Seen::default();
            }
        }
        drop(crew);
        let idle = seen == before && seen.iter().all(|seen| seen.generation.is_multiple_of(2));
        if !idle {
            bell_is_set = false;
            thread::park_timeout(budget / LOOKS);
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

fn look_around(crew: &Crew, seen: &mut Vec<Seen>, budget: Duration) -> Vec<(usize, Loss)> {
    let mut losses = Vec::new();
    for (index, watch) in crew.watches() {
        if let Some(cause) = watch.broken() {
            losses.push((index, Loss::Broken(cause.to_owned())));
            continue;
        }
        if seen.len() <= index {
            seen.resize(index + 1, Seen::default());
        }
        let sight = seen
            .get_mut(index)
            .map_or(Sight::Well, |seen| seen.look(watch.generation()));
        if sight == Sight::Well {
            continue;
        }
        match watch.current() {
            Some(watched) if sight == Sight::Stuck => {
                losses.push((index, Loss::Stuck(Box::new(watched))));
            }
            Some(watched) => warn(&watched, &watch.thread(), budget),
            None => {}
        }
    }
    losses
}

/// Reports user code while it runs, so that there is something to look at.
fn warn(watched: &Watched, thread: &OsThread, budget: Duration) {
    tracing::warn!(
        code = %watched.code,
        workflow_id = %watched.workflow_id,
        run_id = %watched.run_id,
        workflow_type = %watched.workflow_type,
        thread = %thread.name(),
        os_thread_id = %thread.id(),
        process_id = std::process::id(),
        ?budget,
        "workflow code has held its thread for half of its budget without awaiting; past the \
         budget its thread is given up"
    );
}
