//! What a shard's thread is doing at the moment, for whoever watches over it from outside.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::Thread,
};

use derive_more::Display;

use crate::{
    actor::OsThread,
    model::{RunId, WorkflowId, WorkflowType, event::workflow_execution},
};

/// What a thread runs of somebody else's code.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Display)]
pub(crate) enum UserCode {
    /// The workflow, in a workflow task: its routine, handlers, conditions and deserialization.
    #[display("workflow code")]
    WorkflowTask,
    /// A query handler, and what brings the workflow into memory for it.
    #[display("a query")]
    Query,
    /// What the workflow holds, while it is dropped.
    #[display("dropping a workflow")]
    Drop,
}

/// The code that a thread is running, and on whose behalf.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Watched {
    /// What runs.
    pub code: UserCode,
    /// The execution.
    pub workflow_id: WorkflowId,
    /// Its run.
    pub run_id: RunId,
    /// Its program.
    pub workflow_type: WorkflowType,
    /// How the run was started, if that is decided in the same step and therefore not durable.
    pub started: Option<Box<UnwrittenStart>>,
}

/// The start of a run that is not durable yet, with all that belongs to it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct UnwrittenStart {
    /// The start.
    pub started: workflow_execution::Started,
    /// The signal that came with it.
    pub signal: Option<workflow_execution::Signaled>,
    /// The run that this one replaces in the same commit, if it does.
    pub replaces: Option<RunId>,
}

/// Wakes the watcher when there is something to watch again.
///
/// While threads are busy the watcher looks at them from time to time by itself; once all were
/// idle for a whole look it sleeps until some thread runs user code again.
#[derive(Debug, Default)]
pub(crate) struct WatchBell {
    asleep: AtomicBool,
    watcher: OnceLock<Thread>,
}

impl WatchBell {
    /// Sets the thread that watches: the caller.
    pub(crate) fn attend(&self) {
        // There is one watcher, and it calls this once.
        let _first = self.watcher.set(std::thread::current());
    }

    /// Whether the bell was set to ring; it is now.
    pub(crate) fn set_to_ring(&self) {
        self.asleep.store(true, Ordering::SeqCst);
    }

    /// Has the watcher look at once.
    fn call(&self) {
        if let Some(watcher) = self.watcher.get() {
            watcher.unpark();
        }
    }

    fn ring(&self) {
        if self.asleep.load(Ordering::SeqCst)
            && self.asleep.swap(false, Ordering::SeqCst)
            && let Some(watcher) = self.watcher.get()
        {
            watcher.unpark();
        }
    }
}

/// The user code that one thread runs, if it does.
///
/// The thread itself pays an uncontended lock and two stores each time.
#[derive(Debug, Default)]
pub(crate) struct ThreadWatch {
    /// Counts beginnings and ends: odd while user code runs.
    generation: AtomicU64,
    current: Mutex<Option<Watched>>,
    /// Why the shard on this thread can no longer be trusted.
    broken: OnceLock<String>,
    thread: OnceLock<OsThread>,
    bell: Arc<WatchBell>,
}

impl ThreadWatch {
    /// The watch of a thread, with the bell that wakes the watcher.
    pub(crate) fn new(bell: Arc<WatchBell>) -> Arc<Self> {
        Arc::new(Self {
            bell,
            ..Self::default()
        })
    }

    /// Takes note of the thread: the caller.
    pub(crate) fn attend(&self) {
        // Only the thread itself calls this, as the first thing it does.
        let _first = self.thread.set(OsThread::current());
    }

    /// What the operating system calls the thread.
    pub(crate) fn thread(&self) -> OsThread {
        self.thread.get().cloned().unwrap_or_default()
    }

    /// Takes note that user code begins, until what is returned is dropped.
    #[must_use = "the code is watched only while this lives"]
    pub(super) fn begin(&self, watched: Watched) -> Watching<'_> {
        *self.lock() = Some(watched);
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.bell.ring();
        Watching { watch: self }
    }

    /// Asks for another thread in the place of this one, because its shard can no longer be
    /// trusted; `false` if that has been asked for already.
    pub(super) fn give_up(&self, cause: String) -> bool {
        let is_first = self.broken.set(cause).is_ok();
        self.bell.call();
        is_first
    }

    /// Why the shard on this thread can no longer be trusted, if that is so.
    pub(crate) fn broken(&self) -> Option<&str> {
        self.broken.get().map(String::as_str)
    }

    /// Changes with every beginning and every end; odd while user code runs.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    /// The code that runs, or ran last.
    pub(crate) fn current(&self) -> Option<Watched> {
        self.lock().clone()
    }

    /// The code that runs now, if any does.
    pub(crate) fn running(&self) -> Option<Watched> {
        let is_running = !self.generation().is_multiple_of(2);
        is_running.then(|| self.current()).flatten()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Watched>> {
        // Invariant: the value is replaced whole, so it is valid after a panic elsewhere.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the watch over a piece of user code when it is dropped, also by a panic of the engine.
#[derive(Debug)]
pub(super) struct Watching<'w> {
    watch: &'w ThreadWatch,
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        self.watch.generation.fetch_add(1, Ordering::SeqCst);
    }
}
