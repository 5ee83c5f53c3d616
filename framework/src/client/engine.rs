//! An engine as those speak to it who do not hold it: the attempts that it runs.

use std::sync::Arc;

use derive_more::Debug;

use crate::{
    activity::ActivityContext,
    client::{NamespacedService, RunFinder, WorkflowHandle, WorkflowService, nowhere::Nowhere},
    definition::Workflow,
    model::{Identity, Namespace, WorkflowId},
};

/// A way to an engine that keeps nothing of it alive.
///
/// A cheap clone. Made by [`ActivityContext::engine`] and [`Engine::client`](crate::Engine::client).
/// Once the engine shuts down, or its last clone is dropped, every request fails as
/// [`Unavailable`](crate::client::RequestError::Unavailable).
#[derive(Clone, Debug)]
pub struct EngineClient {
    #[debug(skip)]
    service: Arc<dyn WorkflowService>,
    identity: Identity,
    namespace: Namespace,
    /// The way to its runs, for what the engine does by itself.
    finder: Option<RunFinder>,
}

impl EngineClient {
    /// A client that speaks to this service, under this identity in histories.
    pub fn new(service: Arc<dyn WorkflowService>, identity: Identity) -> Self {
        Self {
            service,
            identity,
            namespace: Namespace::default(),
            finder: None,
        }
    }

    /// The same client, which also finds runs.
    pub(crate) fn with_finder(mut self, finder: RunFinder) -> Self {
        self.finder = Some(finder);
        self
    }

    /// The same client in a namespace.
    pub(crate) fn within(&self, namespace: &Namespace) -> Self {
        let finder = self.finder.as_ref();
        Self {
            service: NamespacedService::of(&self.service, namespace),
            identity: self.identity.clone(),
            namespace: namespace.clone(),
            finder: finder.map(|it| it.within(namespace)),
        }
    }

    /// The way to the engine's runs, where there is one.
    pub(crate) fn finder(&self) -> Option<&RunFinder> {
        self.finder.as_ref()
    }

    /// A client where there is no engine: every request fails.
    pub(crate) fn nowhere() -> Self {
        let nowhere = Nowhere("the attempt is run without one");
        Self::new(Arc::new(nowhere), Identity::default())
    }

    pub(crate) fn service(&self) -> Arc<dyn WorkflowService> {
        Arc::clone(&self.service)
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The execution with this id, with the types of its program.
    pub fn workflow<W: Workflow>(&self, workflow_id: impl Into<WorkflowId>) -> WorkflowHandle<W> {
        let service = Arc::clone(&self.service);
        let workflow_id = workflow_id.into().within(&self.namespace);
        WorkflowHandle::new(service, self.identity.clone(), workflow_id)
    }
}

impl ActivityContext {
    /// The engine that runs the attempt, to start other workflows and to speak to them, in the namespace
    /// of the attempt's own.
    ///
    /// An attempt may run more than once, so give a start a workflow id, and a signal a request id,
    /// that is the same for each attempt. Waiting for a result keeps the attempt's slot, and a
    /// shutdown waits for it: look at [`shutting_down`](Self::shutting_down) as well, or leave
    /// waiting to a workflow. Blocking code waits by `Handle::current().block_on(…)` of tokio.
    ///
    /// # Examples
    /// ```
    /// use sempre::{ActivityContext, ApplicationFailure, OrFailure, activity};
    /// use sempre::guide::example::{Order, OrderHandle as _};
    ///
    /// #[activity(start_to_close = "10s")]
    /// async fn approve(ctx: ActivityContext, order: String) -> Result<(), ApplicationFailure> {
    ///     let key = format!("{}/{}", ctx.info().execution.run_id, ctx.info().activity_id);
    ///     let order = ctx.engine().workflow::<Order>(order);
    ///     order.approve().request_id(key).await.or_failure("Approve")
    /// }
    /// ```
    ///
    /// # Errors
    /// None; its requests fail as [`Unavailable`](crate::client::RequestError::Unavailable) once the
    /// engine shuts down, and where the attempt is run without one, as in
    /// `testing::ActivityEnvironment` unless that is given one.
    pub fn engine(&self) -> EngineClient {
        let client = self.runner().client::<EngineClient>();
        let namespace = self.info().execution.workflow_id.namespace();
        client.map_or_else(EngineClient::nowhere, |client| client.within(&namespace))
    }
}
