//! Why a signal was not recorded.

use derive_more::{Display, Error, From};

use crate::{
    actor::{Refusal, RequestOutcome},
    client::RequestError,
    machine::execution::Rejection,
    model::{ExecutionStatus, PayloadError, RequestId},
};

/// A signal was not recorded, or it is not known whether it was.
#[derive(Clone, PartialEq, Debug, Display, Error, From)]
#[non_exhaustive]
pub enum SignalWorkflowError {
    /// The run has closed, and nobody would read the signal.
    #[display("workflow execution is closed status={status}")]
    #[from(ignore)]
    Closed {
        /// How it closed.
        status: ExecutionStatus,
    },
    /// The input does not become a payload. Mend its type's `Serialize`.
    #[display("input cannot be sent: {_0}")]
    Payload(#[error(source)] PayloadError),
    /// The request met what any request can meet.
    #[display("{_0}")]
    Request(#[error(source)] RequestError),
}

impl SignalWorkflowError {
    /// Whether the signal may have been recorded.
    ///
    /// After [`Unknown`](RequestOutcome::Unknown), send it again under
    /// [`request_id`](Self::request_id): it is then recorded once.
    pub fn outcome(&self) -> RequestOutcome {
        match self {
            Self::Request(error) => error.outcome(),
            Self::Closed { .. } | Self::Payload(_) => RequestOutcome::NotDone,
        }
    }

    /// The id to repeat the signal under, where that matters.
    pub fn request_id(&self) -> Option<&RequestId> {
        match self {
            Self::Request(error) => error.request_id(),
            Self::Closed { .. } | Self::Payload(_) => None,
        }
    }

    /// The error of a signal that had this id.
    pub(in crate::client) fn under(request_id: RequestId, refusal: Refusal) -> Self {
        match refusal {
            Refusal::Rejected(Rejection::AlreadyClosed { status }) => Self::Closed { status },
            other => RequestError::under(Some(request_id), other).into(),
        }
    }
}
