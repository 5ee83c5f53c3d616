//! What a shard's thread is doing at the moment, for whoever watches over it from outside.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::Thread,
};

use crate::{
    actor::OsThread,
    model::{RunId, Timestamp, WorkflowId, WorkflowType, event::workflow_execution},
};

/// The workflow task that a thread is running.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Watched {
    /// The execution.
    pub workflow_id: WorkflowId,
    /// Its run.
    pub run_id: RunId,
    /// Its program.
    pub workflow_type: WorkflowType,
    /// When the task began.
    pub since: Timestamp,
    /// How the run was started, if that is decided in the same step and therefore not durable.
    pub started: Option<Box<workflow_execution::Started>>,
}

/// Wakes the watcher when there is something to watch again.
///
/// While threads are busy the watcher looks at them from time to time by itself; once all were
/// idle for a whole look it sleeps until the next workflow task anywhere.
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

    fn ring(&self) {
        if self.asleep.load(Ordering::SeqCst)
            && self.asleep.swap(false, Ordering::SeqCst)
            && let Some(watcher) = self.watcher.get()
        {
            watcher.unpark();
        }
    }
}

/// One thread's current workflow task.
///
/// The thread itself pays an uncontended lock and two stores a task.
#[derive(Debug, Default)]
pub(crate) struct ThreadWatch {
    /// Counts beginnings and ends: odd while a task runs.
    generation: AtomicU64,
    current: Mutex<Option<Watched>>,
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

    /// Takes note that a task begins.
    pub(super) fn begin(&self, watched: Watched) {
        *self.lock() = Some(watched);
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.bell.ring();
    }

    /// Takes note that it has ended.
    pub(super) fn end(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// Changes with every beginning and every end; odd while a task runs.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    /// The task that runs, or ran last.
    pub(crate) fn current(&self) -> Option<Watched> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Watched>> {
        // Invariant: the value is replaced whole, so it is valid after a panic elsewhere.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
