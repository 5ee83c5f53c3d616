//! Branches: parts of a workflow that run beside the one which began them.

use std::{
    cell::{Cell, RefCell},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use derive_more::Debug;
use futures::future::{FusedFuture, LocalBoxFuture};

use crate::workflow::{host::ProgramHost, operation::OutcomeCell};

/// A part of a workflow that runs by itself; resolves with what it returns.
///
/// # Determinism
/// Nothing is recorded: branches are polled in the order in which they were begun, behind the handlers
/// and before the main routine.
///
/// # Cancellation
/// Dropping it drops the branch, which cancels what that waits for; [`detach`](Self::detach) lets the
/// branch go on instead. A branch learns that a scope is canceled from what it waits for, like all other
/// code. It ends with the run: what has not returned when the main routine does is dropped.
#[derive(Debug)]
#[debug("BranchHandle {{ is_finished: {} }}", self.is_finished())]
#[must_use = "dropping it drops the branch; `detach` lets it go on"]
pub struct BranchHandle<T> {
    host: Rc<ProgramHost>,
    shared: Rc<Shared<T>>,
    /// Whether the branch is no longer this one's.
    done: bool,
}

#[derive(Debug)]
struct Shared<T> {
    /// Absent while it is polled, and once it is over.
    #[debug(skip)]
    future: RefCell<Option<LocalBoxFuture<'static, T>>>,
    #[debug(skip)]
    outcome: OutcomeCell<T>,
    end: Rc<Cell<End>>,
}

/// How a branch stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum End {
    #[default]
    Running,
    Returned,
    /// Nobody wants to know what it returns, and it is not to go on.
    Dropped,
}

/// A branch as the driver runs it.
#[derive(Debug)]
pub(super) struct Spawned {
    #[debug(skip)]
    pub(super) future: LocalBoxFuture<'static, ()>,
    pub(super) end: Rc<Cell<End>>,
}

impl<T: 'static> BranchHandle<T> {
    /// Begins a branch; the driver polls it when whatever runs now waits.
    pub(super) fn spawn(host: Rc<ProgramHost>, future: LocalBoxFuture<'static, T>) -> Self {
        let end = Rc::<Cell<End>>::default();
        let shared = Rc::new(Shared {
            future: RefCell::new(Some(future)),
            outcome: OutcomeCell::default(),
            end: Rc::clone(&end),
        });
        host.spawn(Spawned {
            future: Box::pin(Run(Rc::clone(&shared))),
            end,
        });
        Self {
            host,
            shared,
            done: false,
        }
    }
}

impl<T> BranchHandle<T> {
    /// Lets the branch go on by itself, to its end or that of the run.
    pub fn detach(mut self) {
        self.done = true;
    }

    /// Whether the branch has returned.
    pub fn is_finished(&self) -> bool {
        self.shared.end.get() == End::Returned
    }
}

impl<T> Future for BranchHandle<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let polling = &self.host.polling;
        let Some(outcome) = self.shared.outcome.poll(polling, cx.waker()) else {
            return Poll::Pending;
        };
        self.done = true;
        Poll::Ready(outcome)
    }
}

impl<T> FusedFuture for BranchHandle<T> {
    fn is_terminated(&self) -> bool {
        self.done
    }
}

impl<T> Drop for BranchHandle<T> {
    fn drop(&mut self) {
        self.shared.outcome.leave();
        if self.done || self.is_finished() {
            return;
        }
        self.shared.end.set(End::Dropped);
        // A branch that drops its own handle is being polled, and dropped afterwards.
        let future = self.shared.future.take();
        drop(future);
    }
}

/// The future of a branch, which its handle can take away.
struct Run<T>(Rc<Shared<T>>);

impl<T> Future for Run<T> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let shared = &self.0;
        // Invariant: nothing is borrowed while the code of the branch runs.
        let Some(mut future) = shared.future.take() else {
            return Poll::Ready(());
        };
        let poll = future.as_mut().poll(cx);
        if shared.end.get() == End::Dropped {
            return Poll::Ready(());
        }
        match poll {
            Poll::Ready(outcome) => {
                drop(future);
                shared.end.set(End::Returned);
                shared.outcome.fill(outcome);
                Poll::Ready(())
            }
            Poll::Pending => {
                *shared.future.borrow_mut() = Some(future);
                Poll::Pending
            }
        }
    }
}
