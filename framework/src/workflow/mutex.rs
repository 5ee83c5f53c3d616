//! A value that one part of a workflow has at a time, also while it waits.

use std::{
    cell::RefCell,
    ops::{Deref, DerefMut},
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
};

use derive_more::Debug;
use futures::future::FusedFuture;

use crate::workflow::{
    Canceled, WorkflowContext,
    semaphore::{Acquire, Permit, Semaphore},
};

/// A value that one part of a workflow has at a time, also while it waits for activities or timers.
///
/// What changes between two waits only needs no lock: handlers never run in the midst of other code.
/// A lock is for what has to stay as it is over a wait. It lives in the workflow's state, or in a
/// variable that its parts share: a clone has the same value. Those who wait are served in the order in
/// which they began to.
///
/// # Determinism
/// Nothing is recorded: who has the value follows from the history.
///
/// # Examples
/// ```
/// use sempre::{ActivityError, Workflow, WorkflowContext, activity, handlers};
/// use sempre::workflow::mutex::Mutex;
/// use std::convert::Infallible;
///
/// #[activity(start_to_close = "10s")]
/// async fn transfer(amount: i64) -> i64 { amount }
///
/// #[derive(Workflow, Default)]
/// struct Account { balance: Mutex<i64>, closed: bool }
///
/// #[handlers]
/// impl Account {
///     #[run]
///     async fn run(ctx: WorkflowContext<Self>) {
///         let _canceled = ctx.wait_until(|account| account.closed).await;
///     }
///
///     /// No other deposit sees the balance before this one is done.
///     #[update]
///     async fn deposit(
///         ctx: WorkflowContext<Self>,
///         amount: i64,
///     ) -> Result<i64, ActivityError<Infallible>> {
///         let balance = ctx.state(|account| account.balance.clone());
///         let Ok(mut balance) = balance.lock(&ctx).await else {
///             return Ok(0);
///         };
///         *balance += ctx.activity(transfer, amount).await?;
///         Ok(*balance)
///     }
/// }
/// ```
#[derive(Debug)]
#[debug("Mutex {{ locked: {} }}", self.is_locked())]
pub struct Mutex<T> {
    /// Absent while somebody has it.
    #[debug(skip)]
    value: Rc<RefCell<Option<T>>>,
    turns: Semaphore,
}

impl<T> Clone for Mutex<T> {
    fn clone(&self) -> Self {
        Self {
            value: Rc::clone(&self.value),
            turns: self.turns.clone(),
        }
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> Mutex<T> {
    /// A value that nobody has.
    pub fn new(value: T) -> Self {
        Self {
            value: Rc::new(RefCell::new(Some(value))),
            turns: Semaphore::new(1),
        }
    }

    /// Waits for the value.
    ///
    /// # Cancellation
    /// It resolves with [`Canceled`] when the run, or the scope of this context, is canceled before it
    /// has the value. Dropping it takes nothing.
    pub fn lock<W>(&self, ctx: &WorkflowContext<W>) -> Lock<T> {
        Lock {
            mutex: self.clone(),
            turn: self.turns.acquire(ctx),
        }
    }

    /// The value, if nobody has it or waits for it.
    pub fn try_lock(&self) -> Option<MutexGuard<T>> {
        Some(self.guard(self.turns.try_acquire()?))
    }

    /// Whether somebody has the value.
    pub fn is_locked(&self) -> bool {
        self.turns.available() == 0
    }

    fn guard(&self, permit: Permit) -> MutexGuard<T> {
        MutexGuard {
            value: self.value.borrow_mut().take(),
            home: Rc::clone(&self.value),
            _permit: permit,
        }
    }
}

/// The value of a [`Mutex`], which is given back when this is dropped.
// Invariant: the value is given back before the permit, which is dropped last.
#[derive(Debug)]
#[debug("{:?}", **self)]
#[debug(bound(T: std::fmt::Debug))]
#[must_use = "the value is given back when this is dropped"]
pub struct MutexGuard<T> {
    /// Only absent while the guard is dropped.
    value: Option<T>,
    home: Rc<RefCell<Option<T>>>,
    _permit: Permit,
}

impl<T> Deref for MutexGuard<T> {
    type Target = T;

    #[expect(clippy::expect_used, reason = "whoever has the permit has the value")]
    fn deref(&self) -> &T {
        self.value.as_ref().expect("the guard has the value")
    }
}

impl<T> DerefMut for MutexGuard<T> {
    #[expect(clippy::expect_used, reason = "whoever has the permit has the value")]
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect("the guard has the value")
    }
}

impl<T> Drop for MutexGuard<T> {
    fn drop(&mut self) {
        *self.home.borrow_mut() = self.value.take();
    }
}

/// Resolves with the value of a [`Mutex`].
#[derive(Debug)]
#[debug("Lock {{ turn: {turn:?} }}")]
#[must_use = "futures do nothing unless awaited"]
pub struct Lock<T> {
    mutex: Mutex<T>,
    turn: Acquire,
}

// The value is moved and never pinned.
impl<T> Unpin for Lock<T> {}

impl<T> Future for Lock<T> {
    type Output = Result<MutexGuard<T>, Canceled>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let permit = ready!(Pin::new(&mut self.turn).poll(cx));
        Poll::Ready(permit.map(|permit| self.mutex.guard(permit)))
    }
}

impl<T> FusedFuture for Lock<T> {
    fn is_terminated(&self) -> bool {
        self.turn.is_terminated()
    }
}
