//! A limit for whatever can be awaited.

use std::{
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use derive_more::{Debug, Display, Error};
use futures::future::FusedFuture;

use crate::workflow::{
    Sleep,
    host::ProgramHost,
    race::{Branch, Race},
    scope::Scope,
};

/// A limit is up before what was waited for has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Display, Error)]
#[display("time is up")]
pub struct TimedOut;

/// Resolves with what a future resolves with, or when its time is up.
///
/// The time counts from the first poll, behind what the future asks for then, and a durable timer keeps
/// it; a future that is ready at once starts none. If both come in the same workflow task, the future
/// counts.
///
/// # Determinism
/// The timer is recorded when it starts, and when it fires or is canceled.
///
/// # Cancellation
/// When the time is up the future is dropped, which cancels what it stands for; when the future is
/// ready, the timer is canceled. Where the run, or the scope of the limit, is canceled, the limit is
/// lifted: the future learns of it as well, and says when it has ended. Dropping it drops both.
#[derive(Debug)]
#[debug("Timeout {{ limit: {limit:?} }}")]
#[must_use = "futures do nothing unless awaited"]
pub struct Timeout<F: Future> {
    host: Rc<ProgramHost>,
    scope: Scope,
    limit: Duration,
    race: Race,
    /// Absent once this has resolved.
    future: Option<Pin<Box<Branch<F>>>>,
    sleep: Begun,
}

/// How far the timer has got.
#[derive(Debug)]
enum Begun {
    NotYet,
    Runs(Branch<Sleep>),
    Lifted,
}

impl<F: Future> Timeout<F> {
    pub(in crate::workflow) fn new(
        host: Rc<ProgramHost>,
        scope: Scope,
        limit: Duration,
        future: F,
    ) -> Self {
        let race = Race::new();
        Self {
            host,
            scope,
            limit,
            future: Some(Box::pin(race.branch(future))),
            race,
            sleep: Begun::NotYet,
        }
    }

    fn resolve(
        &mut self,
        outcome: Result<F::Output, TimedOut>,
    ) -> Poll<Result<F::Output, TimedOut>> {
        // The race is decided, so whichever of the two is dropped here has lost it.
        self.future = None;
        self.sleep = Begun::Lifted;
        Poll::Ready(outcome)
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, TimedOut>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let Some(future) = &mut this.future else {
            return Poll::Pending;
        };
        if let Poll::Ready(output) = future.as_mut().poll(cx) {
            return this.resolve(Ok(output));
        }
        if matches!(this.sleep, Begun::NotYet) {
            let sleep = Sleep::new(Rc::clone(&this.host), &this.scope, this.limit);
            this.sleep = Begun::Runs(this.race.limit(sleep));
        }
        let Begun::Runs(sleep) = &mut this.sleep else {
            return Poll::Pending;
        };
        match Pin::new(sleep).poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(())) => this.resolve(Err(TimedOut)),
            Poll::Ready(Err(_)) => {
                this.sleep = Begun::Lifted;
                Poll::Pending
            }
        }
    }
}

impl<F: Future> FusedFuture for Timeout<F> {
    fn is_terminated(&self) -> bool {
        self.future.is_none()
    }
}
