//! What can be refused, one type per family of operations, each with the caller's remedy.

use derive_more::{Display, Error, From};

use crate::{
    actor::Refusal,
    definition,
    engine::{execution::Rejection, replay::QueryFailure},
    model::{ExecutionStatus, Failure, PayloadError, Payloads, RunId, WorkflowId},
};

/// An execution was not started.
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
    /// An id or the input is larger than allowed. Shorten it.
    #[display("start was rejected: {_0}")]
    Rejected(#[error(source)] Rejection),
    /// The input does not become a payload. Mend its type's `Serialize`.
    #[display("input cannot be sent: {_0}")]
    Payload(#[error(source)] PayloadError),
    /// The engine does not answer. Start again with the same request id once it does.
    #[display("{reason}")]
    #[from(ignore)]
    Unavailable {
        /// Why.
        reason: String,
    },
}

/// A signal was not recorded.
#[derive(Clone, PartialEq, Debug, Display, Error, From)]
#[non_exhaustive]
pub enum SignalWorkflowError {
    /// There is no such execution. Start it first.
    #[display("workflow execution not found workflow_id={workflow_id}")]
    #[from(ignore)]
    NotFound {
        /// The id that was asked for.
        workflow_id: WorkflowId,
    },
    /// The run has closed, and nobody would read the signal.
    #[display("workflow execution is closed status={status}")]
    #[from(ignore)]
    Closed {
        /// How it closed.
        status: ExecutionStatus,
    },
    /// The signal is larger than allowed, or one too many.
    #[display("signal was rejected: {_0}")]
    Rejected(#[error(source)] Rejection),
    /// The input does not become a payload. Mend its type's `Serialize`.
    #[display("input cannot be sent: {_0}")]
    Payload(#[error(source)] PayloadError),
    /// The engine does not answer; whether the signal was recorded is not known. Send it again
    /// with the same request id once it does.
    #[display("{reason}")]
    #[from(ignore)]
    Unavailable {
        /// Why.
        reason: String,
    },
}

/// A query has no answer.
#[derive(Clone, PartialEq, Debug, Display, Error, From)]
#[non_exhaustive]
pub enum QueryWorkflowError {
    /// There is no such execution. Start it first.
    #[display("workflow execution not found workflow_id={workflow_id}")]
    #[from(ignore)]
    NotFound {
        /// The id that was asked for.
        workflow_id: WorkflowId,
    },
    /// The program cannot be asked now: it has not begun, or its workflow task fails. See
    /// [`describe`](crate::client::WorkflowHandle::describe).
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
    /// The engine does not answer. Ask again once it does.
    #[display("{reason}")]
    #[from(ignore)]
    Unavailable {
        /// Why.
        reason: String,
    },
}

/// A request to cancel, terminate, describe or read an execution was not carried out.
#[derive(Clone, PartialEq, Debug, Display, Error, From)]
#[non_exhaustive]
pub enum WorkflowRequestError {
    /// There is no such execution. Start it first.
    #[display("workflow execution not found workflow_id={workflow_id}")]
    #[from(ignore)]
    NotFound {
        /// The id that was asked for.
        workflow_id: WorkflowId,
    },
    /// The run has closed already.
    #[display("workflow execution is closed status={status}")]
    #[from(ignore)]
    Closed {
        /// How it closed.
        status: ExecutionStatus,
    },
    /// The request is larger than allowed.
    #[display("request was rejected: {_0}")]
    Rejected(#[error(source)] Rejection),
    /// The execution is set aside; it can be resumed.
    #[display("workflow execution is quarantined: {cause}")]
    #[from(ignore)]
    Quarantined {
        /// What was wrong with it.
        cause: String,
    },
    /// The engine does not answer. Ask again once it does.
    #[display("{reason}")]
    #[from(ignore)]
    Unavailable {
        /// Why.
        reason: String,
    },
}

/// An execution has no result: it failed, or it cannot be asked.
///
/// # Examples
/// ```
/// # use sempre::{Canceled, Engine, Workflow, WorkflowContext, handlers};
/// # use std::{sync::Arc, time::Duration};
/// # #[derive(Workflow, Default)]
/// # struct Order { approved: bool }
/// # #[handlers]
/// # impl Order {
/// #     #[run]
/// #     async fn run(ctx: WorkflowContext<Self>) -> Result<String, Canceled> {
/// #         ctx.wait_until(|order| order.approved).await?;
/// #         Ok("approved".into())
/// #     }
/// #     #[signal]
/// #     fn approve(&mut self) { self.approved = true; }
/// #     #[query]
/// #     fn is_approved(&self) -> bool { self.approved }
/// # }
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = Arc::new(sempre::storage::MemoryStore::new());
/// # let engine = Engine::on_store(store).workflow::<Order>().start().await?;
/// use sempre::WorkflowFailure;
///
/// let order = engine.workflow::<Order>("order-42").start(()).await?;
/// order.cancel("out of stock").await?;
/// match order.result().await {
///     Ok(said) => println!("{said}"),
///     Err(WorkflowFailure::Canceled(_)) => println!("canceled"),
///     Err(other) => return Err(other.into()),
/// }
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
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
    /// There is no such execution. Start it first.
    #[display("workflow execution not found workflow_id={workflow_id}")]
    NotFound {
        /// The id that was asked for.
        workflow_id: WorkflowId,
    },
    /// The result is not of the workflow's output type. Mend the type.
    #[display("result does not fit: {_0}")]
    Payload(#[error(source)] PayloadError),
    /// The engine does not answer. Ask again once it does.
    #[display("{reason}")]
    Unavailable {
        /// Why.
        reason: String,
    },
}

impl<E: definition::Failure> WorkflowFailure<E> {
    /// Whether time ran out: the run's, or that of an activity whose failure closed it.
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::TimedOut => true,
            Self::Failed(error) => error.to_failure().timeout_type().is_some(),
            Self::Unrecognized(failure) => failure.timeout_type().is_some(),
            _ => false,
        }
    }

    /// Whether the run was canceled.
    pub fn is_canceled(&self) -> bool {
        matches!(self, Self::Canceled(_))
    }

    pub(super) fn from_refusal(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound { workflow_id } => Self::NotFound { workflow_id },
            other => Self::Unavailable {
                reason: other.to_string(),
            },
        }
    }
}

impl From<Refusal> for StartWorkflowError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::AlreadyStarted { run_id, .. } => Self::AlreadyStarted { run_id },
            Refusal::Rejected(rejection) => Self::Rejected(rejection),
            other => Self::Unavailable {
                reason: other.to_string(),
            },
        }
    }
}

impl From<Refusal> for SignalWorkflowError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound { workflow_id } => Self::NotFound { workflow_id },
            Refusal::Rejected(Rejection::AlreadyClosed { status }) => Self::Closed { status },
            Refusal::Rejected(rejection) => Self::Rejected(rejection),
            other => Self::Unavailable {
                reason: other.to_string(),
            },
        }
    }
}

impl From<Refusal> for QueryWorkflowError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound { workflow_id } => Self::NotFound { workflow_id },
            Refusal::NotReady { reason } => Self::NotReady { reason },
            Refusal::Quarantined { cause } => Self::NotReady { reason: cause },
            Refusal::Query(failure) => Self::Query(failure),
            other => Self::Unavailable {
                reason: other.to_string(),
            },
        }
    }
}

impl From<Refusal> for WorkflowRequestError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound { workflow_id } => Self::NotFound { workflow_id },
            Refusal::Rejected(Rejection::AlreadyClosed { status }) => Self::Closed { status },
            Refusal::Rejected(rejection) => Self::Rejected(rejection),
            Refusal::Quarantined { cause } => Self::Quarantined { cause },
            other => Self::Unavailable {
                reason: other.to_string(),
            },
        }
    }
}
