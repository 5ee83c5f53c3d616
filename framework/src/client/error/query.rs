//! Why a query has no answer.

use derive_more::{Display, Error, From};

use crate::{
    actor::{Refusal, RequestOutcome},
    client::RequestError,
    machine::replay::QueryFailure,
    model::PayloadError,
};

/// A query has no answer.
#[derive(Clone, PartialEq, Debug, Display, Error, From)]
#[non_exhaustive]
pub enum QueryWorkflowError {
    /// The program cannot be asked now: it has not begun, or its workflow task fails. See
    /// [`describe`](crate::client::ExecutionHandle::describe).
    #[display("workflow cannot be queried: {reason}")]
    #[from(ignore)]
    NotReady {
        /// Why.
        reason: String,
    },
    /// The program has no such query, or its handler failed.
    #[display("{_0}")]
    Query(#[error(source)] QueryFailure),
    /// The input or the answer does not pass through a payload. Mend its type.
    #[display("payload does not fit: {_0}")]
    Payload(#[error(source)] PayloadError),
    /// The request met what any request can meet.
    #[display("{_0}")]
    Request(#[error(source)] RequestError),
}

impl QueryWorkflowError {
    /// [`NotDone`](RequestOutcome::NotDone), because a query changes nothing. Repeat it freely.
    pub fn outcome(&self) -> RequestOutcome {
        match self {
            Self::Request(error) => error.outcome(),
            Self::NotReady { .. } | Self::Query(_) | Self::Payload(_) => RequestOutcome::NotDone,
        }
    }
}

impl From<Refusal> for QueryWorkflowError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotReady { reason } => Self::NotReady { reason },
            Refusal::Query(failure) => Self::Query(failure),
            other => Self::Request(other.into()),
        }
    }
}
