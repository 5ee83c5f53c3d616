//! Waiting for the wish that the run stops.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use futures::future::FusedFuture;

use crate::workflow::{
    Canceled,
    host::ProgramHost,
    operation::{OutcomeCell, WaitOperation},
    scope::Scope,
};

/// Resolves when the run, or the scope it was made in, is canceled, with the reason.
///
/// # Cancellation
/// Dropping it has no effect.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct CancelRequested {
    host: Rc<ProgramHost>,
    operation: Rc<WaitOperation>,
    done: bool,
}

impl CancelRequested {
    pub(in crate::workflow) fn new(host: Rc<ProgramHost>, scope: &Scope) -> Self {
        let operation = Rc::new(WaitOperation {
            number: host.begin_operation(),
            slot: OutcomeCell::default(),
        });
        host.begin_wait(scope, &operation);
        Self {
            host,
            operation,
            done: false,
        }
    }
}

impl Future for CancelRequested {
    type Output = Canceled;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Canceled> {
        let Some(canceled) = self.operation.slot.poll(&self.host.polling, cx.waker()) else {
            return Poll::Pending;
        };
        self.done = true;
        Poll::Ready(canceled)
    }
}

impl FusedFuture for CancelRequested {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl Drop for CancelRequested {
    fn drop(&mut self) {
        self.host.drop_wait(&self.operation);
    }
}
