//! Who writes to a store: one engine at a time.
//!
//! A store that is open has one owner, but an owner can hand it to two engines. Each of them would
//! take the other's records for its own, and fail at the first write. So whoever writes claims the
//! store first. Clones and layers of a store share its claim.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::storage::{StorageError, StorageErrorKind};

/// How long a claim waits for an engine that is about to let go. What such an engine has handed
/// over is written first.
const PATIENCE: Duration = Duration::from_secs(10);

/// The right to write to a store, which one engine has at a time.
///
/// Each adapter has one, made with the store. Clones share it.
///
/// # Examples
/// ```
/// use sempre::storage::{MemoryStore, StorageErrorKind, WriteStore};
///
/// let store = MemoryStore::new();
/// let claim = store.write_right().claim()?;
/// let second = store.clone().write_right().claim().map(|_| ());
/// assert!(second.is_err_and(|error| error.kind() == StorageErrorKind::Locked));
/// drop(claim);
/// assert!(store.write_right().claim().is_ok());
/// # Ok::<(), sempre::storage::StorageError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct WriteRight {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The claim that is in force, if one is.
    claim: Option<u64>,
    /// Whether its holder is about to let go.
    is_ending: bool,
    /// How many claims there have been.
    claims: u64,
}

/// A store that is claimed until this is dropped.
#[derive(Debug)]
#[must_use = "the store is free again when the claim is dropped"]
pub struct WriteClaim {
    right: WriteRight,
    #[cfg(feature = "runtime")]
    number: u64,
}

#[cfg(feature = "runtime")]
/// Says when it is dropped that a claim is about to end, so that the next one waits for that.
#[derive(Debug)]
pub(crate) struct ClaimEnds {
    right: WriteRight,
    number: u64,
}

impl WriteRight {
    /// Claims the store. Blocks while the holder of the last claim is letting go.
    ///
    /// # Errors
    /// `Locked` if an engine of this process writes to it.
    pub fn claim(&self) -> Result<WriteClaim, StorageError> {
        let state = self.lock();
        let is_ending = |state: &mut State| state.claim.is_some() && state.is_ending;
        // Bound: a holder that does not let go is taken for one that goes on.
        let waited = self
            .inner
            .changed
            .wait_timeout_while(state, PATIENCE, is_ending);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if state.claim.is_some() {
            return Err(StorageError::new(
                StorageErrorKind::Locked,
                format!(
                    "another engine of this process writes to the store, shut it down first, or \
                     open another store: pid={}",
                    std::process::id()
                ),
            ));
        }
        state.claims += 1;
        let number = state.claims;
        state.claim = Some(number);
        state.is_ending = false;
        Ok(WriteClaim {
            right: self.clone(),
            #[cfg(feature = "runtime")]
            number,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Invariant: no code that can panic runs under this lock.
        let state = self.inner.state.lock();
        state.unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(feature = "runtime")]
impl WriteClaim {
    /// What says, when it is dropped, that this claim is about to end.
    pub(crate) fn ends(&self) -> ClaimEnds {
        ClaimEnds {
            right: self.right.clone(),
            number: self.number,
        }
    }
}

#[cfg(feature = "runtime")]
impl ClaimEnds {
    /// Says that the claim is about to end.
    pub(crate) fn say(&self) {
        let mut state = self.right.lock();
        if state.claim == Some(self.number) {
            state.is_ending = true;
        }
    }
}

#[cfg(feature = "runtime")]
impl Drop for ClaimEnds {
    fn drop(&mut self) {
        self.say();
    }
}

impl Drop for WriteClaim {
    fn drop(&mut self) {
        self.right.lock().claim = None;
        self.right.inner.changed.notify_all();
    }
}
