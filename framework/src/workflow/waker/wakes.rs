//! Which wakes are the driver's doing, and which are not.
//!
//! Only what the driver does leads to the same wakes in every replay: it wakes on its own thread,
//! and during an activation.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, ThreadId},
};

/// Tells wakes that follow from the history from those that come from elsewhere.
#[derive(Debug)]
pub(in crate::workflow) struct Wakes {
    owner: ThreadId,
    activating: AtomicBool,
    outside: AtomicBool,
}

impl Wakes {
    pub(in crate::workflow) fn new() -> Arc<Self> {
        Arc::new(Self {
            owner: thread::current().id(),
            activating: AtomicBool::new(false),
            outside: AtomicBool::new(false),
        })
    }

    /// Lets wakes count as the driver's own until the guard is dropped.
    pub(in crate::workflow) fn activate(self: &Arc<Self>) -> Activating {
        self.activating.store(true, Ordering::Relaxed);
        Activating(Arc::clone(self))
    }

    /// Whether the program was ever woken by somebody else.
    pub(in crate::workflow) fn were_from_outside(&self) -> bool {
        self.outside.load(Ordering::Acquire)
    }

    /// Whether a wake that comes now follows from the history; if not, it is kept in mind.
    pub(super) fn admit(&self) -> bool {
        // Only the owner reads what it wrote itself, so no ordering is needed.
        let own = thread::current().id() == self.owner && self.activating.load(Ordering::Relaxed);
        if !own {
            self.outside.store(true, Ordering::Release);
        }
        own
    }
}

/// An activation under way.
#[derive(Debug)]
pub(in crate::workflow) struct Activating(Arc<Wakes>);

impl Drop for Activating {
    fn drop(&mut self) {
        self.0.activating.store(false, Ordering::Relaxed);
    }
}
