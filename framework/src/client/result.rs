//! What came of a run.

use serde::de::DeserializeOwned;

use crate::{
    client::{ExecutionHandle, RequestError, ResultError, WorkflowFailure},
    definition::{self, WorkflowSignature},
    model::{EventAttributes, Failure},
};

impl<W: WorkflowSignature> ExecutionHandle<W> {
    /// Waits until the run has closed, and returns what its program returned.
    ///
    /// A run that continued as new, or is tried again, has not come to its end: unless the handle is
    /// bound to that one run, it goes on to wait for the run that follows.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let order = engine.workflow::<Order>("order-42").start(()).await?;
    /// order.approve().await?;
    /// assert_eq!(order.result().await?, "approved");
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ResultError`] keeps two things apart: how else the run ended, which will not change, and
    /// what went wrong with the request, which may be repeated.
    pub async fn result(&self) -> Result<W::Output, ResultError<W::Error>> {
        self.result_as().await
    }
}

impl<W> ExecutionHandle<W> {
    /// The same, with these types.
    pub(super) async fn result_as<T, E>(&self) -> Result<T, ResultError<E>>
    where
        T: DeserializeOwned,
        E: definition::Failure,
    {
        let closed = self.service().await_close(self.target()).await?;
        let failure = match closed {
            EventAttributes::WorkflowExecutionCompleted(completed) => {
                return completed.result.decode().map_err(ResultError::Payload);
            }
            EventAttributes::WorkflowExecutionFailed(failed) => typed(failed.failure),
            EventAttributes::WorkflowExecutionCanceled(canceled) => {
                WorkflowFailure::Canceled(canceled.details)
            }
            EventAttributes::WorkflowExecutionTerminated(terminated) => {
                WorkflowFailure::Terminated {
                    reason: terminated.reason,
                }
            }
            EventAttributes::WorkflowExecutionTimedOut(_) => WorkflowFailure::TimedOut,
            EventAttributes::WorkflowExecutionContinuedAsNew(continued) => {
                WorkflowFailure::ContinuedAsNew {
                    run_id: continued.new_execution_run_id.unwrap_or_default(),
                }
            }
            other => {
                let reason = format!(
                    "run closed with an unknown event type={}",
                    other.event_type()
                );
                return Err(ResultError::Request(RequestError::Unavailable { reason }));
            }
        };
        Err(ResultError::Workflow(failure))
    }
}

/// The user's error that a recorded failure stands for, as far as it does.
fn typed<E: definition::Failure>(failure: Box<Failure>) -> WorkflowFailure<E> {
    match E::from_failure(&failure) {
        Some(error) => WorkflowFailure::Failed(error),
        None => WorkflowFailure::Unrecognized(failure),
    }
}
