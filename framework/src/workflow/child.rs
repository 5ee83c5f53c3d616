//! A child workflow, as its parent asks for it: options first, then a start.

use std::{
    cell::{Cell, RefCell},
    marker::PhantomData,
    ops::RangeFull,
    rc::Rc,
    time::Duration,
};

use derive_more::Debug;
use serde::Serialize;

use crate::{
    definition::WorkflowSignature,
    model::{
        ChildOptions, Failure, Header, MemoUpdate, ParentClosePolicy, Payloads, Priority,
        RetryPolicy, SearchAttributeUpdate, TaskQueue, WorkflowId, WorkflowIdReusePolicy,
        WorkflowType,
    },
    workflow::{
        ChildResult, StartChild,
        host::ProgramHost,
        operation::{ChildOperation, OutcomeCell, Phase, SharedCell},
        scope::Scope,
    },
};

/// What canceling a child does, and what its futures then wait for.
///
/// # Examples
/// ```
/// use sempre::workflow::ChildCancellationType;
///
/// let default = ChildCancellationType::default();
/// assert_eq!(default, ChildCancellationType::WaitCancellationCompleted);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum ChildCancellationType {
    /// Ask it to stop, and wait for what becomes of it. The default.
    #[default]
    WaitCancellationCompleted,
    /// As `WaitCancellationCompleted`, which is what Temporal's SDKs do where this is said.
    WaitCancellationRequested,
    /// Ask it to stop, and go on at once as canceled.
    TryCancel,
    /// Ask nothing, and go on at once as canceled; the child goes on.
    Abandon,
}

/// The id of a child: a text, or `..` for one that follows from the parent's run and the call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChildId(Option<WorkflowId>);

impl From<WorkflowId> for ChildId {
    fn from(workflow_id: WorkflowId) -> Self {
        Self(Some(workflow_id))
    }
}

impl From<String> for ChildId {
    fn from(workflow_id: String) -> Self {
        Self(Some(workflow_id.into()))
    }
}

impl From<&str> for ChildId {
    fn from(workflow_id: &str) -> Self {
        Self(Some(workflow_id.into()))
    }
}

impl From<RangeFull> for ChildId {
    fn from(RangeFull: RangeFull) -> Self {
        Self(None)
    }
}

/// A child workflow about to be started: options first, then [`start`](Self::start) or
/// [`run`](Self::run).
///
/// Made by [`WorkflowContext::child`](crate::WorkflowContext::child). Nothing is asked for before one
/// of the two.
///
/// A parent may have 2,000 children at a time; one more fails its workflow task, and so does an id
/// longer than 1,000 bytes, an input of more than 2 MiB, and a retry policy or a cron schedule that
/// makes no sense.
///
/// # Examples
/// ```
/// use sempre::{
///     Workflow, WorkflowContext, handlers, model::ParentClosePolicy, workflow::ChildError,
/// };
/// use std::{convert::Infallible, time::Duration};
///
/// #[derive(Workflow, Default)]
/// struct Shipment;
///
/// #[handlers]
/// impl Shipment {
///     #[run]
///     async fn run(_ctx: WorkflowContext<Self>, parcel: String) -> Result<String, Infallible> {
///         Ok(format!("{parcel} is on its way"))
///     }
/// }
///
/// async fn ship<W>(ctx: WorkflowContext<W>) -> Result<String, ChildError<Infallible>> {
///     ctx.child::<Shipment>("shipment-42")
///         .execution_timeout(Duration::from_secs(86_400))
///         .parent_close_policy(ParentClosePolicy::RequestCancel)
///         .run("a book".into())
///         .await
/// }
/// ```
#[derive(Debug)]
#[must_use = "a child is asked for by `start` or `run`"]
pub struct ChildCall<W> {
    #[debug(skip)]
    host: Rc<ProgramHost>,
    scope: Scope,
    options: ChildOptions,
    cancellation: ChildCancellationType,
    #[debug(skip)]
    workflow: PhantomData<fn() -> W>,
}

impl<W: WorkflowSignature> ChildCall<W> {
    pub(super) fn new(host: Rc<ProgramHost>, scope: Scope, ChildId(id): ChildId) -> Self {
        let options = ChildOptions {
            workflow_id: id,
            ..ChildOptions::default()
        };
        Self {
            host,
            scope,
            options,
            cancellation: ChildCancellationType::default(),
            workflow: PhantomData,
        }
    }

    /// Names the queue of its workflow tasks, and of its activities unless they say otherwise.
    /// Default: the parent's.
    pub fn task_queue(mut self, task_queue: impl Into<TaskQueue>) -> Self {
        self.options.task_queue = Some(task_queue.into());
        self
    }

    /// Limits the time from its first run's start to its last run's end. Default: no limit.
    pub fn execution_timeout(mut self, limit: Duration) -> Self {
        self.options.execution_timeout = Some(limit);
        self
    }

    /// Limits the time from a run's start to its end. Default: the execution timeout.
    pub fn run_timeout(mut self, limit: Duration) -> Self {
        self.options.run_timeout = Some(limit);
        self
    }

    /// Limits the time of one of its workflow tasks. Default: 10 s; at most 120 s.
    pub fn task_timeout(mut self, limit: Duration) -> Self {
        self.options.task_timeout = Some(limit);
        self
    }

    /// Says what is done about a closed run of the same id. Default: a new one is started.
    ///
    /// About an open one nothing can be done: the child is not started.
    pub fn id_reuse_policy(mut self, policy: WorkflowIdReusePolicy) -> Self {
        self.options.id_reuse_policy = policy;
        self
    }

    /// Says what becomes of it when this run closes, however it closes, by continuing as new as
    /// well. Default: it is terminated.
    pub fn parent_close_policy(mut self, policy: ParentClosePolicy) -> Self {
        self.options.parent_close_policy = policy;
        self
    }

    /// Says whether and when a run of it that fails or times out is tried again. Default: never.
    ///
    /// The parent sees the last run alone.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.options.retry = Some(policy);
        self
    }

    /// Has it run again and again, in the words of cron; it ends when it fails, or is ended.
    pub fn cron(mut self, schedule: impl Into<String>) -> Self {
        self.options.cron = schedule.into();
        self
    }

    /// Has it carry this value under this name, for people and tools to read. A memo has 2 MiB at most.
    ///
    /// A value that cannot be written is a fault of workflow code, and fails the workflow task.
    pub fn memo(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        let name = name.into();
        match MemoUpdate::set(name.clone(), value).into_parts() {
            Ok((name, payload)) => self.options.memo.insert(name, payload),
            Err(error) => {
                let message = format!("memo {name} of workflow {} is malformed: {error}", W::TYPE);
                let failure = Failure::own(message, "MalformedMemo");
                self.host.fail_workflow_task(failure);
            }
        }
        self
    }

    /// Has it be found by these attributes, which the engine has to know.
    pub fn search_attributes(
        mut self,
        attributes: impl IntoIterator<Item = SearchAttributeUpdate>,
    ) -> Self {
        let attributes = attributes.into_iter().collect();
        self.options.search_attributes.apply_given(&attributes);
        self
    }

    /// Says in a line for people what it is about. At most 400 bytes.
    pub fn summary(mut self, summary: impl Into<String>) -> Self {
        self.options.user_metadata.summary = summary.into();
        self
    }

    /// Gives people details, in Markdown. At most 20,000 bytes.
    pub fn details(mut self, details: impl Into<String>) -> Self {
        self.options.user_metadata.details = details.into();
        self
    }

    /// Says which of its work is to be done first, and whose it is.
    pub fn priority(mut self, priority: Priority) -> Self {
        self.options.priority = priority;
        self
    }

    /// Has this header come with it. Default: that which has come with this run.
    pub fn header(mut self, header: Header) -> Self {
        self.options.header = Some(header);
        self
    }

    /// Says what canceling it does. Default: [`ChildCancellationType::WaitCancellationCompleted`].
    pub fn cancellation(mut self, cancellation: ChildCancellationType) -> Self {
        self.cancellation = cancellation;
        self
    }

    /// Asks for the child; resolves when it has started, to a handle of it.
    ///
    /// An input that cannot be written is a fault of workflow code, and fails the workflow task.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the child takes its input, as a call does"
    )]
    pub fn start(self, input: W::Input) -> StartChild<W> {
        let (host, operation) = self.ask(&input);
        StartChild::new(host, operation)
    }

    /// Asks for the child; resolves when its chain of runs has ended, to its result.
    ///
    /// An input that cannot be written is a fault of workflow code, and fails the workflow task.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the child takes its input, as a call does"
    )]
    pub fn run(self, input: W::Input) -> ChildResult<W> {
        let (host, operation) = self.ask(&input);
        ChildResult::owning(host, operation)
    }

    fn ask(self, input: &W::Input) -> (Rc<ProgramHost>, Rc<ChildOperation>) {
        let Self {
            host,
            scope,
            options,
            cancellation,
            workflow: _,
        } = self;
        let operation = Rc::new(ChildOperation {
            number: host.begin_operation(),
            scope,
            phase: Cell::new(Phase::Unsent),
            start: OutcomeCell::default(),
            end: SharedCell::default(),
            cancellation,
            workflow_type: WorkflowType::new(W::TYPE),
            workflow_id: RefCell::new(options.workflow_id.clone()),
        });
        match Payloads::encode_readable(input) {
            Ok(input) => host.start_child(&operation, input, options),
            Err(error) => {
                let message = format!("input of workflow {} is malformed: {error}", W::TYPE);
                host.fail_workflow_task(Failure::own(message, "MalformedInput"));
            }
        }
        (host, operation)
    }
}
