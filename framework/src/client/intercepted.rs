//! An engine whose clients' calls its interceptors are told of, before they leave.

use std::{future::poll_fn, sync::Arc, task::Poll};

use futures::FutureExt as _;

use crate::{
    actor::{StartRequest, Started, Target, UpdateAnswer},
    client::{Answer, ServiceLayer, WorkflowService},
    interceptor::{Interceptors, OutboundCall, Scopes},
    machine::execution::decide::SignalMessage,
    model::{Failure, WorkflowId, event::update},
};

/// A service, and who is told of what it is asked.
#[derive(Clone)]
pub(crate) struct InterceptedService {
    service: Arc<dyn WorkflowService>,
    interceptors: Interceptors,
}

impl InterceptedService {
    /// The service; the same one, if nobody is told of anything.
    pub(crate) fn of(
        service: Arc<dyn WorkflowService>,
        interceptors: &Interceptors,
    ) -> Arc<dyn WorkflowService> {
        if interceptors.is_empty() {
            return service;
        }
        let interceptors = interceptors.clone();
        Arc::new(Self {
            service,
            interceptors,
        })
    }

    fn leave_with_signal(&self, workflow_id: &WorkflowId, signal: &mut SignalMessage) -> Scopes {
        let call = OutboundCall::SignalWorkflow {
            workflow_id,
            signal_name: &signal.name,
        };
        self.interceptors.leave(&call, &mut signal.header)
    }

    fn leave_with_update(&self, workflow_id: &WorkflowId, update: &mut update::Request) -> Scopes {
        let call = OutboundCall::UpdateWorkflow {
            workflow_id,
            update_name: &update.name,
        };
        self.interceptors.leave(&call, &mut update.header)
    }
}

/// The answer, waited for in these scopes.
fn scoped<T: Send + 'static>(mut scopes: Scopes, mut answer: Answer<T>) -> Answer<T> {
    if scopes.is_empty() {
        return answer;
    }
    async move {
        let answer = poll_fn(|cx| {
            let mut poll = Poll::Pending;
            scopes.run(&mut || poll = answer.poll_unpin(cx));
            poll
        })
        .await;
        let refusal = answer.as_ref().err();
        let failure = refusal.map(|it| Failure::own(it.to_string(), "Refused"));
        scopes.end(failure.as_ref());
        answer
    }
    .boxed()
}

impl ServiceLayer for InterceptedService {
    fn inner(&self) -> &dyn WorkflowService {
        &*self.service
    }

    fn start(&self, mut request: StartRequest) -> Answer<Started> {
        let call = OutboundCall::StartWorkflow {
            workflow_id: &request.workflow_id,
            workflow_type: &request.workflow_type,
        };
        let mut scopes = self.interceptors.leave(&call, &mut request.options.header);
        let workflow_id = &request.workflow_id;
        if let Some(signal) = &mut request.signal {
            scopes.append(self.leave_with_signal(workflow_id, signal));
        }
        if let Some(update) = &mut request.update {
            scopes.append(self.leave_with_update(workflow_id, update));
        }
        scoped(scopes, self.service.start(request))
    }

    fn signal(&self, target: Target, mut message: SignalMessage) -> Answer<()> {
        let scopes = self.leave_with_signal(&target.workflow_id, &mut message);
        scoped(scopes, self.service.signal(target, message))
    }

    fn update(&self, target: Target, mut request: update::Request) -> Answer<UpdateAnswer> {
        let scopes = self.leave_with_update(&target.workflow_id, &mut request);
        scoped(scopes, self.service.update(target, request))
    }
}
