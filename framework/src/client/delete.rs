//! How a run is deleted.

use crate::client::{DeleteWorkflowError, ExecutionHandle};

impl<W> ExecutionHandle<W> {
    /// Deletes the run: its history, and what is known of it. Its id is free then.
    ///
    /// A run that is open is terminated first, so its parent is told that it was, its children end as
    /// its close policies say, and it is deleted once they know. If it was the latest of its execution,
    /// the execution is not found any more; earlier runs are found by their run ids.
    ///
    /// # Durability
    /// Once it returns, nothing of the run is left. The space it took is used again. Should the engine
    /// stop before, the run is there as a whole, and may have been terminated: delete it again.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let order = engine.workflow::<Order>("order-42").start(()).await?;
    /// order.delete().await?;
    /// assert!(order.describe().await.is_err());
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`DeleteWorkflowError`] if the run had closed and what it has to say to others has not arrived,
    /// there is no such run, or the engine does not answer.
    pub async fn delete(&self) -> Result<(), DeleteWorkflowError> {
        Ok(self.service().delete(self.target()).await?)
    }
}
