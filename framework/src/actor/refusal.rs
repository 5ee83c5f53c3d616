//! Why a request was not carried out, and whether that is certain; the client turns it into the
//! error of its operation.
//!
//! Whether it is certain is said where it is known: a shard that refuses a request before it
//! decides says [`Unavailable`](Refusal::Unavailable), and whoever loses a request that was handed
//! over says [`Unknown`](Refusal::Unknown). Nobody further up guesses.

use std::time::Duration;

use derive_more::{Display, Error, From};

use crate::{
    machine::{execution::Rejection, replay::QueryFailure},
    model::{CodecError, Failure, RequestId, RunId, WorkflowId},
    storage::{StorageError, StorageErrorKind},
};

/// Whether a request that has failed may have taken effect.
///
/// There is no third answer, so a `match` needs no other arm.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Display)]
pub enum RequestOutcome {
    /// The request has changed nothing and never will. Repeat it freely, under any request id.
    #[display("not done")]
    NotDone,
    /// The request may have taken effect, or may still do so. Repeat it under the same request id,
    /// so that it takes effect once.
    #[display("unknown")]
    Unknown,
}

/// Why the engine does not answer.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error)]
#[non_exhaustive]
pub enum Outage {
    /// The engine shuts down, or has shut down.
    #[display("engine is shutting down")]
    ShuttingDown,
    /// The engine does not run.
    #[display("engine does not run: {reason}")]
    NotRunning {
        /// Why.
        reason: String,
    },
    /// The store has failed.
    #[display("store has failed: {reason}")]
    Store {
        /// What happened to it.
        reason: String,
    },
    /// The thread that owned the execution was lost to user code that does not return.
    #[display("the execution's thread was lost")]
    ThreadLost,
    /// The execution's thread has not answered in time: it is busy, or stuck.
    #[display("the execution's thread has not answered in time {thread}")]
    NoAnswer {
        /// The thread, and the user code that it runs.
        thread: String,
    },
    /// The request was dropped, because the execution broke while it was carried out.
    #[display("the request was dropped")]
    Dropped,
    /// The run that was asked has never been started: its start was refused.
    #[display("the run was never started run_id={run_id}")]
    NeverStarted {
        /// That run.
        run_id: RunId,
    },
}

/// A request was refused.
///
/// Nothing has changed, except where [`outcome`](Self::outcome) says that this is not known.
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
    /// The program does not accept the update.
    #[display("update is rejected: {_0}")]
    #[from(ignore)]
    UpdateRejected(#[error(not(source))] Box<Failure>),
    /// The program cannot be asked at the moment.
    #[display("workflow cannot be asked: {reason}")]
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
    /// What the store holds of the execution is damaged.
    #[display("workflow execution is damaged: {cause}")]
    #[from(ignore)]
    Damaged {
        /// What is wrong with it.
        cause: String,
    },
    /// The execution that is to be taken back from quarantine is healthy.
    #[display("workflow execution is not quarantined run_id={run_id}")]
    #[from(ignore)]
    NotQuarantined {
        /// Its run.
        run_id: RunId,
    },
    /// The run that is to be deleted has something to do yet, and is not damaged.
    #[display("workflow execution has something to do yet run_id={run_id}")]
    #[from(ignore)]
    StillOpen {
        /// That run.
        run_id: RunId,
    },
    /// A codec could not encode what the request carries.
    #[display("request is not encoded: {_0}")]
    NotEncoded(#[error(source)] CodecError),
    /// Another run has followed the one that is to be reset.
    #[display("another run has followed run_id={run_id}")]
    #[from(ignore)]
    Followed {
        /// The latest run.
        run_id: RunId,
    },
    /// There is too much to do already.
    #[display("engine is busy retry_after={retry_after:?}")]
    #[from(ignore)]
    Busy {
        /// The time after which there should be room.
        retry_after: Duration,
    },
    /// The engine does not answer, and has decided nothing.
    #[display("{_0}")]
    #[from(ignore)]
    Unavailable(#[error(source)] Outage),
    /// The request was handed over, and lost before there was an answer that may be given.
    #[display("{_0}, and whether the request was carried out is not known")]
    #[from(ignore)]
    Unknown(#[error(source)] Outage),
}

impl Refusal {
    /// Whether the request may have taken effect.
    pub fn outcome(&self) -> RequestOutcome {
        match self {
            Self::Unknown(_) => RequestOutcome::Unknown,
            _ => RequestOutcome::NotDone,
        }
    }

    /// The same refusal, of a request that only reads: whatever became of it, nothing has changed.
    #[must_use]
    pub fn of_read(self) -> Self {
        match self {
            Self::Unknown(outage) => Self::Unavailable(outage),
            other => other,
        }
    }

    /// The refusal of what is asked after the store has failed.
    pub(super) fn store_failed(reason: impl std::fmt::Display) -> Self {
        Self::Unavailable(Outage::Store {
            reason: reason.to_string(),
        })
    }

    /// The refusal of what was decided, and could not be written.
    pub(super) fn not_written(reason: impl std::fmt::Display) -> Self {
        Self::Unknown(Outage::Store {
            reason: reason.to_string(),
        })
    }

    /// The refusal of what needs something that the store does not read. Nothing was decided.
    pub(crate) fn unreadable(error: &StorageError) -> Self {
        match error.kind() {
            StorageErrorKind::Corrupt => Self::Damaged {
                cause: error.to_string(),
            },
            _ => Self::store_failed(error),
        }
    }
}
