//! What came of acting on a run: what a refusal means for a bulk job.
//!
//! | the engine says | the run counts as |
//! |---|---|
//! | yes | done |
//! | the run has closed, is not there, is paused or not paused already, cannot be reset to the point | skipped |
//! | busy; it has not answered; the run is closed and still has something to say | to be tried again |
//! | anything else | failed |
//!
//! A run that is to be deleted and is not there is done.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    bulk::BulkOperation, client::Refusal, machine::execution::Rejection, model::WorkflowExecution,
};

/// Bound: bytes of what is said about one run.
const TEXT_BYTES_MAX: usize = 300;

/// What came of acting on a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Verdict {
    Done,
    /// There was nothing to be done to it.
    Skipped(String),
    Failed(String),
    /// It is to be tried again.
    Again(HeldUp),
}

/// Why a run is to be tried again, and when.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct HeldUp {
    pub(super) cause: String,
    /// Whether the engine has too much to do; else it has not answered.
    pub(super) is_busy: bool,
    pub(super) wait_millis: u64,
}

/// A run that was skipped or has failed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct RunProblem {
    pub(super) number: u64,
    pub(super) execution: WorkflowExecution,
    /// Whether it was skipped; else it has failed.
    pub(super) is_skipped: bool,
    pub(super) cause: String,
}

impl Verdict {
    /// What this answer means.
    pub(super) fn of<T>(operation: &BulkOperation, answer: Result<T, Refusal>) -> Self {
        let Err(refusal) = answer else {
            return Self::Done;
        };
        let cause = shortened(refusal.to_string());
        let again = |is_busy, wait: Duration| {
            let wait_millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            Self::Again(HeldUp {
                cause: cause.clone(),
                is_busy,
                wait_millis,
            })
        };
        match refusal {
            Refusal::Busy { retry_after } => again(true, retry_after),
            Refusal::Unavailable(_)
            | Refusal::Unknown(_)
            | Refusal::NotReady { .. }
            | Refusal::StillOpen { .. } => again(false, Duration::ZERO),
            Refusal::NotFound { .. } if *operation == BulkOperation::Delete => Self::Done,
            Refusal::NotFound { .. } | Refusal::Followed { .. } => Self::Skipped(cause),
            Refusal::Rejected(rejection) if is_about_the_run(&rejection) => Self::Skipped(cause),
            _ => Self::Failed(cause),
        }
    }
}

/// Whether it is how the run stands that is in the way, and not the request.
fn is_about_the_run(rejection: &Rejection) -> bool {
    matches!(
        rejection,
        Rejection::NotStarted
            | Rejection::AlreadyClosed { .. }
            | Rejection::NotFound { .. }
            | Rejection::Paused { .. }
            | Rejection::AlreadyPaused
            | Rejection::NotPaused { .. }
            | Rejection::ResetPoint { .. }
    )
}

fn shortened(mut text: String) -> String {
    if text.len() > TEXT_BYTES_MAX {
        let mut ends = (0..=TEXT_BYTES_MAX).rev();
        let end = ends.find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or_default());
        text.push('…');
    }
    text
}
