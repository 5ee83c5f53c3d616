//! Why a request was not carried out; the client turns it into the error of its operation.

use derive_more::{Display, Error, From};

use crate::{
    engine::{execution::Rejection, replay::QueryFailure},
    model::{RequestId, RunId, WorkflowId},
};

/// A request was refused, and nothing has changed.
#[derive(Clone, PartialEq, Debug, Display, Error, From)]
#[non_exhaustive]
pub enum Refusal {
    /// No run of this execution is known.
    #[display("workflow execution not found workflow_id={workflow_id}")]
    #[from(ignore)]
    NotFound {
        /// The id that was asked for.
        workflow_id: WorkflowId,
    },
    /// The id belongs to a run that the caller's policies do not let go.
    #[display("workflow execution already started run_id={run_id}")]
    #[from(ignore)]
    AlreadyStarted {
        /// That run.
        run_id: RunId,
        /// The request that started it.
        start_request_id: RequestId,
    },
    /// The rules of the execution forbid it.
    #[display("{_0}")]
    Rejected(#[error(source)] Rejection),
    /// The program has no answer to the query.
    #[display("{_0}")]
    Query(#[error(source)] QueryFailure),
    /// The program cannot be asked at the moment.
    #[display("workflow cannot be queried: {reason}")]
    #[from(ignore)]
    NotReady {
        /// Why.
        reason: String,
    },
    /// The execution has been set aside after repeated faults.
    #[display("workflow execution is quarantined: {cause}")]
    #[from(ignore)]
    Quarantined {
        /// What was wrong with it.
        cause: String,
    },
    /// The store has failed; whether the request was carried out is not known.
    #[display("store has failed: {reason}")]
    #[from(ignore)]
    Storage {
        /// What happened to it.
        reason: String,
    },
    /// The thread that owned the execution was lost to workflow code that does not return; whether
    /// the request was carried out is not known.
    #[display(
        "the execution's thread was lost, and whether the request was carried out is not known"
    )]
    #[from(ignore)]
    ThreadLost,
    /// The engine is shutting down.
    #[display("engine is not available: {reason}")]
    #[from(ignore)]
    Unavailable {
        /// Why.
        reason: String,
    },
}

impl Refusal {
    /// The refusal of everything after the store has failed.
    pub(super) fn storage(reason: impl std::fmt::Display) -> Self {
        Self::Storage {
            reason: reason.to_string(),
        }
    }
}
