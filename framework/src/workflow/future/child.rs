//! A child workflow, until it has started, and until it has ended.

use std::{
    marker::PhantomData,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use derive_more::Debug;
use futures::future::FusedFuture;

use crate::{
    definition::{Signal, Workflow, WorkflowSignature},
    model::{Failure, RunId, WorkflowExecution, WorkflowId},
    workflow::{
        Canceled, ChildError, ExternalMessage, ExternalWorkflow, host::ProgramHost,
        operation::ChildOperation,
    },
};

/// A child that was asked for; resolves when it has started.
///
/// # Determinism
/// The call is recorded, and so is what became of it; a replay gets the recorded handle.
///
/// # Durability
/// It is started once, whatever crashes.
///
/// # Cancellation
/// When the run, or the scope of the call, is canceled, the child is canceled as its
/// [`ChildCancellationType`](crate::workflow::ChildCancellationType) says. Dropping this before it
/// resolves asks the child to stop; with `Abandon` the child is left alone. Dropped in the workflow
/// task that asked for it, the request is withdrawn and leaves no trace, except with `Abandon`. What
/// is asked for in the workflow task that closes the run is recorded, and never started.
#[derive(Debug)]
#[must_use = "dropping it cancels the child"]
pub struct StartChild<W> {
    #[debug(skip)]
    host: Rc<ProgramHost>,
    operation: Rc<ChildOperation>,
    done: bool,
    #[debug(skip)]
    workflow: PhantomData<fn() -> W>,
}

impl<W> StartChild<W> {
    pub(in crate::workflow) fn new(host: Rc<ProgramHost>, operation: Rc<ChildOperation>) -> Self {
        Self {
            host,
            operation,
            done: false,
            workflow: PhantomData,
        }
    }

    /// Cancels the child, as its cancellation type says.
    pub fn cancel(&self) {
        self.host
            .cancel_child(&self.operation, &Canceled::default());
    }
}

impl<W: WorkflowSignature> Future for StartChild<W> {
    type Output = Result<ChildHandle<W>, ChildError<W::Error>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(outcome) = self.operation.start.poll(&self.host.polling, cx.waker()) else {
            return Poll::Pending;
        };
        self.done = true;
        Poll::Ready(match outcome {
            Ok(execution) => Ok(ChildHandle::new(
                Rc::clone(&self.host),
                Rc::clone(&self.operation),
                execution,
            )),
            Err(failure) => Err(ChildError::new(failure)),
        })
    }
}

impl<W: WorkflowSignature> FusedFuture for StartChild<W> {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl<W> Drop for StartChild<W> {
    fn drop(&mut self) {
        if !self.done {
            self.host.drop_child(&self.operation);
        }
    }
}

/// A child that has started.
///
/// It stands for the child's chain of runs: retries, cron and continue-as-new are seen once, at the
/// end of the chain. Its signals are methods, by the trait that `#[handlers]` writes for other
/// workflows: `ShipmentSignals` for the workflow `Shipment`.
///
/// # Cancellation
/// When the run, or the scope of the call, is canceled, so is the child. Dropping the handle has no
/// effect on the child: it goes on, and what becomes of it when this run closes is up to its
/// [`ParentClosePolicy`](crate::model::ParentClosePolicy).
#[derive(Debug)]
pub struct ChildHandle<W> {
    #[debug(skip)]
    host: Rc<ProgramHost>,
    operation: Rc<ChildOperation>,
    run_id: RunId,
    external: ExternalWorkflow<W>,
}

impl<W: Workflow> ChildHandle<W> {
    fn new(
        host: Rc<ProgramHost>,
        operation: Rc<ChildOperation>,
        execution: WorkflowExecution,
    ) -> Self {
        let WorkflowExecution {
            workflow_id,
            run_id,
        } = execution;
        let external =
            ExternalWorkflow::of_child(Rc::clone(&host), operation.scope.clone(), workflow_id);
        Self {
            host,
            operation,
            run_id,
            external,
        }
    }

    /// The id of the child.
    pub fn workflow_id(&self) -> &WorkflowId {
        self.external.workflow_id()
    }

    /// Its first run.
    pub fn run_id(&self) -> RunId {
        self.run_id
    }

    /// Sends it a signal; the methods of its signals do that.
    ///
    /// An input that cannot be written fails the workflow task.
    pub fn signal<S: Signal<Workflow = W>>(&self, input: S::Input) -> ExternalMessage {
        self.external.signal::<S>(input)
    }

    /// Cancels the child, as its cancellation type says. Once it has ended, this does nothing.
    pub fn cancel(&self) {
        self.host
            .cancel_child(&self.operation, &Canceled::default());
    }
}

impl<W: WorkflowSignature> ChildHandle<W> {
    /// Resolves when its chain of runs has ended, to its result.
    ///
    /// May be called again, also after that. Dropping the future has no effect on the child.
    pub fn result(&self) -> ChildResult<W> {
        ChildResult::new(Rc::clone(&self.host), Rc::clone(&self.operation), false)
    }
}

/// The result of a child, once its chain of runs has ended.
///
/// # Determinism
/// The result is recorded, and replay returns it. A result that is not of the output type fails the
/// workflow task.
///
/// # Cancellation
/// When the run, or the scope of the call, is canceled, it resolves as the child's
/// [`ChildCancellationType`](crate::workflow::ChildCancellationType) says. That of
/// [`run`](crate::workflow::ChildCall::run) stands for the child: dropping it asks the child to stop,
/// as dropping a [`StartChild`] does. That of a handle only waits.
#[derive(Debug)]
#[must_use = "futures do nothing unless they are awaited"]
pub struct ChildResult<W> {
    #[debug(skip)]
    host: Rc<ProgramHost>,
    operation: Rc<ChildOperation>,
    /// Which of those it is that wait for the end.
    place: u32,
    owns: bool,
    done: bool,
    #[debug(skip)]
    workflow: PhantomData<fn() -> W>,
}

impl<W> ChildResult<W> {
    pub(in crate::workflow) fn owning(
        host: Rc<ProgramHost>,
        operation: Rc<ChildOperation>,
    ) -> Self {
        Self::new(host, operation, true)
    }

    fn new(host: Rc<ProgramHost>, operation: Rc<ChildOperation>, owns: bool) -> Self {
        let place = operation.end.waiters.join();
        Self {
            host,
            operation,
            place,
            owns,
            done: false,
            workflow: PhantomData,
        }
    }

    /// Cancels the child, as its cancellation type says.
    pub fn cancel(&self) {
        self.host
            .cancel_child(&self.operation, &Canceled::default());
    }
}

impl<W: WorkflowSignature> Future for ChildResult<W> {
    type Output = Result<W::Output, ChildError<W::Error>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (end, polling) = (&self.operation.end, &self.host.polling);
        let Some(outcome) = end.poll(self.place, polling, cx.waker()) else {
            return Poll::Pending;
        };
        let result = match outcome {
            Ok(result) => match result.decode() {
                Ok(output) => Ok(output),
                Err(error) => {
                    let message = format!("result of workflow {} is malformed: {error}", W::TYPE);
                    let failure = Failure::own(message, "MalformedResult");
                    self.host.fail_workflow_task(failure);
                    return Poll::Pending;
                }
            },
            Err(failure) => Err(ChildError::new(failure)),
        };
        self.done = true;
        Poll::Ready(result)
    }
}

impl<W: WorkflowSignature> FusedFuture for ChildResult<W> {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl<W> Drop for ChildResult<W> {
    fn drop(&mut self) {
        self.operation.end.waiters.leave(self.place);
        if self.owns && !self.done {
            self.host.drop_child(&self.operation);
        }
    }
}
