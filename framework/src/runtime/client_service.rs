//! The way of an engine's clients to its shards.

use std::sync::Arc;

use crate::{
    activity::AttemptRunner,
    client::{CodedService, Coding, EngineClient, InterceptedService, RunFinder, WorkflowService},
    interceptor::Interceptors,
    model::Identity,
};

/// What is asked by this service is shown to the interceptors and goes through the codecs.
pub(super) fn client_service(
    routes: impl WorkflowService,
    coding: &Coding,
    interceptors: &Interceptors,
) -> Arc<dyn WorkflowService> {
    let coded = CodedService::of(Arc::new(routes), coding);
    InterceptedService::of(coded, interceptors)
}

/// A client that lives as long as the engine, and what its attempts share, who have that client.
pub(super) fn attempt_runner(
    routes: impl WorkflowService,
    coding: &Coding,
    interceptors: &Interceptors,
    identity: &Identity,
    finder: RunFinder,
) -> (EngineClient, Arc<AttemptRunner>) {
    let service = client_service(routes, coding, interceptors);
    let client = EngineClient::new(service, identity.clone()).with_finder(finder);
    let runner =
        AttemptRunner::with_client(client.clone(), coding.codecs.clone(), interceptors.clone());
    (client, Arc::new(runner))
}
