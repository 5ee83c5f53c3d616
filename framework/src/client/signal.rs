//! Sending a signal.

use std::{future::IntoFuture, sync::Arc};

use derive_more::Debug;
use futures::future::BoxFuture;

use crate::{
    actor::Target,
    client::{SignalWorkflowError, WorkflowService, start::fresh_request_id},
    machine::execution::decide::SignalMessage,
    model::{Identity, PayloadError, Payloads, RequestId, SignalName},
};

/// A signal that is being prepared; await it to send it.
///
/// # Durability
/// Once it returns, the signal is recorded; the program sees it sooner or later. Where it fails,
/// the error's [`outcome`](SignalWorkflowError::outcome) says whether it may have been recorded all
/// the same.
#[derive(Debug)]
#[must_use = "a signal is not sent unless it is awaited"]
pub struct SendSignal {
    #[debug(skip)]
    service: Arc<dyn WorkflowService>,
    target: Target,
    name: SignalName,
    input: Result<Payloads, PayloadError>,
    identity: Identity,
    request_id: Option<RequestId>,
}

impl SendSignal {
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
        }
    }

    /// The same signal under this request id: repeated, it is recorded once.
    ///
    /// Without one, sending twice records two signals, also when the first answer was lost.
    pub fn request_id(mut self, request_id: impl Into<RequestId>) -> Self {
        self.request_id = Some(request_id.into());
        self
    }
}

impl IntoFuture for SendSignal {
    type Output = Result<(), SignalWorkflowError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self {
            service,
            target,
            name,
            input,
            identity,
            request_id,
        } = self;
        Box::pin(async move {
            let request_id = request_id.unwrap_or_else(fresh_request_id);
            let message = SignalMessage {
                name,
                input: input?,
                identity,
                request_id: request_id.clone(),
            };
            let sent = service.signal(target, message).await;
            sent.map_err(|refusal| SignalWorkflowError::under(request_id, refusal))
        })
    }
}
