//! One future of a program, polled when it was woken.

use std::{rc::Rc, task::Poll};

use derive_more::{Debug, Display};
use futures::future::LocalBoxFuture;

use crate::{
    model::{SignalName, UpdateName},
    workflow::waker::{OwnWaker, Polling, Stand, Verdict},
};

/// A part of a workflow's code that runs by itself.
#[derive(Clone, PartialEq, Eq, Debug, Display)]
pub(super) enum Routine {
    /// What closes the run when it returns.
    #[display("main routine")]
    Main,
    /// The handler of one signal.
    #[display("handler of signal {_0}")]
    Signal(SignalName),
    /// The handler of one update.
    #[display("handler of update {_0}")]
    Update(UpdateName),
    /// What was begun by `ctx.spawn`.
    #[display("branch")]
    Branch,
}

/// A main routine or a handler that has not returned yet.
#[derive(Debug)]
pub(super) struct Task<T> {
    routine: Routine,
    #[debug(skip)]
    future: LocalBoxFuture<'static, T>,
    waker: Rc<OwnWaker>,
    look: Look,
}

/// Whether the waker is a new one, of which only what is awaited now can hold a clone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Look {
    /// It has been polled with more than once, or to do something.
    First,
    /// It is new, and to be polled with.
    Asked,
    /// It was polled with once, only to see who clones it.
    Second,
}

impl<T> Task<T> {
    pub(super) fn new(
        routine: Routine,
        future: LocalBoxFuture<'static, T>,
        polling: &Polling,
    ) -> Self {
        Self {
            routine,
            future,
            waker: OwnWaker::of_task(&polling.wakes),
            look: Look::First,
        }
    }

    /// Polls the future if it was woken; `None` if it was not.
    pub(super) fn poll_if_woken(&mut self, polling: &Polling) -> Option<Poll<T>> {
        if !self.waker.take_woken() {
            return None;
        }
        self.look = match self.look {
            Look::Asked => Look::Second,
            Look::First | Look::Second => Look::First,
        };
        Some(polling.poll(&self.waker, |cx| self.future.as_mut().poll(cx)))
    }

    /// Looks at the task once it has come to rest; says whether it was woken for a second look.
    ///
    /// A handler or a branch that never returns is no stray: nobody has to wait for it.
    pub(super) fn examine(&mut self, polling: &Polling) -> Result<bool, Stray> {
        let stand = Stand {
            own_waits: self.waker.waits(),
            clones: self.waker.clones(),
            wrapped: polling.wrapped(),
            looked_again: self.look == Look::Second,
        };
        match (stand.verdict(), &self.routine) {
            (Verdict::Well, _)
            | (Verdict::Stuck, Routine::Signal(_) | Routine::Update(_) | Routine::Branch) => {
                Ok(false)
            }
            (Verdict::Suspect, _) => {
                self.waker = self.waker.renew();
                self.look = Look::Asked;
                Ok(true)
            }
            (Verdict::Stuck, Routine::Main) => Err(Stray::Stuck),
            (Verdict::Foreign, routine) => Err(Stray::Foreign(routine.clone())),
        }
    }
}

/// A task that waits for what sempre does not bring.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Stray {
    /// The main routine waits for nothing at all.
    Stuck,
    /// This routine awaits a future that sempre did not make.
    Foreign(Routine),
}
