//! What every request can meet.

use std::time::Duration;

use derive_more::{Display, Error};

use crate::{
    actor::{Refusal, RequestOutcome},
    machine::execution::Rejection,
    model::{CodecError, RequestId, WorkflowId},
};

/// A request has no answer, for a reason that any request can meet.
///
/// # Examples
/// ```
/// # use sempre::guide::example::Order;
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = sempre::guide::example::engine().await?;
/// use sempre::client::{RequestError, RequestOutcome};
///
/// let nowhere = engine.workflow::<Order>("no-such-order");
/// let error = nowhere.describe().await.unwrap_err();
/// assert!(matches!(error, RequestError::NotFound { .. }));
/// assert_eq!(error.outcome(), RequestOutcome::NotDone);
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Debug, Display, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// There is no such execution. Start it first. Not of a start.
    #[display("workflow execution not found workflow_id={workflow_id}")]
    NotFound {
        /// The id that was asked for.
        workflow_id: WorkflowId,
    },
    /// Something in the request is empty, larger than allowed, or one too many. Mend the request.
    #[display("request was rejected: {_0}")]
    Rejected(#[error(source)] Rejection),
    /// A codec could not encode what the request carries, such as for want of a key. See to the codec,
    /// and repeat the request.
    #[display("request is not encoded: {_0}")]
    NotEncoded(#[error(source)] CodecError),
    /// The execution broke too often and was set aside. Mend the cause and
    /// [`resume`](crate::Engine::resume) it; then repeat the request.
    #[display("workflow execution is quarantined: {cause}")]
    Quarantined {
        /// What was wrong with it.
        cause: String,
    },
    /// What the store holds of the execution is damaged, and it was set aside. Restore the store
    /// from a backup, or give the execution up: [terminate](crate::client::ExecutionHandle::terminate)
    /// it, replace it with a start that terminates it, or
    /// [delete](crate::client::ExecutionHandle::delete) it.
    #[display("workflow execution is damaged: {cause}")]
    Damaged {
        /// What is wrong with it.
        cause: String,
    },
    /// The engine has as much to do as it takes on. Repeat the request after the time it gives.
    #[display("engine is busy retry_after={retry_after:?}")]
    Busy {
        /// The time after which there should be room.
        retry_after: Duration,
    },
    /// The engine does not answer, and the request has changed nothing. Repeat it once the engine
    /// runs again, under any request id.
    #[display("{reason}; the request was not carried out")]
    Unavailable {
        /// Why.
        reason: String,
    },
    /// The engine was lost after the request had been handed over. Repeat the request once it runs
    /// again, under this request id: it then takes effect once.
    ///
    /// Without a request id, repeating does no harm either: a run is canceled, terminated or
    /// resumed once. Bind the handle to its run first
    /// ([`at_run`](crate::WorkflowHandle::at_run)), so that it does not stop a later one.
    #[display(
        "{reason}; whether the request was carried out is not known, repeat it{}",
        request_id.as_ref().map(|id| format!(" with request_id={id}")).unwrap_or_default()
    )]
    Unknown {
        /// Why.
        reason: String,
        /// The id that the request had.
        request_id: Option<RequestId>,
    },
}

impl RequestError {
    /// Whether the request may have taken effect: only [`Unknown`](Self::Unknown) may.
    pub fn outcome(&self) -> RequestOutcome {
        match self {
            Self::Unknown { .. } => RequestOutcome::Unknown,
            _ => RequestOutcome::NotDone,
        }
    }

    /// The id to repeat the request under, where that matters.
    pub fn request_id(&self) -> Option<&RequestId> {
        match self {
            Self::Unknown { request_id, .. } => request_id.as_ref(),
            _ => None,
        }
    }

    /// The error of a request that had this id.
    pub(super) fn under(request_id: Option<RequestId>, refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound { workflow_id } => Self::NotFound { workflow_id },
            Refusal::Rejected(rejection) => Self::Rejected(rejection),
            Refusal::NotEncoded(error) => Self::NotEncoded(error),
            Refusal::Quarantined { cause } => Self::Quarantined { cause },
            Refusal::Damaged { cause } => Self::Damaged { cause },
            Refusal::Busy { retry_after } => Self::Busy { retry_after },
            Refusal::Unknown(outage) => Self::Unknown {
                reason: outage.to_string(),
                request_id,
            },
            // What is left is the answer to another operation, if it is no outage.
            other => Self::Unavailable {
                reason: other.to_string(),
            },
        }
    }
}

impl From<Refusal> for RequestError {
    fn from(refusal: Refusal) -> Self {
        Self::under(None, refusal)
    }
}
