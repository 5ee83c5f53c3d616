//! The dispatcher actor: the attempts of one shard's executions, from start to report.

use std::{collections::BTreeMap, sync::Arc};

use actix::{Actor, Addr, AsyncContext as _, Context, Handler, Message};
use derive_more::Debug;
use futures::future::{AbortHandle, abortable};

use crate::{
    activity::{ActivityCancellation, ActivityCode, ActivityContext},
    actor::{
        AttemptOutcome, AttemptReport, Shard, ShardMail,
        port::{AttemptKey, FreedSlot, StartedAttempt},
    },
    clock::SharedClock,
    dispatch::{BlockingPool, attempt, heartbeat::HeartbeatPort, queue::TaskQueues},
    engine::execution::ActivityTask,
    model::{Failure, Payloads, TaskQueue, Timestamp},
};

/// An attempt in flight: running, or returned but not yet settled.
#[derive(Debug)]
struct Attempt {
    cancellation: Arc<ActivityCancellation>,
    #[debug(skip)]
    port: Arc<HeartbeatPort>,
    /// Stops the attempt; blocking code cannot be stopped.
    abort: Option<AbortHandle>,
}

/// Runs the attempts of one shard's executions.
#[derive(Debug)]
pub(crate) struct ActivityDispatcher {
    clock: SharedClock,
    queues: Arc<TaskQueues>,
    blocking: BlockingPool,
    #[debug(skip)]
    shard: Addr<Shard>,
    attempts: BTreeMap<AttemptKey, Attempt>,
}

impl ActivityDispatcher {
    pub(super) fn new(
        clock: SharedClock,
        queues: Arc<TaskQueues>,
        blocking: BlockingPool,
        shard: Addr<Shard>,
    ) -> Self {
        Self {
            clock,
            queues,
            blocking,
            shard,
            attempts: BTreeMap::new(),
        }
    }

    fn run(&mut self, started: StartedAttempt, ctx: &Context<Self>) {
        let StartedAttempt { task, permit } = started;
        let key = AttemptKey::of(&task);
        let queue = self.queues.find(&task.task_queue);
        let Some(code) = queue
            .and_then(|queue| queue.find(&task.activity_type))
            .cloned()
        else {
            // A slot was reserved, so the type was registered then; registries never shrink.
            return self.report_unregistered(key, &task);
        };
        let cancellation = Arc::<ActivityCancellation>::default();
        let port = Arc::new(HeartbeatPort::new(
            key,
            task.heartbeat_timeout,
            self.clock.clone(),
            self.shard.clone(),
            ctx.address(),
        ));
        let context = ActivityContext::new(
            attempt::info(&task),
            Arc::clone(&cancellation),
            port.clone(),
        );
        let is_async = matches!(code, ActivityCode::Async(_));
        let (shard, last_words) = (self.shard.clone(), Arc::clone(&port));
        let task_queue = task.task_queue.clone();
        let (running, abort) = abortable(attempt::run(
            code,
            context,
            task.input,
            self.blocking.clone(),
        ));
        actix::spawn(async move {
            let ended = running.await;
            if let Ok(result) = ended {
                // The slot goes with the report, so that an engine without attempts is one without
                // open reports, and whoever decides on the report can go on in the same slot.
                let freed = FreedSlot { permit, task_queue };
                report(&shard, key, result, last_words.take_held(), Some(freed));
            }
        });
        let abort = is_async.then_some(abort);
        self.attempts.insert(
            key,
            Attempt {
                cancellation,
                port,
                abort,
            },
        );
    }

    fn report_unregistered(&self, key: AttemptKey, task: &ActivityTask) {
        let failure = Failure::server(format!(
            "activity type is not registered activity_type={} task_queue={}",
            task.activity_type, task.task_queue
        ));
        report(&self.shard, key, Err(failure), None, None);
    }
}

fn report(
    shard: &Addr<Shard>,
    key: AttemptKey,
    result: Result<Payloads, Failure>,
    last_heartbeat: Option<Payloads>,
    freed: Option<FreedSlot>,
) {
    let outcome = match result {
        Ok(result) => AttemptOutcome::Completed(result),
        Err(failure) => AttemptOutcome::Failed(Box::new(failure)),
    };
    let report = AttemptReport {
        key,
        outcome,
        last_heartbeat,
        freed,
    };
    // Bound: one report per attempt, and slots bound the attempts.
    shard.do_send(ShardMail::Attempt(Box::new(report)));
}

impl Actor for ActivityDispatcher {
    type Context = Context<Self>;
}

/// The mail of a dispatcher.
#[derive(Debug)]
pub(super) enum DispatchMail {
    /// Run an attempt. Its start is durable.
    Run(StartedAttempt),
    /// Ask an attempt to stop.
    Cancel(AttemptKey),
    /// Forget an attempt whose outcome no longer counts, and stop it if that is possible.
    Abandon(AttemptKey),
    /// Forget an attempt whose outcome has been decided upon.
    Settle(AttemptKey),
    /// Pass on, at this time, the heartbeat of an attempt that is held back.
    FlushHeartbeat(AttemptKey, Timestamp),
    /// Go on with a task queue at this time, when its rate allows another start.
    ResumeQueue(TaskQueue, Timestamp),
}

impl Message for DispatchMail {
    type Result = ();
}

impl Handler<DispatchMail> for ActivityDispatcher {
    type Result = ();

    fn handle(&mut self, mail: DispatchMail, ctx: &mut Self::Context) {
        match mail {
            DispatchMail::Run(started) => self.run(started, ctx),
            DispatchMail::Cancel(key) => {
                if let Some(attempt) = self.attempts.get(&key) {
                    attempt.cancellation.request();
                }
            }
            DispatchMail::Abandon(key) => {
                if let Some(attempt) = self.attempts.remove(&key) {
                    attempt.cancellation.request();
                    attempt.abort.iter().for_each(AbortHandle::abort);
                }
            }
            DispatchMail::Settle(key) => drop(self.attempts.remove(&key)),
            DispatchMail::FlushHeartbeat(key, at) => {
                if let Some(attempt) = self.attempts.get(&key) {
                    let port = Arc::clone(&attempt.port);
                    self.spawn_at(at, move || port.flush());
                }
            }
            DispatchMail::ResumeQueue(name, at) => {
                let queues = Arc::clone(&self.queues);
                self.spawn_at(at, move || {
                    if let Some(queue) = queues.find(&name) {
                        queue.slots.resume();
                    }
                });
            }
        }
    }
}

impl ActivityDispatcher {
    fn spawn_at(&self, at: Timestamp, then: impl FnOnce() + 'static) {
        let sleep = self.clock.sleep_until(at);
        actix::spawn(async move {
            sleep.await;
            then();
        });
    }
}
