//! Permits that the parts of a workflow share, so that only so many of them do something at once.

use std::{
    cell::Cell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use derive_more::Debug;
use futures::future::FusedFuture;

use crate::workflow::{
    Canceled, WorkflowContext,
    line::{Line, Turn},
};

/// A number of permits that the parts of a workflow share.
///
/// It lives in the workflow's state, or in a variable that its parts share: a clone has the same
/// permits. Those who wait are served in the order in which they began to, and nobody is passed, also
/// where somebody behind wants fewer. The default has one permit.
///
/// # Determinism
/// Nothing is recorded: who gets a permit follows from the history. It is for the code of one workflow;
/// a permit that comes back from anywhere else fails the next workflow task.
///
/// # Examples
/// ```
/// use sempre::{ActivityError, WorkflowContext, activity, workflow::semaphore::Semaphore};
/// use std::convert::Infallible;
///
/// #[activity(start_to_close = "10s")]
/// async fn print(page: String) -> String { page }
///
/// #[derive(Default)]
/// struct Office { printers: Semaphore }
///
/// /// Wherever pages are printed, two at once at most.
/// async fn print_page(
///     ctx: WorkflowContext<Office>,
///     page: String,
/// ) -> Result<String, ActivityError<Infallible>> {
///     let printers = ctx.state(|office| office.printers.clone());
///     let _permit = printers.acquire(&ctx).await;
///     ctx.activity(print, page).await
/// }
/// # let two = Semaphore::new(2);
/// # assert_eq!(two.available(), 2);
/// ```
#[derive(Clone, Debug)]
pub struct Semaphore(Rc<Shared>);

#[derive(Debug)]
struct Shared {
    total: u32,
    free: Cell<u32>,
    #[debug(skip)]
    line: Line,
}

impl Default for Semaphore {
    fn default() -> Self {
        Self::new(1)
    }
}

impl Semaphore {
    /// So many permits.
    pub fn new(permits: u32) -> Self {
        Self(Rc::new(Shared {
            total: permits,
            free: Cell::new(permits),
            line: Line::default(),
        }))
    }

    /// Waits for a permit.
    ///
    /// # Cancellation
    /// It resolves with [`Canceled`] when the run, or the scope of this context, is canceled before it
    /// has the permit. Dropping it takes none.
    pub fn acquire<W>(&self, ctx: &WorkflowContext<W>) -> Acquire {
        self.acquire_many(ctx, 1)
    }

    /// Waits for several permits at once; for all of them if so many are wanted that there are not.
    ///
    /// # Cancellation
    /// As [`acquire`](Self::acquire).
    pub fn acquire_many<W>(&self, ctx: &WorkflowContext<W>, permits: u32) -> Acquire {
        Acquire {
            permits: permits.min(self.0.total),
            semaphore: self.clone(),
            turn: Turn::new(ctx),
        }
    }

    /// A permit, if one is free that nobody waits for.
    pub fn try_acquire(&self) -> Option<Permit> {
        self.0.line.is_turn_of(None).then(|| self.take(1)).flatten()
    }

    /// How many permits are free.
    pub fn available(&self) -> u32 {
        self.0.free.get()
    }

    fn take(&self, permits: u32) -> Option<Permit> {
        let left = self.0.free.get().checked_sub(permits)?;
        self.0.free.set(left);
        let semaphore = self.clone();
        Some(Permit { semaphore, permits })
    }
}

/// Permits that are held until this is dropped.
#[derive(Debug)]
#[must_use = "the permit is given back when this is dropped"]
pub struct Permit {
    semaphore: Semaphore,
    permits: u32,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let shared = &self.semaphore.0;
        shared.free.set(shared.free.get() + self.permits);
        shared.line.wake_first();
    }
}

/// Resolves with permits of a [`Semaphore`].
#[derive(Debug)]
#[debug("Acquire {{ done: {} }}", turn.is_done())]
#[must_use = "futures do nothing unless awaited"]
pub struct Acquire {
    semaphore: Semaphore,
    permits: u32,
    turn: Turn,
}

impl Future for Acquire {
    type Output = Result<Permit, Canceled>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self {
            semaphore,
            permits,
            turn,
        } = &mut *self;
        turn.poll(&semaphore.0.line, cx, || semaphore.take(*permits))
    }
}

impl FusedFuture for Acquire {
    fn is_terminated(&self) -> bool {
        self.turn.is_done()
    }
}

impl Drop for Acquire {
    fn drop(&mut self) {
        self.turn.leave(&self.semaphore.0.line);
    }
}
