//! How a run is deleted.

use crate::client::{DeleteWorkflowError, ExecutionHandle};

impl<W> ExecutionHandle<W> {
    /// Deletes the run: its history, and what is known of it. Its id is free then.
    ///
    /// The run has to have closed, or to be damaged. If it was the latest of its execution, the
    /// execution is not found any more; earlier runs are found by their run ids.
    ///
    /// # Durability
    /// Once it returns, nothing of the run is left. The space it took is used again.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let order = engine.workflow::<Order>("order-42").start(()).await?;
    /// assert!(order.delete().await.is_err(), "it is open");
    /// order.terminate("a test order").await?;
    /// order.delete().await?;
    /// assert!(order.describe().await.is_err());
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`DeleteWorkflowError`] if the run is open and not damaged, there is no such run, or the
    /// engine does not answer.
    pub async fn delete(&self) -> Result<(), DeleteWorkflowError> {
        Ok(self.service().delete(self.target()).await?)
    }
}
