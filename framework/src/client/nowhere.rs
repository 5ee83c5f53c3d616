//! The service where there is no engine: it refuses every request.

use futures::{FutureExt as _, future::ready};

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
};

/// Where there is no engine, and why.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nowhere(pub(super) &'static str);

impl Nowhere {
    pub(super) fn refuse<T: Send + 'static>(self) -> Answer<T> {
        let reason = self.0.to_owned();
        ready(Err(Refusal::Unavailable(Outage::NotRunning { reason }))).boxed()
    }
}

impl WorkflowService for Nowhere {
    fn start(&self, _: StartRequest) -> Answer<Started> {
        self.refuse()
    }

    fn signal(&self, _: Target, _: SignalMessage) -> Answer<()> {
        self.refuse()
    }

    fn request_cancel(&self, _: Target, _: RequestCancel) -> Answer<()> {
        self.refuse()
    }

    fn terminate(&self, _: Target, _: Terminate) -> Answer<()> {
        self.refuse()
    }

    fn delete(&self, _: Target) -> Answer<()> {
        self.refuse()
    }

    fn reset(&self, _: Target, _: ResetRun) -> Answer<RunId> {
        self.refuse()
    }

    fn retry_now(&self, _: Target, _: RetryNow) -> Answer<usize> {
        self.refuse()
    }

    fn steer(&self, _: Target, _: Steer) -> Answer<()> {
        self.refuse()
    }

    fn report_activity(&self, _: Target, _: ReportActivity) -> Answer<HeartbeatResponse> {
        self.refuse()
    }

    fn update(&self, _: Target, _: update::Request) -> Answer<UpdateAnswer> {
        self.refuse()
    }

    fn await_update(&self, _: Target, _: UpdateId) -> Answer<UpdateAnswer> {
        self.refuse()
    }

    fn query(&self, _: Target, _: QueryName, _: Payloads) -> Answer<Payload> {
        self.refuse()
    }

    fn await_close(&self, _: Target) -> Answer<EventAttributes> {
        self.refuse()
    }

    fn describe(&self, _: Target) -> Answer<Box<Description>> {
        self.refuse()
    }

    fn history(&self, _: Target) -> Answer<History> {
        self.refuse()
    }
}
