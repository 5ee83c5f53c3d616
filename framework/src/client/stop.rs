//! How a run is stopped: by asking its program, or without.

use crate::{
    client::{ExecutionHandle, StopWorkflowError, start::fresh_request_id},
    machine::execution::decide::{RequestCancel, Terminate},
    model::Payloads,
};

impl<W> ExecutionHandle<W> {
    /// Asks the run to stop; its program decides how. One that has closed has nothing left to stop.
    ///
    /// # Durability
    /// Once it returns, the request is recorded.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let order = engine.workflow::<Order>("order-42").start(()).await?;
    /// order.cancel("out of stock").await?;
    /// assert!(order.result().await.is_err_and(|error| error.is_canceled()));
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StopWorkflowError`] if there is no run, or the engine does not answer.
    pub async fn cancel(&self, reason: impl Into<String>) -> Result<(), StopWorkflowError> {
        let message = RequestCancel {
            cause: reason.into(),
            identity: self.identity().clone(),
            request_id: fresh_request_id(),
        };
        Ok(self
            .service()
            .request_cancel(self.target(), message)
            .await?)
    }

    /// Ends the run at once; its program is not asked.
    ///
    /// # Durability
    /// Once it returns, the run is closed.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let order = engine.workflow::<Order>("order-42").start(()).await?;
    /// order.terminate("a test order").await?;
    /// let error = order.result().await.unwrap_err();
    /// assert_eq!(error.to_string(), "workflow was terminated: a test order");
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`StopWorkflowError`] if there is no open run, or the engine does not answer.
    pub async fn terminate(&self, reason: impl Into<String>) -> Result<(), StopWorkflowError> {
        let message = Terminate {
            reason: reason.into(),
            details: Payloads::EMPTY,
            identity: self.identity().clone(),
        };
        Ok(self.service().terminate(self.target(), message).await?)
    }
}
