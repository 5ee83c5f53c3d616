//! Succeed: the run begins that follows one which has closed.

use crate::{
    machine::execution::{Draft, Rejection},
    model::event::workflow_execution,
};

/// Starts a run as the one before it has decided: `WorkflowExecutionStarted`, and the first
/// `WorkflowTaskScheduled` unless that has to wait.
pub fn succeed(
    draft: &mut Draft<'_>,
    started: workflow_execution::Started,
) -> Result<(), Rejection> {
    if draft.state().started().is_some() {
        return Err(Rejection::AlreadyStarted {
            status: draft.state().status(),
        });
    }
    draft.write(started);
    draft.follow_up();
    Ok(())
}
