//! What an operator does about a pending activity: pause it, let it go on, have its attempts counted
//! anew, give it other options. Nothing of it is in the history.

use std::time::Duration;

use crate::{
    machine::execution::{
        ActivityState, Draft, Effect, PendingActivity, Rejection, check, close,
        decide::pause::check_words, retry, timeout,
    },
    model::{
        ActivityId, ActivityOptionsChange, Identity, RequestId, ScheduleActivityTask,
        event::activity_task,
        transition::{ActivityOptionsUpdated, ActivityPaused, ActivityReset, ActivityUnpaused},
    },
};

/// Pauses a pending activity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PauseActivity {
    /// Which one.
    pub activity_id: ActivityId,
    /// The reason given.
    pub reason: String,
    /// Who asks.
    pub identity: Identity,
}

/// Lets an activity go on that was paused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnpauseActivity {
    /// Which one.
    pub activity_id: ActivityId,
    /// Whether its attempts are counted anew.
    pub resets_attempts: bool,
    /// Whether the details of its last heartbeat are forgotten.
    pub forgets_heartbeat: bool,
}

/// Has the attempts of a pending activity counted anew.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ResetActivity {
    /// Which one.
    pub activity_id: ActivityId,
    /// Whether the details of its last heartbeat are forgotten.
    pub forgets_heartbeat: bool,
}

/// Gives a pending activity other options.
#[derive(Clone, PartialEq, Debug)]
pub struct UpdateActivityOptions {
    /// Which one.
    pub activity_id: ActivityId,
    /// What is other about them.
    pub change: ActivityOptionsChange,
}

/// Pauses an activity: no attempt of it is started, and one that runs is told. One that is paused
/// stays so, for the reason that was given first.
pub fn pause_activity(draft: &mut Draft<'_>, message: PauseActivity) -> Result<(), Rejection> {
    let activity = find(draft, &message.activity_id)?;
    check_words(&message.reason, &message.identity, &RequestId::default())?;
    if activity.pause.is_some() {
        return Ok(());
    }
    let (scheduled_event_id, attempt) = (activity.scheduled_event_id, activity.attempt);
    let effect = if activity.is_started() {
        Effect::PauseActivity {
            scheduled_event_id,
            attempt,
        }
    } else {
        close::withdraw(scheduled_event_id)
    };
    draft.change(ActivityPaused {
        scheduled_event_id,
        identity: message.identity,
        reason: message.reason,
    });
    draft.release(effect);
    draft.enforce_history_limits();
    Ok(())
}

/// Lets an activity go on: if no attempt of it runs, the next one may start at once.
pub fn unpause_activity(draft: &mut Draft<'_>, message: &UnpauseActivity) -> Result<(), Rejection> {
    let activity = find(draft, &message.activity_id)?;
    let scheduled_event_id = activity.scheduled_event_id;
    if activity.pause.is_none() {
        return Err(Rejection::NotPaused { what: "activity" });
    }
    if message.resets_attempts || message.forgets_heartbeat {
        draft.change(ActivityReset {
            scheduled_event_id,
            forgets_heartbeat: message.forgets_heartbeat,
        });
    }
    draft.change(ActivityUnpaused { scheduled_event_id });
    draft.enforce_history_limits();
    Ok(())
}

/// Has the attempts of an activity counted anew: one that waits is the first again, and may start at
/// once; behind one that runs comes the first. A pause stays.
pub fn reset_activity(draft: &mut Draft<'_>, message: &ResetActivity) -> Result<(), Rejection> {
    let activity = find(draft, &message.activity_id)?;
    let scheduled_event_id = activity.scheduled_event_id;
    draft.change(ActivityReset {
        scheduled_event_id,
        forgets_heartbeat: message.forgets_heartbeat,
    });
    draft.enforce_history_limits();
    Ok(())
}

/// Gives an activity other options. Clocks that run go by the new ones at once, and so does an attempt
/// that backs off; one that runs goes on where it is.
pub fn update_activity_options(
    draft: &mut Draft<'_>,
    message: UpdateActivityOptions,
) -> Result<(), Rejection> {
    let activity = find(draft, &message.activity_id)?;
    let scheduled_event_id = activity.scheduled_event_id;
    let is_waiting = !activity.is_started();
    let asked = changed(&activity.scheduled, message.change);
    check::name("task queue", asked.task_queue.as_str())?;
    let run_timeout = draft
        .state()
        .started()
        .and_then(|it| it.workflow_run_timeout);
    let timeouts = timeout::normalize_activity(&asked, run_timeout);
    let timeouts = timeouts.map_err(|_| Rejection::Missing {
        what: "start_to_close, and schedule_to_close",
    })?;
    let retry_policy = retry::checked(asked.retry_policy.unwrap_or_default())?;
    let backs_off =
        matches!(activity.state, ActivityState::Scheduled { backoff, .. } if !backoff.is_zero());
    let is_other = backs_off && retry_policy != activity.scheduled.retry_policy;
    // As on a Temporal server, by the number of the attempt that is to come.
    let backoff = is_other.then(|| retry::interval(&retry_policy, activity.number()));
    draft.change(Box::new(ActivityOptionsUpdated {
        scheduled_event_id,
        task_queue: asked.task_queue,
        schedule_to_close_timeout: timeouts.schedule_to_close,
        schedule_to_start_timeout: timeouts.schedule_to_start,
        start_to_close_timeout: timeouts.start_to_close,
        heartbeat_timeout: timeouts.heartbeat,
        retry_policy,
        backoff,
    }));
    if is_waiting {
        draft.release(close::withdraw(scheduled_event_id));
    }
    draft.enforce_history_limits();
    Ok(())
}

/// The activity as if it had been asked for like this.
fn changed(
    scheduled: &activity_task::Scheduled,
    change: ActivityOptionsChange,
) -> ScheduleActivityTask {
    let limit = |new: Option<Duration>, old: Duration| Some(new.unwrap_or(old));
    ScheduleActivityTask {
        task_queue: change
            .task_queue
            .unwrap_or_else(|| scheduled.task_queue.clone()),
        schedule_to_close_timeout: limit(
            change.schedule_to_close,
            scheduled.schedule_to_close_timeout,
        ),
        schedule_to_start_timeout: limit(
            change.schedule_to_start,
            scheduled.schedule_to_start_timeout,
        ),
        start_to_close_timeout: limit(change.start_to_close, scheduled.start_to_close_timeout),
        heartbeat_timeout: limit(change.heartbeat, scheduled.heartbeat_timeout),
        retry_policy: Some(
            change
                .retry
                .unwrap_or_else(|| scheduled.retry_policy.clone()),
        ),
        ..ScheduleActivityTask::default()
    }
}

fn find<'d>(
    draft: &'d Draft<'_>,
    activity_id: &ActivityId,
) -> Result<&'d PendingActivity, Rejection> {
    let state = draft.state();
    state.check_open()?;
    let id = state.activity_ids.get(activity_id).copied();
    let activity = id.and_then(|id| state.pending_activity(id));
    activity.ok_or(Rejection::NotFound { what: "activity" })
}
