//! Waiting for the wish that the run stops.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use futures::future::FusedFuture;

use crate::workflow::{
    host::ProgramHost,
    operation::{OutcomeCell, ScopeId, WaitOperation},
};

/// Resolves when the run, or the scope it was made in, is canceled; never in a detached scope.
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
    pub(in crate::workflow) fn new(host: Rc<ProgramHost>, scope: ScopeId) -> Self {
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
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self
            .operation
            .slot
            .poll(&self.host.polling, cx.waker())
            .is_none()
        {
            return Poll::Pending;
        }
        self.done = true;
        Poll::Ready(())
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
