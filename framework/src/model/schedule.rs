//! What links a run to the schedule that started it: names, and the word at its end.
//!
//! A schedule is a workflow of the engine's own under a reserved id. The runs that it starts have
//! request ids that name it, so a start that is repeated finds its run, and whoever sees a run close
//! knows which schedule is to be told.

use serde::{Deserialize, Serialize};

use crate::model::{ExecutionStatus, RequestId, Timestamp, WorkflowExecution, WorkflowId};

/// The type of the workflow that a schedule is; Temporal's name for it.
pub const SCHEDULER_TYPE: &str = "temporal-sys-scheduler-workflow";
/// What the ids of schedules begin with as workflows, and the request ids of what they start.
pub const SCHEDULER_PREFIX: &str = "temporal-sys-scheduler:";
/// The signal that says that an action has come to its end.
pub const ACTION_ENDED: &str = "action_ended";

/// The id of the workflow that a schedule is.
pub fn scheduler_id(schedule_id: &str) -> WorkflowId {
    WorkflowId::from(format!("{SCHEDULER_PREFIX}{schedule_id}"))
}

/// The id under which a schedule starts its action of a time; `occasion` tells those apart that are
/// asked for by hand.
pub fn action_request_id(schedule_id: &str, time: Timestamp, occasion: &str) -> RequestId {
    let nanos = time.as_nanos();
    RequestId::from(format!("{SCHEDULER_PREFIX}{schedule_id}@{nanos}{occasion}"))
}

/// The workflow of the schedule that has started a run under this request id, if one has.
pub fn scheduler_of(request_id: &RequestId) -> Option<WorkflowId> {
    let rest = request_id.as_str().strip_prefix(SCHEDULER_PREFIX)?;
    let (schedule_id, _) = rest.rsplit_once('@')?;
    Some(scheduler_id(schedule_id))
}

/// How an action has come to its end.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ActionEnded {
    /// The request under which it was started.
    pub request_id: RequestId,
    /// Its last run.
    pub execution: WorkflowExecution,
    /// How that has closed.
    pub status: ExecutionStatus,
    /// What it failed with, if it did.
    pub failure: Option<String>,
}
