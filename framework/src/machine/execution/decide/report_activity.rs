//! Report an activity: somebody outside of its attempt completes it, or says that it is alive.
//!
//! Whoever has the token of an attempt, or knows the ids, may report it, whether its code runs still
//! or was handed over. The first report of an end counts; what the code returns after that comes
//! late. Unlike an attempt, whoever reports is there to be refused: nothing changes then.

use crate::{
    machine::execution::{
        Draft, PendingActivity, Rejection, check, close,
        decide::{AttemptOutcome, HeartbeatResponse, LastWords, ReportAttempt, report_attempt},
    },
    model::{ActivityId, EventId, Failure, Identity, Payloads},
};

/// Reports what has become of an activity elsewhere.
#[derive(Clone, PartialEq, Debug)]
pub struct ReportActivity {
    /// Which attempt of which activity.
    pub attempt: AttemptName,
    /// What has become of it.
    pub outcome: ReportedOutcome,
    /// Who reports it.
    pub identity: Identity,
}

/// What names an attempt to whoever is outside of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AttemptName {
    /// What its token says.
    Token {
        /// The event that scheduled the activity.
        scheduled_event_id: EventId,
        /// The attempt.
        attempt: u32,
    },
    /// The attempt that runs of the activity with this id.
    Id(ActivityId),
}

/// What has become of an activity elsewhere.
#[derive(Clone, PartialEq, Debug)]
pub enum ReportedOutcome {
    /// It has a result.
    Completed(Payloads),
    /// It has failed; its retry policy says what follows.
    Failed(Box<Failure>),
    /// It has stopped because it was asked to, with these details.
    Canceled(Payloads),
    /// Nothing yet: it is alive, and a later attempt can read these details.
    Heartbeat(Payloads),
}

impl ReportedOutcome {
    /// Bytes of what it carries.
    pub fn size(&self) -> usize {
        match self {
            Self::Completed(it) | Self::Canceled(it) | Self::Heartbeat(it) => it.size(),
            Self::Failed(failure) => failure.size(),
        }
    }
}

/// Records what has become of an activity; says whether it is asked to stop.
///
/// # Errors
/// A [`Rejection`] if no such attempt runs, what is reported is too large, or the activity is said
/// to have stopped although nobody has asked it to.
pub fn report_activity(
    draft: &mut Draft<'_>,
    message: ReportActivity,
) -> Result<HeartbeatResponse, Rejection> {
    let activity = find(draft, &message.attempt)?;
    let cancel_requested = activity.cancel_requested.is_some();
    let (scheduled_event_id, attempt) = (activity.scheduled_event_id, activity.attempt);
    let outcome = outcome(message.outcome, cancel_requested)?;
    let code_runs = outcome.is_end() && !activity.is_handed_over();
    let abandoned = code_runs.then(|| close::abandon(activity));
    let report = ReportAttempt {
        scheduled_event_id,
        attempt,
        outcome,
        last_words: LastWords::default(),
        identity: message.identity,
    };
    report_attempt(draft, report)?;
    if let Some(abandoned) = abandoned {
        draft.release(abandoned);
    }
    Ok(HeartbeatResponse { cancel_requested })
}

/// The activity whose attempt of this name runs.
fn find<'d>(draft: &'d Draft<'_>, name: &AttemptName) -> Result<&'d PendingActivity, Rejection> {
    let state = draft.state();
    match name {
        AttemptName::Token {
            scheduled_event_id,
            attempt,
        } => state.running_attempt(*scheduled_event_id, *attempt),
        AttemptName::Id(activity_id) => {
            state.check_open()?;
            let id = state.activity_ids.get(activity_id).copied();
            let activity = id.and_then(|id| state.pending_activity(id));
            let activity = activity.ok_or(Rejection::NotFound { what: "activity" })?;
            state.running_attempt(activity.scheduled_event_id, activity.attempt)
        }
    }
}

/// What a report comes to, if it can be recorded.
fn outcome(reported: ReportedOutcome, asked_to_stop: bool) -> Result<AttemptOutcome, Rejection> {
    Ok(match reported {
        ReportedOutcome::Completed(result) => {
            check::payloads("activity result", &result)?;
            AttemptOutcome::Completed(result)
        }
        ReportedOutcome::Failed(failure) => {
            check::failure("activity failure", &failure)?;
            AttemptOutcome::Failed(failure)
        }
        ReportedOutcome::Canceled(details) if asked_to_stop => {
            check::payloads("details of the cancellation", &details)?;
            AttemptOutcome::Failed(Box::new(Failure::canceled("canceled", details)))
        }
        ReportedOutcome::Canceled(_) => return Err(Rejection::CancelNotRequested),
        ReportedOutcome::Heartbeat(details) => {
            check::payloads("heartbeat details", &details)?;
            AttemptOutcome::Heartbeat(details)
        }
    })
}
