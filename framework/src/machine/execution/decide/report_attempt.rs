//! Report an attempt: it has ended, or is alive. Every report about a living attempt counts.
//!
//! The only refusal is of a report that comes late, or twice: its token, that is the activity and
//! the number of the attempt, is not that of an attempt that runs. Whatever else is wrong with a
//! report ends the attempt as failed, and the retry policy says what follows.
//!
//! | Outcome | was asked to stop | was not |
//! |---|---|---|
//! | result | completed | completed |
//! | result over the limit | failed, not retried | failed, not retried |
//! | failure with a cancellation among its causes | canceled | failed |
//! | the same, with details over the limit | failed, not retried | failed |
//! | any other failure | failed, not retried | failed |
//! | failure over a limit | failed, not retried | failed with another failure that says so |
//!
//! A report of progress is recorded unless it was before. Details of a heartbeat over the limit are
//! dropped, and the run says so; the heartbeat counts.
//! An attempt that is handed over goes on: its clocks run, and it counts until it is completed
//! ([`report_activity`](super::report_activity)), fails or times out.

use crate::{
    machine::execution::{Draft, Rejection, check},
    model::{
        ApplicationFailureInfo, AttemptFailure, EventAttributes, EventId, Failure, FailureInfo,
        Identity, Payloads, Progress, ServerFailureInfo, event::activity_task, limits,
        transition::AttemptHandedOver,
    },
};

/// The type of the failure that takes the place of a cancellation which nobody had asked for. A
/// retry policy can name it.
pub const CANCELED: &str = "Canceled";

/// Reports the end of an attempt, or that it is alive.
#[derive(Clone, PartialEq, Debug)]
pub struct ReportAttempt {
    /// The event that scheduled the activity.
    pub scheduled_event_id: EventId,
    /// The attempt.
    pub attempt: u32,
    /// What became of it.
    pub outcome: AttemptOutcome,
    /// What it has said before this and was not reported yet.
    pub last_words: LastWords,
    /// Who ran it.
    pub identity: Identity,
}

/// What an attempt has said before it ended, and nobody has been told yet.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct LastWords {
    /// The details of its last heartbeat.
    pub heartbeat: Option<Payloads>,
    /// Its last report of progress; it may have been told before.
    pub progress: Option<Progress>,
}

/// What became of an attempt.
#[derive(Clone, PartialEq, Debug)]
pub enum AttemptOutcome {
    /// It has returned a result.
    Completed(Payloads),
    /// It has failed; with a cancellation among the causes if it stopped because it was asked to.
    Failed(Box<Failure>),
    /// Nothing yet: it is alive, and a later attempt can read these details.
    Heartbeat(Payloads),
    /// Nothing yet: it has got so far, and its workflow is to know.
    Progress(Progress),
    /// Nothing yet, but its code has returned: somebody else completes it.
    HandedOver,
}

impl AttemptOutcome {
    /// Whether it is the end of what the attempt's code does.
    pub fn is_end(&self) -> bool {
        !matches!(self, Self::Heartbeat(_) | Self::Progress(_))
    }
}

/// How an attempt has ended.
#[derive(Clone, PartialEq, Debug)]
enum AttemptEnd {
    /// With a result that can be recorded.
    Completed(Payloads),
    /// It stopped because it was asked to.
    Canceled(Payloads),
    /// With a failure that can be recorded.
    Failed(Box<Failure>),
}

/// Records what became of an attempt.
///
/// # Errors
/// A [`Rejection`] if no such attempt runs: the report comes late, or twice.
pub fn report_attempt(draft: &mut Draft<'_>, message: ReportAttempt) -> Result<(), Rejection> {
    let ReportAttempt {
        scheduled_event_id,
        attempt,
        outcome,
        last_words,
        identity,
    } = message;
    let activity = draft.state().running_attempt(scheduled_event_id, attempt)?;
    let asked_to_stop = activity.cancel_requested;
    if let Some(details) = last_words.heartbeat {
        draft.heartbeat(scheduled_event_id, details);
    }
    let progress = last_words.progress;
    let mut has_news = progress
        .is_some_and(|progress| draft.progress(scheduled_event_id, progress, identity.clone()));
    match outcome {
        AttemptOutcome::Heartbeat(details) => draft.heartbeat(scheduled_event_id, details),
        AttemptOutcome::Progress(progress) => {
            has_news |= draft.progress(scheduled_event_id, progress, identity);
        }
        AttemptOutcome::HandedOver => draft.change(AttemptHandedOver {
            scheduled_event_id,
            attempt,
        }),
        AttemptOutcome::Completed(result) => {
            draft.end_attempt(scheduled_event_id, completed(result), identity);
        }
        AttemptOutcome::Failed(failure) => {
            let end = failed(failure, asked_to_stop.is_some());
            draft.end_attempt(scheduled_event_id, end, identity);
        }
    }
    if has_news {
        // An attempt that is followed by another one leaves nothing else to tell.
        draft.follow_up();
    }
    Ok(())
}

/// Bytes of a marker that are not its result or its failure, and have to fit into it, too.
const MARKER_MARGIN: usize = 16 * 1024;

/// What an attempt of a local activity has come to, as it is to be recorded; the end of the activity
/// if there is no other attempt.
///
/// What is too large for a marker becomes a failure, as it would be at each further attempt.
///
/// # Errors
/// The [`Failure`], if it has failed.
pub fn judge_local_attempt(
    outcome: AttemptOutcome,
    asked_to_stop: bool,
) -> Result<Payloads, Box<Failure>> {
    const ROOM: usize = limits::PAYLOAD_BYTES_MAX - MARKER_MARGIN;
    let end = match outcome {
        AttemptOutcome::Completed(result) => completed(result),
        AttemptOutcome::Failed(failure) => failed(failure, asked_to_stop),
        AttemptOutcome::HandedOver => {
            let message = "a local activity cannot be left to somebody else to complete";
            AttemptEnd::Failed(Box::new(final_failure(message)))
        }
        AttemptOutcome::Heartbeat(_) | AttemptOutcome::Progress(_) => {
            AttemptEnd::Completed(Payloads::EMPTY)
        }
    };
    let (what, bytes) = match &end {
        AttemptEnd::Completed(result) => ("result of a local activity", result.size()),
        AttemptEnd::Canceled(details) => ("details of the cancellation", details.size()),
        AttemptEnd::Failed(failure) => ("failure of a local activity", failure.size()),
    };
    if let Err(too_large) = check::bytes(what, bytes, ROOM) {
        return Err(Box::new(useless_to_repeat(&too_large)));
    }
    match end {
        AttemptEnd::Completed(result) => Ok(result),
        AttemptEnd::Canceled(details) => Err(Box::new(Failure::canceled("canceled", details))),
        AttemptEnd::Failed(failure) => Err(failure),
    }
}

/// What a result comes to. One that is too large would be returned by another attempt as well.
fn completed(result: Payloads) -> AttemptEnd {
    match check::payloads("activity result", &result) {
        Ok(()) => AttemptEnd::Completed(result),
        Err(too_large) => AttemptEnd::Failed(Box::new(useless_to_repeat(&too_large))),
    }
}

/// What a failure comes to.
fn failed(mut failure: Box<Failure>, asked_to_stop: bool) -> AttemptEnd {
    if asked_to_stop && let Some(details) = canceled_details(&failure) {
        return match check::payloads("details of the cancellation", &details) {
            Ok(()) => AttemptEnd::Canceled(details),
            Err(too_large) => AttemptEnd::Failed(Box::new(useless_to_repeat(&too_large))),
        };
    }
    forget_cancellation(&mut failure);
    match check::failure("activity failure", &failure) {
        Ok(()) => AttemptEnd::Failed(failure),
        Err(too_large) => AttemptEnd::Failed(Box::new(Failure::server(too_large.to_string()))),
    }
}

/// What a canceled activity had to say: the details of the first cancellation in its failure.
fn canceled_details(failure: &Failure) -> Option<Payloads> {
    failure.chain().find_map(|failure| match &failure.info {
        FailureInfo::Canceled(info) => Some(info.details.clone()),
        _ => None,
    })
}

/// Turns a cancellation that nobody had asked for into an ordinary failure: the retry policy judges
/// it, and the workflow is not told that its activity was canceled. What caused it stays as it is.
fn forget_cancellation(failure: &mut Failure) {
    if let FailureInfo::Canceled(info) = &mut failure.info {
        let details = std::mem::take(&mut info.details);
        failure.info = FailureInfo::Application(ApplicationFailureInfo {
            error_type: CANCELED.to_owned(),
            details,
            ..ApplicationFailureInfo::default()
        });
        failure.message = format!("canceled without being asked to stop: {}", failure.message);
    }
}

/// The failure of an attempt whose outcome cannot be recorded, and whose repetition could not be.
fn useless_to_repeat(refused: &Rejection) -> Failure {
    final_failure(refused.to_string())
}

fn final_failure(message: impl Into<String>) -> Failure {
    let info = ServerFailureInfo {
        non_retryable: true,
    };
    Failure::new(message, FailureInfo::Server(info))
}

impl Draft<'_> {
    /// Ends the attempt of an activity that runs.
    fn end_attempt(&mut self, scheduled_event_id: EventId, end: AttemptEnd, identity: Identity) {
        let Some(activity) = self.state().pending_activity(scheduled_event_id) else {
            return;
        };
        let start = activity.start_event();
        let latest_cancel_requested_event_id = activity.cancel_requested.unwrap_or_default();
        match end {
            AttemptEnd::Completed(result) => self.end_activity(start, |started_event_id| {
                EventAttributes::ActivityTaskCompleted(activity_task::Completed {
                    result,
                    scheduled_event_id,
                    started_event_id,
                    identity,
                })
            }),
            AttemptEnd::Canceled(details) => self.end_activity(start, |started_event_id| {
                EventAttributes::ActivityTaskCanceled(activity_task::Canceled {
                    details,
                    latest_cancel_requested_event_id,
                    scheduled_event_id,
                    started_event_id,
                    identity,
                })
            }),
            AttemptEnd::Failed(failure) => {
                let activity = activity.clone();
                let failure = AttemptFailure {
                    failure: *failure,
                    identity,
                };
                // It follows up by itself, if the activity has failed for good.
                return self.fail_attempt(&activity, &activity.scheduled.retry_policy, failure);
            }
        }
        self.follow_up();
    }
}
