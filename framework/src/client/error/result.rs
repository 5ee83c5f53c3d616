//! Why there is no result: the run ended otherwise, or the request has no answer.

use derive_more::{Display, Error};

use crate::{
    actor::{Refusal, RequestOutcome},
    client::RequestError,
    definition,
    model::{Failure, PayloadError, Payloads, RunId},
};

/// A run has ended without a result.
///
/// This is the run's own end, which no repetition changes; [`ResultError`] keeps it apart from what
/// went wrong with the request.
#[derive(Clone, PartialEq, Debug, Display, Error)]
#[non_exhaustive]
pub enum WorkflowFailure<E: std::error::Error + 'static> {
    /// The program returned this error.
    #[display("workflow failed: {_0}")]
    Failed(#[error(source)] E),
    /// The program failed with something that is not an `E`.
    #[display("workflow failed: {_0}")]
    Unrecognized(#[error(not(source))] Box<Failure>),
    /// The run was canceled, with what the program had to say about it.
    #[display("workflow was canceled")]
    Canceled(#[error(not(source))] Payloads),
    /// Somebody ended the run.
    #[display("workflow was terminated: {reason}")]
    Terminated {
        /// The reason given.
        reason: String,
    },
    /// The run's time, or the execution's, ran out.
    #[display("workflow timed out")]
    TimedOut,
    /// The run that was asked about continued as new; only of a handle that is bound to one run.
    #[display("workflow continued as new run_id={run_id}")]
    ContinuedAsNew {
        /// The run that goes on.
        run_id: RunId,
    },
}

impl<E: definition::Failure> WorkflowFailure<E> {
    /// Whether time ran out: the run's, or that of an activity whose failure closed it.
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::TimedOut => true,
            Self::Failed(error) => error.to_failure().timeout_type().is_some(),
            Self::Unrecognized(failure) => failure.timeout_type().is_some(),
            Self::Canceled(_) | Self::Terminated { .. } | Self::ContinuedAsNew { .. } => false,
        }
    }

    /// Whether the run was canceled.
    pub fn is_canceled(&self) -> bool {
        matches!(self, Self::Canceled(_))
    }
}

/// There is no result: the run ended otherwise, or the request has no answer.
///
/// # Examples
/// ```
/// # use sempre::guide::example::Order;
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = sempre::guide::example::engine().await?;
/// use sempre::{WorkflowFailure, client::ResultError};
///
/// let order = engine.workflow::<Order>("order-42").start(()).await?;
/// order.cancel("out of stock").await?;
/// match order.result().await {
///     Ok(said) => println!("{said}"),
///     Err(ResultError::Workflow(WorkflowFailure::Canceled(_))) => println!("canceled"),
///     // The run has ended, and will not end otherwise.
///     Err(ResultError::Workflow(failure)) => return Err(failure.into()),
///     // The run may still end well: ask again.
///     Err(other) => return Err(other.into()),
/// }
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Debug, Display, Error)]
#[non_exhaustive]
pub enum ResultError<E: std::error::Error + 'static> {
    /// The run ended without a result.
    #[display("{_0}")]
    Workflow(#[error(source)] WorkflowFailure<E>),
    /// The result is not of the workflow's output type. Mend the type.
    #[display("result does not fit: {_0}")]
    Payload(#[error(source)] PayloadError),
    /// The request met what any request can meet. How the run ends is not known yet; ask again.
    #[display("{_0}")]
    Request(#[error(source)] RequestError),
}

impl<E: definition::Failure> ResultError<E> {
    /// Whether the run ended because time ran out; see [`WorkflowFailure::is_timeout`].
    pub fn is_timeout(&self) -> bool {
        self.failure().is_some_and(WorkflowFailure::is_timeout)
    }

    /// Whether the run was canceled.
    pub fn is_canceled(&self) -> bool {
        self.failure().is_some_and(WorkflowFailure::is_canceled)
    }

    /// How the run ended, if that is what there is to say.
    pub fn failure(&self) -> Option<&WorkflowFailure<E>> {
        match self {
            Self::Workflow(failure) => Some(failure),
            Self::Payload(_) | Self::Request(_) => None,
        }
    }

    /// [`NotDone`](RequestOutcome::NotDone), because asking for a result changes nothing. Repeat it
    /// freely.
    pub fn outcome(&self) -> RequestOutcome {
        match self {
            Self::Request(error) => error.outcome(),
            Self::Workflow(_) | Self::Payload(_) => RequestOutcome::NotDone,
        }
    }
}

impl<E: std::error::Error + 'static> From<Refusal> for ResultError<E> {
    fn from(refusal: Refusal) -> Self {
        Self::Request(refusal.into())
    }
}
