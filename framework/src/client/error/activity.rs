//! Why what became of an activity elsewhere was not recorded.

use derive_more::{Display, Error, From};

use crate::{
    actor::{Refusal, RequestOutcome},
    client::RequestError,
    machine::execution::Rejection,
    model::{ExecutionStatus, PayloadError},
};

/// What became of an activity elsewhere was not recorded, or it is not known whether it was.
#[derive(Clone, PartialEq, Debug, Display, Error, From)]
#[non_exhaustive]
pub enum ReportActivityError {
    /// The run has closed, and nobody waits for the activity.
    #[display("workflow execution is closed status={status}")]
    #[from(ignore)]
    Closed {
        /// How it closed.
        status: ExecutionStatus,
    },
    /// No such attempt runs: it was completed before, has timed out or failed, or waits to be
    /// started. Another attempt of the activity has another token.
    #[display("no such attempt of the activity runs")]
    #[from(ignore)]
    NotRunning,
    /// The activity is said to have stopped, and nobody has asked it to. Complete or fail it.
    #[display("activity was not asked to stop")]
    #[from(ignore)]
    CancelNotRequested,
    /// What is reported does not become a payload. Mend its type's `Serialize`.
    #[display("report cannot be sent: {_0}")]
    Payload(#[error(source)] PayloadError),
    /// The request met what any request can meet.
    #[display("{_0}")]
    Request(#[error(source)] RequestError),
}

impl ReportActivityError {
    /// Whether the report may have been recorded. It is safe to repeat: one that was recorded is
    /// refused as [`NotRunning`](Self::NotRunning) or [`Closed`](Self::Closed).
    pub fn outcome(&self) -> RequestOutcome {
        match self {
            Self::Request(error) => error.outcome(),
            Self::Closed { .. }
            | Self::NotRunning
            | Self::CancelNotRequested
            | Self::Payload(_) => RequestOutcome::NotDone,
        }
    }
}

impl From<Refusal> for ReportActivityError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Rejected(Rejection::AlreadyClosed { status }) => Self::Closed { status },
            Refusal::Rejected(Rejection::NotFound { .. } | Rejection::StaleAttempt { .. }) => {
                Self::NotRunning
            }
            Refusal::Rejected(Rejection::CancelNotRequested) => Self::CancelNotRequested,
            other => Self::Request(other.into()),
        }
    }
}
