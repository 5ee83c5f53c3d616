//! An engine whose clients' values are encoded on their way to it, and decoded on their way back.
//!
//! What cannot be decoded is handed out as it is kept, with the reason; only the caller who wants a
//! value of it meets an error. Histories are handed out as they were recorded.

use std::sync::Arc;

use futures::FutureExt as _;

use crate::{
    actor::{Description, Refusal, StartRequest, Started, Target, UpdateAnswer},
    client::{Answer, WorkflowService},
    machine::execution::decide::{
        HeartbeatResponse, ReportActivity, RequestCancel, ResetRun, RetryNow, SignalMessage, Steer,
        Terminate,
    },
    model::{
        Codecs, EventAttributes, History, Payload, Payloads, QueryName, RunId, UpdateId, UserData,
        WorkflowId, event::update,
    },
};

/// A service, and the codecs of its engine.
#[derive(Clone)]
pub(crate) struct CodedService {
    service: Arc<dyn WorkflowService>,
    codecs: Codecs,
}

impl CodedService {
    /// The service; the same one, if there are no codecs.
    pub(crate) fn of(
        service: Arc<dyn WorkflowService>,
        codecs: &Codecs,
    ) -> Arc<dyn WorkflowService> {
        if codecs.is_empty() {
            return service;
        }
        let codecs = codecs.clone();
        Arc::new(Self { service, codecs })
    }

    /// Asks with what is encoded for this execution.
    fn ask<V: UserData, T: Send + 'static>(
        &self,
        workflow_id: &WorkflowId,
        mut value: V,
        ask: impl FnOnce(&dyn WorkflowService, V) -> Answer<T>,
    ) -> Answer<T> {
        match self.codecs.encode(&mut value, workflow_id) {
            Ok(()) => ask(&*self.service, value),
            Err(error) => futures::future::ready(Err(Refusal::NotEncoded(error))).boxed(),
        }
    }

    /// The answer with what can be decoded of it.
    fn decoded<T: UserData + Send + 'static>(
        &self,
        workflow_id: WorkflowId,
        answer: Answer<T>,
    ) -> Answer<T> {
        let codecs = self.codecs.clone();
        async move {
            match answer.await {
                Ok(mut answer) => {
                    codecs.decode_leniently(&mut answer, &workflow_id);
                    Ok(answer)
                }
                Err(refusal) => Err(decode_refusal(&codecs, &workflow_id, refusal)),
            }
        }
        .boxed()
    }
}

fn decode_refusal(codecs: &Codecs, workflow_id: &WorkflowId, mut refusal: Refusal) -> Refusal {
    if let Refusal::UpdateRejected(failure) = &mut refusal {
        codecs.decode_leniently(failure, workflow_id);
    }
    refusal
}

impl WorkflowService for CodedService {
    fn start(&self, request: StartRequest) -> Answer<Started> {
        let workflow_id = request.workflow_id.clone();
        let started = self.ask(&workflow_id, request, |service, it| service.start(it));
        let codecs = self.codecs.clone();
        async move {
            let mut started = started.await?;
            if let Some(update) = started.update.take() {
                let update = match *update {
                    Ok(mut answer) => {
                        codecs.decode_leniently(&mut answer, &workflow_id);
                        Ok(answer)
                    }
                    Err(refusal) => Err(decode_refusal(&codecs, &workflow_id, refusal)),
                };
                started.update = Some(Box::new(update));
            }
            Ok(started)
        }
        .boxed()
    }

    fn signal(&self, target: Target, message: SignalMessage) -> Answer<()> {
        let workflow_id = target.workflow_id.clone();
        self.ask(&workflow_id, message, |service, it| {
            service.signal(target, it)
        })
    }

    fn request_cancel(&self, target: Target, message: RequestCancel) -> Answer<()> {
        self.service.request_cancel(target, message)
    }

    fn terminate(&self, target: Target, message: Terminate) -> Answer<()> {
        let workflow_id = target.workflow_id.clone();
        self.ask(&workflow_id, message, |service, it| {
            service.terminate(target, it)
        })
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
        let workflow_id = target.workflow_id.clone();
        self.ask(&workflow_id, message, |service, it| {
            service.report_activity(target, it)
        })
    }

    fn update(&self, target: Target, request: update::Request) -> Answer<UpdateAnswer> {
        let workflow_id = target.workflow_id.clone();
        let answer = self.ask(&workflow_id, request, |service, it| {
            service.update(target, it)
        });
        self.decoded(workflow_id, answer)
    }

    fn await_update(&self, target: Target, update_id: UpdateId) -> Answer<UpdateAnswer> {
        let workflow_id = target.workflow_id.clone();
        self.decoded(workflow_id, self.service.await_update(target, update_id))
    }

    fn query(&self, target: Target, name: QueryName, input: Payloads) -> Answer<Payload> {
        let workflow_id = target.workflow_id.clone();
        let answer = self.ask(&workflow_id, input, |service, it| {
            service.query(target, name, it)
        });
        self.decoded(workflow_id, answer)
    }

    fn await_close(&self, target: Target) -> Answer<EventAttributes> {
        let workflow_id = target.workflow_id.clone();
        self.decoded(workflow_id, self.service.await_close(target))
    }

    fn describe(&self, target: Target) -> Answer<Box<Description>> {
        let workflow_id = target.workflow_id.clone();
        self.decoded(workflow_id, self.service.describe(target))
    }

    fn history(&self, target: Target) -> Answer<History> {
        self.service.history(target)
    }

    fn readable_history(&self, target: Target) -> Answer<History> {
        let workflow_id = target.workflow_id.clone();
        self.decoded(workflow_id, self.service.history(target))
    }
}
