//! A message to another workflow, until it is answered.

use std::{
    cell::Cell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use futures::future::FusedFuture;

use crate::workflow::{
    ExternalWorkflowError,
    host::{External, ProgramHost},
    operation::{ExternalOperation, OutcomeCell, Phase},
    scope::Scope,
};

/// A signal to another workflow, or the wish that it stops; resolves when that is delivered.
///
/// Delivered means that it stands in the history of the other workflow, on disk, and not that the
/// workflow has dealt with it.
///
/// # Determinism
/// The message is recorded, and so is what became of it.
///
/// # Durability
/// It is delivered once, whatever crashes, and also if this run closes in a later workflow task.
/// Messages to one workflow arrive in the order in which they were sent. What is asked for in the
/// workflow task that closes the run is recorded and never sent.
///
/// # Cancellation
/// When the run, or the scope of the call, is canceled, it resolves with
/// [`Canceled`](ExternalWorkflowError::Canceled). Dropped or canceled in the workflow task that made
/// it, it is withdrawn and leaves no trace; later it is on its way, and goes on without being waited
/// for.
#[derive(Debug)]
#[must_use = "dropping it in the workflow task that made it withdraws it"]
pub struct ExternalMessage {
    host: Rc<ProgramHost>,
    operation: Rc<ExternalOperation>,
    done: bool,
}

impl ExternalMessage {
    /// Says this; nothing if the workflow task is about to fail.
    pub(in crate::workflow) fn new(
        host: Rc<ProgramHost>,
        scope: &Scope,
        said: Option<External>,
    ) -> Self {
        let operation = Rc::new(ExternalOperation {
            number: host.begin_operation(),
            phase: Cell::new(Phase::Unsent),
            slot: OutcomeCell::default(),
        });
        if let Some(said) = said {
            host.tell(scope, &operation, said);
        }
        Self {
            host,
            operation,
            done: false,
        }
    }
}

impl Future for ExternalMessage {
    type Output = Result<(), ExternalWorkflowError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(outcome) = self.operation.slot.poll(&self.host.polling, cx.waker()) else {
            return Poll::Pending;
        };
        self.done = true;
        Poll::Ready(outcome)
    }
}

impl FusedFuture for ExternalMessage {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl Drop for ExternalMessage {
    fn drop(&mut self) {
        self.host.drop_external(&self.operation);
    }
}
