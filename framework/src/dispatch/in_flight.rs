//! The attempts of one shard's executions that are in flight, from their start until their end is
//! decided upon.
//!
//! They belong to the shard, not to its thread. An async attempt whose type is trusted runs on that
//! thread and is lost with it. One whose type is not runs on a thread apart, and a blocking one in
//! the pool: these go on when the shard's thread is given up, and report to the shard wherever that
//! is by then. How they end is kept until what was decided on it is durable, so that it is told
//! again where a thread took it along.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use derive_more::Debug;
use futures::future::AbortHandle;

use crate::{
    activity::{ActivityCancellation, ActivityContext, ActivityInfo, AttemptPort, AttemptRunner},
    actor::{
        OsThread, ThreadWatch, WatchedAttempt,
        port::{AttemptKey, Permit},
    },
    clock::SharedClock,
    dispatch::{
        attempt_threads::{AttemptThreads, Ending, Seat},
        conduct::Conduct,
        reporter::{AttemptEnd, AttemptReporter},
        shard_route::{Front, ShardRoute},
    },
    machine::execution::decide::AttemptOutcome,
    model::{Payloads, RunId, TaskQueue},
};

/// An attempt in flight: running, or ended and not yet forgotten.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) cancellation: Arc<ActivityCancellation>,
    #[debug(skip)]
    pub(super) reporter: Arc<AttemptReporter>,
    /// What stops it, if it can be stopped: an async one where it awaits.
    #[debug(skip)]
    pub(super) stop: Option<AbortHandle>,
    /// How it is watched, if it is async.
    pub(super) watched: Option<Arc<WatchedAttempt>>,
    pub(super) site: Site,
}

/// Where an attempt runs.
#[derive(Debug)]
pub(super) enum Site {
    /// On the shard's thread.
    ShardThread,
    /// On another thread. How it has ended is told until that is durable.
    Elsewhere(Option<AttemptEnd>),
}

/// The attempts of a shard that are in flight, and where they report to.
///
/// The shard's own thread pays an uncontended lock for the beginning and the end of an attempt.
#[derive(Debug)]
pub(crate) struct InFlight {
    pub(super) clock: SharedClock,
    pub(super) route: Arc<ShardRoute>,
    runner: Arc<AttemptRunner>,
    /// For attempts that are not trusted with the shard's thread; without them all are.
    threads: Option<Arc<AttemptThreads>>,
    attempts: Mutex<BTreeMap<AttemptKey, Attempt>>,
}

impl InFlight {
    /// No attempts, of a shard that is nowhere yet; with threads apart for those that are not trusted
    /// with the shard's, or without.
    pub(crate) fn new(
        clock: SharedClock,
        runner: Arc<AttemptRunner>,
        threads: Option<Arc<AttemptThreads>>,
    ) -> Arc<Self> {
        Arc::new(Self {
            clock,
            route: Arc::default(),
            runner,
            threads,
            attempts: Mutex::default(),
        })
    }

    /// The shard is on this thread now. What ran on the one before is lost; what runs elsewhere
    /// goes on, and what has ended there is told once more.
    pub(super) fn move_to(&self, front: Front) {
        self.route.move_to(front);
        let mut told = Vec::new();
        let mut attempts = self.lock();
        let all = std::mem::take(&mut *attempts);
        let (lost, kept): (BTreeMap<_, _>, BTreeMap<_, _>) = all
            .into_iter()
            .partition(|(_, attempt)| matches!(attempt.site, Site::ShardThread));
        *attempts = kept;
        for attempt in attempts.values() {
            if let Site::Elsewhere(end) = &attempt.site {
                told.push((Arc::clone(&attempt.reporter), end.clone()));
            }
        }
        drop(attempts);
        // Invariant: the lock is free while they are told, because it wakes anybody's code.
        for attempt in lost.into_values() {
            attempt.cancellation.request();
        }
        for (reporter, end) in told {
            match end {
                Some(end) => reporter.report(end, None),
                None => reporter.flush_later(),
            }
        }
    }

    /// A place on a thread apart for an attempt of a type with this conduct; `None` if it runs on the
    /// shard's.
    pub(super) fn seat(&self, conduct: &Conduct) -> Option<Seat> {
        let threads = self.threads.as_ref().filter(|_| !conduct.is_trusted());
        threads.and_then(AttemptThreads::seat)
    }

    /// The context of an attempt of this shard.
    pub(super) fn context(
        &self,
        info: Arc<ActivityInfo>,
        cancellation: &Arc<ActivityCancellation>,
        reporter: &Arc<AttemptReporter>,
    ) -> ActivityContext {
        let (stop, port) = (Arc::clone(cancellation), Arc::clone(reporter));
        ActivityContext::new(info, stop, port, Arc::clone(&self.runner))
    }

    /// The context of an attempt of a local activity of this shard.
    pub(super) fn local_context(
        &self,
        info: Arc<ActivityInfo>,
        stop: Arc<ActivityCancellation>,
        port: Arc<dyn AttemptPort>,
    ) -> ActivityContext {
        ActivityContext::new(info, stop, port, Arc::clone(&self.runner))
    }

    /// Takes note that an attempt begins.
    pub(super) fn begin(&self, key: AttemptKey, attempt: Attempt) {
        self.lock().insert(key, attempt);
    }

    /// Reports the end of an attempt that has run elsewhere than on the shard's thread, and keeps it
    /// until what is decided on it is durable.
    pub(super) fn end_elsewhere(
        &self,
        reporter: &AttemptReporter,
        outcome: AttemptOutcome,
        permit: Permit,
        task_queue: TaskQueue,
    ) {
        let end = reporter.end(outcome);
        if let Some(attempt) = self.lock().get_mut(&reporter.key()) {
            attempt.site = Site::Elsewhere(Some(end.clone()));
        }
        // Durability: kept before it is told. A thread that is lost between the two has it told to
        // the next one.
        let freed = self.route.free(permit, task_queue);
        reporter.report(end, freed);
    }

    /// What the threads apart are doing.
    pub(crate) fn watches(&self) -> Vec<Arc<ThreadWatch>> {
        let threads = self.threads.as_deref();
        threads.map(AttemptThreads::watches).unwrap_or_default()
    }

    /// Ends the threads apart, and drops the attempts on them; waits for none.
    pub(crate) fn let_threads_go(&self) {
        drop(self.end_threads());
    }

    /// The same, and waits until those have ended that no attempt blocks.
    pub(crate) fn join_threads(&self) {
        self.end_threads().into_iter().for_each(Ending::wait);
    }

    fn end_threads(&self) -> Vec<Ending> {
        let threads = self.threads.as_deref();
        threads.map(AttemptThreads::let_go).unwrap_or_default()
    }

    /// The attempts of a run that block their threads at the moment.
    pub(super) fn blocking(&self, run_id: RunId) -> Vec<(Arc<WatchedAttempt>, OsThread)> {
        let attempts = self.lock();
        let of_run = attempts.iter().filter(|(key, _)| key.run_id == run_id);
        let watched = of_run.filter_map(|(_, attempt)| attempt.watched.as_ref());
        watched
            .filter_map(|watched| Some((Arc::clone(watched), watched.blocked()?)))
            .collect()
    }

    /// Asks an attempt to stop.
    pub(super) fn cancel(&self, key: AttemptKey) {
        self.tell(key, ActivityCancellation::request);
    }

    /// Tells an attempt that its activity is paused.
    pub(super) fn pause(&self, key: AttemptKey) {
        self.tell(key, ActivityCancellation::pause);
    }

    /// Tells an attempt what its workflow has to say, from this position among all messages on.
    pub(super) fn control(&self, key: AttemptKey, position: usize, messages: &[Payloads]) {
        if let Some(reporter) = self.reporter(key) {
            reporter.inbox().deliver(position, messages);
        }
    }

    /// Lets an attempt pass its next report of progress on: this one is recorded, or never will be.
    pub(super) fn settle_progress(&self, key: AttemptKey, number: u32) {
        if let Some(reporter) = self.reporter(key) {
            reporter.settle_progress(number);
        }
    }

    /// Has the report of progress told again that is on its way from an attempt.
    pub(super) fn repeat_progress(&self, key: AttemptKey) {
        if let Some(reporter) = self.reporter(key) {
            reporter.repeat_progress();
        }
    }

    /// Nothing is locked while it is spoken to, because that wakes anybody's code.
    fn reporter(&self, key: AttemptKey) -> Option<Arc<AttemptReporter>> {
        let attempts = self.lock();
        let attempt = attempts.get(&key);
        attempt.map(|it| Arc::clone(&it.reporter))
    }

    fn tell(&self, key: AttemptKey, what: fn(&ActivityCancellation)) {
        let attempts = self.lock();
        let cancellation = attempts.get(&key).map(|it| Arc::clone(&it.cancellation));
        drop(attempts);
        // Nothing is locked while it is told, because it wakes anybody's code.
        if let Some(cancellation) = cancellation {
            what(&cancellation);
        }
    }

    /// Forgets an attempt whose outcome no longer counts, and stops it if that is possible.
    pub(super) fn abandon(&self, key: AttemptKey) {
        let attempt = self.lock().remove(&key);
        if let Some(attempt) = attempt {
            attempt.cancellation.request();
            attempt.reporter.fall_silent();
            if let Some(stop) = attempt.stop {
                stop.abort();
            }
        }
    }

    /// Whether the outcome of an attempt is kept until what is decided on it is durable.
    pub(super) fn keeps(&self, key: AttemptKey) -> bool {
        let attempts = self.lock();
        let site = attempts.get(&key).map(|attempt| &attempt.site);
        matches!(site, Some(Site::Elsewhere(_)))
    }

    /// Forgets an attempt whose outcome has been decided upon.
    pub(super) fn forget(&self, key: AttemptKey) {
        let forgotten = self.lock().remove(&key);
        drop(forgotten);
    }

    /// Whether an attempt runs, or has returned and its end is not decided upon.
    pub(super) fn contains(&self, key: AttemptKey) -> bool {
        self.lock().contains_key(&key)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<AttemptKey, Attempt>> {
        // Invariant: attempts are added, removed and replaced whole, so it is valid after a panic.
        self.attempts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
