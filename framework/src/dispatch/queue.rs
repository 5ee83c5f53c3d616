//! Task queues: what they can run, how much of it at once, and how fast.

use std::{collections::BTreeMap, sync::Arc, task::Poll};

use derive_more::Debug;
use futures::task::AtomicWaker;
use serde::{Deserialize, Serialize};

use crate::{
    activity::{ActivityCode, ActivityRegistry, IntoActivitySet},
    clock::SharedClock,
    dispatch::{
        AttemptLimit,
        conduct::Conduct,
        quota::AccountLoad,
        rate::{Rate, RateLimit},
        slot::Slots,
    },
    model::{ActivityType, TaskQueue, Timestamp},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

/// How much a task queue runs at once, and how fast.
///
/// # Examples
/// ```
/// use sempre::{TaskQueueOptions, runtime::RateLimit};
/// use std::num::NonZeroU32;
///
/// let (per_second, burst) = (NonZeroU32::new(50).unwrap(), NonZeroU32::new(10).unwrap());
/// let options = TaskQueueOptions::default()
///     .max_concurrent_attempts(20)
///     .rate_limit(RateLimit { per_second, burst });
/// assert_eq!(options.max_concurrent_attempts, 20);
/// ```
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TaskQueueOptions {
    /// Attempts that run at the same time. Default: 1,000; at least 1.
    ///
    /// Activities wait in line for their turn, and a run goes on in the slot of an attempt of its
    /// own that has ended: sixteen times in a row at most while others wait.
    pub max_concurrent_attempts: usize,
    /// Attempts that start per second. Default: no limit.
    pub rate_limit: Option<RateLimit>,
    /// What some of its activities may have of that. Default: all of it.
    pub limits: Vec<AttemptLimit>,
}

impl Default for TaskQueueOptions {
    fn default() -> Self {
        Self {
            max_concurrent_attempts: 1_000,
            rate_limit: None,
            limits: Vec::new(),
        }
    }
}

impl TaskQueueOptions {
    /// The same options with at most this many attempts at once; at least 1.
    #[must_use]
    pub fn max_concurrent_attempts(mut self, max: usize) -> Self {
        self.max_concurrent_attempts = max.max(1);
        self
    }

    /// The same options with at most this many starts a second, evenly spaced after a burst.
    #[must_use]
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.rate_limit = Some(limit);
        self
    }

    /// The same options with this limit besides.
    ///
    /// Attempts on a queue that has any do not take over slots from one another, which costs a run that
    /// does one activity after the other a little time.
    #[must_use]
    pub fn limit(mut self, limit: AttemptLimit) -> Self {
        self.limits.push(limit);
        self
    }
}

/// An activity type that a queue can run.
#[derive(Debug)]
pub(super) struct RegisteredActivity {
    /// What its attempts run.
    pub(super) code: ActivityCode,
    /// How they have behaved.
    pub(super) conduct: Arc<Conduct>,
}

/// One task queue.
#[derive(Debug)]
pub(super) struct Queue {
    activities: BTreeMap<ActivityType, RegisteredActivity>,
    pub(super) slots: Arc<Slots>,
    /// What the code of this process says.
    options: TaskQueueOptions,
}

impl Queue {
    fn new(registry: &ActivityRegistry, slots: Arc<Slots>, options: TaskQueueOptions) -> Self {
        let activities = registry.types().filter_map(|activity_type| {
            let code = registry.find(activity_type)?.clone();
            let conduct = Arc::default();
            Some((activity_type.clone(), RegisteredActivity { code, conduct }))
        });
        Self {
            activities: activities.collect(),
            slots,
            options,
        }
    }

    pub(super) fn find(&self, activity_type: &ActivityType) -> Option<&RegisteredActivity> {
        self.activities.get(activity_type)
    }

    fn limit(&self, options: TaskQueueOptions, clock: &SharedClock) {
        let rate = options.rate_limit.map(|it| Rate::new(it, clock.clone()));
        let (max, limits) = (options.max_concurrent_attempts, options.limits);
        self.slots.limit(max, rate, limits);
    }
}

/// What the task queues of an engine are made of.
#[derive(Debug, Default)]
pub(crate) struct TaskQueuesBuilder {
    options: BTreeMap<TaskQueue, TaskQueueOptions>,
    registries: BTreeMap<TaskQueue, ActivityRegistry>,
}

impl TaskQueuesBuilder {
    /// Sets how much a queue runs at once, and how fast.
    pub(crate) fn configure(&mut self, queue: TaskQueue, options: TaskQueueOptions) {
        self.options.insert(queue, options);
    }

    /// Adds activities to a queue; returns the types that it had already.
    pub(crate) fn register<Form>(
        &mut self,
        queue: TaskQueue,
        set: impl IntoActivitySet<Form>,
    ) -> Vec<ActivityType> {
        self.registries.entry(queue).or_default().register(set)
    }

    /// The queues.
    pub(crate) fn build(mut self, clock: &SharedClock) -> Arc<TaskQueues> {
        let given_back = Arc::<AtomicWaker>::default();
        let draining = Arc::<AtomicBool>::default();
        let queues = std::mem::take(&mut self.registries)
            .into_iter()
            .map(|(name, registry)| {
                let options = self.options.remove(&name).unwrap_or_default();
                let slots = Slots::new(
                    clock.clone(),
                    Arc::clone(&given_back),
                    Arc::clone(&draining),
                );
                let queue = Queue::new(&registry, slots, options.clone());
                queue.limit(options, clock);
                (name, queue)
            });
        let queues = queues.collect();
        Arc::new(TaskQueues {
            queues,
            given_back,
            draining,
            is_tended: AtomicBool::new(false),
            local: Arc::default(),
        })
    }
}

/// The task queues of an engine, shared by its shards.
#[derive(Debug)]
pub(crate) struct TaskQueues {
    queues: BTreeMap<TaskQueue, Queue>,
    #[debug(skip)]
    given_back: Arc<AtomicWaker>,
    draining: Arc<AtomicBool>,
    /// Whether somebody tends the alarms.
    is_tended: AtomicBool,
    /// How many attempts of local activities run; they take no slots.
    local: Arc<AtomicUsize>,
}

/// One attempt of a local activity that runs; counted until it is dropped.
#[derive(Debug)]
pub(super) struct LocalCount {
    count: Arc<AtomicUsize>,
    #[debug(skip)]
    given_back: Arc<AtomicWaker>,
}

impl Drop for LocalCount {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::SeqCst);
        self.given_back.wake();
    }
}

/// How busy a task queue is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct QueueLoad {
    /// The queue.
    pub(crate) task_queue: TaskQueue,
    /// Attempts that run or are about to.
    pub(crate) attempts: usize,
    /// How many of them there may be at once.
    pub(crate) max_attempts: usize,
    /// Activities that wait in line for a slot.
    pub(crate) waiting: usize,
    /// Since when the first of them waits.
    pub(crate) waiting_since: Option<Timestamp>,
}

impl TaskQueues {
    /// Nothing yet.
    pub(crate) fn builder() -> TaskQueuesBuilder {
        TaskQueuesBuilder::default()
    }

    /// Starts no attempt from now on, neither for whoever asks nor for those in line.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
        self.queues.values().for_each(|queue| queue.slots.end());
    }

    /// Whether no attempt is started any more.
    pub(super) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }

    /// Takes those out of all lines whose threads are lost.
    pub(crate) fn forget_lost(&self) {
        self.queues
            .values()
            .for_each(|queue| queue.slots.forget_lost());
    }

    /// Whether some queue has a rate, and nobody tends its alarm yet.
    pub(crate) fn want_tending(&self) -> bool {
        let mut queues = self.queues.values();
        queues.any(|queue| queue.slots.wants_alarm()) && !self.is_tended.load(Ordering::SeqCst)
    }

    /// Wakes the queues that have a rate, now or later, whenever it allows another start; done when they drain.
    /// For one caller at a time.
    pub(crate) fn tend(&self, clock: &SharedClock) -> impl Future<Output = ()> + Send + use<> {
        self.is_tended.store(true, Ordering::SeqCst);
        let tended = self.queues.values().map(|queue| {
            let slots = Arc::clone(&queue.slots);
            slots.tend(clock.clone())
        });
        let tended = futures::future::join_all(tended);
        async move { drop(tended.await) }
    }

    /// What the code of this process says of a queue; `None` if it has no activities on it.
    pub(crate) fn options(&self, queue: &TaskQueue) -> Option<TaskQueueOptions> {
        self.find(queue).map(|queue| queue.options.clone())
    }

    /// Has a queue run so much at once, and so fast, from now on. Attempts that run go on.
    ///
    /// Whoever sets a rate has to see to it that the alarms are tended.
    pub(crate) fn limit(&self, queue: &TaskQueue, options: TaskQueueOptions, clock: &SharedClock) {
        if let Some(queue) = self.find(queue) {
            queue.limit(options, clock);
        }
    }

    /// Starts no attempt of a queue until this is said otherwise. Those that run go on.
    pub(crate) fn pause(&self, queue: &TaskQueue, is_paused: bool) {
        if let Some(queue) = self.find(queue) {
            queue.slots.pause(is_paused);
        }
    }

    /// How the accounts stand of those whom limits of a queue are about.
    pub(crate) fn account_loads(&self, queue: &TaskQueue) -> Vec<AccountLoad> {
        let queue = self.find(queue);
        queue.map_or_else(Vec::new, |queue| queue.slots.account_loads())
    }

    /// The types of activities of a queue.
    pub(crate) fn types_of(&self, queue: &TaskQueue) -> Vec<ActivityType> {
        let found = self.find(queue).into_iter();
        let types = found.flat_map(|queue| queue.activities.keys());
        types.cloned().collect()
    }

    /// How busy each queue is.
    pub(crate) fn loads(&self) -> Vec<QueueLoad> {
        let loads = self.queues.iter().map(|(task_queue, queue)| {
            let (waiting, waiting_since) = queue.slots.line_state();
            QueueLoad {
                task_queue: task_queue.clone(),
                attempts: queue.slots.taken(),
                max_attempts: queue.slots.max(),
                waiting,
                waiting_since,
            }
        });
        loads.collect()
    }

    /// How many attempts run or are about to, those of local activities among them.
    pub(crate) fn attempts(&self) -> usize {
        let slots: usize = self.queues.values().map(|queue| queue.slots.taken()).sum();
        slots + self.local.load(Ordering::SeqCst)
    }

    /// Counts an attempt of a local activity.
    pub(super) fn begin_local(&self) -> LocalCount {
        self.local.fetch_add(1, Ordering::SeqCst);
        LocalCount {
            count: Arc::clone(&self.local),
            given_back: Arc::clone(&self.given_back),
        }
    }

    /// Waits until no attempt runs. For one waiter at a time.
    pub(crate) async fn idle(&self) {
        futures::future::poll_fn(|cx| {
            self.given_back.register(cx.waker());
            if self.attempts() == 0 {
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
        .await;
    }

    pub(super) fn find(&self, queue: &TaskQueue) -> Option<&Queue> {
        self.queues.get(queue)
    }

    /// Whether this type of activity is registered on this queue.
    pub(crate) fn has(&self, queue: &TaskQueue, activity_type: &ActivityType) -> bool {
        self.find(queue)
            .is_some_and(|queue| queue.find(activity_type).is_some())
    }

    /// The types of activities that are registered, with their queues.
    pub(crate) fn types(&self) -> impl Iterator<Item = (&TaskQueue, &ActivityType)> {
        self.queues.iter().flat_map(|(task_queue, queue)| {
            let types = queue.activities.keys();
            types.map(move |activity_type| (task_queue, activity_type))
        })
    }

    /// The code of a local activity: that of the queue of its workflow if this has any, else of any
    /// queue.
    pub(super) fn find_local(
        &self,
        queue: &TaskQueue,
        activity_type: &ActivityType,
    ) -> Option<&RegisteredActivity> {
        let own = self.queues.get(queue);
        let all = own.into_iter().chain(self.queues.values());
        all.into_iter().find_map(|queue| queue.find(activity_type))
    }
}

impl Drop for TaskQueues {
    fn drop(&mut self) {
        // Whoever tends the alarms has nothing left to do.
        self.drain();
    }
}
