//! Targets: whom a wake reaches, the wakers that reach them, and who waits at a slot.

use std::{
    rc::Rc,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Wake, Waker},
};

use derive_more::Debug;

use super::wakes::Wakes;

/// Whom a wake reaches: a task, or whoever awaits a foreign future that was vouched for.
#[derive(Debug)]
pub(super) struct Target {
    wakes: Arc<Wakes>,
    kind: Kind,
    /// How many slots and relays wake it.
    waits: AtomicUsize,
}

#[derive(Debug)]
enum Kind {
    /// Polled by the driver once it was woken.
    Task { woken: AtomicBool },
    /// Passes the wake on.
    Relay { to: Mutex<Option<Waiter>> },
}

impl Target {
    fn new(wakes: &Arc<Wakes>, kind: Kind) -> Arc<Self> {
        Arc::new(Self {
            wakes: Arc::clone(wakes),
            kind,
            waits: AtomicUsize::new(0),
        })
    }

    fn wake(&self) {
        if !self.wakes.admit() {
            return;
        }
        match &self.kind {
            Kind::Task { woken } => woken.store(true, Ordering::Relaxed),
            Kind::Relay { to } => {
                // Invariant: the lock is free while a waker runs, because it may be anybody's code.
                let waiter = lock(to).take();
                if let Some(waiter) = waiter {
                    waiter.wake();
                }
            }
        }
    }
}

fn lock(to: &Mutex<Option<Waiter>>) -> MutexGuard<'_, Option<Waiter>> {
    // Invariant: the value is replaced whole, so it is valid after a panic elsewhere.
    to.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A wait that wakes its target; counted as long as it lasts.
#[derive(Debug)]
pub(in crate::workflow) struct OwnWait(Arc<Target>);

impl OwnWait {
    pub(super) fn begin(own: &OwnWaker) -> Self {
        own.target.waits.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(&own.target))
    }

    pub(super) fn wake(&self) {
        self.0.wake();
    }
}

impl Drop for OwnWait {
    fn drop(&mut self) {
        self.0.waits.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Who waits at a slot.
#[derive(Debug)]
pub(in crate::workflow) enum Waiter {
    /// A task, or a relay.
    Own(OwnWait),
    /// Something of the user's that makes wakers, such as `FuturesUnordered` or `Shared`.
    Wrapped {
        #[debug(skip)]
        waker: Waker,
        _counted: WrappedWait,
    },
}

impl Waiter {
    pub(in crate::workflow) fn wake(self) {
        match self {
            Self::Own(wait) => wait.wake(),
            Self::Wrapped { waker, .. } => waker.wake(),
        }
    }
}

/// A wait that wakes something of the user's; counted as long as it lasts.
#[derive(Debug)]
pub(in crate::workflow) struct WrappedWait(Arc<AtomicUsize>);

impl WrappedWait {
    pub(super) fn begin(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(count))
    }
}

impl Drop for WrappedWait {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a waker of the driver's holds: each clone of the waker holds it once.
#[derive(Debug)]
struct Bell(Arc<Target>);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.wake();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.wake();
    }
}

/// A waker that is known to the slots which are polled with it.
#[derive(Debug)]
pub(in crate::workflow) struct OwnWaker {
    #[debug(skip)]
    waker: Waker,
    bell: Weak<Bell>,
    target: Arc<Target>,
}

impl OwnWaker {
    fn of(target: Arc<Target>) -> Rc<Self> {
        let bell = Arc::new(Bell(Arc::clone(&target)));
        Rc::new(Self {
            bell: Arc::downgrade(&bell),
            waker: Waker::from(bell),
            target,
        })
    }

    /// The waker of a task that has to be polled once to begin.
    pub(in crate::workflow) fn of_task(wakes: &Arc<Wakes>) -> Rc<Self> {
        let woken = AtomicBool::new(true);
        Self::of(Target::new(wakes, Kind::Task { woken }))
    }

    /// A waker that wakes whoever [`pass_on_to`](Self::pass_on_to) has named last.
    pub(in crate::workflow) fn of_relay(wakes: &Arc<Wakes>) -> Rc<Self> {
        let to = Mutex::new(None);
        Self::of(Target::new(wakes, Kind::Relay { to }))
    }

    /// Another waker of the same task, of which nobody holds a clone, and wakes the task.
    ///
    /// Clones of the one before still wake it.
    pub(in crate::workflow) fn renew(&self) -> Rc<Self> {
        if let Kind::Task { woken } = &self.target.kind {
            woken.store(true, Ordering::Relaxed);
        }
        Self::of(Arc::clone(&self.target))
    }

    /// Whether the task has to be polled; asked once per wake.
    pub(in crate::workflow) fn take_woken(&self) -> bool {
        match &self.target.kind {
            Kind::Task { woken } => woken.swap(false, Ordering::Relaxed),
            Kind::Relay { .. } => false,
        }
    }

    /// Lets a relay wake this waiter, or nobody.
    pub(in crate::workflow) fn pass_on_to(&self, waiter: Option<Waiter>) {
        if let Kind::Relay { to } = &self.target.kind {
            let replaced = std::mem::replace(&mut *lock(to), waiter);
            drop(replaced);
        }
    }

    pub(super) fn waker(&self) -> &Waker {
        &self.waker
    }

    /// How many waits of sempre's wake its target.
    pub(in crate::workflow) fn waits(&self) -> usize {
        self.target.waits.load(Ordering::Relaxed)
    }

    /// How many clones of the waker there are, none of which a slot holds.
    pub(in crate::workflow) fn clones(&self) -> usize {
        self.bell.strong_count().saturating_sub(1)
    }
}
