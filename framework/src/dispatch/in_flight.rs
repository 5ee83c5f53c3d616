//! The attempts of one shard's executions that are in flight, from their start until their end is decided upon.
//!
//! They belong to the shard, not to its thread. An async attempt runs on the thread and is lost with
//! it; a blocking one runs in the pool, goes on when the thread is given up, and reports to the
//! shard wherever that is by then. Its outcome is kept until what was decided on it is durable, so
//! that it is told again where a thread took it along.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use actix::Addr;
use arc_swap::ArcSwapOption;
use derive_more::Debug;
use tokio::task::JoinHandle;

use crate::{
    activity::{ActivityCancellation, ActivityCode, ActivityContext, AttemptRunner},
    actor::{
        AttemptReport, Shard, ShardMail,
        port::{AttemptKey, FreedSlot, Permit, StartedAttempt},
    },
    clock::SharedClock,
    dispatch::{
        ActivityDispatcher, BlockingPool, LaneSlots, attempt, dispatcher::DispatchMail,
        heartbeat::HeartbeatPort,
    },
    machine::execution::decide::AttemptOutcome,
    model::{Failure, Payloads, TaskQueue},
};

/// The thread that a shard is on.
#[derive(Debug)]
pub(super) struct Front {
    #[debug(skip)]
    pub(super) shard: Addr<Shard>,
    #[debug(skip)]
    pub(super) dispatcher: Addr<ActivityDispatcher>,
    pub(super) slots: Arc<LaneSlots>,
}

/// An attempt in flight: running, or returned but not yet been able to forget.
#[derive(Debug)]
struct Attempt {
    cancellation: Arc<ActivityCancellation>,
    #[debug(skip)]
    port: Arc<HeartbeatPort>,
    place: Place,
}

/// Where an attempt runs, and what happens to it there.
#[derive(Debug)]
enum Place {
    /// On the shard's thread, which it can be stopped on.
    Thread(JoinHandle<()>),
    /// In the pool.
    Pool(Option<Outcome>),
}

/// How an attempt has ended, as it is told until that is durable.
#[derive(Clone, Debug)]
struct Outcome {
    outcome: AttemptOutcome,
    last_heartbeat: Option<Payloads>,
}

/// The attempts of a shard that are in flight, and where they report to.
///
/// The shard's own thread pays an uncontended lock for the beginning and the end of an attempt.
#[derive(Debug)]
pub(crate) struct InFlight {
    pub(super) clock: SharedClock,
    #[debug(skip)]
    front: ArcSwapOption<Front>,
    runner: Arc<AttemptRunner>,
    attempts: Mutex<BTreeMap<AttemptKey, Attempt>>,
}

impl InFlight {
    /// No attempts, of a shard that is nowhere yet.
    pub(crate) fn new(clock: SharedClock, runner: Arc<AttemptRunner>) -> Arc<Self> {
        Arc::new(Self {
            clock,
            front: ArcSwapOption::empty(),
            runner,
            attempts: Mutex::default(),
        })
    }

    /// The shard is on this thread now. What ran on the one before is lost; what the pool runs goes
    /// on, and what it has ended is told once more.
    pub(super) fn move_to(&self, front: Front) {
        self.front.store(Some(Arc::new(front)));
        let mut told = Vec::new();
        let mut attempts = self.lock();
        let all = std::mem::take(&mut *attempts);
        let (lost, kept): (BTreeMap<_, _>, BTreeMap<_, _>) = all
            .into_iter()
            .partition(|(_, attempt)| matches!(attempt.place, Place::Thread(_)));
        *attempts = kept;
        for (key, attempt) in &*attempts {
            if let Place::Pool(outcome) = &attempt.place {
                told.push((*key, outcome.clone()));
            }
        }
        drop(attempts);
        // Invariant: the lock is free while they are told, because it wakes anybody's code.
        for attempt in lost.into_values() {
            attempt.cancellation.request();
        }
        for (key, outcome) in told {
            match outcome {
                Some(outcome) => self.report_outcome(key, outcome, None),
                None => self.flush_later(key),
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
        let port = HeartbeatPort::new(key, task.heartbeat_timeout, Arc::clone(self));
        let port = Arc::new(port);
        let task_queue = task.task_queue.clone();
        let (info, input) = attempt::split(*task);
        let stop = Arc::clone(&cancellation);
        let runner = Arc::clone(&self.runner);
        let context = ActivityContext::new(info, stop, port.clone(), runner);
        let attempt = |place| Attempt {
            cancellation,
            port: Arc::clone(&port),
            place,
        };
        match code {
            ActivityCode::Async(code) => {
                let last_words = Arc::clone(&port);
                let running = actix::spawn(async move {
                    let ended = attempt::run(code, context, input).await;
                    // The slot goes with the report, so that an engine without attempts is one
                    // without open reports, and whoever decides on the report can go on in the
                    // same slot.
                    let freed = FreedSlot { permit, task_queue };
                    last_words.report_end(outcome(ended), freed);
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
                    in_flight.end_in_pool(&port, outcome(ended), permit, task_queue);
                }));
            }
        }
    }

    /// Reports the end of an attempt in the pool, and keeps it until that is decided upon.
    fn end_in_pool(
        &self,
        port: &HeartbeatPort,
        outcome: AttemptOutcome,
        permit: Permit,
        task_queue: TaskQueue,
    ) {
        let ended = Outcome {
            outcome,
            last_heartbeat: port.take_held(),
        };
        let key = port.key();
        if let Some(attempt) = self.lock().get_mut(&key) {
            attempt.place = Place::Pool(Some(ended.clone()));
        }
        // Durability: kept before it is told. A thread that is lost between the two has it told to
        // the next one.
        let front = self.front.load();
        let permit = front.as_ref().and_then(|front| front.slots.hold(permit));
        let freed = permit.map(|permit| FreedSlot { permit, task_queue });
        self.report_outcome(key, ended, freed);
    }

    fn report_outcome(&self, key: AttemptKey, ended: Outcome, freed: Option<FreedSlot>) {
        self.report(AttemptReport {
            key,
            outcome: ended.outcome,
            last_heartbeat: ended.last_heartbeat,
            freed,
        });
    }

    /// Tells the shard what an attempt has to say.
    pub(super) fn report(&self, report: AttemptReport) {
        if let Some(front) = &*self.front.load() {
            // Bound: slots bound the attempts, and of each there is one end, and between two
            // heartbeats an interval.
            front.shard.do_send(ShardMail::Attempt(Box::new(report)));
        }
    }

    /// Has a heartbeat passed on later that is held back.
    pub(super) fn put_off(&self, mail: DispatchMail) {
        if let Some(front) = &*self.front.load() {
            // Bound: one for each report that is held back.
            front.dispatcher.do_send(mail);
        }
    }

    /// Sends mail to the shard.
    pub(super) fn send(&self, mail: ShardMail) {
        if let Some(front) = &*self.front.load() {
            // Bound: that of the one who sends.
            front.shard.do_send(mail);
        }
    }

    fn flush_later(&self, key: AttemptKey) {
        if let Some(at) = self.port(key).and_then(|port| port.held_until()) {
            self.put_off(DispatchMail::FlushHeartbeat(key, at));
        }
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

    /// Where an attempt reports that it is alive.
    pub(super) fn port(&self, key: AttemptKey) -> Option<Arc<HeartbeatPort>> {
        let attempts = self.lock();
        attempts.get(&key).map(|attempt| Arc::clone(&attempt.port))
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
