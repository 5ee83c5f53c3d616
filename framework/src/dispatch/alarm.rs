//! The alarm of a task queue with a rate: it wakes the queue when the next start is allowed.
//!
//! It belongs to the queue, and not to the thread of whoever waits first, which may be busy or be
//! given up.

use std::{sync::PoisonError, task::Poll};

use derive_more::Debug;
use futures::{
    future::{Either, select},
    task::AtomicWaker,
};

use crate::{
    clock::{MonotonicTime, SharedClock},
    sync::{Mutex, MutexGuard},
};

/// When a queue has to be woken.
#[derive(Debug, Default)]
pub(super) struct Alarm {
    state: Mutex<State>,
    /// Woken when the state changes.
    #[debug(skip)]
    changed: AtomicWaker,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum State {
    /// Nobody has to be woken.
    #[default]
    Quiet,
    /// The queue has to be woken at this time.
    Set(MonotonicTime),
    /// The queue is woken no more.
    Ended,
}

impl Alarm {
    /// Sets the alarm, unless it rings before that already.
    pub(super) fn set(&self, at: MonotonicTime) {
        let mut state = self.lock();
        let is_early = match *state {
            State::Quiet => false,
            State::Set(earlier) => earlier <= at,
            State::Ended => true,
        };
        if !is_early {
            *state = State::Set(at);
            drop(state);
            self.changed.wake();
        }
    }

    /// Does not ring at the time that it was set for; it may be set again.
    pub(super) fn clear(&self) {
        let mut state = self.lock();
        if let State::Set(_) = *state {
            *state = State::Quiet;
            drop(state);
            self.changed.wake();
        }
    }

    /// Lets it ring no more.
    pub(super) fn end(&self) {
        *self.lock() = State::Ended;
        self.changed.wake();
    }

    /// Rings whenever it is time; done when the alarm has ended. For one caller at a time.
    pub(super) async fn tend(&self, clock: &SharedClock, ring: impl Fn()) {
        while let Some(at) = self.is_set().await {
            let sleep = clock.sleep_until_monotonic(at);
            if let Either::Right(_) = select(sleep, std::pin::pin!(self.is_not_set_for(at))).await {
                continue;
            }
            let mut state = self.lock();
            if *state == State::Set(at) {
                *state = State::Quiet;
            }
            drop(state);
            ring();
        }
    }

    /// Waits until the alarm is set; `None` if it never will be.
    async fn is_set(&self) -> Option<MonotonicTime> {
        self.wait(|state| match state {
            State::Quiet => Poll::Pending,
            State::Set(at) => Poll::Ready(Some(at)),
            State::Ended => Poll::Ready(None),
        })
        .await
    }

    /// Waits until the alarm is not set for this time any more.
    async fn is_not_set_for(&self, at: MonotonicTime) {
        self.wait(|state| match state {
            State::Set(now) if now == at => Poll::Pending,
            _ => Poll::Ready(()),
        })
        .await;
    }

    async fn wait<T>(&self, look: impl Fn(State) -> Poll<T>) -> T {
        futures::future::poll_fn(|cx| {
            self.changed.register(cx.waker());
            look(*self.lock())
        })
        .await
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Invariant: the state is replaced whole, so it is valid after a panic elsewhere.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
