//! Pause and unpause a run: in between, what happens to it is recorded, and nothing of it is begun.
//!
//! A workflow task that has not started is taken back. One that has started goes on to its end, and
//! attempts that run do so, too.

use crate::{
    machine::execution::{Draft, Effect, Rejection, check, close, workflow_task::SERVICE},
    model::{
        EventId, Identity, RequestId,
        event::{
            workflow_execution,
            workflow_task::{self, FailedCause},
        },
    },
};

/// Pauses the run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pause {
    /// The reason given.
    pub reason: String,
    /// Who asks.
    pub identity: Identity,
    /// The id that makes the request idempotent.
    pub request_id: RequestId,
}

/// Lets the run go on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unpause {
    /// The reason given.
    pub reason: String,
    /// Who asks.
    pub identity: Identity,
    /// The id of the request.
    pub request_id: RequestId,
}

/// Pauses the run. The request that has paused it is accepted again, and changes nothing.
pub fn pause(draft: &mut Draft<'_>, message: Pause) -> Result<(), Rejection> {
    let state = draft.state();
    state.check_open()?;
    check_words(&message.reason, &message.identity, &message.request_id)?;
    if let Some(request_id) = state.pause_request_id() {
        let is_same = *request_id == message.request_id;
        return if is_same {
            Ok(())
        } else {
            Err(Rejection::AlreadyPaused)
        };
    }
    let waiting = state.pending_activities();
    let waiting = waiting.filter(|activity| !activity.is_started());
    let waiting = waiting.map(|activity| close::withdraw(activity.scheduled_event_id));
    let withdrawn: Vec<Effect> = waiting.collect();
    take_task_back(draft);
    draft.record(workflow_execution::Paused {
        identity: message.identity,
        reason: message.reason,
        request_id: message.request_id,
    });
    for effect in withdrawn {
        draft.release(effect);
    }
    draft.enforce_history_limits();
    Ok(())
}

/// Lets the run go on: its program is told what has happened meanwhile.
///
/// A first workflow task that waits for its time still does, unless the run is asked to stop.
pub fn unpause(draft: &mut Draft<'_>, message: Unpause) -> Result<(), Rejection> {
    let state = draft.state();
    state.check_open()?;
    check_words(&message.reason, &message.identity, &message.request_id)?;
    if !state.is_paused() {
        return Err(Rejection::NotPaused {
            what: "workflow execution",
        });
    }
    draft.record(workflow_execution::Unpaused {
        identity: message.identity,
        reason: message.reason,
        request_id: message.request_id,
    });
    if draft.state().cancel_requested() {
        // The request has put an end to the wait for the first workflow task.
        draft.follow_up_at_once();
    } else {
        draft.follow_up();
    }
    Ok(())
}

/// That nothing of what people say is too large.
pub(super) fn check_words(
    reason: &str,
    identity: &Identity,
    request_id: &RequestId,
) -> Result<(), Rejection> {
    check::text("reason", reason)?;
    check::optional_name("identity", identity.as_str())?;
    check::optional_name("request id", request_id.as_str())
}

/// Writes that the workflow task which was scheduled is not to be started. Of a transient one the
/// history says nothing.
fn take_task_back(draft: &mut Draft<'_>) {
    let task = draft.state().workflow_task();
    let Some(task) = task.filter(|task| task.started.is_none() && !task.is_transient()) else {
        return;
    };
    let scheduled_event_id = task.scheduled_event_id;
    draft.write(workflow_task::Failed {
        scheduled_event_id,
        started_event_id: EventId::NONE,
        cause: FailedCause::WorkflowPauseRequestedBeforeTaskStarted,
        identity: Identity::new(SERVICE),
        ..workflow_task::Failed::default()
    });
}
