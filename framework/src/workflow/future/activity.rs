//! An activity that was asked for, as a future of what it returns.

use std::{
    marker::PhantomData,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use derive_more::Debug;
use futures::future::FusedFuture;

use crate::{
    definition::Activity,
    model::Failure,
    workflow::{ActivityError, Canceled, host::ProgramHost, operation::ActivityOperation},
};

/// An activity that was asked for; resolves to its result.
///
/// # Determinism
/// The result is recorded, and replay returns it. A result that is not an `Output` fails the
/// workflow task.
///
/// # Cancellation
/// When the run, or the scope of the call, is canceled, it resolves as its
/// [`CancellationType`](crate::workflow::CancellationType) says. Dropping it before it resolves
/// requests the activity's cancellation; with `Abandon` the activity is left alone. Dropped in the
/// workflow task that asked for it, the request is withdrawn and leaves no trace, except with
/// `Abandon`. Dropped after the last point at which the main routine waits, it is left to the close
/// of the run; what [`cancel`](Self::cancel) asks for is recorded there, too.
#[derive(Debug)]
#[must_use = "dropping it cancels the activity"]
pub struct ActivityHandle<A: Activity> {
    host: Rc<ProgramHost>,
    operation: Rc<ActivityOperation>,
    done: bool,
    #[debug(skip)]
    definition: PhantomData<fn() -> A>,
}

impl<A: Activity> ActivityHandle<A> {
    pub(in crate::workflow) fn new(
        host: Rc<ProgramHost>,
        operation: Rc<ActivityOperation>,
    ) -> Self {
        Self {
            host,
            operation,
            done: false,
            definition: PhantomData,
        }
    }

    /// Cancels the activity, and resolves as its cancellation type says.
    ///
    /// Once it has resolved, this does nothing.
    pub fn cancel(&self) {
        self.host
            .cancel_activity(&self.operation, &Canceled::default());
    }
}

impl<A: Activity> Future for ActivityHandle<A> {
    type Output = Result<A::Output, ActivityError<A::Error>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(outcome) = self.operation.slot.poll(&self.host.polling, cx.waker()) else {
            return Poll::Pending;
        };
        let result = match outcome {
            Ok(result) => match result.decode() {
                Ok(output) => Ok(output),
                Err(error) => {
                    let message = format!("result of activity {} is malformed: {error}", A::TYPE);
                    let failure = Failure::own(message, "MalformedResult");
                    self.host.fail_workflow_task(failure);
                    return Poll::Pending;
                }
            },
            Err(failure) => Err(ActivityError::new(failure)),
        };
        self.done = true;
        Poll::Ready(result)
    }
}

impl<A: Activity> FusedFuture for ActivityHandle<A> {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl<A: Activity> Drop for ActivityHandle<A> {
    fn drop(&mut self) {
        self.host.drop_activity(&self.operation);
    }
}
