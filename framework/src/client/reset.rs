//! Resetting a run: another one goes on from a point of its history.

use std::{future::IntoFuture, mem};

use derive_more::Debug;
use futures::future::BoxFuture;

use crate::{
    client::{ExecutionHandle, ResetWorkflowError, WorkflowHandle, start::fresh_request_id},
    machine::execution::decide::ResetRun,
    model::{Reapplied, RequestId, ResetPoint},
};

/// A reset that is being prepared; await it to carry it out.
///
/// The run ends if it is open, and a new one begins with a copy of its history up to the point. There
/// the workflow task is done again, by the code that is registered now, with other random numbers.
/// Signals and accepted updates that came after the point are taken along. Activities that were not
/// over at the point are run again from their first attempt; children that were asked for before it go
/// on as the new run's.
///
/// # Durability
/// Once it returns, the old run has ended and the new one has begun; nobody ever sees one without the
/// other.
#[derive(Debug)]
#[must_use = "a run is not reset unless the reset is awaited"]
pub struct ResetWorkflow<W> {
    handle: WorkflowHandle<W>,
    point: ResetPoint,
    reason: String,
    reapplied: Reapplied,
    request_id: Option<RequestId>,
}

impl<W> ResetWorkflow<W> {
    /// Why it is reset, for people. Default: nothing. At most 2 MiB.
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }

    /// Leaves out signals that came after the point.
    pub fn exclude_signals(mut self) -> Self {
        self.reapplied.signals = false;
        self
    }

    /// Leaves out updates that were accepted after the point.
    pub fn exclude_updates(mut self) -> Self {
        self.reapplied.updates = false;
        self
    }

    /// The same reset under this request id: repeated, it is carried out once.
    ///
    /// It is known again as long as the run that it has begun is the latest one.
    pub fn request_id(mut self, request_id: impl Into<RequestId>) -> Self {
        self.request_id = Some(request_id.into());
        self
    }
}

impl<W: 'static> IntoFuture for ResetWorkflow<W> {
    type Output = Result<WorkflowHandle<W>, ResetWorkflowError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(mut self) -> Self::IntoFuture {
        let request_id = self.request_id.take().unwrap_or_else(fresh_request_id);
        let message = ResetRun {
            point: self.point,
            reason: mem::take(&mut self.reason),
            reapplied: self.reapplied,
            request_id: request_id.clone(),
        };
        let handle = self.handle;
        let reset = handle.service().reset(handle.target(), message);
        Box::pin(async move {
            match reset.await {
                Ok(run_id) => Ok(handle.at_chain(run_id)),
                Err(refusal) => Err(ResetWorkflowError::under(request_id, refusal)),
            }
        })
    }
}

impl<W> ExecutionHandle<W> {
    /// Resets the run to a workflow task of its history, whether or not it has closed.
    ///
    /// For when what it has done since is wrong: a bug was mended, a decision is to be made again. See
    /// [`ResetWorkflow`] for what the new run takes along, and for the options. Only the latest run of
    /// an execution can be reset. Returns a handle to the new one. A handle that follows a chain goes on
    /// with the new run.
    ///
    /// What the program has done to the world since the point is not undone.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// use sempre::model::ResetPoint;
    ///
    /// let order = engine.workflow::<Order>("order-42").start(()).await?;
    /// order.approve().await?;
    /// order.result().await?;
    ///
    /// let reset = order.reset(ResetPoint::FirstTask).exclude_signals();
    /// let again = reset.reason("approved by mistake").await?;
    /// assert!(!again.is_approved().await?);
    /// assert_ne!(again.run_id(), order.run_id());
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ResetWorkflowError`] if there is no such point, which lists those that there are, if another
    /// run has followed, or the engine does not answer.
    pub fn reset(&self, point: ResetPoint) -> ResetWorkflow<W> {
        ResetWorkflow {
            handle: self.to_handle(),
            point,
            reason: String::new(),
            reapplied: Reapplied::default(),
            request_id: None,
        }
    }
}
