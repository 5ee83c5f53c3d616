//! A store that fails and waits on demand.

use std::{
    collections::BTreeMap,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use crate::storage::{Commit, StorageError, StorageErrorKind, Store, StoreLayer};

/// A store around another one that fails chosen commits and holds commits back.
///
/// A commit that fails leaves the inner store as it was, as a crash just before it would; reads
/// always reach the inner store. Clones share everything.
///
/// # Examples
/// ```
/// use sempre::storage::{MemoryStore, StorageErrorKind, WriteStore};
/// use sempre::testing::FaultStore;
///
/// let store = FaultStore::new(MemoryStore::new());
/// store.fail_commit(2, StorageErrorKind::Unavailable);
/// assert!(store.commit(&[]).is_ok());
/// let failed = store.commit(&[]).unwrap_err();
/// assert_eq!(failed.kind(), StorageErrorKind::Unavailable);
/// let refused = store.commit(&[]).unwrap_err();
/// assert_eq!(refused.kind(), StorageErrorKind::Poisoned);
/// ```
#[derive(Debug)]
pub struct FaultStore<S> {
    shared: Arc<Shared<S>>,
}

impl<S> Clone for FaultStore<S> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

#[derive(Debug)]
struct Shared<S> {
    inner: S,
    plan: Mutex<Plan>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Plan {
    /// Calls to commit so far, whatever became of them.
    calls: u64,
    /// Commits that the inner store has taken.
    committed: u64,
    faults: BTreeMap<u64, StorageErrorKind>,
    is_holding: bool,
    held: usize,
    poisoned: bool,
}

impl<S> FaultStore<S> {
    /// A store that passes everything on to this one until it is told otherwise.
    pub fn new(inner: S) -> Self {
        Self {
            shared: Arc::new(Shared {
                inner,
                plan: Mutex::default(),
                changed: Condvar::new(),
            }),
        }
    }

    /// The store inside.
    pub fn inner(&self) -> &S {
        &self.shared.inner
    }

    /// Makes the `n`-th call to commit fail, counted from 1 since the store was made.
    ///
    /// Any kind but `Conflict` poisons: all calls after it fail as `Poisoned`.
    pub fn fail_commit(&self, n: u64, kind: StorageErrorKind) {
        self.plan().faults.insert(n, kind);
    }

    /// Makes the next call to commit fail; see [`fail_commit`](Self::fail_commit).
    pub fn fail_next_commit(&self, kind: StorageErrorKind) {
        let mut plan = self.plan();
        let next = plan.calls + 1;
        plan.faults.insert(next, kind);
    }

    /// Holds back every commit from now on, until [`release`](Self::release).
    pub fn hold(&self) {
        self.plan().is_holding = true;
    }

    /// Lets the commits go on that were held back.
    pub fn release(&self) {
        self.plan().is_holding = false;
        self.shared.changed.notify_all();
    }

    /// Blocks until this many calls to commit are held back at the same time.
    pub fn wait_until_held(&self, calls: usize) {
        let mut plan = self.plan();
        while plan.held < calls {
            plan = self.wait(plan);
        }
    }

    /// How many times commit was called.
    pub fn commit_calls(&self) -> u64 {
        self.plan().calls
    }

    /// How many commits the store inside has taken; one call can bring several.
    pub fn commits(&self) -> u64 {
        self.plan().committed
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        // Invariant: no code that can panic runs under this lock.
        self.shared
            .plan
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'l>(&self, plan: MutexGuard<'l, Plan>) -> MutexGuard<'l, Plan> {
        self.shared
            .changed
            .wait(plan)
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while commits are held back, then lets this call through or fails it.
    fn admit(&self) -> Result<(), StorageError> {
        let mut plan = self.plan();
        plan.calls += 1;
        let call = plan.calls;
        plan.held += 1;
        self.shared.changed.notify_all();
        while plan.is_holding {
            plan = self.wait(plan);
        }
        plan.held -= 1;
        if plan.poisoned {
            return Err(StorageError::new(
                StorageErrorKind::Poisoned,
                "an earlier write failed, restart the process",
            ));
        }
        match plan.faults.remove(&call) {
            Some(kind) => {
                plan.poisoned = kind != StorageErrorKind::Conflict;
                let message = format!("commit failed as planned: call={call}");
                Err(StorageError::new(kind, message))
            }
            None => Ok(()),
        }
    }
}

impl<S: Store> StoreLayer for FaultStore<S> {
    type Inner = S;

    fn inner(&self) -> &S {
        &self.shared.inner
    }

    fn commit(&self, commits: &[Commit]) -> Result<(), StorageError> {
        self.admit()?;
        self.shared.inner.commit(commits)?;
        self.plan().committed += commits.len() as u64;
        Ok(())
    }
}
