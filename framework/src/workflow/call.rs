//! A call of an activity: options between `ctx.activity(…)` and what is asked for, and its future.

use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use derive_more::Debug;
use futures::future::FusedFuture;

use crate::{
    definition::Activity,
    model::{
        ActivityId, ActivityOptions, Failure, Header, Payloads, Priority, RetryPolicy, TaskQueue,
    },
    workflow::{
        ActivityHandle,
        host::ProgramHost,
        operation::{ActivityOperation, NewsCell, OutcomeCell, Phase},
        scope::Scope,
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
/// What is not said here is as its definition says. Nothing is asked for until it is awaited,
/// polled or started. It is a future itself, so everything that takes futures takes it as it is:
/// `select!`, `join!`, `buffer_unordered`.
///
/// # Cancellation
/// As that of its [`ActivityHandle`]; dropped before anything was asked for, it leaves no trace.
///
/// # Panics
/// If an option is given after it was polled, which fails the workflow task.
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
    stage: Stage<A>,
}

#[derive(Debug)]
enum Stage<A: Activity> {
    /// Nothing was asked for yet; `None` only while it is about to be.
    Described(Option<Box<Description<A>>>),
    /// It was asked for.
    Asked(ActivityHandle<A>),
}

/// What is to be asked for.
#[derive(Debug)]
struct Description<A: Activity> {
    host: Rc<ProgramHost>,
    scope: Scope,
    #[debug(skip)]
    input: A::Input,
    options: ActivityOptions,
    cancellation: CancellationType,
}

impl<A: Activity> ActivityCall<A> {
    pub(super) fn new(host: Rc<ProgramHost>, scope: Scope, input: A::Input) -> Self {
        let description = Description {
            host,
            scope,
            input,
            options: A::options(),
            cancellation: CancellationType::default(),
        };
        Self {
            stage: Stage::Described(Some(Box::new(description))),
        }
    }

    /// Limits the time from an attempt's start to its end.
    pub fn start_to_close(mut self, limit: Duration) -> Self {
        self.options().start_to_close = Some(limit);
        self
    }

    /// Limits the time from the first scheduling to the last attempt's end, retries included.
    pub fn schedule_to_close(mut self, limit: Duration) -> Self {
        self.options().schedule_to_close = Some(limit);
        self
    }

    /// Limits the time from an attempt's scheduling to its start.
    pub fn schedule_to_start(mut self, limit: Duration) -> Self {
        self.options().schedule_to_start = Some(limit);
        self
    }

    /// Limits the time from a heartbeat to the next one.
    pub fn heartbeat(mut self, limit: Duration) -> Self {
        self.options().heartbeat = Some(limit);
        self
    }

    /// Says when a failed attempt is tried again.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.options().retry = Some(policy);
        self
    }

    /// Names the queue it is dispatched from. Default: the workflow's own.
    pub fn task_queue(mut self, task_queue: impl Into<TaskQueue>) -> Self {
        self.options().task_queue = Some(task_queue.into());
        self
    }

    /// Names the activity, uniquely among the pending ones. Default: its number.
    pub fn activity_id(mut self, activity_id: impl Into<ActivityId>) -> Self {
        self.options().activity_id = Some(activity_id.into());
        self
    }

    /// Says in a line for people what it is about. At most 400 bytes.
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        let said = self.options().user_metadata.get_or_insert_default();
        said.summary = summary.into();
        self
    }

    /// Says which activity is to be started first, and whose it is. Default: as the workflow has it.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.options().priority = priority.into_attribute();
        self
    }

    /// Has this header come with the call. Default: that which has come with the run.
    pub fn header(mut self, header: Header) -> Self {
        self.options().header = Some(header);
        self
    }

    /// Says what canceling it does. Default: [`CancellationType::TryCancel`].
    pub fn cancellation(mut self, cancellation: CancellationType) -> Self {
        self.description().cancellation = cancellation;
        self
    }

    /// Asks for the activity now, to be awaited later.
    ///
    /// An input that cannot be written is a fault of workflow code, and fails the workflow task.
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
    pub fn start(mut self) -> ActivityHandle<A> {
        self.ask();
        match self.stage {
            Stage::Asked(handle) => handle,
            Stage::Described(_) => never_asked(),
        }
    }

    /// Asks for the activity if that was not done yet.
    fn ask(&mut self) -> &mut ActivityHandle<A> {
        if let Stage::Described(description) = &mut self.stage
            && let Some(description) = description.take()
        {
            self.stage = Stage::Asked(description.ask());
        }
        match &mut self.stage {
            Stage::Asked(handle) => handle,
            Stage::Described(_) => never_asked(),
        }
    }

    fn options(&mut self) -> &mut ActivityOptions {
        &mut self.description().options
    }

    #[expect(
        clippy::panic,
        reason = "the driver turns it into a failed workflow task"
    )]
    fn description(&mut self) -> &mut Description<A> {
        match &mut self.stage {
            Stage::Described(Some(description)) => description,
            _ => panic!(
                "an option of activity {} was given after it was asked for",
                A::TYPE
            ),
        }
    }
}

// Invariant: `ask` leaves a handle behind, unless it panicked before.
#[expect(
    clippy::panic,
    reason = "the driver turns it into a failed workflow task"
)]
fn never_asked() -> ! {
    panic!("an activity was awaited after it could not be asked for")
}

impl<A: Activity> Description<A> {
    fn ask(self) -> ActivityHandle<A> {
        let Self {
            host,
            scope,
            input,
            options,
            cancellation,
        } = self;
        let operation = Rc::new(ActivityOperation {
            number: host.begin_operation(),
            phase: Cell::new(Phase::Unsent),
            slot: OutcomeCell::default(),
            sequence: Cell::default(),
            progress: NewsCell::default(),
            cancellation,
            activity_type: host.activity_type(A::TYPE),
            activity_id: RefCell::new(options.activity_id.clone()),
        });
        match Payloads::encode_readable(&input) {
            Ok(input) => host.schedule_activity(&scope, &operation, input, options),
            Err(error) => {
                let message = format!("input of activity {} is malformed: {error}", A::TYPE);
                host.fail_workflow_task(Failure::own(message, "MalformedInput"));
            }
        }
        ActivityHandle::new(host, operation)
    }
}

/// The input is never pinned: it is written before the activity is waited for.
impl<A: Activity> Unpin for ActivityCall<A> {}

impl<A: Activity> Future for ActivityCall<A> {
    type Output = <ActivityHandle<A> as Future>::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(self.ask()).poll(cx)
    }
}

impl<A: Activity> FusedFuture for ActivityCall<A> {
    fn is_terminated(&self) -> bool {
        match &self.stage {
            Stage::Asked(handle) => handle.is_terminated(),
            Stage::Described(_) => false,
        }
    }
}
