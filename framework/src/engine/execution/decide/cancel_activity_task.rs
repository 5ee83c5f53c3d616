//! Cancel an activity: its attempt stopped because it was asked to.

use crate::{
    engine::execution::{
        Draft, Rejection, check, decide::complete_activity_task::useless_to_repeat,
    },
    model::{AttemptFailure, EventAttributes, EventId, Identity, Payloads, event::activity_task},
};

/// Reports that an attempt stopped because it was asked to.
#[derive(Clone, PartialEq, Debug)]
pub struct CancelActivityTask {
    /// The event that scheduled the activity.
    pub scheduled_event_id: EventId,
    /// The attempt that stopped.
    pub attempt: u32,
    /// What it has to say about it.
    pub details: Payloads,
    /// Who ran it.
    pub identity: Identity,
}

/// Records that an activity was canceled; only after the workflow has asked for it.
pub fn cancel_activity_task(
    draft: &mut Draft<'_>,
    message: CancelActivityTask,
) -> Result<(), Rejection> {
    let CancelActivityTask {
        scheduled_event_id,
        attempt,
        details,
        identity,
    } = message;
    let activity = draft.state().running_attempt(scheduled_event_id, attempt)?;
    let Some(latest_cancel_requested_event_id) = activity.cancel_requested else {
        return Err(Rejection::CancelNotRequested);
    };
    let start = activity.start_event();
    if let Err(too_large) = check::payloads("details of the cancellation", &details) {
        let failure = AttemptFailure {
            failure: useless_to_repeat(&too_large),
            identity,
        };
        let activity = activity.clone();
        draft.fail_attempt(&activity, &activity.scheduled.retry_policy, failure);
        return Ok(());
    }
    draft.end_activity(start, |started_event_id| {
        EventAttributes::ActivityTaskCanceled(activity_task::Canceled {
            details,
            latest_cancel_requested_event_id,
            scheduled_event_id,
            started_event_id,
            identity,
        })
    });
    draft.settle();
    Ok(())
}
