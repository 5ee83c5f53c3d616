//! Events of activities, from the program's request to the result.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{
    ActivityId, ActivityType, EventId, Failure, Header, Identity, Payloads, Priority, RequestId,
    RetryPolicy, RetryState, TaskQueue, UserMetadata,
};

/// Attributes of `ActivityTaskScheduled`, with all defaults filled in.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Scheduled {
    /// The activity's id.
    pub activity_id: ActivityId,
    /// The activity's type.
    pub activity_type: ActivityType,
    /// The queue it is dispatched from.
    pub task_queue: TaskQueue,
    /// Its arguments.
    pub input: Payloads,
    /// From the first scheduling to the end; zero is no limit.
    pub schedule_to_close_timeout: Duration,
    /// From an attempt's scheduling to its start; zero is no limit.
    pub schedule_to_start_timeout: Duration,
    /// From an attempt's start to its end; zero is no limit.
    pub start_to_close_timeout: Duration,
    /// From a heartbeat to the next; zero is no limit.
    pub heartbeat_timeout: Duration,
    /// The workflow task that asked for it.
    pub workflow_task_completed_event_id: EventId,
    /// When a failed attempt is tried again.
    pub retry_policy: RetryPolicy,
    /// What came with the call.
    pub header: Header,
    /// Which activity is to be started first, and whose it is; what is not given is as the run has it.
    pub priority: Option<Box<Priority>>,
    /// What is said of it to people.
    pub user_metadata: Option<Box<UserMetadata>>,
}

/// Attributes of `ActivityTaskStarted`; describes the last attempt.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Started {
    /// The event that scheduled it.
    pub scheduled_event_id: EventId,
    /// Who ran it.
    pub identity: Identity,
    /// The id that makes the start idempotent.
    pub request_id: RequestId,
    /// Which attempt it was, from 1.
    pub attempt: u32,
    /// Why the attempt before it failed.
    pub last_failure: Option<Box<Failure>>,
}

/// Attributes of `ActivityTaskCompleted`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Completed {
    /// What it returned.
    pub result: Payloads,
    /// The event that scheduled it.
    pub scheduled_event_id: EventId,
    /// The event that started it.
    pub started_event_id: EventId,
    /// Who ran it.
    pub identity: Identity,
}

/// Attributes of `ActivityTaskFailed`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Failed {
    /// What went wrong.
    pub failure: Box<Failure>,
    /// The event that scheduled it.
    pub scheduled_event_id: EventId,
    /// The event that started it.
    pub started_event_id: EventId,
    /// Who ran it.
    pub identity: Identity,
    /// Why no further attempt is made.
    pub retry_state: RetryState,
}

/// Attributes of `ActivityTaskTimedOut`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TimedOut {
    /// Which clock ran out, with the failure of the last attempt as its cause.
    pub failure: Box<Failure>,
    /// The event that scheduled it.
    pub scheduled_event_id: EventId,
    /// The event that started it.
    pub started_event_id: EventId,
    /// Why no further attempt is made.
    pub retry_state: RetryState,
}

/// Attributes of `ActivityTaskCancelRequested`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CancelRequested {
    /// The event that scheduled it.
    pub scheduled_event_id: EventId,
    /// The workflow task that asked for it.
    pub workflow_task_completed_event_id: EventId,
}

/// Attributes of `ActivityTaskCanceled`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Canceled {
    /// What the activity had to say about it.
    pub details: Payloads,
    /// The event that asked for it.
    pub latest_cancel_requested_event_id: EventId,
    /// The event that scheduled it.
    pub scheduled_event_id: EventId,
    /// The event that started it; none if it had not started.
    pub started_event_id: EventId,
    /// Who ran it.
    pub identity: Identity,
}
