//! A call of an activity: the builder between `ctx.activity(…)` and its future.

use std::{
    cell::{Cell, RefCell},
    future::IntoFuture,
    rc::Rc,
    time::Duration,
};

use derive_more::Debug;

use crate::{
    definition::Activity,
    model::{ActivityId, ActivityOptions, Failure, Payloads, RetryPolicy, TaskQueue},
    workflow::{
        ActivityHandle,
        host::Host,
        operation::{ActivityOperation, Phase, ScopeId, Slot},
    },
};

/// What canceling an activity does, and what its future then waits for.
///
/// # Examples
/// ```
/// use sempre::{ActivityError, CancellationType, WorkflowContext, activity};
/// use std::convert::Infallible;
///
/// #[activity(start_to_close = "1h")]
/// async fn copy() -> u64 { 7 }
///
/// async fn careful<W>(ctx: WorkflowContext<W>) -> Result<u64, ActivityError<Infallible>> {
///     let copying = ctx.activity(copy, ());
///     copying.cancellation(CancellationType::WaitCancellationCompleted).await
/// }
///
/// assert_eq!(CancellationType::default(), CancellationType::TryCancel);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum CancellationType {
    /// Ask it to stop, and go on at once as canceled. The default.
    #[default]
    TryCancel,
    /// Ask it to stop, and wait for what becomes of it.
    WaitCancellationCompleted,
    /// Ask nothing, and go on at once as canceled; the activity runs to its end.
    Abandon,
}

/// An activity about to be called: options first, then `.await` or [`start`](Self::start).
///
/// What is not said here is as its definition says. Nothing is asked for until it is awaited or
/// started.
///
/// # Examples
/// ```
/// use sempre::{ActivityError, RetryPolicy, WorkflowContext, activity};
/// use std::{convert::Infallible, time::Duration};
///
/// #[activity(start_to_close = "10s")]
/// async fn render(page: String) -> String { page }
///
/// async fn page<W>(ctx: WorkflowContext<W>) -> Result<String, ActivityError<Infallible>> {
///     ctx.activity(render, "cover".into())
///         .task_queue("slow")
///         .start_to_close(Duration::from_secs(60))
///         .retry(RetryPolicy::default().max_attempts(3))
///         .await
/// }
/// ```
#[derive(Debug)]
#[must_use = "an activity is called when this is awaited or started"]
pub struct ActivityCall<A: Activity> {
    host: Rc<Host>,
    scope: ScopeId,
    #[debug(skip)]
    input: A::Input,
    options: ActivityOptions,
    cancellation: CancellationType,
}

impl<A: Activity> ActivityCall<A> {
    pub(super) fn new(host: Rc<Host>, scope: ScopeId, input: A::Input) -> Self {
        Self {
            host,
            scope,
            input,
            options: A::options(),
            cancellation: CancellationType::default(),
        }
    }

    /// Limits the time from an attempt's start to its end.
    pub fn start_to_close(mut self, limit: Duration) -> Self {
        self.options.start_to_close = Some(limit);
        self
    }

    /// Limits the time from the first scheduling to the last attempt's end, retries included.
    pub fn schedule_to_close(mut self, limit: Duration) -> Self {
        self.options.schedule_to_close = Some(limit);
        self
    }

    /// Limits the time from an attempt's scheduling to its start.
    pub fn schedule_to_start(mut self, limit: Duration) -> Self {
        self.options.schedule_to_start = Some(limit);
        self
    }

    /// Limits the time from a heartbeat to the next one.
    pub fn heartbeat(mut self, limit: Duration) -> Self {
        self.options.heartbeat = Some(limit);
        self
    }

    /// Says when a failed attempt is tried again.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.options.retry = Some(policy);
        self
    }

    /// Names the queue it is dispatched from. Default: the workflow's own.
    pub fn task_queue(mut self, task_queue: impl Into<TaskQueue>) -> Self {
        self.options.task_queue = Some(task_queue.into());
        self
    }

    /// Names the activity, uniquely among the pending ones. Default: its number.
    pub fn activity_id(mut self, activity_id: impl Into<ActivityId>) -> Self {
        self.options.activity_id = Some(activity_id.into());
        self
    }

    /// Says what canceling it does. Default: [`CancellationType::TryCancel`].
    pub fn cancellation(mut self, cancellation: CancellationType) -> Self {
        self.cancellation = cancellation;
        self
    }

    /// Asks for the activity now, to be awaited later.
    ///
    /// An input that cannot be written fails the workflow task.
    ///
    /// # Examples
    /// ```
    /// use sempre::{ActivityError, WorkflowContext, activity};
    /// use std::convert::Infallible;
    ///
    /// #[activity(start_to_close = "10s")]
    /// async fn count(word: String) -> usize { word.len() }
    ///
    /// async fn sum<W>(ctx: WorkflowContext<W>) -> Result<usize, ActivityError<Infallible>> {
    ///     let one = ctx.activity(count, "one".into()).start();
    ///     let two = ctx.activity(count, "two".into()).start();
    ///     Ok(one.await? + two.await?)
    /// }
    /// ```
    pub fn start(self) -> ActivityHandle<A> {
        let operation = Rc::new(ActivityOperation {
            number: self.host.begin_operation(),
            phase: Cell::new(Phase::Unsent),
            slot: Slot::default(),
            cancellation: self.cancellation,
            activity_type: self.host.activity_type(A::TYPE),
            activity_id: RefCell::new(self.options.activity_id.clone()),
        });
        match Payloads::encode(&self.input) {
            Ok(input) => self
                .host
                .schedule_activity(self.scope, &operation, input, self.options),
            Err(error) => {
                let message = format!("input of activity {} cannot be written: {error}", A::TYPE);
                let failure = Failure::application(message, "MalformedInput");
                self.host.fail_workflow_task(failure);
            }
        }
        ActivityHandle::new(self.host, operation)
    }
}

impl<A: Activity> IntoFuture for ActivityCall<A> {
    type Output = <ActivityHandle<A> as Future>::Output;
    type IntoFuture = ActivityHandle<A>;

    fn into_future(self) -> ActivityHandle<A> {
        self.start()
    }
}
