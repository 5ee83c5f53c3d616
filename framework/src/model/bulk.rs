//! What links a bulk job to the runs that it acts on: names, and the ids of its requests.
//!
//! A bulk job is a workflow of the engine's own under a reserved id. What it asks of a run has a request
//! id that names the job and the run, so it takes effect once however often it is asked for.

use crate::model::{RequestId, RunId, Timestamp, WorkflowId};

/// The type of the workflow that a bulk job is; Temporal's name for it.
pub const BULK_JOB_TYPE: &str = "temporal-sys-batch-workflow";
/// What the ids of bulk jobs begin with as workflows, and those of their requests.
pub const BULK_JOB_PREFIX: &str = "temporal-sys-batch:";

/// The id of the workflow that a bulk job is.
pub fn bulk_workflow_id(job_id: &str) -> WorkflowId {
    WorkflowId::from(format!("{BULK_JOB_PREFIX}{job_id}"))
}

/// The id under which a bulk job that began at this time asks something of a run.
///
/// A job whose runs were deleted may have a successor of the same id, which has requests of its own.
pub fn bulk_request_id(job_id: &str, began_at: Timestamp, run_id: RunId) -> RequestId {
    let nanos = began_at.as_nanos();
    RequestId::from(format!("{BULK_JOB_PREFIX}{job_id}@{nanos}/{run_id}"))
}

/// The bulk job and the run that a request id is about, if it is one of a bulk job.
pub fn bulk_request_of(request_id: &RequestId) -> Option<(&str, RunId)> {
    let rest = request_id.as_str().strip_prefix(BULK_JOB_PREFIX)?;
    let (job_id, rest) = rest.rsplit_once('@')?;
    let (_, run_id) = rest.split_once('/')?;
    let run_id = uuid::Uuid::parse_str(run_id).ok()?;
    Some((job_id, run_id.into()))
}
