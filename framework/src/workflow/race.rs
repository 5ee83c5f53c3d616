//! Races: the branches of `select!` and `try_join!`, and what becomes of those that lose.
//!
//! A future that is dropped does not know why. When a race is decided, its other branches are
//! dropped because the program said so; when the program returns, what it has left is dropped, too.
//! A [`Branch`] knows its race, and marks for as long as it is dropped that it has lost, so that
//! the host records the cancellation also in the workflow task that closes the run.

use std::{
    cell::Cell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use derive_more::Debug;
use futures::future::FusedFuture;
use pin_project_lite::pin_project;

use crate::workflow::Sleep;

thread_local! {
    /// How many losers are being dropped on this thread, one inside of the other.
    static LOSING: Cell<u32> = const { Cell::new(0) };
}

/// Whether what is dropped right now is dropped because it has lost a race.
pub(super) fn is_losing() -> bool {
    LOSING.get() > 0
}

/// A race that is decided once.
#[derive(Debug, Default)]
pub struct Race {
    decided: Rc<Cell<bool>>,
}

impl Race {
    /// A race that nobody has won.
    pub fn new() -> Self {
        Self::default()
    }

    /// A branch that decides the race by being ready.
    pub fn branch<F: Future>(&self, future: F) -> Branch<F> {
        self.enter(future, |_| true)
    }

    /// A branch that decides the race by failing.
    pub fn attempt<F, T, E>(&self, future: F) -> Branch<F>
    where
        F: Future<Output = Result<T, E>>,
    {
        self.enter(future, Result::is_err)
    }

    /// A branch that decides the race by being over, and not by being canceled.
    pub(super) fn limit(&self, sleep: Sleep) -> Branch<Sleep> {
        self.enter(sleep, Result::is_ok)
    }

    fn enter<F: Future>(&self, future: F, decides: fn(&F::Output) -> bool) -> Branch<F> {
        Branch {
            begin: Begin(Rc::clone(&self.decided)),
            future,
            _end: End(Rc::clone(&self.decided)),
            decides,
        }
    }
}

pin_project! {
    /// A future in a race.
    // Invariant: fields are dropped in the order in which they are written.
    #[derive(Debug)]
    #[debug("Branch")]
    #[must_use = "futures do nothing unless awaited"]
    pub struct Branch<F: Future> {
        begin: Begin,
        #[pin]
        future: F,
        _end: End,
        decides: fn(&F::Output) -> bool,
    }
}

impl<F: Future> Future for Branch<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let branch = self.project();
        let output = ready!(branch.future.poll(cx));
        if (branch.decides)(&output) {
            branch.begin.0.set(true);
        }
        Poll::Ready(output)
    }
}

impl<F: FusedFuture> FusedFuture for Branch<F> {
    fn is_terminated(&self) -> bool {
        self.future.is_terminated()
    }
}

/// Dropped before the future of its branch.
#[derive(Debug)]
struct Begin(Rc<Cell<bool>>);

impl Drop for Begin {
    fn drop(&mut self) {
        if self.0.get() {
            LOSING.set(LOSING.get() + 1);
        }
    }
}

/// Dropped after the future of its branch.
#[derive(Debug)]
struct End(Rc<Cell<bool>>);

impl Drop for End {
    fn drop(&mut self) {
        if self.0.get() {
            LOSING.set(LOSING.get() - 1);
        }
    }
}
