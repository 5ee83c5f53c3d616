//! Lose attempts: at recovery, attempts that were running are known to be dead.

use crate::{
    machine::execution::{Draft, PendingActivity, activity::at_once},
    model::{AttemptFailure, EventId, Failure, Identity},
};

/// What is known of an attempt that is lost.
const LOST: &str = "the attempt is lost: its process or its thread ended before its outcome was \
                    recorded";

/// Declares the running attempts of these activities lost. An attempt counts as failed; what
/// follows is up to the retry policy, except that nothing is waited for: the time to recover has
/// been wait enough.
pub fn lose_activity_attempts(draft: &mut Draft<'_>, scheduled_event_ids: &[EventId]) {
    let lost = scheduled_event_ids.iter();
    let running = lost.filter_map(|id| draft.state().pending_activity(*id));
    let running = running.filter(|activity| activity.is_started());
    let running: Vec<PendingActivity> = running.cloned().collect();
    for activity in running {
        let failure = AttemptFailure {
            failure: Failure::server(LOST),
            identity: Identity::default(),
        };
        draft.fail_attempt(
            &activity,
            &at_once(&activity.scheduled.retry_policy),
            failure,
        );
    }
}
