//! Bulk jobs of an engine.

use crate::{
    bulk::{Bulk, BulkJobHandle},
    client::ListIds,
    model::bulk::{BULK_JOB_PREFIX, BULK_JOB_TYPE},
    runtime::Engine,
};

impl Engine {
    /// The runs that pass a filter, to do one thing to all of them, by a job that survives crashes.
    ///
    /// The filter is one of [`list`](Self::list); an empty one is refused unless that is
    /// [said](Bulk::all_runs). See [`Bulk`] for which runs those are and what can be done to them, and
    /// [the guide](crate::guide::bulk).
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::Order;
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// engine.workflow::<Order>("order-42").start(()).await?;
    /// let orders = engine.bulk("WorkflowId STARTS_WITH 'order-'").terminate("test orders");
    /// assert_eq!(orders.dry_run().await?.count, 1);
    /// assert_eq!(orders.start().await?.result().await?.done, 1);
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn bulk(&self, filter: impl Into<String>) -> Bulk {
        Bulk::new(self.client.clone(), filter.into())
    }

    /// The bulk job with this id, to be looked at and steered.
    ///
    /// # Examples
    /// ```
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let job = engine.bulk_job("tidy-up");
    /// assert!(job.describe().await.is_err());
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn bulk_job(&self, job_id: impl Into<String>) -> BulkJobHandle {
        BulkJobHandle::new(self.service(), self.inner.identity.clone(), job_id.into())
    }

    /// Lists the bulk jobs that go on and those that have ended and are kept, the latest first.
    ///
    /// # Examples
    /// ```
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let paused = engine.bulk("ExecutionStatus = 'Paused'").unpause("the bank is back");
    /// paused.job_id("go-on").start().await?;
    /// assert_eq!(engine.bulk_jobs().await?.ids, ["go-on"]);
    /// // They are workflows of the engine's own, and no list of runs shows them.
    /// assert!(engine.list("").await?.runs.is_empty());
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ListRunsError`](crate::client::ListRunsError) if the page token is of another list, or the engine
    /// does not answer.
    pub fn bulk_jobs(&self) -> ListIds {
        // The last run of each.
        let filter =
            format!("WorkflowType = '{BULK_JOB_TYPE}' AND ExecutionStatus != 'ContinuedAsNew'");
        ListIds::new(self.list(filter), BULK_JOB_PREFIX)
    }
}
