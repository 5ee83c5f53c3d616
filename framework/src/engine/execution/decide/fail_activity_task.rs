//! Fail an attempt of an activity: another one follows, or the activity has failed.

use crate::{
    engine::execution::{Draft, Rejection, check},
    model::{AttemptFailure, EventId, Failure, Identity},
};

/// Reports the failure of an attempt.
#[derive(Clone, PartialEq, Debug)]
pub struct FailActivityTask {
    /// The event that scheduled the activity.
    pub scheduled_event_id: EventId,
    /// The attempt that failed.
    pub attempt: u32,
    /// What went wrong.
    pub failure: Failure,
    /// Who ran it.
    pub identity: Identity,
}

/// Ends an attempt as failed; the retry policy says what follows.
///
/// A failure that is too large is replaced by one that says so, which can be retried.
pub fn fail_activity_task(
    draft: &mut Draft<'_>,
    message: FailActivityTask,
) -> Result<(), Rejection> {
    let state = draft.state();
    let activity = state.running_attempt(message.scheduled_event_id, message.attempt)?;
    let activity = activity.clone();
    let failure = AttemptFailure {
        failure: check::or_smaller("activity failure", message.failure),
        identity: message.identity,
    };
    draft.fail_attempt(&activity, &activity.scheduled.retry_policy, failure);
    Ok(())
}
