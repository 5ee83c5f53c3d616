//! An engine as the clients of one namespace speak to it.

use std::sync::Arc;

use crate::{
    client::{
        WorkflowService,
        service_layer::{Addressed, ServiceLayer},
    },
    model::Namespace,
};

/// A service whose executions are those of a namespace.
///
/// An id that knows its namespace, because it comes from the engine, keeps it.
#[derive(Clone)]
pub(crate) struct NamespacedService {
    service: Arc<dyn WorkflowService>,
    namespace: Namespace,
}

impl NamespacedService {
    /// The service; the same one in the default namespace.
    pub(crate) fn of(
        service: &Arc<dyn WorkflowService>,
        namespace: &Namespace,
    ) -> Arc<dyn WorkflowService> {
        let (service, namespace) = (Arc::clone(service), namespace.clone());
        if namespace.is_default() {
            return service;
        }
        Arc::new(Self { service, namespace })
    }
}

impl ServiceLayer for NamespacedService {
    fn inner(&self) -> &dyn WorkflowService {
        &*self.service
    }

    fn address<A: Addressed>(&self, to: A) -> A {
        to.within(&self.namespace)
    }
}
