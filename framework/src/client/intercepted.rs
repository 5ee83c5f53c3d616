//! An engine whose clients' calls its interceptors are told of, before they leave.

use std::{future::poll_fn, sync::Arc, task::Poll};

use futures::FutureExt as _;

use crate::{
    actor::{Description, StartRequest, Started, Target, UpdateAnswer},
    client::{Answer, WorkflowService},
    interceptor::{Interceptors, OutboundCall, Scopes},
    machine::execution::decide::{
        HeartbeatResponse, ReportActivity, RequestCancel, ResetRun, RetryNow, SignalMessage, Steer,
        Terminate,
    },
    model::{
        EventAttributes, Failure, History, Payload, Payloads, QueryName, RunId, UpdateId,
        event::update,
    },
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

impl WorkflowService for InterceptedService {
    fn start(&self, mut request: StartRequest) -> Answer<Started> {
        let call = OutboundCall::StartWorkflow {
            workflow_id: &request.workflow_id,
            workflow_type: &request.workflow_type,
        };
        let scopes = self.interceptors.leave(&call, &mut request.options.header);
        scoped(scopes, self.service.start(request))
    }

    fn signal(&self, target: Target, mut message: SignalMessage) -> Answer<()> {
        let call = OutboundCall::SignalWorkflow {
            workflow_id: &target.workflow_id,
            signal_name: &message.name,
        };
        let scopes = self.interceptors.leave(&call, &mut message.header);
        scoped(scopes, self.service.signal(target, message))
    }

    fn request_cancel(&self, target: Target, message: RequestCancel) -> Answer<()> {
        self.service.request_cancel(target, message)
    }

    fn terminate(&self, target: Target, message: Terminate) -> Answer<()> {
        self.service.terminate(target, message)
    }

    fn delete(&self, target: Target) -> Answer<()> {
        self.service.delete(target)
    }

    fn reset(&self, target: Target, message: ResetRun) -> Answer<RunId> {
        self.service.reset(target, message)
    }

    fn retry_now(&self, target: Target, message: RetryNow) -> Answer<usize> {
        self.service.retry_now(target, message)
    }

    fn steer(&self, target: Target, message: Steer) -> Answer<()> {
        self.service.steer(target, message)
    }

    fn report_activity(
        &self,
        target: Target,
        message: ReportActivity,
    ) -> Answer<HeartbeatResponse> {
        self.service.report_activity(target, message)
    }

    fn update(&self, target: Target, mut request: update::Request) -> Answer<UpdateAnswer> {
        let call = OutboundCall::UpdateWorkflow {
            workflow_id: &target.workflow_id,
            update_name: &request.name,
        };
        let scopes = self.interceptors.leave(&call, &mut request.header);
        scoped(scopes, self.service.update(target, request))
    }

    fn await_update(&self, target: Target, update_id: UpdateId) -> Answer<UpdateAnswer> {
        self.service.await_update(target, update_id)
    }

    fn query(&self, target: Target, name: QueryName, input: Payloads) -> Answer<Payload> {
        self.service.query(target, name, input)
    }

    fn await_close(&self, target: Target) -> Answer<EventAttributes> {
        self.service.await_close(target)
    }

    fn describe(&self, target: Target) -> Answer<Box<Description>> {
        self.service.describe(target)
    }

    fn history(&self, target: Target) -> Answer<History> {
        self.service.history(target)
    }

    fn readable_history(&self, target: Target) -> Answer<History> {
        self.service.readable_history(target)
    }
}
