//! What a running attempt knows about itself, and how it reports progress.

use std::{
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use derive_more::Debug;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    activity::{ActivityCancellation, AttemptRunner, ControlInbox, cancellation::Told},
    model::{
        ActivityId, ActivityType, EventId, Header, PayloadError, Payloads, TaskQueue, Timestamp,
        WorkflowExecution, WorkflowType,
    },
};

/// The facts of one attempt of an activity.
#[derive(Clone, PartialEq, Debug, Default)]
#[non_exhaustive]
pub struct ActivityInfo {
    /// The run that asked for the activity.
    pub execution: WorkflowExecution,
    /// The program of that run.
    pub workflow_type: WorkflowType,
    /// The event that scheduled the activity.
    pub scheduled_event_id: EventId,
    /// The activity's id within the run.
    pub activity_id: ActivityId,
    /// The activity's type.
    pub activity_type: ActivityType,
    /// The queue it was dispatched from.
    pub task_queue: TaskQueue,
    /// Which attempt this is, from 1, since an operator has last had them counted anew.
    pub attempt: u32,
    /// Which attempt this is among all of the activity, from 1.
    pub(crate) attempt_of_all: u32,
    /// When the activity was first scheduled.
    pub scheduled_at: Timestamp,
    /// When this attempt started.
    pub started_at: Timestamp,
    /// When this attempt has to be over, if there is a limit.
    pub deadline: Option<Timestamp>,
    /// The longest time between two heartbeats, if there is a limit.
    pub heartbeat_timeout: Option<Duration>,
    /// What the last heartbeat of an earlier attempt said, as it is kept; see
    /// [`ActivityContext::heartbeat_details`].
    pub heartbeat_details: Payloads,
    /// Whether it is a local activity: no event has scheduled it, and nobody hears its heartbeats.
    pub is_local: bool,
    /// What came with the call: what the run was started with, and what was added on the way.
    pub header: Header,
}

impl ActivityInfo {
    /// A key that all attempts of this activity have, whatever restarts between them, and no other
    /// activity of this run or of any other.
    ///
    /// For services that do a thing once under one key: an activity may run more than once. Two local
    /// activities that their caller has given one id have one key.
    ///
    /// # Examples
    /// ```
    /// use sempre::{ActivityContext, activity};
    ///
    /// # async fn pay(key: String, amount: u64) -> u64 { amount }
    /// #[activity(start_to_close = "10s")]
    /// async fn charge(ctx: ActivityContext, amount: u64) -> u64 {
    ///     pay(ctx.info().idempotency_key(), amount).await
    /// }
    /// ```
    pub fn idempotency_key(&self) -> String {
        let run_id = self.execution.run_id;
        if self.is_local {
            format!("{run_id}/local-{}", self.activity_id)
        } else {
            format!("{run_id}/{}", self.scheduled_event_id)
        }
    }
}

/// Where what an attempt says goes, and what it is told comes from; implemented by whoever runs it.
pub trait AttemptPort: Send + Sync + 'static {
    /// Takes note that the attempt is alive. May be called at any rate.
    fn heartbeat(&self, details: Payloads);

    /// Has the workflow told how far the attempt has got. May be called at any rate.
    fn progress(&self, value: Payloads);

    /// Where the messages of the workflow are; `None` if it has no way to send any.
    fn controls(&self) -> Option<&ControlInbox>;
}

/// One attempt's view of itself; the first parameter of an activity that wants one.
///
/// A cheap clone. It stays valid after the attempt has ended, and then does nothing.
///
/// # Examples
/// ```
/// use sempre::{ActivityContext, Canceled, activity};
///
/// /// Goes on where the attempt before this one was.
/// #[activity(start_to_close = "1h", heartbeat = "30s")]
/// async fn copy(ctx: ActivityContext, rows: u64) -> Result<u64, Canceled> {
///     let done: Option<u64> = ctx.heartbeat_details().unwrap_or_default();
///     for row in done.unwrap_or(0)..rows {
///         if ctx.is_canceled() {
///             return Err(Canceled::default());
///         }
///         ctx.heartbeat(&(row + 1)).expect("a number can be written");
///     }
///     Ok(rows)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct ActivityContext {
    info: Arc<ActivityInfo>,
    cancellation: Arc<ActivityCancellation>,
    #[debug(skip)]
    pub(super) port: Arc<dyn AttemptPort>,
    runner: Arc<AttemptRunner>,
    /// Whether the attempt is to be completed by somebody else.
    pub(super) handed_over: Arc<AtomicBool>,
}

impl ActivityContext {
    /// The context of an attempt; made by whoever runs it.
    pub fn new(
        info: impl Into<Arc<ActivityInfo>>,
        cancellation: Arc<ActivityCancellation>,
        port: Arc<dyn AttemptPort>,
        runner: Arc<AttemptRunner>,
    ) -> Self {
        Self {
            info: info.into(),
            cancellation,
            port,
            runner,
            handed_over: Arc::default(),
        }
    }

    /// The facts of this attempt.
    ///
    /// # Examples
    /// ```
    /// use sempre::{ActivityContext, activity};
    ///
    /// /// Who asks, and how often so far.
    /// #[activity(start_to_close = "10s")]
    /// async fn describe(ctx: ActivityContext) -> String {
    ///     format!("{}, attempt {}", ctx.info().execution.workflow_id, ctx.info().attempt)
    /// }
    /// ```
    pub fn info(&self) -> &ActivityInfo {
        &self.info
    }

    /// Reports that the attempt is alive, with details that a later attempt can read.
    ///
    /// Call it as often as is convenient: reports are thinned out to about one per 80 % of the
    /// heartbeat timeout, the latest details winning. Whether the attempt should stop is told by
    /// [`is_canceled`](Self::is_canceled) and [`canceled`](Self::canceled).
    ///
    /// # Errors
    /// [`PayloadError`] if the details cannot be written or encoded; nothing is reported then.
    pub fn heartbeat<T: Serialize + ?Sized>(&self, details: &T) -> Result<(), PayloadError> {
        let mut details = Payloads::encode(details)?;
        let codecs = self.runner.codecs();
        codecs.encode(&mut details, &self.info.execution.workflow_id)?;
        self.port.heartbeat(details);
        Ok(())
    }

    /// What the last heartbeat of an earlier attempt said; `None` if there was none.
    ///
    /// # Errors
    /// [`PayloadError`] if the details are not a `T`.
    pub fn heartbeat_details<T: DeserializeOwned>(&self) -> Result<Option<T>, PayloadError> {
        if self.info.heartbeat_details.is_empty() {
            return Ok(None);
        }
        let mut details = self.info.heartbeat_details.clone();
        let codecs = self.runner.codecs();
        codecs.decode(&mut details, &self.info.execution.workflow_id)?;
        details.decode().map(Some)
    }

    /// Whether the attempt should stop: it was canceled, has timed out, or its run has closed.
    pub fn is_canceled(&self) -> bool {
        self.cancellation.is_requested()
    }

    /// Completes when the attempt should stop.
    ///
    /// # Examples
    /// ```
    /// use futures::future::{Either, select};
    /// use sempre::{ActivityContext, Canceled, activity};
    ///
    /// #[activity(start_to_close = "10s")]
    /// async fn fetch(ctx: ActivityContext) -> Result<u64, Canceled> {
    ///     let answer = std::pin::pin!(async { 42 });
    ///     match select(answer, std::pin::pin!(ctx.canceled())).await {
    ///         Either::Left((answer, _)) => Ok(answer),
    ///         Either::Right(_) => Err(Canceled::default()),
    ///     }
    /// }
    /// ```
    pub async fn canceled(&self) {
        self.told(ActivityCancellation::is_requested).await;
    }

    /// Whether an operator has paused the activity while this attempt ran.
    ///
    /// The attempt is not asked to stop: it may go on to its end, which counts. A long one does better
    /// to report how far it is and to end with an error; the next attempt waits until the activity goes
    /// on. Once true, it stays so for this attempt. See [`paused`](Self::paused) for waiting.
    pub fn is_paused(&self) -> bool {
        self.cancellation.is_paused()
    }

    /// Completes when an operator pauses the activity while this attempt runs.
    ///
    /// # Examples
    /// ```
    /// use futures::future::{Either, select};
    /// use sempre::{ActivityContext, ApplicationFailure, activity};
    ///
    /// #[activity(start_to_close = "1h")]
    /// async fn listen(ctx: ActivityContext) -> Result<u64, ApplicationFailure> {
    ///     let answer = std::pin::pin!(async { 42 });
    ///     match select(answer, std::pin::pin!(ctx.paused())).await {
    ///         Either::Left((answer, _)) => Ok(answer),
    ///         Either::Right(_) => Err(ApplicationFailure::new("the activity is paused", "Paused")),
    ///     }
    /// }
    /// ```
    pub async fn paused(&self) {
        self.told(ActivityCancellation::is_paused).await;
    }

    fn told(&self, what: fn(&ActivityCancellation) -> bool) -> Told<'_> {
        Told {
            of: &self.cancellation,
            what,
        }
    }

    /// Whether the engine that runs the attempt has begun to shut down.
    ///
    /// The attempt is not asked to stop: it may go on until the grace period is over, and is then
    /// abandoned, which counts as a failure. A long one does better to report how far it is and to
    /// end by itself. Cheap, so blocking code can look at every turn of a loop; see
    /// [`shutting_down`](Self::shutting_down) for waiting.
    ///
    /// # Examples
    /// ```
    /// use sempre::{ActivityContext, ApplicationFailure, activity};
    ///
    /// #[activity(start_to_close = "1h")]
    /// fn copy(ctx: ActivityContext, rows: u64) -> Result<u64, ApplicationFailure> {
    ///     let done: Option<u64> = ctx.heartbeat_details().unwrap_or_default();
    ///     for row in done.unwrap_or(0)..rows {
    ///         if ctx.is_shutting_down() {
    ///             // The next process begins at the row of the last heartbeat.
    ///             return Err(ApplicationFailure::new("the engine shuts down", "ShuttingDown"));
    ///         }
    ///         ctx.heartbeat(&(row + 1)).expect("a number can be written");
    ///     }
    ///     Ok(rows)
    /// }
    /// ```
    pub fn is_shutting_down(&self) -> bool {
        self.runner.is_shutting_down()
    }

    /// Completes when the engine that runs the attempt begins to shut down.
    ///
    /// # Examples
    /// ```
    /// use futures::future::{Either, select};
    /// use sempre::{ActivityContext, ApplicationFailure, activity};
    ///
    /// #[activity(start_to_close = "1h")]
    /// async fn listen(ctx: ActivityContext) -> Result<u64, ApplicationFailure> {
    ///     let answer = std::pin::pin!(async { 42 });
    ///     match select(answer, std::pin::pin!(ctx.shutting_down())).await {
    ///         Either::Left((answer, _)) => Ok(answer),
    ///         Either::Right(_) => Err(ApplicationFailure::new("the engine shuts down", "ShuttingDown")),
    ///     }
    /// }
    /// ```
    pub async fn shutting_down(&self) {
        self.runner.shutting_down().await;
    }

    /// Who runs the attempt.
    pub fn runner(&self) -> &AttemptRunner {
        &self.runner
    }
}
