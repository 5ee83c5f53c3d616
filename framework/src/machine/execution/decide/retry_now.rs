//! Retry now: what backs off is tried again at once, because somebody has mended its cause.

use crate::{
    machine::execution::{ActivityState, Draft, PendingActivity, Rejection},
    model::{ActivityId, EventId, transition::BackoffEnded},
};

/// Asks for the next attempt without its backoff.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RetryNow {
    /// Of this activity; without one, of the workflow task, also the first, and of every activity.
    pub activity_id: Option<ActivityId>,
}

/// Ends backoffs; returns how many there were. The numbers of the attempts go on. A first workflow
/// task that waits is one of them.
pub fn retry_now(draft: &mut Draft<'_>, message: &RetryNow) -> Result<usize, Rejection> {
    draft.state().check_open()?;
    let backing_off = if let Some(activity_id) = &message.activity_id {
        let state = draft.state();
        let id = state.activity_ids.get(activity_id).copied();
        let activity = id.and_then(|id| state.pending_activity(id));
        let activity = activity.ok_or(Rejection::NotFound { what: "activity" })?;
        let ids = is_backing_off(draft, activity).then_some(activity.scheduled_event_id);
        Vec::from_iter(ids)
    } else {
        let activities = draft.state().pending_activities();
        let activities = activities.filter(|activity| is_backing_off(draft, activity));
        activities
            .map(|activity| activity.scheduled_event_id)
            .collect()
    };
    for scheduled_event_id in &backing_off {
        draft.change(BackoffEnded {
            scheduled_event_id: *scheduled_event_id,
        });
    }
    let task = message.activity_id.is_none() && retry_workflow_task(draft);
    let first_task =
        message.activity_id.is_none() && draft.state().first_workflow_task_at().is_some();
    if first_task {
        draft.follow_up_at_once();
    }
    Ok(backing_off.len() + usize::from(task) + usize::from(first_task))
}

/// Ends the backoff of the workflow task; says whether there was one.
///
/// Also decided at recovery: the code of a new process may be what the task waited for.
pub fn retry_workflow_task(draft: &mut Draft<'_>) -> bool {
    let task = draft.state().workflow_task();
    let waits = task.is_some_and(|task| task.started.is_none() && task.not_before() > draft.now());
    if waits {
        draft.change(BackoffEnded {
            scheduled_event_id: EventId::NONE,
        });
    }
    waits
}

fn is_backing_off(draft: &Draft<'_>, activity: &PendingActivity) -> bool {
    matches!(activity.state, ActivityState::Scheduled { turn, .. } if turn.not_before > draft.now())
}
