//! Start an attempt of an activity. It leaves no event; the last attempt's is recorded at its end.

use crate::{
    machine::execution::{ActivityState, ActivityTask, Draft, Effect, PendingActivity, Rejection},
    model::{EventId, Identity, RequestId, transition::AttemptStarted},
};

/// Starts the attempt of an activity that waits to be started.
#[derive(Clone, PartialEq, Debug)]
pub struct StartActivityTask {
    /// The event that scheduled the activity.
    pub scheduled_event_id: EventId,
    /// Who runs it.
    pub identity: Identity,
    /// The id of the request.
    pub request_id: RequestId,
}

/// Starts an attempt; [`Effect::RunActivity`] runs it.
pub fn start_activity_task(
    draft: &mut Draft<'_>,
    message: StartActivityTask,
) -> Result<(), Rejection> {
    const WHAT: &str = "activity";
    let state = draft.state();
    state.check_open()?;
    let activity = state.pending_activity(message.scheduled_event_id);
    let activity = activity.ok_or(Rejection::NotFound { what: WHAT })?;
    let attempt = activity.attempt;
    if state.is_paused() || activity.pause.is_some() {
        return Err(Rejection::Paused { what: WHAT });
    }
    match activity.state {
        ActivityState::Started { .. } => {
            return Err(Rejection::TaskAlreadyStarted { what: WHAT });
        }
        ActivityState::Scheduled { turn, .. } if turn.not_before > draft.now() => {
            return Err(Rejection::NotDue {
                what: WHAT,
                not_before: turn.not_before,
            });
        }
        ActivityState::Scheduled { .. } => {}
    }
    let task = activity_task(draft, activity);
    draft.change(AttemptStarted {
        scheduled_event_id: message.scheduled_event_id,
        attempt,
        at: draft.now(),
        identity: message.identity,
        request_id: message.request_id,
    });
    draft.release(Effect::RunActivity(Box::new(task)));
    Ok(())
}

fn activity_task(draft: &Draft<'_>, activity: &PendingActivity) -> ActivityTask {
    let state = draft.state();
    let now = draft.now();
    let scheduled = &activity.scheduled;
    let start_to_close = scheduled.start_to_close_timeout;
    let own = (!start_to_close.is_zero()).then(|| now.after(start_to_close));
    let limits = [own, activity.expiration(), state.run_deadline()];
    let heartbeat = scheduled.heartbeat_timeout;
    ActivityTask {
        execution: state.execution(),
        workflow_type: state
            .started()
            .map(|started| started.workflow_type.clone())
            .unwrap_or_default(),
        scheduled_event_id: activity.scheduled_event_id,
        activity_id: scheduled.activity_id.clone(),
        activity_type: scheduled.activity_type.clone(),
        task_queue: scheduled.task_queue.clone(),
        input: scheduled.input.clone(),
        attempt: activity.attempt,
        number: activity.number(),
        scheduled_at: activity.scheduled_at.at,
        started_at: now,
        deadline: limits.into_iter().flatten().min(),
        heartbeat_timeout: (!heartbeat.is_zero()).then_some(heartbeat),
        heartbeat_details: activity.heartbeat_details.clone(),
        controls: activity.controls.clone(),
        header: scheduled.header.clone(),
    }
}
