//! The attempts of one shard's executions that are in flight, from start to settlement.
//!
//! All of it happens on the shard's thread, so that whoever starts or ends an attempt calls it.
//! Mail comes to the dispatcher only from what runs elsewhere, or at another time.

use std::{cell::RefCell, collections::BTreeMap, sync::Arc};

use actix::Addr;
use derive_more::Debug;
use tokio::task::JoinHandle;

use crate::{
    activity::{ActivityCancellation, ActivityCode, ActivityContext},
    actor::{
        AttemptReport, Shard, ShardMail,
        port::{AttemptKey, FreedSlot, StartedAttempt},
    },
    clock::SharedClock,
    dispatch::{ActivityDispatcher, BlockingPool, attempt, heartbeat::HeartbeatPort},
    engine::execution::decide::AttemptOutcome,
};

/// Where attempts report to. Shared by all of a shard, because an address is no cheap clone.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) clock: SharedClock,
    #[debug(skip)]
    pub(super) shard: Addr<Shard>,
    #[debug(skip)]
    pub(super) dispatcher: Addr<ActivityDispatcher>,
}

impl Desk {
    /// Tells the shard what an attempt has to say.
    pub(super) fn report(&self, report: AttemptReport) {
        // Bound: slots bound the attempts, and of each there is one end, and between two heartbeats
        // an interval.
        self.shard.do_send(ShardMail::Attempt(Box::new(report)));
    }
}

/// An attempt in flight: running, or returned but not yet settled.
#[derive(Debug)]
struct Attempt {
    cancellation: Arc<ActivityCancellation>,
    #[debug(skip)]
    port: Arc<HeartbeatPort>,
    /// Stops the attempt; blocking code cannot be stopped.
    running: Option<JoinHandle<()>>,
}

/// The attempts of a shard that are in flight.
#[derive(Debug, Default)]
pub(super) struct InFlight(RefCell<BTreeMap<AttemptKey, Attempt>>);

impl InFlight {
    /// Runs an attempt, and reports its end to the shard.
    pub(super) fn run(
        &self,
        StartedAttempt { task, permit }: StartedAttempt,
        code: ActivityCode,
        blocking: BlockingPool,
        desk: &Arc<Desk>,
    ) {
        let key = AttemptKey::of(&task);
        let cancellation = Arc::<ActivityCancellation>::default();
        let port = HeartbeatPort::new(key, task.heartbeat_timeout, Arc::clone(desk));
        let port = Arc::new(port);
        let task_queue = task.task_queue.clone();
        let (info, input) = attempt::split(*task);
        let context = ActivityContext::new(info, Arc::clone(&cancellation), port.clone());
        let is_async = matches!(code, ActivityCode::Async(_));
        let last_words = Arc::clone(&port);
        let running = actix::spawn(async move {
            let ended = attempt::run(code, context, input, blocking).await;
            let outcome = match ended {
                Ok(result) => AttemptOutcome::Completed(result),
                Err(failure) => AttemptOutcome::Failed(Box::new(failure)),
            };
            // The slot goes with the report, so that an engine without attempts is one without
            // open reports, and whoever decides on the report can go on in the same slot.
            let freed = FreedSlot { permit, task_queue };
            last_words.report_end(outcome, freed);
        });
        let attempt = Attempt {
            cancellation,
            port,
            running: is_async.then_some(running),
        };
        self.0.borrow_mut().insert(key, attempt);
    }

    /// Asks an attempt to stop.
    pub(super) fn cancel(&self, key: AttemptKey) {
        let attempts = self.0.borrow();
        let cancellation = attempts.get(&key).map(|it| Arc::clone(&it.cancellation));
        drop(attempts);
        // Nothing is borrowed while it is told, because it wakes anybody's code.
        if let Some(cancellation) = cancellation {
            cancellation.request();
        }
    }

    /// Forgets an attempt whose outcome no longer counts, and stops it if that is possible.
    pub(super) fn abandon(&self, key: AttemptKey) {
        let attempt = self.0.borrow_mut().remove(&key);
        if let Some(attempt) = attempt {
            attempt.cancellation.request();
            attempt.running.iter().for_each(JoinHandle::abort);
        }
    }

    /// Forgets an attempt whose outcome has been decided upon.
    pub(super) fn settle(&self, key: AttemptKey) {
        let settled = self.0.borrow_mut().remove(&key);
        drop(settled);
    }

    /// Whether an attempt runs, or has returned and is not settled.
    pub(super) fn contains(&self, key: AttemptKey) -> bool {
        self.0.borrow().contains_key(&key)
    }

    /// Where an attempt reports that it is alive.
    pub(super) fn port(&self, key: AttemptKey) -> Option<Arc<HeartbeatPort>> {
        let attempts = self.0.borrow();
        attempts.get(&key).map(|attempt| Arc::clone(&attempt.port))
    }
}
