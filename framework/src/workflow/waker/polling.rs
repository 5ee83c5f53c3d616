//! Which waker the driver polls with at the moment, and so whom a slot that is polled will wake.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use derive_more::Debug;

use super::{
    target::{OwnWait, OwnWaker, Waiter, WrappedWait},
    verdict::Wrapped,
    wakes::Wakes,
};

/// What the slots of one program have to know about the poll they are in.
#[derive(Debug)]
pub(in crate::workflow) struct Polling {
    pub(in crate::workflow) wakes: Arc<Wakes>,
    current: RefCell<Option<Rc<OwnWaker>>>,
    /// How many waits are known to wake something of the user's.
    wrapped: Arc<AtomicUsize>,
    ever_wrapped: Cell<bool>,
}

impl Polling {
    pub(in crate::workflow) fn new() -> Self {
        Self {
            wakes: Wakes::new(),
            current: RefCell::default(),
            wrapped: Arc::default(),
            ever_wrapped: Cell::default(),
        }
    }

    /// Polls with this waker, and lets slots know.
    pub(in crate::workflow) fn poll<T>(
        &self,
        own: &Rc<OwnWaker>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let outer = self.current.replace(Some(Rc::clone(own)));
        let _restored = Restored {
            current: &self.current,
            outer,
        };
        poll(&mut Context::from_waker(own.waker()))
    }

    /// Whoever is to be woken by this waker.
    pub(in crate::workflow) fn waiter(&self, waker: &Waker) -> Waiter {
        if let Some(own) = &*self.current.borrow()
            && own.waker().will_wake(waker)
        {
            return Waiter::Own(OwnWait::begin(own));
        }
        self.ever_wrapped.set(true);
        Waiter::Wrapped {
            waker: waker.clone(),
            _counted: WrappedWait::begin(&self.wrapped),
        }
    }

    /// Whether waits of the program wake something of the user's.
    pub(in crate::workflow) fn wrapped(&self) -> Wrapped {
        match (
            self.wrapped.load(Ordering::Relaxed),
            self.ever_wrapped.get(),
        ) {
            (0, false) => Wrapped::Never,
            (0, true) => Wrapped::Before,
            _ => Wrapped::Now,
        }
    }
}

/// Puts the waker back that was polled with before, also when the poll panics.
struct Restored<'a> {
    current: &'a RefCell<Option<Rc<OwnWaker>>>,
    outer: Option<Rc<OwnWaker>>,
}

impl Drop for Restored<'_> {
    fn drop(&mut self) {
        self.current.replace(self.outer.take());
    }
}
