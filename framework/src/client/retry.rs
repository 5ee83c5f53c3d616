//! How an operator has tried again, without waiting, what fails and backs off.

use crate::{
    client::{ExecutionHandle, RetryNowError},
    machine::execution::decide::RetryNow,
    model::ActivityId,
};

impl<W> ExecutionHandle<W> {
    /// Tries again at once what backs off in this run: its workflow task, and its activities.
    ///
    /// For when the cause is mended. Returns how many attempts no longer wait: 0 if nothing backs
    /// off. The numbers of the attempts go on, so an attempt that fails waits as long as the next
    /// one would have. A new process tries workflow tasks that fail by itself.
    ///
    /// # Durability
    /// Once it returns, it is recorded that they no longer wait.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::Order;
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let order = engine.workflow::<Order>("order-42").start(()).await?;
    /// // All is well, so nothing backs off.
    /// assert_eq!(order.retry_now().await?, 0);
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`RetryNowError`] if there is no open run, or the engine does not answer.
    pub async fn retry_now(&self) -> Result<usize, RetryNowError> {
        let message = RetryNow::default();
        Ok(self.service().retry_now(self.target(), message).await?)
    }

    /// Tries one activity again at once, if it backs off; returns whether it did.
    ///
    /// [`describe`](Self::describe) lists the ids of pending activities.
    ///
    /// # Errors
    /// [`RetryNowError`] if there is no open run, no such activity is pending, or the engine
    /// does not answer.
    pub async fn retry_activity_now(
        &self,
        activity_id: impl Into<ActivityId>,
    ) -> Result<bool, RetryNowError> {
        let message = RetryNow {
            activity_id: Some(activity_id.into()),
        };
        let retried = self.service().retry_now(self.target(), message).await?;
        Ok(retried > 0)
    }
}
