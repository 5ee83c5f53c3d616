//! Sending a signal.

use std::{future::IntoFuture, marker::PhantomData, sync::Arc};

use derive_more::Debug;
use futures::future::BoxFuture;
use serde::Serialize;

use crate::{
    actor::Target,
    client::{SignalWorkflowError, WorkflowService, start::fresh_request_id},
    machine::execution::decide::SignalMessage,
    model::{Header, Identity, PayloadError, Payloads, RequestId, SignalName},
};

/// A signal that is being prepared; await it to send it.
///
/// # Durability
/// Once it returns, the signal is recorded; the program sees it sooner or later. Where it fails,
/// the error's [`outcome`](SignalWorkflowError::outcome) says whether it may have been recorded all
/// the same.
#[derive(Debug)]
#[must_use = "a signal is not sent unless it is awaited"]
pub struct SendSignal<W> {
    #[debug(skip)]
    service: Arc<dyn WorkflowService>,
    target: Target,
    name: SignalName,
    input: Result<Payloads, PayloadError>,
    identity: Identity,
    request_id: Option<RequestId>,
    header: Result<Header, PayloadError>,
    #[debug(skip)]
    workflow: PhantomData<fn() -> W>,
}

impl<W> SendSignal<W> {
    pub(super) fn new(
        service: Arc<dyn WorkflowService>,
        target: Target,
        name: SignalName,
        input: Result<Payloads, PayloadError>,
        identity: Identity,
    ) -> Self {
        Self {
            service,
            target,
            name,
            input,
            identity,
            request_id: None,
            header: Ok(Header::EMPTY),
            workflow: PhantomData,
        }
    }

    /// The same signal under this request id: repeated, it is recorded once.
    ///
    /// Without one, sending twice records two signals, also when the first answer was lost.
    pub fn request_id(mut self, request_id: impl Into<RequestId>) -> Self {
        self.request_id = Some(request_id.into());
        self
    }

    /// The same signal with this value under this name in its header, which is recorded with it.
    ///
    /// A header has 16 KiB at most, and is not encoded by the engine's codecs.
    pub fn header(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        self.header = self.header.and_then(|header| header.with(name, &value));
        self
    }

    /// The signal under this request id, unless it has one.
    pub(crate) fn into_message(
        self,
        request_id: &RequestId,
    ) -> Result<SignalMessage, PayloadError> {
        Ok(SignalMessage {
            name: self.name,
            input: self.input?,
            identity: self.identity,
            request_id: self.request_id.unwrap_or_else(|| request_id.clone()),
            header: self.header?,
        })
    }
}

impl<W> IntoFuture for SendSignal<W> {
    type Output = Result<(), SignalWorkflowError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let request_id = self.request_id.clone().unwrap_or_else(fresh_request_id);
        let (service, target) = (Arc::clone(&self.service), self.target.clone());
        let message = self.into_message(&request_id);
        Box::pin(async move {
            let message = message?;
            let sent = service.signal(target, message).await;
            sent.map_err(|refusal| SignalWorkflowError::under(request_id, refusal))
        })
    }
}
