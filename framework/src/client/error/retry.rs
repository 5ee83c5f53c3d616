//! Why a backoff was not ended.

use derive_more::{Display, Error, From};

use crate::{
    actor::{Refusal, RequestOutcome},
    client::RequestError,
    machine::execution::Rejection,
    model::ExecutionStatus,
};

/// What backs off was not tried again, or it is not known whether it was.
#[derive(Clone, PartialEq, Debug, Display, Error, From)]
#[non_exhaustive]
pub enum RetryNowError {
    /// The run has closed already.
    #[display("workflow execution is closed status={status}")]
    #[from(ignore)]
    Closed {
        /// How it closed.
        status: ExecutionStatus,
    },
    /// No activity of this id is pending.
    #[display("activity is not pending")]
    #[from(ignore)]
    NotPending,
    /// The request met what any request can meet.
    #[display("{_0}")]
    Request(#[error(source)] RequestError),
}

impl RetryNowError {
    /// Whether a backoff may have been ended. It is safe to ask again.
    pub fn outcome(&self) -> RequestOutcome {
        match self {
            Self::Request(error) => error.outcome(),
            Self::Closed { .. } | Self::NotPending => RequestOutcome::NotDone,
        }
    }
}

impl From<Refusal> for RetryNowError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Rejected(Rejection::AlreadyClosed { status }) => Self::Closed { status },
            Refusal::Rejected(Rejection::NotFound { .. }) => Self::NotPending,
            other => Self::Request(other.into()),
        }
    }
}
