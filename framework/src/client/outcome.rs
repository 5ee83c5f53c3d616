//! What is to be seen of a run: how it stands, what happened, and what came of it.

use crate::{
    client::{WorkflowDescription, WorkflowFailure, WorkflowHandle, WorkflowRequestError},
    definition::WorkflowSignature,
    model::{EventAttributes, Failure, History, WorkflowExecution},
};

impl<W> WorkflowHandle<W> {
    /// Says how the run stands: status, pending work, and what keeps it from going on.
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
    /// let order = engine.workflow::<Order>("order-42").start(()).await?;
    /// let description = order.describe().await?;
    /// assert!(description.status.is_open());
    /// assert!(description.problems.is_empty());
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`WorkflowRequestError`] if there is no such run, or the engine does not answer.
    pub async fn describe(&self) -> Result<WorkflowDescription, WorkflowRequestError> {
        let description = self.service().describe(self.target()).await?;
        Ok(WorkflowDescription::from(*description))
    }

    /// Reads the history of the run as far as it is durable.
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
    /// let order = engine.workflow::<Order>("order-42").start(()).await?;
    /// let history = order.history().await?;
    /// assert_eq!(history.events[0].event_type().to_string(), "WorkflowExecutionStarted");
    /// assert_eq!(history.check_grammar(), Ok(()));
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`WorkflowRequestError`] if there is no such run, or the engine does not answer.
    pub async fn history(&self) -> Result<History, WorkflowRequestError> {
        let events = self.service().history(self.target()).await?;
        let run_id = events.iter().find_map(|event| match &event.attributes {
            EventAttributes::WorkflowExecutionStarted(started) => {
                Some(started.original_execution_run_id)
            }
            _ => None,
        });
        let run_id = self.run_id().or(run_id).unwrap_or_default();
        let execution = WorkflowExecution {
            workflow_id: self.workflow_id().clone(),
            run_id,
        };
        Ok(History { execution, events })
    }
}

impl<W: WorkflowSignature> WorkflowHandle<W> {
    /// Waits until the run has closed, and returns what its program returned.
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
    /// let order = engine.workflow::<Order>("order-42").start(()).await?;
    /// order.approve().await?;
    /// assert_eq!(order.result().await?, "approved");
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`WorkflowFailure`] says how else the run closed, or that it cannot be asked.
    pub async fn result(&self) -> Result<W::Output, WorkflowFailure<W::Error>> {
        let closed = self.service().await_close(self.target());
        match closed.await.map_err(WorkflowFailure::from_refusal)? {
            EventAttributes::WorkflowExecutionCompleted(completed) => {
                completed.result.decode().map_err(WorkflowFailure::Payload)
            }
            EventAttributes::WorkflowExecutionFailed(failed) => Err(typed(failed.failure)),
            EventAttributes::WorkflowExecutionCanceled(canceled) => {
                Err(WorkflowFailure::Canceled(canceled.details))
            }
            EventAttributes::WorkflowExecutionTerminated(terminated) => {
                Err(WorkflowFailure::Terminated {
                    reason: terminated.reason,
                })
            }
            EventAttributes::WorkflowExecutionTimedOut(_) => Err(WorkflowFailure::TimedOut),
            other => Err(WorkflowFailure::Unavailable {
                reason: format!(
                    "run closed with an unknown event type={}",
                    other.event_type()
                ),
            }),
        }
    }
}

/// The user's error that a recorded failure stands for, as far as it does.
fn typed<E: crate::definition::Failure>(failure: Failure) -> WorkflowFailure<E> {
    match E::from_failure(&failure) {
        Some(error) => WorkflowFailure::Failed(error),
        None => WorkflowFailure::Unrecognized(Box::new(failure)),
    }
}
