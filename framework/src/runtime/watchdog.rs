//! The watchdog: sees code that does not give its thread back.
//!
//! Workflow code that does not return: Rust cannot stop a thread, so the thread is given up. It may
//! spin on, but nothing it does counts any more. Half-way there the watchdog says so in a log line,
//! while the code is still running and can be looked at with a debugger.
//!
//! An attempt of an async activity that blocks: it is named in a log line and by `describe` while
//! it does, and its thread is left to it. The watchdog sleeps while nothing runs.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use derive_more::Debug;

use crate::{
    actor::{OsThread, RunningCode, ThreadWatch, WatchBell, Watched, WatchedAttempt},
    runtime::crew::{Crew, Loss},
};

/// How many looks the shortest budget has.
const LOOKS: u32 = 4;

/// How long code may hold its thread.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budgets {
    /// That of a workflow.
    pub(super) workflow_task: Duration,
    /// An attempt of an async activity, in one poll.
    pub(super) attempt_poll: Duration,
}

impl Budgets {
    /// The time from one look to the next.
    fn interval(&self) -> Duration {
        self.workflow_task.min(self.attempt_poll) / LOOKS
    }

    /// How many looks this budget has; at least as many as the shortest one.
    fn looks(&self, budget: Duration) -> u32 {
        let looks = budget.as_nanos() / self.interval().as_nanos().max(1);
        u32::try_from(looks).unwrap_or(u32::MAX).max(LOOKS)
    }
}

/// The watchdog's thread.
#[derive(Debug)]
pub(super) struct Watchdog {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Watchdog {
    /// Starts to watch over a crew.
    pub(super) fn start(crew: &Arc<Crew>, budgets: Budgets) -> std::io::Result<Self> {
        let stop = Arc::<AtomicBool>::default();
        let (bell, stopped) = (Arc::clone(&crew.equipment.bell), Arc::clone(&stop));
        let crew = Arc::downgrade(crew);
        let thread = thread::Builder::new()
            .name("sempre-watchdog".into())
            .spawn(move || watch(&crew, &bell, &stopped, budgets))?;
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
    /// Takes another look; returns how many in a row have shown the same code now.
    pub(super) fn look(&mut self, generation: u64) -> u32 {
        let running = !generation.is_multiple_of(2);
        if !running || generation != self.generation {
            *self = Self {
                generation,
                looks: 0,
            };
        } else {
            self.looks = self.looks.saturating_add(1);
        }
        self.looks
    }

    fn is_idle(&self) -> bool {
        self.generation.is_multiple_of(2)
    }
}

impl Sight {
    /// What so many looks in a row mean for code that may be seen in fewer than `limit`.
    pub(super) fn of(looks: u32, limit: u32) -> Self {
        match looks {
            looks if looks >= limit => Self::Stuck,
            looks if looks == limit / 2 => Self::Slow,
            _ => Self::Well,
        }
    }
}

/// What the watchdog remembers of all threads.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Memory {
    /// Those of the shards, by their numbers.
    shards: BTreeMap<usize, Seen>,
    /// Those apart, by where their watches lie.
    apart: BTreeMap<usize, Seen>,
}

impl Memory {
    fn is_idle(&self) -> bool {
        let mut all = self.shards.values().chain(self.apart.values());
        all.all(Seen::is_idle)
    }
}

fn watch(crew: &Weak<Crew>, bell: &WatchBell, stop: &AtomicBool, budgets: Budgets) {
    bell.attend();
    let mut memory = Memory::default();
    let mut bell_is_set = false;
    while !stop.load(Ordering::SeqCst) {
        let Some(crew) = crew.upgrade() else { return };
        let before = memory.clone();
        for (index, loss) in look_at_shards(&crew, &mut memory, budgets) {
            crew.replace(index, &loss);
            memory.shards.remove(&index);
        }
        look_at_threads_apart(&crew, &mut memory, budgets);
        drop(crew);
        let idle = memory == before && memory.is_idle();
        if !idle {
            bell_is_set = false;
            thread::park_timeout(budgets.interval());
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

fn look_at_shards(crew: &Crew, memory: &mut Memory, budgets: Budgets) -> Vec<(usize, Loss)> {
    let mut losses = Vec::new();
    for (index, watch) in crew.watches() {
        if let Some(cause) = watch.broken() {
            losses.push((index, Loss::Broken(cause.to_owned())));
            continue;
        }
        let generation = watch.generation();
        let looks = memory.shards.entry(index).or_default().look(generation);
        if looks == 0 {
            continue;
        }
        match watch.current() {
            Some(RunningCode::Attempt(attempt)) => {
                judge_attempt(&watch, &attempt, (generation, looks), budgets);
            }
            Some(RunningCode::Workflow(watched)) => {
                match Sight::of(looks, budgets.looks(budgets.workflow_task)) {
                    Sight::Well => {}
                    Sight::Slow => warn(&watched, &watch.thread(), budgets.workflow_task),
                    Sight::Stuck => losses.push((index, Loss::Stuck(Box::new(watched)))),
                }
            }
            None => {}
        }
    }
    losses
}

fn look_at_threads_apart(crew: &Crew, memory: &mut Memory, budgets: Budgets) {
    let mut before = std::mem::take(&mut memory.apart);
    for watch in crew.attempt_watches() {
        let place = Arc::as_ptr(&watch).addr();
        let mut seen = before.remove(&place).unwrap_or_default();
        let generation = watch.generation();
        let looks = seen.look(generation);
        memory.apart.insert(place, seen);
        if looks > 0
            && let Some(RunningCode::Attempt(attempt)) = watch.current()
        {
            judge_attempt(&watch, &attempt, (generation, looks), budgets);
        }
    }
}

/// Names an attempt that blocks its thread, once, and takes note of it for as long as it does.
fn judge_attempt(
    watch: &ThreadWatch,
    attempt: &WatchedAttempt,
    (generation, looks): (u64, u32),
    budgets: Budgets,
) {
    let sight = Sight::of(looks, budgets.looks(budgets.attempt_poll));
    if sight != Sight::Stuck || !watch.blocks(attempt, generation) || !attempt.report() {
        return;
    }
    let (info, thread) = (&attempt.info, watch.thread());
    tracing::warn!(
        workflow_id = %info.execution.workflow_id,
        run_id = %info.execution.run_id,
        workflow_type = %info.workflow_type,
        activity_id = %info.activity_id,
        activity_type = %info.activity_type,
        attempt = info.attempt,
        thread = %thread.name(),
        os_thread_id = %thread.id(),
        process_id = std::process::id(),
        budget = ?budgets.attempt_poll,
        "an activity attempt blocks its thread; make the activity a blocking one, or have it await"
    );
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
