//! The way of an engine's clients to its shards.

use std::sync::Arc;

use crate::{
    activity::AttemptRunner,
    client::{CodedService, EngineClient, InterceptedService, WorkflowService},
    interceptor::Interceptors,
    model::{Codecs, Identity},
};

/// What is asked by this service is shown to the interceptors and goes through the codecs.
pub(super) fn client_service(
    routes: impl WorkflowService,
    codecs: &Codecs,
    interceptors: &Interceptors,
) -> Arc<dyn WorkflowService> {
    let coded = CodedService::of(Arc::new(routes), codecs);
    InterceptedService::of(coded, interceptors)
}

/// A client that lives as long as the engine, and what its attempts share, who have that client.
pub(super) fn attempt_runner(
    routes: impl WorkflowService,
    codecs: &Codecs,
    interceptors: &Interceptors,
    identity: &Identity,
) -> (EngineClient, Arc<AttemptRunner>) {
    let service = client_service(routes, codecs, interceptors);
    let client = EngineClient::new(service, identity.clone());
    let runner = AttemptRunner::with_client(client.clone(), codecs.clone(), interceptors.clone());
    (client, Arc::new(runner))
}
