//! Why a run was not deleted.

use derive_more::{Display, Error, From};

use crate::{
    actor::{Refusal, RequestOutcome},
    client::RequestError,
    model::RunId,
};

/// A run was not deleted, or it is not known whether it was.
#[derive(Clone, PartialEq, Debug, Display, Error, From)]
#[non_exhaustive]
pub enum DeleteWorkflowError {
    /// The run has closed, and what it has to say to others has not arrived; or something has brought it
    /// back into memory meanwhile. Delete it again later.
    #[display("workflow execution has something to do yet run_id={run_id}")]
    #[from(ignore)]
    StillOpen {
        /// That run.
        run_id: RunId,
    },
    /// The request met what any request can meet.
    #[display("{_0}")]
    Request(#[error(source)] RequestError),
}

impl DeleteWorkflowError {
    /// Whether the run may have been deleted.
    ///
    /// After [`Unknown`](RequestOutcome::Unknown), delete the same run again:
    /// [`NotFound`](RequestError::NotFound) then says that it has been.
    pub fn outcome(&self) -> RequestOutcome {
        match self {
            Self::Request(error) => error.outcome(),
            Self::StillOpen { .. } => RequestOutcome::NotDone,
        }
    }
}

impl From<Refusal> for DeleteWorkflowError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::StillOpen { run_id } => Self::StillOpen { run_id },
            other => Self::Request(other.into()),
        }
    }
}
