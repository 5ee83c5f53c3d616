//! The engine of a test environment as its handles see it.
//!
//! Each request says that it is under way, so that time stands still meanwhile, and waiting for a
//! result says so, so that time may pass.

use std::sync::Arc;

use derive_more::Debug;
use futures::FutureExt as _;

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
    runtime::StartEngineError,
    testing::environment::restartable::RestartableEngine,
};

/// Hands requests to whichever engine runs, starting it if need be.
#[derive(Clone, Debug)]
pub(super) struct HostedService {
    host: Arc<RestartableEngine>,
}

impl HostedService {
    pub(super) fn new(host: Arc<RestartableEngine>) -> Self {
        Self { host }
    }

    fn request<T: Send + 'static>(
        &self,
        ask: impl Fn(&dyn WorkflowService) -> Answer<T> + Send + Sync + 'static,
    ) -> Answer<T> {
        let service = self.clone();
        async move {
            let _pending = service.host.skipper.begin_request();
            service.ask(ask).await
        }
        .boxed()
    }

    /// Asks for a change, and takes it as made if a history that has closed meanwhile says so.
    ///
    /// A change that was written just before a crash has no answer, and is refused when it is asked
    /// for again because it has closed the run.
    fn change(
        &self,
        target: Target,
        is_recorded: impl Fn(&EventAttributes) -> bool + Send + Sync + 'static,
        ask: impl Fn(&dyn WorkflowService) -> Answer<()> + Send + Sync + 'static,
    ) -> Answer<()> {
        let service = self.clone();
        async move {
            let _pending = service.host.skipper.begin_request();
            let answer = service.ask(ask).await;
            if service.host.open_store.is_some() && matches!(answer, Err(Refusal::Rejected(_))) {
                let history = service.ask(move |engine| engine.history(target.clone()));
                if history.await?.attributes().any(&is_recorded) {
                    return Ok(());
                }
            }
            answer
        }
        .boxed()
    }

    /// Asks until the engine that was asked is the one that still runs.
    async fn ask<T>(
        &self,
        ask: impl Fn(&dyn WorkflowService) -> Answer<T> + Send + Sync,
    ) -> Result<T, Refusal> {
        // Bound: one round per engine that ended meanwhile.
        loop {
            let life = self
                .host
                .life()
                .await
                .map_err(|error| unavailable(&error))?;
            let answer = ask(&*life.engine.service()).await;
            let Err(refusal) = answer else { return answer };
            match refusal {
                Refusal::Unavailable(Outage::Store { .. })
                | Refusal::Unknown(Outage::Store { .. })
                    if self.host.open_store.is_some() =>
                {
                    let next = self.host.crash(&life).await;
                    next.map_err(|error| unavailable(&error))?;
                }
                Refusal::Unavailable(_) | Refusal::Unknown(_) if self.host.is_over(&life).await => {
                }
                refusal => return Err(refusal),
            }
        }
    }
}

/// A start whose update met an outage, as a request that met one: it is repeated as a whole.
fn lost_update(started: Started) -> Result<Started, Refusal> {
    match started.update.as_deref() {
        Some(Err(refusal @ (Refusal::Unavailable(_) | Refusal::Unknown(_)))) => {
            Err(refusal.clone())
        }
        _ => Ok(started),
    }
}

fn unavailable(error: &StartEngineError) -> Refusal {
    Refusal::Unavailable(Outage::NotRunning {
        reason: error.to_string(),
    })
}

impl WorkflowService for HostedService {
    fn start(&self, mut request: StartRequest) -> Answer<Started> {
        if self.host.open_store.is_some() {
            // It may have to be repeated, and then a closed run has to be asked whether it took the
            // signal, as where a client repeats a start under its request id.
            let request_id = request.request_id.clone();
            request.options.request_id.get_or_insert(request_id);
        }
        self.request(move |engine| {
            let started = engine.start(request.clone());
            started.map(|answer| lost_update(answer?)).boxed()
        })
    }

    fn signal(&self, target: Target, message: SignalMessage) -> Answer<()> {
        let request_id = message.request_id.clone();
        let is_recorded = move |event: &EventAttributes| match event {
            EventAttributes::WorkflowExecutionSignaled(event) => event.request_id == request_id,
            _ => false,
        };
        self.change(target.clone(), is_recorded, move |engine| {
            engine.signal(target.clone(), message.clone())
        })
    }

    fn request_cancel(&self, target: Target, message: RequestCancel) -> Answer<()> {
        let request_id = message.request_id.clone();
        let is_recorded = move |event: &EventAttributes| match event {
            EventAttributes::WorkflowExecutionCancelRequested(event) => {
                event.request_id == request_id
            }
            _ => false,
        };
        self.change(target.clone(), is_recorded, move |engine| {
            engine.request_cancel(target.clone(), message.clone())
        })
    }

    fn terminate(&self, target: Target, message: Terminate) -> Answer<()> {
        let reason = message.reason.clone();
        let is_recorded = move |event: &EventAttributes| match event {
            EventAttributes::WorkflowExecutionTerminated(event) => event.reason == reason,
            _ => false,
        };
        self.change(target.clone(), is_recorded, move |engine| {
            engine.terminate(target.clone(), message.clone())
        })
    }

    fn delete(&self, target: Target) -> Answer<()> {
        self.request(move |engine| engine.delete(target.clone()))
    }

    fn reset(&self, target: Target, message: ResetRun) -> Answer<RunId> {
        self.request(move |engine| engine.reset(target.clone(), message.clone()))
    }

    fn retry_now(&self, target: Target, message: RetryNow) -> Answer<usize> {
        self.request(move |engine| engine.retry_now(target.clone(), message.clone()))
    }

    fn steer(&self, target: Target, message: Steer) -> Answer<()> {
        self.request(move |engine| engine.steer(target.clone(), message.clone()))
    }

    fn report_activity(
        &self,
        target: Target,
        message: ReportActivity,
    ) -> Answer<HeartbeatResponse> {
        self.request(move |engine| engine.report_activity(target.clone(), message.clone()))
    }

    fn update(&self, target: Target, request: update::Request) -> Answer<UpdateAnswer> {
        self.request(move |engine| engine.update(target.clone(), request.clone()))
    }

    fn await_update(&self, target: Target, update_id: UpdateId) -> Answer<UpdateAnswer> {
        let service = self.clone();
        async move {
            let awaited = Some(target.clone());
            let completed =
                service.ask(move |engine| engine.await_update(target.clone(), update_id.clone()));
            service.host.skipper.wait_for(awaited, completed).await
        }
        .boxed()
    }

    fn query(&self, target: Target, name: QueryName, input: Payloads) -> Answer<Payload> {
        self.request(move |engine| engine.query(target.clone(), name.clone(), input.clone()))
    }

    fn await_close(&self, target: Target) -> Answer<EventAttributes> {
        let service = self.clone();
        async move {
            let awaited = Some(target.clone());
            let closed = service.ask(move |engine| engine.await_close(target.clone()));
            service.host.skipper.wait_for(awaited, closed).await
        }
        .boxed()
    }

    fn describe(&self, target: Target) -> Answer<Box<Description>> {
        self.request(move |engine| engine.describe(target.clone()))
    }

    fn readable_history(&self, target: Target) -> Answer<History> {
        self.request(move |engine| engine.readable_history(target.clone()))
    }

    fn history(&self, target: Target) -> Answer<History> {
        self.request(move |engine| engine.history(target.clone()))
    }
}
