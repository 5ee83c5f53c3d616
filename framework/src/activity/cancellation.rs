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

/// Whether an attempt has been asked to stop, or told that its activity is paused; set once, never
/// taken back.
#[derive(Debug, Default)]
pub struct ActivityCancellation {
    requested: AtomicBool,
    paused: AtomicBool,
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
        self.wake_all();
    }

    /// Whether the activity has been paused while the attempt ran.
    pub fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Acquire)
    }

    /// Tells the attempt that its activity is paused, and wakes whoever waits for that.
    pub fn pause(&self) {
        self.paused.store(true, Ordering::Release);
        self.wake_all();
    }

    fn wake_all(&self) {
        let waiting = std::mem::take(&mut *self.lock());
        waiting.into_iter().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Waker>> {
        // Invariant: a list of wakers is valid whatever a panicking thread was doing to it.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Completes when this is true of an attempt.
pub(super) struct Told<'c> {
    pub(super) of: &'c ActivityCancellation,
    pub(super) what: fn(&ActivityCancellation) -> bool,
}

impl Future for Told<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if (self.what)(self.of) {
            return Poll::Ready(());
        }
        let mut waiting = self.of.lock();
        if !waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            waiting.push(cx.waker().clone());
        }
        drop(waiting);
        // It may have come between the first look and the registration.
        if (self.what)(self.of) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}
