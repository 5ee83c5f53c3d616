//! Cancel: the run is asked to stop; what it does about it is up to the program.

use crate::{
    machine::execution::{Draft, Rejection, check},
    model::{EventId, Identity, RequestId, WorkflowExecution, event::workflow_execution},
};

/// Asks the run to stop.
#[derive(Clone, PartialEq, Debug)]
pub struct RequestCancel {
    /// The reason given.
    pub cause: String,
    /// Who asks.
    pub identity: Identity,
    /// The id of the request.
    pub request_id: RequestId,
}

/// Records that the run is asked to stop; once, further requests change nothing. A first
/// workflow task that waits is given at once. A run that has closed has stopped.
pub fn request_cancel(draft: &mut Draft<'_>, message: RequestCancel) -> Result<(), Rejection> {
    request_cancel_from(draft, message, EventId::NONE, None)
}

/// The same, where a run may ask, by this event of its history.
pub(super) fn request_cancel_from(
    draft: &mut Draft<'_>,
    message: RequestCancel,
    external_initiated_event_id: EventId,
    external_workflow_execution: Option<Box<WorkflowExecution>>,
) -> Result<(), Rejection> {
    let state = draft.state();
    if state.started().is_some() && !state.status().is_open() {
        return Ok(());
    }
    state.check_open()?;
    check::text("cause of the cancellation", &message.cause)?;
    check::optional_name("identity", message.identity.as_str())?;
    check::optional_name("request id", message.request_id.as_str())?;
    if draft.state().cancel_requested() {
        return Ok(());
    }
    draft.record(workflow_execution::CancelRequested {
        cause: message.cause,
        identity: message.identity,
        request_id: message.request_id,
        external_initiated_event_id,
        external_workflow_execution,
    });
    draft.follow_up_at_once();
    Ok(())
}
