//! The service of attempts that are run without an engine: it refuses every request.

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

/// Where there is no engine.
#[derive(Debug)]
pub(super) struct Nowhere;

fn refuse<T: Send + 'static>() -> Answer<T> {
    let reason = "the attempt is run without one".to_owned();
    ready(Err(Refusal::Unavailable(Outage::NotRunning { reason }))).boxed()
}

impl WorkflowService for Nowhere {
    fn start(&self, _: StartRequest) -> Answer<Started> {
        refuse()
    }

    fn signal(&self, _: Target, _: SignalMessage) -> Answer<()> {
        refuse()
    }

    fn request_cancel(&self, _: Target, _: RequestCancel) -> Answer<()> {
        refuse()
    }

    fn terminate(&self, _: Target, _: Terminate) -> Answer<()> {
        refuse()
    }

    fn delete(&self, _: Target) -> Answer<()> {
        refuse()
    }

    fn reset(&self, _: Target, _: ResetRun) -> Answer<RunId> {
        refuse()
    }

    fn retry_now(&self, _: Target, _: RetryNow) -> Answer<usize> {
        refuse()
    }

    fn steer(&self, _: Target, _: Steer) -> Answer<()> {
        refuse()
    }

    fn report_activity(&self, _: Target, _: ReportActivity) -> Answer<HeartbeatResponse> {
        refuse()
    }

    fn update(&self, _: Target, _: update::Request) -> Answer<UpdateAnswer> {
        refuse()
    }

    fn await_update(&self, _: Target, _: UpdateId) -> Answer<UpdateAnswer> {
        refuse()
    }

    fn query(&self, _: Target, _: QueryName, _: Payloads) -> Answer<Payload> {
        refuse()
    }

    fn await_close(&self, _: Target) -> Answer<EventAttributes> {
        refuse()
    }

    fn describe(&self, _: Target) -> Answer<Box<Description>> {
        refuse()
    }

    fn history(&self, _: Target) -> Answer<History> {
        refuse()
    }
}
