//! Starting an execution together with an update.

use std::future::IntoFuture;

use derive_more::Debug;
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;

use crate::{
    client::{
        SendUpdate, StartWorkflow, StartWorkflowError, UpdateHandle, UpdateWithStartError,
        WorkflowHandle,
    },
    definition::Failure,
    model::WorkflowIdConflictPolicy,
};

/// A start with an update that is being prepared; await it to have both done, or
/// [`start`](Self::start) it.
///
/// Made by [`StartWorkflow::update`].
#[derive(Debug)]
#[must_use = "a start does nothing unless it is awaited or started"]
pub struct StartWithUpdate<W, O, E> {
    start: StartWorkflow<W>,
    update: SendUpdate<O, E>,
}

impl<W, O, E> StartWithUpdate<W, O, E> {
    pub(super) fn new(start: StartWorkflow<W>, update: SendUpdate<O, E>) -> Self {
        Self { start, update }
    }

    /// The same with this rule for an id whose run is open.
    pub fn id_conflict_policy(mut self, policy: WorkflowIdConflictPolicy) -> Self {
        self.start = self.start.id_conflict_policy(policy);
        self
    }
}

impl<W: 'static, O: DeserializeOwned + 'static, E: Failure> StartWithUpdate<W, O, E> {
    /// Waits until the run has accepted the update, and not for what comes of it.
    ///
    /// # Errors
    /// [`UpdateWithStartError`], which keeps apart what is wrong with the start and with the update.
    pub async fn start(
        self,
    ) -> Result<(WorkflowHandle<W>, UpdateHandle<O, E>), UpdateWithStartError<E>> {
        let Self { start, update } = self;
        let (handle, mut request) = start.into_request()?;
        let request_id = request.request_id.clone();
        let asked = update.into_request(&request_id)?;
        let update_id = asked.update_id.clone();
        request.update = Some(Box::new(asked));
        let service = handle.service_of_its_own();
        let started = service.start(request).await;
        let started = started.map_err(|refusal| StartWorkflowError::under(request_id, refusal))?;
        let workflow_id = handle.workflow_id().clone();
        let handle = handle.at_chain(started.run_id);
        let answer = UpdateHandle::answered(service, workflow_id, update_id, started.update)?;
        Ok((handle, answer))
    }
}

impl<W: 'static, O: DeserializeOwned + Send + 'static, E: Failure> IntoFuture
    for StartWithUpdate<W, O, E>
{
    type Output = Result<(WorkflowHandle<W>, O), UpdateWithStartError<E>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let (handle, update) = self.start().await?;
            let result = update.result().await?;
            Ok((handle, result))
        })
    }
}
