//! Schedules of an engine.

use crate::{
    client::ListIds,
    model::schedule::{SCHEDULER_PREFIX, SCHEDULER_TYPE},
    runtime::Engine,
    schedule::ScheduleHandle,
};

impl Engine {
    /// The schedule with this id, to be created, looked at and changed.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::Order;
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let nightly = engine.schedule("nightly").create::<Order>(()).cron("0 3 * * *").await?;
    /// assert_eq!(nightly.describe().await?.next.len(), 10);
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn schedule(&self, schedule_id: impl Into<String>) -> ScheduleHandle {
        let (service, identity) = (self.service(), self.inner.identity.clone());
        ScheduleHandle::new(
            service,
            identity,
            self.inner.clock.clone(),
            schedule_id.into(),
        )
    }

    /// Lists the schedules, the one that began last first.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::Order;
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// engine.schedule("nightly").create::<Order>(()).cron("0 3 * * *").await?;
    /// assert_eq!(engine.schedules().await?.ids, ["nightly"]);
    /// // They are workflows of the engine's own, and no list of runs shows them.
    /// assert!(engine.list("").await?.runs.is_empty());
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ListRunsError`](crate::client::ListRunsError) if the page token is of another list, or the engine does not answer.
    pub fn schedules(&self) -> ListIds {
        let filter = format!("WorkflowType = '{SCHEDULER_TYPE}' AND ExecutionStatus = 'Running'");
        ListIds::new(self.list(filter), SCHEDULER_PREFIX)
    }
}
