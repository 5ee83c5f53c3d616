//! An engine whose clients' values are encoded on their way to it, and decoded on their way back.
//!
//! What cannot be decoded is handed out as it is kept, with the reason; only the caller who wants a
//! value of it meets an error. Histories are handed out as they were recorded.
//!
//! Where large values are kept apart, they are encoded and decoded on threads that may wait, so that no
//! caller's does; small ones are where they are.

use std::sync::Arc;

use futures::FutureExt as _;

use crate::{
    actor::{Description, Outage, Refusal, StartRequest, Started, Target, UpdateAnswer},
    client::{Answer, Apart, ServiceLayer, WorkflowService},
    machine::execution::decide::{HeartbeatResponse, ReportActivity, SignalMessage, Terminate},
    model::{
        Codecs, EventAttributes, History, Payload, PayloadContext, PayloadUse, Payloads, QueryName,
        UpdateId, UserData, WorkflowId, event::update,
    },
};

/// A service, and the codecs of its engine.
#[derive(Clone)]
pub(crate) struct CodedService {
    service: Arc<dyn WorkflowService>,
    coding: Coding,
}

/// The codecs of an engine, and where large values go through them, if not where they are.
#[derive(Clone, Debug)]
pub(crate) struct Coding {
    pub(crate) codecs: Codecs,
    apart: Option<Apart>,
}

impl Coding {
    /// These codecs, and these threads for large values.
    pub(crate) fn new(codecs: Codecs, apart: Option<Apart>) -> Self {
        Self { codecs, apart }
    }

    fn is_apart(&self, value: &mut impl UserData) -> Option<Apart> {
        self.apart.clone().filter(|apart| apart.is_for(value))
    }

    /// A value with what can be decoded of it.
    async fn decoded<T>(&self, value: T, id: &WorkflowId) -> T
    where
        T: UserData + Clone + Send + 'static,
    {
        let (mut value, codecs) = (value, self.codecs.clone());
        let Some(apart) = self.is_apart(&mut value) else {
            codecs.decode_leniently(&mut value, id);
            return value;
        };
        let (as_kept, id) = (value.clone(), id.clone());
        let decoded = apart.run(move || {
            codecs.decode_leniently(&mut value, &id);
            value
        });
        // An engine that has stopped reads nothing any more.
        decoded.await.unwrap_or(as_kept)
    }

    async fn decoded_refusal(&self, refusal: Refusal, id: &WorkflowId) -> Refusal {
        match refusal {
            Refusal::UpdateRejected(failure) => {
                Refusal::UpdateRejected(self.decoded(failure, id).await)
            }
            refusal => refusal,
        }
    }
}

impl CodedService {
    /// The service; the same one, if there are no codecs.
    pub(crate) fn of(
        service: Arc<dyn WorkflowService>,
        coding: &Coding,
    ) -> Arc<dyn WorkflowService> {
        if coding.codecs.is_empty() {
            return service;
        }
        let coding = coding.clone();
        Arc::new(Self { service, coding })
    }

    /// Asks with what is encoded for this execution.
    fn ask<V: UserData + Send + 'static, T: Send + 'static>(
        &self,
        workflow_id: &WorkflowId,
        value: V,
        ask: impl FnOnce(&dyn WorkflowService, V) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        self.ask_for(PayloadUse::Recorded, workflow_id, value, ask)
    }

    /// The same with what becomes of it.
    fn ask_for<V: UserData + Send + 'static, T: Send + 'static>(
        &self,
        usage: PayloadUse,
        workflow_id: &WorkflowId,
        mut value: V,
        ask: impl FnOnce(&dyn WorkflowService, V) -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let apart = self.coding.is_apart(&mut value);
        let (codecs, workflow_id) = (self.coding.codecs.clone(), workflow_id.clone());
        let encode = move || {
            let context = PayloadContext::of(&workflow_id).used(usage);
            let encoded = codecs.encode_for(&mut value, context);
            encoded.map(|()| value).map_err(Refusal::NotEncoded)
        };
        let Some(apart) = apart else {
            return match encode() {
                Ok(value) => ask(&*self.service, value),
                Err(refusal) => futures::future::ready(Err(refusal)).boxed(),
            };
        };
        let service = Arc::clone(&self.service);
        async move {
            let stopped = Refusal::Unavailable(Outage::ShuttingDown);
            let value = apart.run(encode).await.ok_or(stopped)??;
            ask(&*service, value).await
        }
        .boxed()
    }

    /// The answer with what can be decoded of it.
    fn decoded<T: UserData + Clone + Send + 'static>(
        &self,
        workflow_id: WorkflowId,
        answer: Answer<T>,
    ) -> Answer<T> {
        let coding = self.coding.clone();
        async move {
            match answer.await {
                Ok(answer) => Ok(coding.decoded(answer, &workflow_id).await),
                Err(refusal) => Err(coding.decoded_refusal(refusal, &workflow_id).await),
            }
        }
        .boxed()
    }
}

impl ServiceLayer for CodedService {
    fn inner(&self) -> &dyn WorkflowService {
        &*self.service
    }

    fn start(&self, request: StartRequest) -> Answer<Started> {
        let workflow_id = request.workflow_id.clone();
        let started = self.ask(&workflow_id, request, |service, it| service.start(it));
        let coding = self.coding.clone();
        async move {
            let mut started = started.await?;
            if let Some(update) = started.update.take() {
                let update = match *update {
                    Ok(answer) => Ok(coding.decoded(answer, &workflow_id).await),
                    Err(refusal) => Err(coding.decoded_refusal(refusal, &workflow_id).await),
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

    fn terminate(&self, target: Target, message: Terminate) -> Answer<()> {
        let workflow_id = target.workflow_id.clone();
        self.ask(&workflow_id, message, |service, it| {
            service.terminate(target, it)
        })
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
        let answer = self.ask_for(PayloadUse::Passed, &workflow_id, input, |service, it| {
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

    fn readable_history(&self, target: Target) -> Answer<History> {
        let workflow_id = target.workflow_id.clone();
        self.decoded(workflow_id, self.service.history(target))
    }
}
