//! Why a run was not reset.

use derive_more::{Display, Error, From};

use crate::{
    actor::{Refusal, RequestOutcome},
    client::RequestError,
    machine::execution::Rejection,
    model::{EventId, RequestId, RunId},
};

/// A run was not reset, or it is not known whether it was.
#[derive(Clone, PartialEq, Debug, Display, Error, From)]
#[non_exhaustive]
pub enum ResetWorkflowError {
    /// The run cannot be reset to this point. Choose one of those that are legal.
    #[display("{}", Rejection::ResetPoint { problem: problem.clone(), legal: legal.clone() })]
    #[from(ignore)]
    IllegalPoint {
        /// What is wrong with it.
        problem: String,
        /// The events that the run can be reset to; of many, the last 20.
        legal: Vec<EventId>,
    },
    /// Another run has followed. Reset that one.
    #[display("another run has followed run_id={latest}")]
    #[from(ignore)]
    Followed {
        /// The latest run of the execution.
        latest: RunId,
    },
    /// The request met what any request can meet.
    #[display("{_0}")]
    Request(#[error(source)] RequestError),
}

impl ResetWorkflowError {
    /// Whether the run may have been reset.
    ///
    /// After [`Unknown`](RequestOutcome::Unknown), repeat the reset under the same request id, which
    /// [`RequestError::request_id`] says.
    pub fn outcome(&self) -> RequestOutcome {
        match self {
            Self::Request(error) => error.outcome(),
            Self::IllegalPoint { .. } | Self::Followed { .. } => RequestOutcome::NotDone,
        }
    }

    /// The error of a reset under this request id.
    pub(in crate::client) fn under(request_id: RequestId, refusal: Refusal) -> Self {
        match refusal {
            Refusal::Rejected(Rejection::ResetPoint { problem, legal }) => {
                Self::IllegalPoint { problem, legal }
            }
            Refusal::Followed { run_id } => Self::Followed { latest: run_id },
            other => Self::Request(RequestError::under(Some(request_id), other)),
        }
    }
}
