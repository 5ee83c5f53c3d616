//! Why an operator's wish was not carried out.

use derive_more::{Display, Error, From};

use crate::{
    actor::{Refusal, RequestOutcome},
    client::RequestError,
    machine::execution::Rejection,
    model::ExecutionStatus,
};

/// A run or an activity was not paused, or does not go on, or it is not known whether it does.
#[derive(Clone, PartialEq, Debug, Display, Error, From)]
#[non_exhaustive]
pub enum SteerWorkflowError {
    /// The run has closed already.
    #[display("workflow execution is closed status={status}")]
    #[from(ignore)]
    Closed {
        /// How it closed.
        status: ExecutionStatus,
    },
    /// The run is paused already.
    #[display("workflow execution is already paused")]
    #[from(ignore)]
    AlreadyPaused,
    /// What is to go on is not paused.
    #[display("{what} is not paused")]
    #[from(ignore)]
    NotPaused {
        /// The workflow execution, or the activity.
        what: &'static str,
    },
    /// No activity of this id is pending.
    #[display("activity is not pending")]
    #[from(ignore)]
    NotPending,
    /// The request met what any request can meet.
    #[display("{_0}")]
    Request(#[error(source)] RequestError),
}

impl SteerWorkflowError {
    /// Whether it may have been carried out. It is safe to ask again.
    pub fn outcome(&self) -> RequestOutcome {
        match self {
            Self::Request(error) => error.outcome(),
            Self::Closed { .. }
            | Self::AlreadyPaused
            | Self::NotPaused { .. }
            | Self::NotPending => RequestOutcome::NotDone,
        }
    }
}

impl From<Refusal> for SteerWorkflowError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Rejected(Rejection::AlreadyClosed { status }) => Self::Closed { status },
            Refusal::Rejected(Rejection::AlreadyPaused) => Self::AlreadyPaused,
            Refusal::Rejected(Rejection::NotPaused { what }) => Self::NotPaused { what },
            Refusal::Rejected(Rejection::NotFound { .. }) => Self::NotPending,
            other => Self::Request(other.into()),
        }
    }
}
