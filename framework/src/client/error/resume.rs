//! Why an execution was not taken back from quarantine.

use derive_more::{Display, Error, From};

use crate::{
    actor::{Refusal, RequestOutcome},
    client::RequestError,
    model::RunId,
};

/// An execution was not taken back from quarantine, or it is not known whether it was.
#[derive(Clone, PartialEq, Debug, Display, Error, From)]
#[non_exhaustive]
pub enum ResumeWorkflowError {
    /// The run is not quarantined: nothing is to be done.
    #[display("workflow execution is not quarantined run_id={run_id}")]
    #[from(ignore)]
    NotQuarantined {
        /// That run.
        run_id: RunId,
    },
    /// The request met what any request can meet.
    #[display("{_0}")]
    Request(#[error(source)] RequestError),
}

impl ResumeWorkflowError {
    /// Whether the execution may have been taken back.
    ///
    /// After [`Unknown`](RequestOutcome::Unknown), resume it again:
    /// [`NotQuarantined`](Self::NotQuarantined) then says that it goes on.
    pub fn outcome(&self) -> RequestOutcome {
        match self {
            Self::Request(error) => error.outcome(),
            Self::NotQuarantined { .. } => RequestOutcome::NotDone,
        }
    }
}

impl From<Refusal> for ResumeWorkflowError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotQuarantined { run_id } => Self::NotQuarantined { run_id },
            other => Self::Request(other.into()),
        }
    }
}
