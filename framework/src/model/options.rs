//! What a caller may choose when starting a workflow or scheduling an activity.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{
    ActivityId, Header, Memo, Priority, RequestId, RetryPolicy, SearchAttributes, TaskQueue,
    UserMetadata, WorkflowId, limits, wire::wire_enum,
};

wire_enum! {
    /// What happens when a start names the id of an execution that is closed.
    pub enum WorkflowIdReusePolicy {
        /// Start a new run. The default.
        #[default]
        AllowDuplicate = 1 => "ALLOW_DUPLICATE",
        /// Start a new run unless the last one completed or was continued as new.
        AllowDuplicateFailedOnly = 2 => "ALLOW_DUPLICATE_FAILED_ONLY",
        /// Refuse.
        RejectDuplicate = 3 => "REJECT_DUPLICATE",
    }
}

wire_enum! {
    /// What happens when a start names the id of an execution that is open.
    pub enum WorkflowIdConflictPolicy {
        /// Refuse. The default.
        #[default]
        Fail = 1 => "FAIL",
        /// Take the open run instead of starting one.
        UseExisting = 2 => "USE_EXISTING",
        /// Terminate the open run and start a new one.
        TerminateExisting = 3 => "TERMINATE_EXISTING",
    }
}

wire_enum! {
    /// What becomes of a child workflow when the run that asked for it closes, however it closes.
    pub enum ParentClosePolicy {
        /// It is terminated. The default.
        #[default]
        Terminate = 1 => "TERMINATE",
        /// It goes on, and nobody waits for it.
        Abandon = 2 => "ABANDON",
        /// It is asked to stop.
        RequestCancel = 3 => "REQUEST_CANCEL",
    }
}

/// How an activity is scheduled; what is `None` is filled in by the rules of the engine.
///
/// At least one of `schedule_to_close` and `start_to_close` has to be given.
#[derive(Clone, PartialEq, Debug, Default)]
#[non_exhaustive]
pub struct ActivityOptions {
    /// The activity's id; `None` numbers it.
    pub activity_id: Option<ActivityId>,
    /// The queue it is dispatched from; `None` is the workflow's own.
    pub task_queue: Option<TaskQueue>,
    /// From the first scheduling to the last attempt's end, retries included.
    pub schedule_to_close: Option<Duration>,
    /// From an attempt's scheduling to its start.
    pub schedule_to_start: Option<Duration>,
    /// From an attempt's start to its end.
    pub start_to_close: Option<Duration>,
    /// From a heartbeat to the next one.
    pub heartbeat: Option<Duration>,
    /// When a failed attempt is tried again; `None` is [`RetryPolicy::default`].
    pub retry: Option<RetryPolicy>,
    /// What comes with the call; `None` is what came with the run.
    pub header: Option<Header>,
    /// Which activity is to be started first, and whose it is; what is not given is as the run has it.
    pub priority: Option<Box<Priority>>,
    /// What is said of it to people; only the summary is used.
    pub user_metadata: Option<Box<UserMetadata>>,
}

/// How a local activity is run; what is `None` is filled in by the rules of the engine.
///
/// At least one of `schedule_to_close` and `start_to_close` has to be given.
#[derive(Clone, PartialEq, Debug, Default)]
#[non_exhaustive]
pub struct LocalActivityOptions {
    /// From the first attempt's beginning to the last one's end, retries included.
    pub schedule_to_close: Option<Duration>,
    /// From an attempt's start to its end.
    pub start_to_close: Option<Duration>,
    /// When a failed attempt is tried again.
    pub retry: RetryPolicy,
    /// A longer wait between two attempts is a timer in the history; `None` is one minute.
    pub local_retry_threshold: Option<Duration>,
    /// What is said of it to people; only the summary is used.
    pub user_metadata: UserMetadata,
}

/// How a child workflow is started; what is `None` is filled in by the rules of the engine.
#[derive(Clone, PartialEq, Debug, Default)]
#[non_exhaustive]
pub struct ChildOptions {
    /// The child's id; `None` makes one of the parent's run and the child's number.
    pub workflow_id: Option<WorkflowId>,
    /// The queue of its workflow tasks; `None` is the parent's own.
    pub task_queue: Option<TaskQueue>,
    /// From its first run's start to its last run's end. Default: no limit.
    pub execution_timeout: Option<Duration>,
    /// From a run's start to its end. Default: the execution timeout.
    pub run_timeout: Option<Duration>,
    /// How long one of its workflow tasks may take. Default: 10 s; at most 120 s.
    pub task_timeout: Option<Duration>,
    /// What to do about a closed run of the same id.
    pub id_reuse_policy: WorkflowIdReusePolicy,
    /// What becomes of it when the parent closes.
    pub parent_close_policy: ParentClosePolicy,
    /// Whether and when a run that fails or times out is tried again. Default: it is not.
    pub retry: Option<RetryPolicy>,
    /// When it is run again and again, in the words of cron; empty is once.
    pub cron: String,
    /// What travels on with it; `None` is what came with the parent.
    pub header: Option<Header>,
    /// What it carries for people and tools.
    pub memo: Memo,
    /// What it can be found by.
    pub search_attributes: SearchAttributes,
    /// Which of its work is to be done first, and whose it is; what is not given is as the parent has
    /// it.
    pub priority: Priority,
    /// What is said of it to people.
    pub user_metadata: UserMetadata,
}

/// How a workflow execution is started.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct StartOptions {
    /// The queue of its workflow tasks, and of its activities unless they say otherwise.
    pub task_queue: TaskQueue,
    /// From the first run's start to the last run's end. Default: no limit.
    pub execution_timeout: Option<Duration>,
    /// From a run's start to its end. Default: the execution timeout.
    pub run_timeout: Option<Duration>,
    /// How long one workflow task may take. Default: 10 s; at most 120 s.
    pub task_timeout: Duration,
    /// What to do about a closed run of the same id.
    pub id_reuse_policy: WorkflowIdReusePolicy,
    /// What to do about an open run of the same id.
    pub id_conflict_policy: WorkflowIdConflictPolicy,
    /// Makes the start idempotent; `None` makes one up.
    pub request_id: Option<RequestId>,
    /// Whether and when a run that fails or times out is tried again. Default: it is not.
    pub retry: Option<RetryPolicy>,
    /// How long the first workflow task waits. Default: not at all.
    pub start_delay: Option<Duration>,
    /// When the workflow is run again and again, in the words of cron; empty is once. Default: once.
    pub cron: String,
    /// What it carries for people and tools.
    pub memo: Memo,
    /// What it can be found by.
    pub search_attributes: SearchAttributes,
    /// What is said of it to people.
    pub user_metadata: UserMetadata,
    /// What travels on to everything that the run asks for.
    pub header: Header,
    /// Which of its work is to be done first, and whose it is.
    pub priority: Priority,
}

impl Default for StartOptions {
    fn default() -> Self {
        Self {
            task_queue: TaskQueue::new("default"),
            execution_timeout: None,
            run_timeout: None,
            task_timeout: limits::WORKFLOW_TASK_TIMEOUT,
            id_reuse_policy: WorkflowIdReusePolicy::default(),
            id_conflict_policy: WorkflowIdConflictPolicy::default(),
            request_id: None,
            retry: None,
            start_delay: None,
            cron: String::new(),
            memo: Memo::EMPTY,
            search_attributes: SearchAttributes::EMPTY,
            user_metadata: UserMetadata::default(),
            header: Header::EMPTY,
            priority: Priority::default(),
        }
    }
}
