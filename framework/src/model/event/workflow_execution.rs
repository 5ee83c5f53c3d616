//! Events of the run as a whole: its start, its close, and what outsiders ask of it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{
    ContinueAsNewVersioningBehavior, EventId, Failure, Header, Identity, Lineage, Memo, Payloads,
    RequestId, RetryPolicy, RetryState, RunId, SearchAttributes, SignalName, TaskQueue, Timestamp,
    UserMetadata, WorkflowExecution, WorkflowId, WorkflowType,
};

/// Attributes of `WorkflowExecutionStarted`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Started {
    /// The users' id of the execution.
    pub workflow_id: WorkflowId,
    /// The program.
    pub workflow_type: WorkflowType,
    /// The queue of its workflow tasks.
    pub task_queue: TaskQueue,
    /// The program's arguments.
    pub input: Payloads,
    /// The limit of the whole execution.
    pub workflow_execution_timeout: Option<Duration>,
    /// The limit of this run.
    pub workflow_run_timeout: Option<Duration>,
    /// The limit of one workflow task.
    pub workflow_task_timeout: Duration,
    /// When the whole execution's time is up.
    pub workflow_execution_expiration_time: Option<Timestamp>,
    /// Who started it.
    pub identity: Identity,
    /// Where the run comes from.
    pub lineage: Box<Lineage>,
    /// How many times the execution has been tried, from 1.
    pub attempt: u32,
    /// The id that makes the start idempotent; not an attribute of Temporal's event.
    pub request_id: RequestId,
    /// Whether and when the execution is tried again.
    pub retry_policy: Option<Box<RetryPolicy>>,
    /// When the execution is run again and again, in the words of cron; empty if it is not.
    pub cron_schedule: String,
    /// How long the first workflow task waits.
    pub first_workflow_task_backoff: Duration,
    /// What it carries for people and tools.
    pub memo: Memo,
    /// What it can be found by.
    pub search_attributes: SearchAttributes,
    /// What whoever started it wrote for people; beside the attributes of Temporal's event.
    pub user_metadata: Option<Box<UserMetadata>>,
}

/// Attributes of `WorkflowExecutionCompleted`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Completed {
    /// What the program returned.
    pub result: Payloads,
    /// The workflow task that asked for it.
    pub workflow_task_completed_event_id: EventId,
    /// The run that follows this one, if one does.
    pub new_execution_run_id: Option<RunId>,
}

/// Attributes of `WorkflowExecutionFailed`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Failed {
    /// What went wrong.
    pub failure: Box<Failure>,
    /// Whether the execution is tried again, and why not if it is not.
    pub retry_state: RetryState,
    /// The workflow task that asked for it.
    pub workflow_task_completed_event_id: EventId,
    /// The run that follows this one, if one does.
    pub new_execution_run_id: Option<RunId>,
}

/// Attributes of `WorkflowExecutionTimedOut`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TimedOut {
    /// Whether the execution is tried again, and why not if it is not.
    pub retry_state: RetryState,
    /// The run that follows this one, if one does.
    pub new_execution_run_id: Option<RunId>,
}

/// Attributes of `WorkflowExecutionContinuedAsNew`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ContinuedAsNew {
    /// The run that follows this one.
    pub new_execution_run_id: Option<RunId>,
    /// The program of that run.
    pub workflow_type: WorkflowType,
    /// The queue of its workflow tasks.
    pub task_queue: TaskQueue,
    /// Its arguments.
    pub input: Payloads,
    /// The limit of that run.
    pub workflow_run_timeout: Option<Duration>,
    /// The limit of one of its workflow tasks.
    pub workflow_task_timeout: Duration,
    /// The workflow task that asked for it.
    pub workflow_task_completed_event_id: EventId,
    /// What that run carries.
    pub memo: Memo,
    /// What it can be found by.
    pub search_attributes: SearchAttributes,
    /// Which version of the code it begins with.
    pub initial_versioning_behavior: ContinueAsNewVersioningBehavior,
    /// What travels on with the new run.
    pub header: Header,
}

/// Attributes of `WorkflowExecutionCancelRequested`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CancelRequested {
    /// The reason given.
    pub cause: String,
    /// Who asked.
    pub identity: Identity,
    /// The id that makes the request idempotent; not an attribute of Temporal's event.
    pub request_id: RequestId,
    /// The event of the run that asked, if a run asked.
    pub external_initiated_event_id: EventId,
    /// That run.
    pub external_workflow_execution: Option<Box<WorkflowExecution>>,
}

/// Attributes of `WorkflowExecutionCanceled`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Canceled {
    /// What the program had to say about it.
    pub details: Payloads,
    /// The workflow task that asked for it.
    pub workflow_task_completed_event_id: EventId,
}

/// Attributes of `WorkflowExecutionSignaled`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Signaled {
    /// Which signal it was.
    pub signal_name: SignalName,
    /// Its arguments.
    pub input: Payloads,
    /// Who sent it.
    pub identity: Identity,
    /// The id that makes the request idempotent.
    pub request_id: RequestId,
    /// The run that sent it, if a run did.
    pub external_workflow_execution: Option<Box<WorkflowExecution>>,
    /// What came with it.
    pub header: Header,
}

/// Attributes of `WorkflowExecutionTerminated`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Terminated {
    /// The reason given.
    pub reason: String,
    /// What the terminator had to say about it.
    pub details: Payloads,
    /// Who terminated it.
    pub identity: Identity,
}

/// Attributes of `WorkflowExecutionPaused`: until somebody lets it go on, what happens to the run is
/// recorded, and nothing of it is begun.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Paused {
    /// Who paused it.
    pub identity: Identity,
    /// The reason given.
    pub reason: String,
    /// The id that makes the request idempotent.
    pub request_id: RequestId,
}

/// Attributes of `WorkflowExecutionUnpaused`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Unpaused {
    /// Who lets it go on.
    pub identity: Identity,
    /// The reason given.
    pub reason: String,
    /// The id of the request.
    pub request_id: RequestId,
}
