//! What a thread is doing at the moment, for whoever watches over it from outside: the thread of a
//! shard, or one that attempts of async activities run on.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::Thread,
    time::Duration,
};

use derive_more::Display;

use crate::{
    activity::ActivityInfo,
    actor::OsThread,
    clock::MonotonicTime,
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
    /// The validator of an update, and what brings the workflow into memory for it.
    #[display("a validator")]
    Validator,
    /// What the workflow holds, while it is dropped.
    #[display("dropping a workflow")]
    Drop,
}

/// The code of a workflow that a thread is running, and on whose behalf.
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

/// An attempt of an async activity, as it is watched while it is polled.
#[derive(Debug)]
pub(crate) struct WatchedAttempt {
    /// Which one.
    pub info: Arc<ActivityInfo>,
    /// Whether it has been reported.
    reported: AtomicBool,
    /// Whether a poll of it goes on past its budget; set under the lock.
    blocks: AtomicBool,
    blocked: Mutex<Option<OsThread>>,
}

impl WatchedAttempt {
    /// An attempt that is not polled yet.
    pub(crate) fn new(info: Arc<ActivityInfo>) -> Arc<Self> {
        Arc::new(Self {
            info,
            reported: AtomicBool::new(false),
            blocks: AtomicBool::new(false),
            blocked: Mutex::default(),
        })
    }

    /// Takes note that it is being reported; `false` if it has been.
    pub(crate) fn report(&self) -> bool {
        !self.reported.swap(true, Ordering::SeqCst)
    }

    /// The thread that it blocks, if it does.
    pub(crate) fn blocked(&self) -> Option<OsThread> {
        self.lock().clone()
    }

    fn set_blocked(&self, thread: OsThread) {
        let mut blocked = self.lock();
        *blocked = Some(thread);
        self.blocks.store(true, Ordering::SeqCst);
    }

    /// Takes note that it is not polled any more; `true` if it has blocked its thread.
    fn let_go(&self) -> bool {
        if !self.blocks.load(Ordering::SeqCst) {
            return false;
        }
        let mut blocked = self.lock();
        self.blocks.store(false, Ordering::SeqCst);
        blocked.take().is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Option<OsThread>> {
        // Invariant: the value is replaced whole, so it is valid after a panic elsewhere.
        self.blocked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a thread runs of somebody else's.
#[derive(Clone, Debug)]
pub(crate) enum RunningCode {
    /// Code of a workflow.
    Workflow(Watched),
    /// An attempt of an async activity.
    Attempt(Arc<WatchedAttempt>),
}

impl RunningCode {
    /// Whether it holds values of the user, which may be large.
    fn has_data(&self) -> bool {
        match self {
            Self::Workflow(watched) => watched.started.is_some(),
            Self::Attempt(attempt) => !attempt.info.heartbeat_details.is_empty(),
        }
    }
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
    /// When the attempt that is polled began to be, in nanoseconds of the monotonic clock.
    polled_since: AtomicU64,
    current: Mutex<Option<RunningCode>>,
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
        self.enter(RunningCode::Workflow(watched))
    }

    /// Takes note that a poll of an attempt begins, until what is returned is dropped.
    #[must_use = "the attempt is watched only while this lives"]
    pub(crate) fn begin_poll(
        &self,
        attempt: &Arc<WatchedAttempt>,
        now: MonotonicTime,
    ) -> Watching<'_> {
        self.polled_since.store(now.as_nanos(), Ordering::Relaxed);
        self.enter(RunningCode::Attempt(Arc::clone(attempt)))
    }

    fn enter(&self, running: RunningCode) -> Watching<'_> {
        let has_data = running.has_data();
        *self.lock() = Some(running);
        self.generation.fetch_add(1, Ordering::SeqCst);
        self.bell.ring();
        let watch = self;
        Watching { watch, has_data }
    }

    /// Takes note that the attempt whose poll this is blocks the thread, unless the poll has ended;
    /// then it returns `false`.
    pub(crate) fn blocks(&self, attempt: &WatchedAttempt, generation: u64) -> bool {
        attempt.set_blocked(self.thread());
        // Invariant: whoever ends a poll looks for the note after the generation has changed, so one
        // of the two takes it back.
        if self.generation() == generation {
            return true;
        }
        attempt.let_go();
        false
    }

    /// Takes note that a poll of an attempt has ended; `true` if it has blocked the thread.
    pub(crate) fn end_poll(watching: Watching<'_>, attempt: &WatchedAttempt) -> bool {
        drop(watching);
        attempt.let_go()
    }

    /// Whether the attempt that runs has been found to block the thread.
    pub(crate) fn is_blocked(&self) -> bool {
        match self.running() {
            Some(RunningCode::Attempt(attempt)) => attempt.blocked().is_some(),
            Some(RunningCode::Workflow(_)) | None => false,
        }
    }

    /// For how long the attempt that runs has been polled, if one does.
    pub(crate) fn polling_for(&self, now: MonotonicTime) -> Option<Duration> {
        let is_running = !self.generation().is_multiple_of(2);
        let since = MonotonicTime::from_nanos(self.polled_since.load(Ordering::Relaxed));
        is_running.then(|| now.since(since))
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

    /// The code that runs, or ran last if it is still known.
    pub(crate) fn current(&self) -> Option<RunningCode> {
        self.lock().clone()
    }

    /// The code that runs now, if any does.
    pub(crate) fn running(&self) -> Option<RunningCode> {
        let is_running = !self.generation().is_multiple_of(2);
        is_running.then(|| self.current()).flatten()
    }

    fn lock(&self) -> MutexGuard<'_, Option<RunningCode>> {
        // Invariant: the value is replaced whole, so it is valid after a panic elsewhere.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the watch over a piece of user code when it is dropped, also by a panic of the engine.
#[derive(Debug)]
pub(crate) struct Watching<'w> {
    watch: &'w ThreadWatch,
    /// Whether there is something that must not be kept until other code runs.
    has_data: bool,
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        self.watch.generation.fetch_add(1, Ordering::SeqCst);
        if self.has_data {
            self.watch.lock().take();
        }
    }
}
