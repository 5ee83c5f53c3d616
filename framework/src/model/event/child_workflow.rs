//! Events of child workflows: from the wish for one to how its chain of runs has ended.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{
    EventId, Failure, Header, Memo, ParentClosePolicy, Payloads, Priority, RetryPolicy, RetryState,
    SearchAttributes, TaskQueue, UserMetadata, WorkflowExecution, WorkflowId,
    WorkflowIdReusePolicy, WorkflowType, wire::wire_enum,
};

/// Attributes of `StartChildWorkflowExecutionInitiated`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Initiated {
    /// The child's id.
    pub workflow_id: WorkflowId,
    /// Its program.
    pub workflow_type: WorkflowType,
    /// The queue of its workflow tasks.
    pub task_queue: TaskQueue,
    /// Its arguments.
    pub input: Payloads,
    /// The limit of its whole execution.
    pub workflow_execution_timeout: Option<Duration>,
    /// The limit of one of its runs.
    pub workflow_run_timeout: Option<Duration>,
    /// The limit of one of its workflow tasks.
    pub workflow_task_timeout: Duration,
    /// What becomes of it when this run closes.
    pub parent_close_policy: ParentClosePolicy,
    /// The workflow task that asked for it.
    pub workflow_task_completed_event_id: EventId,
    /// What to do about a closed run of the same id.
    pub workflow_id_reuse_policy: WorkflowIdReusePolicy,
    /// Whether and when it is tried again.
    pub retry_policy: Option<Box<RetryPolicy>>,
    /// When it is run again and again, in the words of cron; empty if it is not.
    pub cron_schedule: String,
    /// What travels on with it.
    pub header: Header,
    /// What it carries for people and tools.
    pub memo: Memo,
    /// What it can be found by.
    pub search_attributes: SearchAttributes,
    /// Which of its work is to be done first, and whose it is.
    pub priority: Option<Box<Priority>>,
    /// What is said of it to people.
    pub user_metadata: Option<Box<UserMetadata>>,
}

/// Attributes of `StartChildWorkflowExecutionFailed`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StartFailed {
    /// The id that the child was to have.
    pub workflow_id: WorkflowId,
    /// Its program.
    pub workflow_type: WorkflowType,
    /// Why it was not started.
    pub cause: StartFailedCause,
    /// The event that asked for it.
    pub initiated_event_id: EventId,
    /// The workflow task that asked for it.
    pub workflow_task_completed_event_id: EventId,
}

/// Attributes of `ChildWorkflowExecutionStarted`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Started {
    /// The event that asked for it.
    pub initiated_event_id: EventId,
    /// Its first run.
    pub workflow_execution: WorkflowExecution,
    /// Its program.
    pub workflow_type: WorkflowType,
    /// What travels on with it.
    pub header: Header,
}

/// Attributes of `ChildWorkflowExecutionCompleted`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Completed {
    /// What it returned.
    pub result: Payloads,
    /// Its last run.
    pub workflow_execution: WorkflowExecution,
    /// Its program.
    pub workflow_type: WorkflowType,
    /// The event that asked for it.
    pub initiated_event_id: EventId,
    /// The event that says that it was started.
    pub started_event_id: EventId,
}

/// Attributes of `ChildWorkflowExecutionFailed`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Failed {
    /// What went wrong in it.
    pub failure: Box<Failure>,
    /// Its last run.
    pub workflow_execution: WorkflowExecution,
    /// Its program.
    pub workflow_type: WorkflowType,
    /// The event that asked for it.
    pub initiated_event_id: EventId,
    /// The event that says that it was started.
    pub started_event_id: EventId,
    /// Why it is not tried again.
    pub retry_state: RetryState,
}

/// Attributes of `ChildWorkflowExecutionCanceled`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Canceled {
    /// What it had to say about its cancellation.
    pub details: Payloads,
    /// Its last run.
    pub workflow_execution: WorkflowExecution,
    /// Its program.
    pub workflow_type: WorkflowType,
    /// The event that asked for it.
    pub initiated_event_id: EventId,
    /// The event that says that it was started.
    pub started_event_id: EventId,
}

/// Attributes of `ChildWorkflowExecutionTimedOut`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TimedOut {
    /// Its last run.
    pub workflow_execution: WorkflowExecution,
    /// Its program.
    pub workflow_type: WorkflowType,
    /// The event that asked for it.
    pub initiated_event_id: EventId,
    /// The event that says that it was started.
    pub started_event_id: EventId,
    /// Why it is not tried again.
    pub retry_state: RetryState,
}

/// Attributes of `ChildWorkflowExecutionTerminated`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Terminated {
    /// Its last run.
    pub workflow_execution: WorkflowExecution,
    /// Its program.
    pub workflow_type: WorkflowType,
    /// The event that asked for it.
    pub initiated_event_id: EventId,
    /// The event that says that it was started.
    pub started_event_id: EventId,
}

wire_enum! {
    /// Why a child workflow was not started.
    pub enum StartFailedCause {
        /// Not said.
        #[default]
        Unspecified = 0 => "UNSPECIFIED",
        /// Its id belongs to a run that does not let it go.
        WorkflowAlreadyExists = 1 => "WORKFLOW_ALREADY_EXISTS",
        /// There is no such namespace.
        NamespaceNotFound = 2 => "NAMESPACE_NOT_FOUND",
    }
}
