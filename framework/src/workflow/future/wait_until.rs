//! Waiting until the workflow's own state is as wanted, with or without a limit.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use derive_more::Debug;
use futures::future::FusedFuture;

use crate::workflow::{
    Canceled, Sleep, WaitError, WorkflowContext,
    operation::{OutcomeCell, WaitOperation},
};

/// Resolves when a condition on the workflow's state holds.
///
/// The condition is looked at when the future is polled, and again whenever the state has changed
/// and nothing else is left to run. It has to be a function of the state alone.
///
/// # Determinism
/// Nothing is recorded: the state is the same in every replay.
///
/// # Cancellation
/// When the run, or the scope of the wait, is canceled before the condition holds, it resolves with
/// [`Canceled`]; begun in a canceled scope it does so at once. Dropping it has no effect.
#[derive(Debug)]
#[debug("WaitUntil {{ done: {done} }}")]
#[must_use = "futures do nothing unless awaited"]
pub struct WaitUntil<W, F> {
    context: WorkflowContext<W>,
    condition: F,
    operation: Rc<WaitOperation>,
    begun_canceled: bool,
    done: bool,
}

// The condition is called and never pinned.
impl<W, F> Unpin for WaitUntil<W, F> {}

impl<W, F: Fn(&W) -> bool> WaitUntil<W, F> {
    pub(in crate::workflow) fn new(context: WorkflowContext<W>, condition: F) -> Self {
        let operation = Rc::new(WaitOperation {
            number: context.host().begin_operation(),
            slot: OutcomeCell::default(),
        });
        context.host().begin_wait(context.own_scope(), &operation);
        Self {
            begun_canceled: context.is_canceled(),
            context,
            condition,
            operation,
            done: false,
        }
    }

    fn finish(&mut self) {
        self.done = true;
        self.context.host().drop_wait(&self.operation);
    }

    /// Gives the wait a limit: a durable timer, unless the condition holds at once.
    pub fn timeout(self, limit: Duration) -> WaitUntilTimeout<W, F> {
        WaitUntilTimeout {
            sleep: Some(self.context.sleep(limit)),
            wait: self,
        }
    }
}

impl<W, F: Fn(&W) -> bool> Future for WaitUntil<W, F> {
    type Output = Result<(), Canceled>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let holds = !self.begun_canceled && self.context.state(&self.condition);
        let polling = &self.context.host().polling;
        let outcome = if holds {
            Ok(())
        } else if let Some(canceled) = self.operation.slot.poll(polling, cx.waker()) {
            Err(canceled)
        } else {
            return Poll::Pending;
        };
        self.finish();
        Poll::Ready(outcome)
    }
}

impl<W, F: Fn(&W) -> bool> FusedFuture for WaitUntil<W, F> {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl<W, F> Drop for WaitUntil<W, F> {
    fn drop(&mut self) {
        self.context.host().drop_wait(&self.operation);
    }
}

/// Resolves when a condition on the workflow's state holds, or its time is up.
///
/// If both come in the same workflow task, the condition counts.
///
/// # Cancellation
/// As for [`WaitUntil`] and [`Sleep`]: dropping it cancels its timer. So does the condition when it
/// holds, also in the workflow task that closes the run.
#[derive(Debug)]
#[debug("WaitUntilTimeout {{ wait: {wait:?} }}")]
#[must_use = "dropping it cancels its timer"]
pub struct WaitUntilTimeout<W, F> {
    wait: WaitUntil<W, F>,
    /// Given up as soon as the wait is over.
    sleep: Option<Sleep>,
}

impl<W, F: Fn(&W) -> bool> Future for WaitUntilTimeout<W, F> {
    type Output = Result<(), WaitError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let Poll::Ready(outcome) = Pin::new(&mut self.wait).poll(cx) {
            if let Some(sleep) = self.sleep.take() {
                sleep.give_up();
            }
            return Poll::Ready(outcome.map_err(WaitError::from));
        }
        let Some(sleep) = &mut self.sleep else {
            return Poll::Pending;
        };
        let Poll::Ready(outcome) = Pin::new(sleep).poll(cx) else {
            return Poll::Pending;
        };
        self.sleep = None;
        self.wait.finish();
        Poll::Ready(Err(match outcome {
            Ok(()) => WaitError::TimedOut,
            Err(canceled) => WaitError::Canceled(canceled),
        }))
    }
}

impl<W, F: Fn(&W) -> bool> FusedFuture for WaitUntilTimeout<W, F> {
    fn is_terminated(&self) -> bool {
        self.wait.done
    }
}
