//! Bulk jobs of a test environment.

use std::sync::Arc;

use crate::{
    bulk::{Bulk, BulkJobHandle},
    client::EngineClient,
    model::Identity,
    testing::{TestEnvironment, environment::service::HostedService},
};

impl TestEnvironment {
    /// The runs that pass a filter, to do one thing to all of them; see
    /// [`Engine::bulk`](crate::Engine::bulk).
    ///
    /// # Examples
    /// ```
    /// # use sempre::{guide::example::Order, testing::TestEnvironment};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let env = TestEnvironment::new();
    /// env.workflow::<Order>("order-42").start(()).await?;
    /// let job = env.bulk("WorkflowType = 'Order'").await.cancel("out of stock").start().await?;
    /// assert_eq!(job.result().await?.done, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// If the engine does not start.
    pub async fn bulk(&self, filter: impl Into<String>) -> Bulk {
        let service = Arc::new(HostedService::new(Arc::clone(&self.host)));
        let client = EngineClient::new(service, Identity::new("test"));
        let client = match self.engine().await.client().finder() {
            Some(finder) => client.with_finder(finder.clone()),
            None => client,
        };
        Bulk::new(client, filter.into())
    }

    /// The bulk job with this id.
    pub fn bulk_job(&self, job_id: impl Into<String>) -> BulkJobHandle {
        let service = Arc::new(HostedService::new(Arc::clone(&self.host)));
        BulkJobHandle::new(service, Identity::new("test"), job_id.into())
    }
}
