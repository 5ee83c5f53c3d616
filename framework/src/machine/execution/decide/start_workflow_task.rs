//! Start a workflow task: from here to its end, everything else that happens has to wait.

use crate::{
    machine::execution::{Draft, Rejection, workflow_task::transient_events},
    model::{
        HistoryEvent, Identity, RequestId, event::workflow_task, transition::TransientStarted,
    },
};

/// Starts the workflow task that is scheduled.
#[derive(Clone, PartialEq, Debug)]
pub struct StartWorkflowTask {
    /// Who runs it.
    pub identity: Identity,
    /// The id that makes the start idempotent.
    pub request_id: RequestId,
}

/// A workflow task that has started.
#[derive(Clone, PartialEq, Debug)]
pub struct StartedWorkflowTask {
    /// Which attempt it is, from 1.
    pub attempt: u32,
    /// What the program is shown behind the history: the `WorkflowTaskScheduled` and
    /// `WorkflowTaskStarted` of a transient task, with the ids they will have. Empty on attempt 1.
    pub events: Vec<HistoryEvent>,
}

/// Starts the workflow task that is scheduled. Repeated with the same request id it changes
/// nothing and returns the same.
pub fn start_workflow_task(
    draft: &mut Draft<'_>,
    message: StartWorkflowTask,
) -> Result<StartedWorkflowTask, Rejection> {
    const WHAT: &str = "workflow task";
    let state = draft.state();
    state.check_open()?;
    let task = state.workflow_task();
    let task = task.ok_or(Rejection::NotFound { what: WHAT })?;
    let attempt = task.attempt;
    if let Some(start) = &task.started {
        if start.request_id != message.request_id {
            return Err(Rejection::TaskAlreadyStarted { what: WHAT });
        }
    } else if task.not_before() > draft.now() {
        return Err(Rejection::NotDue {
            what: WHAT,
            not_before: task.not_before(),
        });
    } else if task.is_transient() {
        draft.change(TransientStarted {
            at: draft.now(),
            identity: message.identity,
            request_id: message.request_id,
        });
    } else {
        let started = workflow_task::Started {
            scheduled_event_id: task.scheduled_event_id,
            identity: message.identity,
            request_id: message.request_id,
            suggest_continue_as_new: state.suggest_continue_as_new(),
            history_size_bytes: state.history_size_bytes(),
        };
        draft.write(started);
    }
    let events = transient_events(draft.state());
    Ok(StartedWorkflowTask {
        attempt,
        events: events.map(Vec::from).unwrap_or_default(),
    })
}
