//! How an engine stands, for whoever watches over the service that holds it.

use derive_more::{Display, Error};

use crate::{
    metrics,
    model::{TaskQueue, Timestamp},
    storage::StoreFiles,
};

/// Why an engine can no longer work.
///
/// Restart it: what was acknowledged is in the store.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error)]
#[display("engine can no longer work: {cause}")]
#[non_exhaustive]
pub struct EngineFailure {
    /// What happened.
    pub cause: String,
}

/// How an engine stands.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct EngineHealth {
    /// Why the engine can no longer work, if that is so.
    pub failure: Option<EngineFailure>,
    /// Its threads that run workflows.
    pub threads: Vec<ThreadHealth>,
    /// Its task queues.
    pub task_queues: Vec<TaskQueueHealth>,
    /// Executions that are left alone; [`Engine::quarantined`](crate::Engine::quarantined) lists
    /// them.
    pub quarantined: usize,
    /// Requests that have no answer yet; waiting for a result is none.
    pub requests: usize,
    /// The bytes of their inputs.
    pub request_bytes: usize,
}

/// How one of an engine's threads stands.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ThreadHealth {
    /// The thread, as the operating system calls it.
    pub thread: String,
    /// What it holds; `None` if it did not answer in time, because it is busy or stuck.
    pub load: Option<ThreadLoad>,
    /// The user code that it runs, on whose behalf, if it does.
    pub running: Option<String>,
}

/// What a thread holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ThreadLoad {
    /// Executions in memory.
    pub resident_executions: usize,
    /// Executions that wait for a deadline, in memory or not.
    pub deadlines: usize,
    /// Transitions that are not durable yet.
    pub unwritten_transitions: u64,
}

/// How a task queue stands.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct TaskQueueHealth {
    /// The queue.
    pub task_queue: TaskQueue,
    /// Attempts that run or are about to.
    pub attempts: usize,
    /// How many of them there may be at once.
    pub max_attempts: usize,
    /// Activities that wait in line for a slot.
    pub waiting: usize,
    /// Since when the first of them waits.
    pub waiting_since: Option<Timestamp>,
}

impl EngineHealth {
    /// Sets the gauges, at this time, where the store has these files.
    pub(super) fn measure(&self, now: Timestamp, files: Option<StoreFiles>) {
        let thread = |metric, thread: &ThreadHealth, value: u64| {
            metrics::gauge(metric, &[&thread.thread], || metrics::count(value));
        };
        for of in &self.threads {
            let Some(load) = of.load else { continue };
            thread(metrics::RESIDENT, of, load.resident_executions as u64);
            thread(metrics::UNWRITTEN, of, load.unwritten_transitions);
        }
        for queue in &self.task_queues {
            let set = |metric, value: usize| {
                metrics::gauge(metric, &[&queue.task_queue], || {
                    metrics::count(value as u64)
                });
            };
            set(metrics::SLOTS, queue.max_attempts);
            set(metrics::SLOTS_USED, queue.attempts);
            set(metrics::WAITING, queue.waiting);
            metrics::gauge(metrics::WAITING_AGE, &[&queue.task_queue], || {
                let since = queue.waiting_since.unwrap_or(now);
                now.since(since).as_secs_f64()
            });
        }
        let files = files.map(|it| [("settled", it.settled_bytes), ("journal", it.journal_bytes)]);
        for (part, bytes) in files.into_iter().flatten() {
            metrics::gauge(metrics::STORE_BYTES, &[part], || metrics::count(bytes));
        }
        metrics::observe(metrics::QUARANTINED, || {
            metrics::count(self.quarantined as u64)
        });
        metrics::observe(metrics::REQUESTS, || metrics::count(self.requests as u64));
        metrics::observe(metrics::REQUEST_BYTES, || {
            metrics::count(self.request_bytes as u64)
        });
    }

    /// Whether the engine works and each of its threads has answered.
    pub fn is_healthy(&self) -> bool {
        self.failure.is_none() && self.threads.iter().all(|thread| thread.load.is_some())
    }
}
