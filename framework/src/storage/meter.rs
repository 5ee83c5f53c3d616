//! How far long work on a store is, and the way to stop it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use crate::storage::{StorageError, StorageErrorKind};

/// How far long work on a store is, and whether it is to stop.
///
/// A cheap clone: one is given to the work, another shows how far that is.
///
/// # Examples
/// ```
/// use sempre::storage::WorkMeter;
///
/// let meter = WorkMeter::new();
/// assert_eq!((meter.done(), meter.total()), (0, None));
/// // Whoever does the work ends it at the next step, with an error that says so.
/// meter.stop();
/// ```
#[derive(Clone, Debug, Default)]
pub struct WorkMeter {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    done: AtomicU64,
    total: AtomicU64,
    stops: AtomicBool,
    /// After how many steps the work is stopped, as a crash would stop it.
    #[cfg(test)]
    steps: std::sync::OnceLock<AtomicU64>,
    /// What happens at each step, beside the work.
    #[cfg(test)]
    beside: std::sync::OnceLock<Beside>,
}

#[cfg(test)]
#[derive(derive_more::Debug)]
struct Beside(#[debug(skip)] Box<dyn Fn() + Send + Sync>);

impl WorkMeter {
    /// A meter of work that has not begun.
    pub fn new() -> Self {
        Self::default()
    }

    /// How much is done: bytes of a backup or of what is restored, runs of a store that is checked.
    pub fn done(&self) -> u64 {
        self.inner.done.load(Ordering::Relaxed)
    }

    /// How much there is to do, once that is known.
    pub fn total(&self) -> Option<u64> {
        let total = self.inner.total.load(Ordering::Relaxed);
        (total > 0).then_some(total)
    }

    /// Has the work stop at its next step.
    pub fn stop(&self) {
        self.inner.stops.store(true, Ordering::Release);
    }

    /// Takes note of how much there is to do.
    pub(super) fn expect(&self, total: u64) {
        self.inner.total.store(total, Ordering::Relaxed);
    }

    /// Takes note of a step.
    ///
    /// # Errors
    /// `Unavailable` if the work is to stop.
    pub(super) fn advance(&self, by: u64) -> Result<(), StorageError> {
        self.inner.done.fetch_add(by, Ordering::Relaxed);
        if self.inner.stops.load(Ordering::Acquire) || self.is_cut_short() {
            let message = "the work was stopped before it was done; begin it anew";
            return Err(StorageError::new(StorageErrorKind::Unavailable, message));
        }
        Ok(())
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "tests cut work short")]
    fn is_cut_short(&self) -> bool {
        false
    }

    #[cfg(test)]
    fn is_cut_short(&self) -> bool {
        if let Some(Beside(happens)) = self.inner.beside.get() {
            happens();
        }
        let left = |steps: &AtomicU64| {
            let last =
                steps.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |it| it.checked_sub(1));
            last.is_err()
        };
        self.inner.steps.get().is_some_and(left)
    }

    /// A meter at each of whose steps this happens, within the work.
    #[cfg(test)]
    pub(super) fn beside(happens: impl Fn() + Send + Sync + 'static) -> Self {
        let meter = Self::new();
        meter.inner.beside.get_or_init(|| Beside(Box::new(happens)));
        meter
    }

    /// A meter that stops the work after so many steps.
    #[cfg(test)]
    pub(super) fn stopping_after(steps: u64) -> Self {
        let meter = Self::new();
        meter.inner.steps.get_or_init(|| AtomicU64::new(steps));
        meter
    }
}
