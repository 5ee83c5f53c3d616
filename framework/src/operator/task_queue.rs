//! A task queue as its operators hold it.

use std::sync::Arc;

use crate::{
    dispatch::{AccountLoad, AttemptLimit, TaskQueueOptions},
    model::{ActivityType, Identity, TaskQueue, Timestamp, system::is_system_queue},
    operator::{AuditEntry, OperatorDesk, OperatorError, PausedBy, Setting},
};

/// A task queue by its name.
///
/// A cheap clone. Made by [`Engine::task_queue`](crate::Engine::task_queue). What is set stays set
/// when the engine is started again.
///
/// # Examples
/// ```
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = sempre::guide::example::engine().await?;
/// let queue = engine.task_queue("default");
/// queue.pause("the bank is down").await?;
/// let paused = queue.describe().paused.expect("it is paused");
/// assert_eq!(paused.reason, "the bank is down");
///
/// queue.unpause("it is back").await?;
/// assert!(queue.describe().paused.is_none());
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TaskQueueHandle {
    desk: Arc<OperatorDesk>,
    task_queue: TaskQueue,
    who: Identity,
}

/// How a task queue stands in this process.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct TaskQueueDescription {
    /// The queue.
    pub task_queue: TaskQueue,
    /// Who has paused it, if somebody has.
    pub paused: Option<PausedBy>,
    /// How much it runs at once, and how fast: what an operator has set, or else what the code says.
    pub options: TaskQueueOptions,
    /// Whether an operator has set that.
    pub is_limited: bool,
    /// The activities that this process can run on it.
    pub activity_types: Vec<ActivityType>,
    /// Attempts that run or are about to.
    pub attempts: usize,
    /// Activities that wait in line for a slot.
    pub waiting: usize,
    /// Since when the one does that has waited longest.
    pub waiting_since: Option<Timestamp>,
    /// How the limits of the queue stand, of each fairness key by itself where they are per key.
    pub limits: Vec<LimitDescription>,
}

/// How a limit stands, as far as something runs or waits that it is about.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct LimitDescription {
    /// The limit.
    pub limit: AttemptLimit,
    /// The fairness key, if the limit is one of each key; empty for activities without one.
    pub fairness_key: Option<String>,
    /// Attempts that run, if they have started since the limit was set.
    pub attempts: usize,
    /// Activities that wait.
    pub waiting: usize,
}

/// What the dispatcher knows of a queue.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct QueueView {
    pub(crate) task_queue: TaskQueue,
    /// What the code says.
    pub(crate) options: TaskQueueOptions,
    pub(crate) activity_types: Vec<ActivityType>,
    pub(crate) attempts: usize,
    pub(crate) waiting: usize,
    pub(crate) waiting_since: Option<Timestamp>,
    pub(crate) limits: Vec<LimitDescription>,
}

impl From<AccountLoad> for LimitDescription {
    fn from(load: AccountLoad) -> Self {
        let key = load.fairness_key.into();
        Self {
            fairness_key: load.limit.is_per_key.then_some(key),
            limit: load.limit,
            attempts: load.running,
            waiting: load.waiting,
        }
    }
}

impl TaskQueueHandle {
    pub(crate) fn new(desk: Arc<OperatorDesk>, task_queue: TaskQueue) -> Self {
        let who = desk.identity().clone();
        Self {
            desk,
            task_queue,
            who,
        }
    }

    /// The same queue in the name of somebody, who stands in the trail of what is done to it. Default:
    /// this process.
    #[must_use]
    pub fn identity(mut self, who: impl Into<Identity>) -> Self {
        self.who = who.into();
        self
    }

    /// The queue's name.
    pub fn task_queue(&self) -> &TaskQueue {
        &self.task_queue
    }

    /// How the queue stands. Of one that this process has no activities on, nothing but whether it is
    /// paused.
    pub fn describe(&self) -> TaskQueueDescription {
        let mut queues = self.desk.queues().into_iter();
        let view = queues.find(|it| it.task_queue == self.task_queue);
        let view = view.unwrap_or_else(|| QueueView::unused(self.task_queue.clone()));
        described(&self.desk, view)
    }

    /// Begins nothing on the queue until it is [unpaused](Self::unpause): no attempt of an activity, and
    /// no workflow task of a run that is on it.
    ///
    /// Attempts that run go on to their end, and their results are recorded, as is everything else that
    /// happens to a run. Updates of its runs are refused. Clocks go on, and local activities have no
    /// queue. One that is paused already stays so, for the reason that was given first.
    ///
    /// # Durability
    /// Once it returns, the queue is paused, also in the next process.
    ///
    /// # Cancellation
    /// Dropping the future takes nothing back that was begun: the queue may be paused all the same.
    ///
    /// # Errors
    /// [`OperatorError`] if it is the engine's own queue, the reason is too long, or the engine does not
    /// answer.
    pub async fn pause(&self, reason: impl Into<String>) -> Result<(), OperatorError> {
        let setting = Setting::PauseTaskQueue(self.task_queue.clone());
        self.set(setting, reason).await
    }

    /// Lets the queue go on. One that is not paused stays as it is.
    ///
    /// # Errors
    /// As [`pause`](Self::pause).
    pub async fn unpause(&self, reason: impl Into<String>) -> Result<(), OperatorError> {
        let setting = Setting::UnpauseTaskQueue(self.task_queue.clone());
        self.set(setting, reason).await
    }

    /// Has the queue run so much at once, and so fast, whatever the code says, until it is
    /// [restored](Self::restore).
    ///
    /// Attempts that run go on, also where they are more.
    ///
    /// # Examples
    /// ```
    /// # use std::sync::Arc;
    /// use sempre::{Engine, TaskQueueOptions, activity, storage::MemoryStore};
    ///
    /// #[activity(start_to_close = "10s")]
    /// async fn charge(cents: u64) -> Result<u64, std::convert::Infallible> {
    ///     Ok(cents)
    /// }
    ///
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let store = Arc::new(MemoryStore::new());
    /// let engine = Engine::on_store(store).activities_on("bank", charge).start().await?;
    /// let bank = engine.task_queue("bank");
    /// bank.limit(TaskQueueOptions::default().max_concurrent_attempts(4), "it is slow today").await?;
    /// assert_eq!(bank.describe().options.max_concurrent_attempts, 4);
    ///
    /// bank.restore("it is well again").await?;
    /// assert_eq!(bank.describe().options, TaskQueueOptions::default());
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`OperatorError`] if this process has no activities on the queue, the reason is too long, or the
    /// engine does not answer.
    pub async fn limit(
        &self,
        options: TaskQueueOptions,
        reason: impl Into<String>,
    ) -> Result<(), OperatorError> {
        let mut queues = self.desk.queues().into_iter();
        let is_used = queues.any(|it| it.task_queue == self.task_queue);
        if !is_used && !is_system_queue(&self.task_queue) {
            let task_queue = self.task_queue.clone();
            return Err(OperatorError::NoActivities { task_queue });
        }
        let setting = Setting::LimitTaskQueue(self.task_queue.clone(), options);
        self.set(setting, reason).await
    }

    /// Gives the queue the options of the code again.
    ///
    /// # Errors
    /// As [`pause`](Self::pause).
    pub async fn restore(&self, reason: impl Into<String>) -> Result<(), OperatorError> {
        let setting = Setting::RestoreTaskQueue(self.task_queue.clone());
        self.set(setting, reason).await
    }

    async fn set(&self, setting: Setting, reason: impl Into<String>) -> Result<(), OperatorError> {
        if is_system_queue(&self.task_queue) {
            let name = self.task_queue.as_str().to_owned();
            return Err(OperatorError::OfEngine { name });
        }
        let entry = AuditEntry::from(setting).who(self.who.clone());
        self.desk.take(entry.reason(reason)).await
    }
}

impl QueueView {
    fn unused(task_queue: TaskQueue) -> Self {
        Self {
            task_queue,
            options: TaskQueueOptions::default(),
            activity_types: Vec::new(),
            attempts: 0,
            waiting: 0,
            waiting_since: None,
            limits: Vec::new(),
        }
    }
}

/// How the task queues of a process stand, and those that are paused.
pub(crate) fn describe_all(desk: &OperatorDesk) -> Vec<TaskQueueDescription> {
    let mut views = desk.queues();
    let paused = desk.settings().paused_queues.into_keys();
    for task_queue in paused {
        if views.iter().all(|it| it.task_queue != task_queue) {
            views.push(QueueView::unused(task_queue));
        }
    }
    views.sort_by(|one, other| one.task_queue.cmp(&other.task_queue));
    views.into_iter().map(|it| described(desk, it)).collect()
}

fn described(desk: &OperatorDesk, view: QueueView) -> TaskQueueDescription {
    let settings = desk.settings();
    let limit = settings.queue_options.get(&view.task_queue).cloned();
    TaskQueueDescription {
        paused: settings.paused_queues.get(&view.task_queue).cloned(),
        is_limited: limit.is_some(),
        options: limit.unwrap_or(view.options),
        task_queue: view.task_queue,
        activity_types: view.activity_types,
        attempts: view.attempts,
        waiting: view.waiting,
        waiting_since: view.waiting_since,
        limits: view.limits,
    }
}
