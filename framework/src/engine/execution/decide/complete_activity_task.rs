//! Complete an activity: its attempt returned a result.

use crate::{
    engine::execution::{Draft, Rejection, check},
    model::{
        AttemptFailure, EventAttributes, EventId, Failure, FailureInfo, Identity, Payloads,
        ServerFailureInfo, event::activity_task,
    },
};

/// Reports the result of an attempt.
#[derive(Clone, PartialEq, Debug)]
pub struct CompleteActivityTask {
    /// The event that scheduled the activity.
    pub scheduled_event_id: EventId,
    /// The attempt that returned.
    pub attempt: u32,
    /// What it returned.
    pub result: Payloads,
    /// Who ran it.
    pub identity: Identity,
}

/// Records the result of an activity.
///
/// A result that is too large fails the activity for good: another attempt would return the same.
pub fn complete_activity_task(
    draft: &mut Draft<'_>,
    message: CompleteActivityTask,
) -> Result<(), Rejection> {
    let CompleteActivityTask {
        scheduled_event_id,
        attempt,
        result,
        identity,
    } = message;
    let activity = draft.state().running_attempt(scheduled_event_id, attempt)?;
    let start = activity.start_event();
    if let Err(too_large) = check::payloads("activity result", &result) {
        let failure = AttemptFailure {
            failure: useless_to_repeat(&too_large),
            identity,
        };
        let activity = activity.clone();
        draft.fail_attempt(&activity, &activity.scheduled.retry_policy, failure);
        return Ok(());
    }
    draft.end_activity(start, |started_event_id| {
        EventAttributes::ActivityTaskCompleted(activity_task::Completed {
            result,
            scheduled_event_id,
            started_event_id,
            identity,
        })
    });
    draft.settle();
    Ok(())
}

/// The failure of an attempt whose report is refused, and whose repetition would be as well.
pub(super) fn useless_to_repeat(refused: &Rejection) -> Failure {
    let info = ServerFailureInfo {
        non_retryable: true,
    };
    Failure::new(refused.to_string(), FailureInfo::Server(info))
}
