//! The attempts of one shard's executions that are in flight, from their start until their end is
//! decided upon.
//!
//! They belong to the shard, not to its thread. An async attempt runs on the thread and is lost with
//! it; a blocking one runs in the pool, goes on when the thread is given up, and reports to the
//! shard wherever that is by then. Its outcome is kept until what was decided on it is durable, so
//! that it is told again where a thread took it along.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use derive_more::Debug;
use tokio::task::JoinHandle;

use crate::{
    activity::{ActivityCancellation, ActivityCode, ActivityContext, AttemptRunner},
    actor::port::{AttemptKey, FreedSlot, Permit, StartedAttempt},
    clock::SharedClock,
    dispatch::{
        BlockingPool, attempt,
        reporter::{AttemptEnd, AttemptReporter},
        shard_route::{Front, ShardRoute},
    },
    machine::execution::decide::AttemptOutcome,
    model::{Failure, Payloads, TaskQueue},
};

/// An attempt in flight: running, or ended and not yet forgotten.
#[derive(Debug)]
struct Attempt {
    cancellation: Arc<ActivityCancellation>,
    #[debug(skip)]
    reporter: Arc<AttemptReporter>,
    place: Place,
}

/// Where an attempt runs, and what happens to it there.
#[derive(Debug)]
enum Place {
    /// On the shard's thread, which it can be stopped on.
    Thread(JoinHandle<()>),
    /// In the pool.
    ///
    /// How it has ended is told until that is durable.
    Pool(Option<AttemptEnd>),
}

/// The attempts of a shard that are in flight, and where they report to.
///
/// The shard's own thread pays an uncontended lock for the beginning and the end of an attempt.
#[derive(Debug)]
pub(crate) struct InFlight {
    pub(super) clock: SharedClock,
    pub(super) route: Arc<ShardRoute>,
    runner: Arc<AttemptRunner>,
    attempts: Mutex<BTreeMap<AttemptKey, Attempt>>,
}

impl InFlight {
    /// No attempts, of a shard that is nowhere yet.
    pub(crate) fn new(clock: SharedClock, runner: Arc<AttemptRunner>) -> Arc<Self> {
        Arc::new(Self {
            clock,
            route: Arc::default(),
            runner,
            attempts: Mutex::default(),
        })
    }

    /// The shard is on this thread now. What ran on the one before is lost; what the pool runs goes
    /// on, and what it has ended is told once more.
    pub(super) fn move_to(&self, front: Front) {
        self.route.move_to(front);
        let mut told = Vec::new();
        let mut attempts = self.lock();
        let all = std::mem::take(&mut *attempts);
        let (lost, kept): (BTreeMap<_, _>, BTreeMap<_, _>) = all
            .into_iter()
            .partition(|(_, attempt)| matches!(attempt.place, Place::Thread(_)));
        *attempts = kept;
        for attempt in attempts.values() {
            if let Place::Pool(end) = &attempt.place {
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

    /// Runs an attempt, and reports its end to the shard.
    pub(super) fn run(
        self: &Arc<Self>,
        StartedAttempt { task, permit }: StartedAttempt,
        code: ActivityCode,
        blocking: &BlockingPool,
    ) {
        let key = AttemptKey::of(&task);
        let cancellation = Arc::<ActivityCancellation>::default();
        let (clock, route) = (self.clock.clone(), Arc::clone(&self.route));
        let reporter = AttemptReporter::new(key, task.heartbeat_timeout, clock, route);
        let task_queue = task.task_queue.clone();
        let (info, input) = attempt::split(*task);
        let stop = Arc::clone(&cancellation);
        let runner = Arc::clone(&self.runner);
        let context = ActivityContext::new(info, stop, reporter.clone(), runner);
        let attempt = |place| Attempt {
            cancellation,
            reporter: Arc::clone(&reporter),
            place,
        };
        match code {
            ActivityCode::Async(code) => {
                let reporter = Arc::clone(&reporter);
                let running = actix::spawn(async move {
                    let ended = attempt::run(code, context, input).await;
                    // The slot goes with the report, so that an engine without attempts is one
                    // without open reports, and whoever decides on the report can go on in the
                    // same slot.
                    let freed = FreedSlot { permit, task_queue };
                    reporter.report(reporter.end(outcome(ended)), Some(freed));
                });
                self.lock().insert(key, attempt(Place::Thread(running)));
            }
            ActivityCode::Blocking(code) => {
                // A thread that is lost starts nothing, and has no slots any more.
                let Some(permit) = permit.detach() else {
                    return;
                };
                self.lock().insert(key, attempt(Place::Pool(None)));
                let in_flight = Arc::clone(self);
                // The pool reports by itself, whatever becomes of this thread.
                drop(blocking.spawn(move || {
                    let ended = attempt::run_blocking(&code, context, input);
                    in_flight.end_in_pool(&reporter, outcome(ended), permit, task_queue);
                }));
            }
        }
    }

    /// Reports the end of an attempt in the pool, and keeps it until what is decided on it is
    /// durable.
    fn end_in_pool(
        &self,
        reporter: &AttemptReporter,
        outcome: AttemptOutcome,
        permit: Permit,
        task_queue: TaskQueue,
    ) {
        let end = reporter.end(outcome);
        if let Some(attempt) = self.lock().get_mut(&reporter.key()) {
            attempt.place = Place::Pool(Some(end.clone()));
        }
        // Durability: kept before it is told. A thread that is lost between the two has it told to
        // the next one.
        let freed = self.route.free(permit, task_queue);
        reporter.report(end, freed);
    }

    /// Asks an attempt to stop.
    pub(super) fn cancel(&self, key: AttemptKey) {
        let attempts = self.lock();
        let cancellation = attempts.get(&key).map(|it| Arc::clone(&it.cancellation));
        drop(attempts);
        // Nothing is locked while it is told, because it wakes anybody's code.
        if let Some(cancellation) = cancellation {
            cancellation.request();
        }
    }

    /// Forgets an attempt whose outcome no longer counts, and stops it if that is possible.
    pub(super) fn abandon(&self, key: AttemptKey) {
        let attempt = self.lock().remove(&key);
        if let Some(attempt) = attempt {
            attempt.cancellation.request();
            attempt.reporter.fall_silent();
            if let Place::Thread(running) = attempt.place {
                running.abort();
            }
        }
    }

    /// Whether the outcome of an attempt is kept until what is decided on it is durable.
    pub(super) fn keeps(&self, key: AttemptKey) -> bool {
        let attempts = self.lock();
        let place = attempts.get(&key).map(|attempt| &attempt.place);
        matches!(place, Some(Place::Pool(_)))
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

fn outcome(ended: Result<Payloads, Failure>) -> AttemptOutcome {
    match ended {
        Ok(result) => AttemptOutcome::Completed(result),
        Err(failure) => AttemptOutcome::Failed(Box::new(failure)),
    }
}
