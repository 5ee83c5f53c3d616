//! A call of a local activity: options between `ctx.local_activity(…)` and what is asked for.

use std::{
    cell::Cell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use derive_more::Debug;
use futures::future::FusedFuture;

use crate::{
    definition::Activity,
    machine::execution::retry,
    model::{ActivityId, Failure, LocalActivityOptions, Payloads, RetryPolicy, UserMetadata},
    workflow::{
        CancellationType, LocalActivityHandle,
        host::ProgramHost,
        operation::{LocalOperation, LocalPhase, OutcomeCell},
        scope::Scope,
    },
};

/// A local activity about to be called: options first, then `.await` or [`start`](Self::start).
///
/// What is not said here is as its definition says; a task queue and a limit between heartbeats mean
/// nothing to a local activity. Nothing is asked for until it is awaited, polled or started. One of
/// [`start_to_close`](Self::start_to_close) and [`schedule_to_close`](Self::schedule_to_close) has
/// to be given, here or there, or the workflow task fails.
///
/// # Cancellation
/// As that of its [`LocalActivityHandle`]; dropped before anything was asked for, it leaves no trace.
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
/// async fn parse(page: String) -> usize { page.len() }
///
/// async fn size<W>(ctx: WorkflowContext<W>) -> Result<usize, ActivityError<Infallible>> {
///     ctx.local_activity(parse, "cover".into())
///         .start_to_close(Duration::from_secs(1))
///         .retry(RetryPolicy::default().max_attempts(3))
///         .await
/// }
/// ```
#[derive(Debug)]
#[must_use = "an activity is called when this is awaited or started"]
pub struct LocalActivityCall<A: Activity> {
    stage: Stage<A>,
}

#[derive(Debug)]
enum Stage<A: Activity> {
    /// Nothing was asked for yet; `None` only while it is about to be.
    Described(Option<Box<Description<A>>>),
    /// It was asked for.
    Asked(LocalActivityHandle<A>),
}

/// What is to be asked for.
#[derive(Debug)]
struct Description<A: Activity> {
    host: Rc<ProgramHost>,
    scope: Scope,
    #[debug(skip)]
    input: A::Input,
    activity_id: Option<ActivityId>,
    options: LocalActivityOptions,
    cancellation: CancellationType,
}

impl<A: Activity> LocalActivityCall<A> {
    pub(super) fn new(host: Rc<ProgramHost>, scope: Scope, input: A::Input) -> Self {
        let defined = A::options();
        let description = Description {
            host,
            scope,
            input,
            activity_id: defined.activity_id,
            options: LocalActivityOptions {
                schedule_to_close: defined.schedule_to_close,
                start_to_close: defined.start_to_close,
                retry: defined.retry.unwrap_or_default(),
                local_retry_threshold: None,
                user_metadata: UserMetadata::default(),
            },
            cancellation: CancellationType::WaitCancellationCompleted,
        };
        Self {
            stage: Stage::Described(Some(Box::new(description))),
        }
    }

    /// Limits the time from an attempt's start to its end.
    pub fn start_to_close(mut self, limit: Duration) -> Self {
        self.description().options.start_to_close = Some(limit);
        self
    }

    /// Limits the time from the first attempt's start to the last one's end, retries included.
    pub fn schedule_to_close(mut self, limit: Duration) -> Self {
        self.description().options.schedule_to_close = Some(limit);
        self
    }

    /// Says when a failed attempt is tried again.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.description().options.retry = policy;
        self
    }

    /// Says which wait between two attempts is so long that a timer in the history brings the next
    /// one; shorter ones keep the workflow task open. Default: 1 min.
    pub fn local_retry_threshold(mut self, threshold: Duration) -> Self {
        self.description().options.local_retry_threshold = Some(threshold);
        self
    }

    /// Says in a line for people what it is about. At most 400 bytes.
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.description().options.user_metadata.summary = summary.into();
        self
    }

    /// Names the activity. Default: its number.
    pub fn activity_id(mut self, activity_id: impl Into<ActivityId>) -> Self {
        self.description().activity_id = Some(activity_id.into());
        self
    }

    /// Says what canceling it does. Default: [`CancellationType::WaitCancellationCompleted`].
    pub fn cancellation(mut self, cancellation: CancellationType) -> Self {
        self.description().cancellation = cancellation;
        self
    }

    /// Asks for the activity now, to be awaited later.
    ///
    /// An input that cannot be written is a fault of workflow code, and fails the workflow task; so
    /// does a call without a limit of time.
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
    ///     let one = ctx.local_activity(count, "one".into()).start();
    ///     let two = ctx.local_activity(count, "two".into()).start();
    ///     Ok(one.await? + two.await?)
    /// }
    /// ```
    pub fn start(mut self) -> LocalActivityHandle<A> {
        self.ask();
        match self.stage {
            Stage::Asked(handle) => handle,
            Stage::Described(_) => never_asked(),
        }
    }

    /// Asks for the activity if that was not done yet.
    fn ask(&mut self) -> &mut LocalActivityHandle<A> {
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

    #[expect(
        clippy::panic,
        reason = "the driver turns it into a failed workflow task"
    )]
    fn description(&mut self) -> &mut Description<A> {
        match &mut self.stage {
            Stage::Described(Some(description)) => description,
            _ => panic!(
                "an option of local activity {} was given after it was asked for",
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
    panic!("a local activity was awaited after it could not be asked for")
}

impl<A: Activity> Description<A> {
    fn ask(self) -> LocalActivityHandle<A> {
        let Self {
            host,
            scope,
            input,
            activity_id,
            options,
            cancellation,
        } = self;
        let written = Payloads::encode_readable(&input).map_err(|error| {
            let message = format!("input of local activity {} is malformed: {error}", A::TYPE);
            Failure::own(message, "MalformedInput")
        });
        let asked = written.and_then(|input| Ok((input, checked::<A>(options)?)));
        let is_faulty = asked.is_err();
        let (input, options) = asked.unwrap_or_else(|failure| {
            host.fail_workflow_task(failure);
            Default::default()
        });
        let operation = Rc::new(LocalOperation {
            number: host.begin_operation(),
            scope,
            phase: Cell::new(LocalPhase::Unsent),
            slot: OutcomeCell::default(),
            cancellation,
            activity_type: host.activity_type(A::TYPE),
            activity_id,
            input,
            options,
            backoff: Cell::new(None),
        });
        if !is_faulty {
            host.begin_local_activity(&operation);
        }
        LocalActivityHandle::new(host, operation)
    }
}

/// The options, if a local activity can be run by them.
fn checked<A: Activity>(
    mut options: LocalActivityOptions,
) -> Result<LocalActivityOptions, Failure> {
    let is_set = |limit: Option<Duration>| limit.is_some_and(|limit| !limit.is_zero());
    if !is_set(options.start_to_close) && !is_set(options.schedule_to_close) {
        let message = format!(
            "local activity {} has no limit of time: give it start_to_close or schedule_to_close",
            A::TYPE
        );
        return Err(Failure::own(message, "NoTimeout"));
    }
    options.retry = retry::checked(options.retry).map_err(|error| {
        let message = format!("local activity {}: {error}", A::TYPE);
        Failure::own(message, "RetryPolicy")
    })?;
    Ok(options)
}

/// The input is never pinned: it is written before the activity is waited for.
impl<A: Activity> Unpin for LocalActivityCall<A> {}

impl<A: Activity> Future for LocalActivityCall<A> {
    type Output = <LocalActivityHandle<A> as Future>::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(self.ask()).poll(cx)
    }
}

impl<A: Activity> FusedFuture for LocalActivityCall<A> {
    fn is_terminated(&self) -> bool {
        match &self.stage {
            Stage::Asked(handle) => handle.is_terminated(),
            Stage::Described(_) => false,
        }
    }
}
