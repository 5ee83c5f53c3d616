//! Asking for updates, and waiting for what comes of them.

use std::{future::IntoFuture, marker::PhantomData, sync::Arc};

use derive_more::Debug;
use futures::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    actor::{Outage, Reach, Refusal, Target, UpdateAnswer, UpdateStand},
    client::{ExecutionHandle, UpdateError, WorkflowService, start::fresh_request_id},
    definition::{Failure, Update, Workflow},
    model::{
        Header, Identity, PayloadError, Payloads, RequestId, RunId, UpdateId, UpdateName,
        WorkflowId,
        event::update::{Outcome, Request},
    },
};

impl<W: Workflow> ExecutionHandle<W> {
    /// Has the workflow carry an update out; see [`SendUpdate`] for how to do so at most once.
    ///
    /// The methods that `#[update]` makes do the same, by name.
    ///
    /// # Errors
    /// [`UpdateError`] if it is rejected, fails, there is no open run, or the engine does not answer.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "an update takes its input, as a call does"
    )]
    pub fn update<U: Update<Workflow = W>>(
        &self,
        input: U::Input,
    ) -> SendUpdate<U::Output, U::Error> {
        let name = UpdateName::new(U::NAME);
        SendUpdate::new(self, name, Payloads::encode_readable(&input))
    }
}

/// An update that is being prepared; await it to have it carried out, or [`start`](Self::start) it.
///
/// # Durability
/// Once it returns, the update is recorded, and so is what came of it. One that is rejected has left
/// no trace. Where it fails, the error's [`outcome`](UpdateError::outcome) says whether it may have
/// been accepted all the same.
///
/// # Cancellation
/// An update that was handed over goes on when its future is dropped.
///
/// # Examples
/// ```
/// # use sempre::guide::example::{Order, OrderHandle as _};
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = sempre::guide::example::engine().await?;
/// let order = engine.workflow::<Order>("order-42").start(()).await?;
/// assert_eq!(order.set_quantity(3).id("click-8").await?, 3);
///
/// // Repeated under the same id, it is the same update, whatever it asks for this time.
/// let again = order.set_quantity(5).id("click-8").start().await?;
/// assert_eq!(again.result().await?, 3);
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "an update is not sent unless it is awaited or started"]
pub struct SendUpdate<O, E> {
    #[debug(skip)]
    service: Arc<dyn WorkflowService>,
    target: Target,
    name: UpdateName,
    input: Result<Payloads, PayloadError>,
    identity: Identity,
    update_id: Option<UpdateId>,
    header: Result<Header, PayloadError>,
    #[debug(skip)]
    result: PhantomData<fn() -> (O, E)>,
}

impl<O, E> SendUpdate<O, E> {
    pub(super) fn new<W>(
        handle: &ExecutionHandle<W>,
        name: UpdateName,
        input: Result<Payloads, PayloadError>,
    ) -> Self {
        Self {
            service: Arc::clone(handle.shared_service()),
            target: handle.target(),
            name,
            input,
            identity: handle.identity().clone(),
            update_id: None,
            header: Ok(Header::EMPTY),
            result: PhantomData,
        }
    }
}

impl<O: DeserializeOwned + 'static, E: Failure> SendUpdate<O, E> {
    /// The same update under this id: repeated, it is carried out once, and has the same outcome,
    /// also when the run has closed meanwhile. Default: an id that nobody has used.
    ///
    /// The id belongs to the run. One whose update was rejected can be used again.
    pub fn id(mut self, update_id: impl Into<UpdateId>) -> Self {
        self.update_id = Some(update_id.into());
        self
    }

    /// The same update with this value under this name in its header, which is recorded with it.
    ///
    /// A header has 16 KiB at most, and is not encoded by the engine's codecs.
    pub fn header(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        self.header = self.header.and_then(|header| header.with(name, &value));
        self
    }

    /// Waits until the workflow has accepted the update, and not for what comes of it.
    ///
    /// # Errors
    /// [`UpdateError`] if it is rejected, there is no open run, or the engine does not answer.
    pub async fn start(self) -> Result<UpdateHandle<O, E>, UpdateError<E>> {
        let (service, target) = (Arc::clone(&self.service), self.target.clone());
        let request = self.into_request(&fresh_request_id())?;
        let update_id = request.update_id.clone();
        let answer = service.update(target.clone(), request).await;
        let answer = answer.map_err(|refusal| UpdateError::under(update_id.clone(), refusal))?;
        Ok(UpdateHandle::new(
            service,
            target.workflow_id,
            update_id,
            answer,
        ))
    }

    /// What is asked for, under this id unless it has one of its own.
    pub(super) fn into_request(self, id: &RequestId) -> Result<Request, UpdateError<E>> {
        Ok(Request {
            update_id: self.update_id.unwrap_or_else(|| id.as_str().into()),
            identity: self.identity,
            name: self.name,
            input: self.input.map_err(UpdateError::Payload)?,
            header: self.header.map_err(UpdateError::Payload)?,
        })
    }
}

impl<O: DeserializeOwned + 'static, E: Failure> IntoFuture for SendUpdate<O, E> {
    type Output = Result<O, UpdateError<E>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let update = self.start().await?;
            update.result().await
        })
    }
}

/// An update that its workflow has accepted.
///
/// A name, which holds nothing alive: the update goes on whether or not anybody waits for it.
#[derive(Debug)]
pub struct UpdateHandle<O, E> {
    #[debug(skip)]
    service: Arc<dyn WorkflowService>,
    target: Target,
    run_id: RunId,
    update_id: UpdateId,
    /// What came of it, if that is known.
    outcome: Option<Outcome>,
    #[debug(skip)]
    result: PhantomData<fn() -> (O, E)>,
}

impl<O, E: Failure> UpdateHandle<O, E> {
    fn new(
        service: Arc<dyn WorkflowService>,
        workflow_id: WorkflowId,
        update_id: UpdateId,
        answer: UpdateAnswer,
    ) -> Self {
        Self {
            service,
            target: Target {
                workflow_id,
                run_id: Some(answer.run_id),
                // No other run knows what came of it.
                reach: Reach::Run,
            },
            run_id: answer.run_id,
            update_id,
            outcome: match answer.stand {
                UpdateStand::Completed(outcome) => Some(outcome),
                UpdateStand::Accepted => None,
            },
            result: PhantomData,
        }
    }

    /// The handle of an update that a start brought, if it was accepted.
    pub(super) fn answered(
        service: Arc<dyn WorkflowService>,
        workflow_id: WorkflowId,
        update_id: UpdateId,
        answer: Option<Box<Result<UpdateAnswer, Refusal>>>,
    ) -> Result<Self, UpdateError<E>> {
        // Invariant: whoever answers a start with an update says what has become of that.
        let lost = || Box::new(Err(Refusal::Unknown(Outage::Dropped)));
        match *answer.unwrap_or_else(lost) {
            Ok(answer) => Ok(Self::new(service, workflow_id, update_id, answer)),
            Err(refusal) => Err(UpdateError::under(update_id, refusal)),
        }
    }
}

impl<O: DeserializeOwned, E: Failure> UpdateHandle<O, E> {
    /// The update's id.
    pub fn id(&self) -> &UpdateId {
        &self.update_id
    }

    /// The run that carries it out.
    pub fn run_id(&self) -> RunId {
        self.run_id
    }

    /// Waits until the update is completed, and returns what its handler returned.
    ///
    /// # Errors
    /// [`UpdateError`] if its handler failed, the run closed before, or the engine does not answer.
    pub async fn result(&self) -> Result<O, UpdateError<E>> {
        let mut outcome = self.outcome.clone();
        // Bound: an answer says what came of the update; one that does not is asked for once more.
        loop {
            if let Some(outcome) = outcome {
                return UpdateError::read(outcome);
            }
            let update_id = self.update_id.clone();
            let answer = self.service.await_update(self.target.clone(), update_id);
            let answer = answer.await;
            let answer =
                answer.map_err(|refusal| UpdateError::of_wait(self.update_id.clone(), refusal))?;
            outcome = match answer.stand {
                UpdateStand::Completed(outcome) => Some(outcome),
                UpdateStand::Accepted => None,
            };
        }
    }
}
