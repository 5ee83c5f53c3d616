//! Why an execution was not started.

use derive_more::{Display, Error, From};

use crate::{
    actor::{Refusal, RequestOutcome},
    client::RequestError,
    machine::execution::Rejection,
    model::{PayloadError, RequestId, RunId},
};

/// An execution was not started, or it is not known whether it was.
///
/// # Examples
/// ```
/// # use sempre::guide::example::Order;
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = sempre::guide::example::engine().await?;
/// use sempre::client::{RequestOutcome, StartWorkflowError};
///
/// let first = engine.workflow::<Order>("order-42").start(()).await?;
/// let error = engine.workflow::<Order>("order-42").start(()).await.unwrap_err();
/// match &error {
///     StartWorkflowError::AlreadyStarted { run_id } => assert_eq!(first.run_id(), Some(*run_id)),
///     other => return Err(other.clone().into()),
/// }
/// assert_eq!(error.outcome(), RequestOutcome::NotDone);
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Debug, Display, Error, From)]
#[non_exhaustive]
pub enum StartWorkflowError {
    /// The id belongs to a run that the policies of this start do not let go. Use that run, choose
    /// another id, or choose another policy.
    #[display("workflow execution already started run_id={run_id}")]
    #[from(ignore)]
    AlreadyStarted {
        /// The run that has the id.
        run_id: RunId,
    },
    /// The input does not become a payload. Mend its type's `Serialize`.
    #[display("input cannot be sent: {_0}")]
    Payload(#[error(source)] PayloadError),
    /// A value of the header does not become a payload. Mend its type's `Serialize`.
    #[display("header {name} cannot be sent: {error}")]
    #[from(ignore)]
    Header {
        /// Its name.
        name: String,
        /// What is wrong with it.
        #[error(source)]
        error: PayloadError,
    },
    /// A value of the memo does not become a payload. Mend its type's `Serialize`.
    #[display("memo {name} cannot be sent: {error}")]
    #[from(ignore)]
    Memo {
        /// Its name.
        name: String,
        /// What is wrong with it.
        #[error(source)]
        error: PayloadError,
    },
    /// A search attribute is not known to the engine, is of another type or is too large, or there
    /// are too many of them. Declare it with
    /// [`EngineBuilder::search_attribute`](crate::EngineBuilder::search_attribute), or mend its value.
    #[display("search attribute {name}: {problem}")]
    #[from(ignore)]
    SearchAttribute {
        /// Its name.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The request met what any request can meet.
    #[display("{_0}")]
    Request(#[error(source)] RequestError),
}

impl StartWorkflowError {
    /// Whether the execution may have been started.
    ///
    /// After [`Unknown`](RequestOutcome::Unknown), start it again under
    /// [`request_id`](Self::request_id): that gives the run of the first start, if there is one.
    pub fn outcome(&self) -> RequestOutcome {
        match self {
            Self::Request(error) => error.outcome(),
            Self::AlreadyStarted { .. }
            | Self::Payload(_)
            | Self::Header { .. }
            | Self::Memo { .. }
            | Self::SearchAttribute { .. } => RequestOutcome::NotDone,
        }
    }

    /// The id to repeat the start under, where that matters.
    pub fn request_id(&self) -> Option<&RequestId> {
        match self {
            Self::Request(error) => error.request_id(),
            Self::AlreadyStarted { .. }
            | Self::Payload(_)
            | Self::Header { .. }
            | Self::Memo { .. }
            | Self::SearchAttribute { .. } => None,
        }
    }

    /// The error of a start that had this id.
    pub(in crate::client) fn under(request_id: RequestId, refusal: Refusal) -> Self {
        match refusal {
            Refusal::AlreadyStarted { run_id, .. } => Self::AlreadyStarted { run_id },
            Refusal::Rejected(Rejection::SearchAttribute { name, problem }) => {
                Self::SearchAttribute { name, problem }
            }
            other => RequestError::under(Some(request_id), other).into(),
        }
    }
}
