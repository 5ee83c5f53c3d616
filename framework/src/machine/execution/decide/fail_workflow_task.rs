//! Fail a workflow task: the program has no answer. The run stays open and the task is retried.

use crate::{
    machine::{
        execution::{Draft, Rejection, check, workflow_task::TaskEnd},
        task::WorkflowTaskFailure,
    },
    model::Identity,
};

/// Reports that the workflow task that has started has no answer.
#[derive(Clone, PartialEq, Debug)]
pub struct FailWorkflowTask {
    /// Why not.
    pub failure: WorkflowTaskFailure,
    /// Who ran it.
    pub identity: Identity,
}

/// Ends the workflow task that has started as failed, and schedules the next attempt.
pub fn fail_workflow_task(
    draft: &mut Draft<'_>,
    message: FailWorkflowTask,
) -> Result<(), Rejection> {
    draft.state().check_open()?;
    if !draft.state().workflow_task_is_started() {
        return Err(Rejection::NotFound {
            what: "started workflow task",
        });
    }
    let WorkflowTaskFailure { cause, failure } = message.failure;
    let failure = check::or_smaller("workflow task failure", failure);
    draft.end_workflow_task(TaskEnd::Failed {
        cause,
        failure: Box::new(failure),
        identity: message.identity,
    });
    draft.enforce_history_limits();
    Ok(())
}
