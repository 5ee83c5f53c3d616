//! The one-way switch that tells a running attempt to stop.

use std::{
    pin::Pin,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

use derive_more::Debug;

/// Whether an attempt has been asked to stop; set once, never taken back.
#[derive(Debug, Default)]
pub struct ActivityCancellation {
    requested: AtomicBool,
    #[debug(skip)]
    waiting: Mutex<Vec<Waker>>,
}

impl ActivityCancellation {
    /// Whether the attempt has been asked to stop.
    pub fn is_requested(&self) -> bool {
        self.requested.load(Ordering::Acquire)
    }

    /// Asks the attempt to stop, and wakes whoever waits for that.
    pub fn request(&self) {
        self.requested.store(true, Ordering::Release);
        let waiting = std::mem::take(&mut *self.lock());
        waiting.into_iter().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Waker>> {
        // Invariant: a list of wakers is valid whatever a panicking thread was doing to it.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Completes when the attempt is asked to stop.
pub(super) struct Requested<'c>(pub(super) &'c ActivityCancellation);

impl Future for Requested<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0.is_requested() {
            return Poll::Ready(());
        }
        let mut waiting = self.0.lock();
        if !waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            waiting.push(cx.waker().clone());
        }
        drop(waiting);
        // The request may have come between the first look and the registration.
        if self.0.is_requested() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}
