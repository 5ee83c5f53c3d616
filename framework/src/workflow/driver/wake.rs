//! Wakers that know whether it was the driver's doing.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Wake,
    thread::{self, ThreadId},
};

/// Tells wakes that follow from the history from those that come from elsewhere.
#[derive(Debug)]
pub(super) struct Wakes {
    owner: ThreadId,
    activating: AtomicBool,
    outside: AtomicBool,
}

impl Wakes {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            owner: thread::current().id(),
            activating: AtomicBool::new(false),
            outside: AtomicBool::new(false),
        })
    }

    /// Lets wakes count as the driver's own until the guard is dropped.
    pub(super) fn activate(self: &Arc<Self>) -> Activating {
        self.activating.store(true, Ordering::Relaxed);
        Activating(Arc::clone(self))
    }

    /// Whether the program was ever woken by somebody else.
    pub(super) fn were_from_outside(&self) -> bool {
        self.outside.load(Ordering::Acquire)
    }

    fn is_own(&self) -> bool {
        // Only the owner reads what it wrote itself, so no ordering is needed.
        thread::current().id() == self.owner && self.activating.load(Ordering::Relaxed)
    }
}

/// An activation under way.
#[derive(Debug)]
pub(super) struct Activating(Arc<Wakes>);

impl Drop for Activating {
    fn drop(&mut self) {
        self.0.activating.store(false, Ordering::Relaxed);
    }
}

/// The waker of one task.
#[derive(Debug)]
pub(super) struct TaskWaker {
    woken: AtomicBool,
    wakes: Arc<Wakes>,
}

impl TaskWaker {
    /// The waker of a task that has to be polled once to begin.
    pub(super) fn new(wakes: Arc<Wakes>) -> Arc<Self> {
        Arc::new(Self {
            woken: AtomicBool::new(true),
            wakes,
        })
    }

    /// Whether the task has to be polled; asked once per wake.
    pub(super) fn take_woken(&self) -> bool {
        self.woken.swap(false, Ordering::Relaxed)
    }
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.wakes.is_own() {
            self.woken.store(true, Ordering::Relaxed);
        } else {
            self.wakes.outside.store(true, Ordering::Release);
        }
    }
}
