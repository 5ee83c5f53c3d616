//! Creating a schedule.

use std::{marker::PhantomData, time::Duration};

use derive_more::Debug;
use futures::future::BoxFuture;

use crate::{
    definition::WorkflowSignature,
    model::{
        PayloadError, Payloads, RetryPolicy, StartOptions, TaskQueue, Timestamp, WorkflowId,
        WorkflowType,
    },
    schedule::{
        Calendar, Interval, OverlapPolicy, Schedule, ScheduleError, ScheduleHandle, ScheduleSpec,
        ScheduledStart,
        activity::queue,
        desk::{Change, Desk},
    },
};

/// A schedule that is about to be created; await it for its handle.
///
/// Made by [`ScheduleHandle::create`]. It needs a time: a calendar, a cron text or an interval.
///
/// # Durability
/// Once it returns, the schedule is on disk. It goes on by itself whenever an engine runs on the
/// store, and starts the action of each time once.
///
/// # Examples
/// ```
/// # use sempre::guide::example::Order;
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = sempre::guide::example::engine().await?;
/// use sempre::schedule::OverlapPolicy;
/// use std::time::Duration;
///
/// let orders = engine.schedule("orders").create::<Order>(())
///     .cron("0 8 * * MON-FRI")
///     .time_zone("Europe/Vienna")
///     .overlap(OverlapPolicy::BufferOne)
///     .catchup_window(Duration::from_secs(3_600))
///     .await?;
/// assert_eq!(orders.describe().await?.next.len(), 10);
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a schedule is created when this is awaited"]
pub struct CreateSchedule<W> {
    handle: ScheduleHandle,
    schedule: Schedule,
    unwritable: Option<PayloadError>,
    triggers: bool,
    #[debug(skip)]
    workflow: PhantomData<fn() -> W>,
}

impl<W: WorkflowSignature> CreateSchedule<W> {
    pub(crate) fn new(handle: ScheduleHandle, input: &W::Input) -> Self {
        let (input, unwritable) = match Payloads::encode_readable(input) {
            Ok(input) => (input, None),
            Err(error) => (Payloads::EMPTY, Some(error)),
        };
        let action = ScheduledStart {
            workflow_id: WorkflowId::from(handle.id().to_owned()),
            workflow_type: WorkflowType::new(W::TYPE),
            input,
            options: StartOptions::default(),
        };
        Self {
            handle,
            schedule: Schedule::new(action),
            unwritable,
            triggers: false,
            workflow: PhantomData,
        }
    }

    /// What is to be created.
    pub(crate) fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// The same schedule, to be created here.
    pub(crate) fn on(mut self, handle: ScheduleHandle) -> Self {
        self.handle = handle;
        self
    }

    /// The same schedule with all times as given.
    pub fn spec(mut self, spec: ScheduleSpec) -> Self {
        self.schedule.spec = spec;
        self
    }

    fn change_spec(mut self, change: impl FnOnce(ScheduleSpec) -> ScheduleSpec) -> Self {
        self.schedule.spec = change(self.schedule.spec);
        self
    }

    /// The same schedule, also at the times of this calendar.
    pub fn calendar(self, calendar: Calendar) -> Self {
        self.change_spec(|spec| spec.calendar(calendar))
    }

    /// The same schedule, also at the times of this cron text; see [`ScheduleSpec::cron`].
    pub fn cron(self, text: impl Into<String>) -> Self {
        self.change_spec(|spec| spec.cron(text))
    }

    /// The same schedule, also at the times of this interval.
    pub fn interval(self, interval: Interval) -> Self {
        self.change_spec(|spec| spec.interval(interval))
    }

    /// The same schedule, also every so often; see [`ScheduleSpec::every`].
    pub fn every(self, every: Duration) -> Self {
        self.change_spec(|spec| spec.every(every))
    }

    /// The same schedule, not at the times of this calendar.
    pub fn except(self, calendar: Calendar) -> Self {
        self.change_spec(|spec| spec.except(calendar))
    }

    /// The same schedule from this time on. Default: from now.
    pub fn start_at(self, start_at: Timestamp) -> Self {
        self.change_spec(|spec| spec.start_at(start_at))
    }

    /// The same schedule up to this time. Default: for ever.
    pub fn end_at(self, end_at: Timestamp) -> Self {
        self.change_spec(|spec| spec.end_at(end_at))
    }

    /// The same schedule, each action put off by chance; see [`ScheduleSpec::jitter`].
    pub fn jitter(self, jitter: Duration) -> Self {
        self.change_spec(|spec| spec.jitter(jitter))
    }

    /// The same schedule by the clocks of this place; see [`ScheduleSpec::time_zone`]. Default: UTC.
    pub fn time_zone(self, time_zone: impl Into<String>) -> Self {
        self.change_spec(|spec| spec.time_zone(time_zone))
    }

    /// The same schedule with this rule for actions that overlap. Default: [`OverlapPolicy::Skip`].
    pub fn overlap(mut self, overlap: OverlapPolicy) -> Self {
        self.schedule.overlap = overlap;
        self
    }

    /// The same schedule whose actions may be so late. Default: a year; at least 10 s.
    pub fn catchup_window(mut self, window: Duration) -> Self {
        self.schedule.catchup_window = window;
        self
    }

    /// The same schedule, which is paused when an action fails or times out.
    pub fn pause_on_failure(mut self) -> Self {
        self.schedule.pause_on_failure = true;
        self
    }

    /// The same schedule, which acts so often at most, actions asked for by hand not counted. At
    /// least 1. Default: no limit.
    pub fn max_actions(mut self, actions: u64) -> Self {
        self.schedule.remaining_actions = Some(actions);
        self
    }

    /// The same schedule, paused from the beginning.
    pub fn paused(mut self) -> Self {
        self.schedule.paused = true;
        self
    }

    /// The same schedule with this note for people.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.schedule.note = note.into();
        self
    }

    /// The same schedule, which acts once as soon as it is created.
    pub fn trigger_immediately(mut self) -> Self {
        self.triggers = true;
        self
    }

    /// The same schedule whose workflows have ids that begin so. Default: the schedule's id.
    pub fn workflow_id(mut self, workflow_id: impl Into<WorkflowId>) -> Self {
        self.schedule.action.workflow_id = workflow_id.into();
        self
    }

    /// The same schedule whose workflows start with these options.
    ///
    /// The schedule says when they begin and gives request ids, so they have no start delay, no cron
    /// text and no request id.
    pub fn options(mut self, options: StartOptions) -> Self {
        self.schedule.action.options = options;
        self
    }

    /// The same schedule whose workflows are on this task queue. Default: `default`.
    pub fn task_queue(mut self, task_queue: impl Into<TaskQueue>) -> Self {
        self.schedule.action.options.task_queue = task_queue.into();
        self
    }

    /// The same schedule whose workflows are tried again by this policy. Default: they are not.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.schedule.action.options.retry = Some(policy);
        self
    }

    /// The same schedule whose workflows have this limit from their first run's start to their last
    /// run's end. Default: none.
    pub fn execution_timeout(mut self, timeout: Duration) -> Self {
        self.schedule.action.options.execution_timeout = Some(timeout);
        self
    }

    async fn create(self) -> Result<ScheduleHandle, ScheduleError> {
        if let Some(error) = self.unwritable {
            return Err(ScheduleError::Payload(error));
        }
        let (handle, schedule) = (self.handle, self.schedule);
        let now = handle.now();
        schedule.check(handle.id(), now)?;
        let mut desk = Desk::new(handle.id().to_owned(), schedule);
        if self.triggers {
            desk.open(now);
            desk.change(Change::Trigger(None), now);
        }
        let started = handle.scheduler().start(desk).task_queue(queue()).await;
        match started {
            Ok(_) => Ok(handle),
            Err(error) => Err(ScheduleError::of_start(handle.id(), error)),
        }
    }
}

impl<W: WorkflowSignature> IntoFuture for CreateSchedule<W> {
    type Output = Result<ScheduleHandle, ScheduleError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        // What is awaited must not hold on to the workflow's type, which may not be `Send`.
        Box::pin(self.create())
    }
}
