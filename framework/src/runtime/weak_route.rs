//! The way to an engine for those that it runs, which keeps nothing of it alive.

use futures::{FutureExt as _, channel::oneshot, future::Shared};

use crate::{
    actor::{Description, Outage, Refusal, StartRequest, Started, Target, UpdateAnswer},
    client::{Answer, WorkflowService},
    machine::execution::decide::{
        HeartbeatResponse, ReportActivity, RequestCancel, ResetRun, RetryNow, SignalMessage, Steer,
        Terminate,
    },
    model::{
        EventAttributes, History, Payload, Payloads, QueryName, RunId, UpdateId, event::update,
    },
    runtime::route::{Routes, RoutesWeak},
};

/// The routes of an engine, as long as it has any.
///
/// Attempts of an earlier process begin again before all threads of an engine run; their requests
/// wait until they do.
#[derive(Clone)]
pub(super) struct WeakRoutes(Shared<oneshot::Receiver<RoutesWeak>>);

impl WeakRoutes {
    /// The way to routes that are still to be made, and where to put them then.
    pub(super) fn to_come() -> (oneshot::Sender<RoutesWeak>, Self) {
        let (made, routes) = oneshot::channel();
        (made, Self(routes.shared()))
    }

    pub(super) fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&Routes) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let routes = self.0.clone();
        async move {
            // An engine whose start has failed never has routes.
            let routes = routes.await.ok().and_then(|routes| routes.upgrade());
            let answer = routes.as_ref().map(ask);
            drop(routes);
            match answer {
                Some(answer) => answer.await,
                None => Err(Refusal::Unavailable(Outage::ShuttingDown)),
            }
        }
        .boxed()
    }
}

impl WorkflowService for WeakRoutes {
    fn start(&self, request: StartRequest) -> Answer<Started> {
        self.ask(move |routes| routes.start(request))
    }

    fn signal(&self, target: Target, message: SignalMessage) -> Answer<()> {
        self.ask(move |routes| routes.signal(target, message))
    }

    fn request_cancel(&self, target: Target, message: RequestCancel) -> Answer<()> {
        self.ask(move |routes| routes.request_cancel(target, message))
    }

    fn terminate(&self, target: Target, message: Terminate) -> Answer<()> {
        self.ask(move |routes| routes.terminate(target, message))
    }

    fn delete(&self, target: Target) -> Answer<()> {
        self.ask(move |routes| routes.delete(target))
    }

    fn reset(&self, target: Target, message: ResetRun) -> Answer<RunId> {
        self.ask(move |routes| routes.reset(target, message))
    }

    fn retry_now(&self, target: Target, message: RetryNow) -> Answer<usize> {
        self.ask(move |routes| routes.retry_now(target, message))
    }

    fn steer(&self, target: Target, message: Steer) -> Answer<()> {
        self.ask(move |routes| routes.steer(target, message))
    }

    fn report_activity(
        &self,
        target: Target,
        message: ReportActivity,
    ) -> Answer<HeartbeatResponse> {
        self.ask(move |routes| routes.report_activity(target, message))
    }

    fn update(&self, target: Target, request: update::Request) -> Answer<UpdateAnswer> {
        self.ask(move |routes| routes.update(target, request))
    }

    fn await_update(&self, target: Target, update_id: UpdateId) -> Answer<UpdateAnswer> {
        self.ask(move |routes| routes.await_update(target, update_id))
    }

    fn query(&self, target: Target, name: QueryName, input: Payloads) -> Answer<Payload> {
        self.ask(move |routes| routes.query(target, name, input))
    }

    fn await_close(&self, target: Target) -> Answer<EventAttributes> {
        self.ask(move |routes| routes.await_close(target))
    }

    fn describe(&self, target: Target) -> Answer<Box<Description>> {
        self.ask(move |routes| routes.describe(target))
    }

    fn history(&self, target: Target) -> Answer<History> {
        self.ask(move |routes| routes.history(target))
    }
}
