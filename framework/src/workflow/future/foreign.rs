//! A future that sempre did not make, and that the workflow vouches for.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use derive_more::Debug;
use futures::future::FusedFuture;

use crate::workflow::{host::ProgramHost, waker::OwnWaker};

/// A future that sempre did not make, admitted by
/// [`WorkflowContext::foreign`](crate::workflow::WorkflowContext::foreign).
///
/// # Determinism
/// Nothing is recorded. It is deterministic as long as nothing but this workflow wakes it; a wake
/// from outside fails the next workflow task.
///
/// # Cancellation
/// It is not canceled with the run. Dropping it drops the future.
#[derive(Debug)]
#[debug("Foreign {{ done: {done} }}")]
#[must_use = "futures do nothing unless awaited"]
pub struct Foreign<F> {
    host: Rc<ProgramHost>,
    future: Pin<Box<F>>,
    /// What the future is polled with, so that whoever holds a clone is known to be it.
    relay: Rc<OwnWaker>,
    done: bool,
}

impl<F: Future> Foreign<F> {
    pub(in crate::workflow) fn new(host: Rc<ProgramHost>, future: F) -> Self {
        Self {
            future: Box::pin(future),
            relay: OwnWaker::of_relay(&host.polling.wakes),
            host,
            done: false,
        }
    }
}

impl<F: Future> Future for Foreign<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let polling = &this.host.polling;
        // Invariant: the relay knows its way before the future can wake it.
        this.relay.pass_on_to(Some(polling.waiter(cx.waker())));
        let poll = polling.poll(&this.relay, |cx| this.future.as_mut().poll(cx));
        if poll.is_ready() {
            this.done = true;
            this.relay.pass_on_to(None);
        }
        poll
    }
}

impl<F: Future> FusedFuture for Foreign<F> {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl<F> Drop for Foreign<F> {
    fn drop(&mut self) {
        self.relay.pass_on_to(None);
    }
}
