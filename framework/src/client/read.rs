//! What is to be seen of a run: how it stands, and what has happened.

use crate::{
    client::{ExecutionHandle, RequestError, WorkflowDescription},
    model::History,
};

impl<W> ExecutionHandle<W> {
    /// Says how the run stands: status, pending work, and what keeps it from going on.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
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
    /// [`RequestError`] if there is no such run, or the engine does not answer.
    pub async fn describe(&self) -> Result<WorkflowDescription, RequestError> {
        let description = self.service().describe(self.target()).await?;
        Ok(WorkflowDescription::from(*description))
    }

    /// Reads the history of the run as far as it is durable, as it is kept: what a codec has encoded is
    /// encoded, so it can go anywhere the store can.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
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
    /// [`RequestError`] if there is no such run, or the engine does not answer.
    pub async fn history(&self) -> Result<History, RequestError> {
        Ok(self.service().history(self.target()).await?)
    }

    /// Reads the same history with the values that the engine's codecs can decode, for people and
    /// tools. A payload that cannot be decoded stays as it is kept, and
    /// [says why](crate::model::Payload::unreadable).
    ///
    /// # Errors
    /// As [`history`](Self::history).
    pub async fn readable_history(&self) -> Result<History, RequestError> {
        Ok(self.service().readable_history(self.target()).await?)
    }
}
