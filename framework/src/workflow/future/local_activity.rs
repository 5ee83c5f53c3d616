//! A local activity that was asked for, as a future of what it returns.

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
    workflow::{ActivityError, Canceled, host::ProgramHost, operation::LocalOperation},
};

/// A local activity that was asked for; resolves to its result.
///
/// Its error is what the last attempt failed with: no failure of an activity is around it, so
/// [`ActivityError::activity`] says nothing.
///
/// # Determinism
/// The result is recorded when the workflow task completes or heartbeats, and replay returns it. A
/// result that is not an `Output` fails the workflow task.
///
/// # Cancellation
/// When the run, or the scope of the call, is canceled, it resolves as its
/// [`CancellationType`](crate::workflow::CancellationType) says. Dropping it before it resolves asks
/// the attempt that runs to stop, unless the type is `Abandon`, and nobody waits for its end.
/// Dropped before it was begun, or after the last point at which the main routine waits, it leaves
/// no trace.
#[derive(Debug)]
#[must_use = "dropping it cancels the activity"]
pub struct LocalActivityHandle<A: Activity> {
    host: Rc<ProgramHost>,
    operation: Rc<LocalOperation>,
    done: bool,
    #[debug(skip)]
    definition: PhantomData<fn() -> A>,
}

impl<A: Activity> LocalActivityHandle<A> {
    pub(in crate::workflow) fn new(host: Rc<ProgramHost>, operation: Rc<LocalOperation>) -> Self {
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
            .cancel_local_activity(&self.operation, &Canceled::default());
    }
}

impl<A: Activity> Future for LocalActivityHandle<A> {
    type Output = Result<A::Output, ActivityError<A::Error>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(outcome) = self.operation.slot.poll(&self.host.polling, cx.waker()) else {
            return Poll::Pending;
        };
        let result = match outcome {
            Ok(result) => match result.decode() {
                Ok(output) => Ok(output),
                Err(error) => {
                    let what = format!("result of local activity {}", A::TYPE);
                    let message = format!("{what} is malformed: {error}");
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

impl<A: Activity> FusedFuture for LocalActivityHandle<A> {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl<A: Activity> Drop for LocalActivityHandle<A> {
    fn drop(&mut self) {
        self.host.drop_local_activity(&self.operation);
    }
}
