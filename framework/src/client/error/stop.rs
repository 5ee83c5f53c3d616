//! Why an execution was not asked to stop, or not stopped.

use derive_more::{Display, Error, From};

use crate::{
    actor::{Refusal, RequestOutcome},
    client::RequestError,
    machine::execution::Rejection,
    model::ExecutionStatus,
};

/// A run was not canceled or terminated, or it is not known whether it was.
#[derive(Clone, PartialEq, Debug, Display, Error, From)]
#[non_exhaustive]
pub enum StopWorkflowError {
    /// The run that is to be terminated has closed already.
    #[display("workflow execution is closed status={status}")]
    #[from(ignore)]
    Closed {
        /// How it closed.
        status: ExecutionStatus,
    },
    /// The request met what any request can meet.
    #[display("{_0}")]
    Request(#[error(source)] RequestError),
}

impl StopWorkflowError {
    /// Whether the run may have been asked to stop, or stopped.
    ///
    /// After [`Unknown`](RequestOutcome::Unknown), repeat the request for the same run: a run is
    /// stopped once, and [`Closed`](Self::Closed) then says that it has been.
    pub fn outcome(&self) -> RequestOutcome {
        match self {
            Self::Request(error) => error.outcome(),
            Self::Closed { .. } => RequestOutcome::NotDone,
        }
    }
}

impl From<Refusal> for StopWorkflowError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Rejected(Rejection::AlreadyClosed { status }) => Self::Closed { status },
            other => Self::Request(other.into()),
        }
    }
}
