//! Which commit is under way, and whether one has failed.
//!
//! Commits take turns. A read waits for none of them: what it sees of a commit under way is whole,
//! and its caller knows what it has been told is durable.

use std::sync::PoisonError;

use crate::{
    storage::{StorageError, StorageErrorKind},
    sync::{Condvar, Mutex, MutexGuard},
};

/// The turns of the commits of one store.
#[derive(Debug, Default)]
pub(super) struct Progress {
    turns: Mutex<Turns>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Turns {
    begun: u64,
    ended: u64,
    /// How many wait for a turn; to wake nobody costs a system call.
    waiting: usize,
    poisoned: bool,
}

impl Progress {
    /// Takes the turn of a commit, after those before it.
    pub(super) fn begin(&self) -> Result<CommitTurn<'_>, StorageError> {
        let mut turns = self.lock();
        while turns.begun > turns.ended && !turns.poisoned {
            turns.waiting += 1;
            turns = self.wait(turns);
            turns.waiting -= 1;
        }
        turns.check()?;
        turns.begun += 1;
        Ok(CommitTurn {
            progress: self,
            leaves_poison: true,
        })
    }

    /// Refuses once a commit has failed: memory may then hold what the disk does not.
    pub(super) fn check(&self) -> Result<(), StorageError> {
        self.lock().check()
    }

    /// Whether a commit has failed.
    pub(super) fn is_poisoned(&self) -> bool {
        self.lock().poisoned
    }

    /// Lets everything from now on fail: something could not be written.
    pub(super) fn poison(&self) {
        self.lock().poisoned = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Turns> {
        // Invariant: no code that can panic runs under this lock.
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'l>(&self, turns: MutexGuard<'l, Turns>) -> MutexGuard<'l, Turns> {
        self.changed
            .wait(turns)
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turns {
    fn check(&self) -> Result<(), StorageError> {
        if self.poisoned {
            return Err(StorageError::new(
                StorageErrorKind::Poisoned,
                "an earlier write failed, restart the process",
            ));
        }
        Ok(())
    }
}

/// The turn of one commit; given up without [`end`](Self::end), also by a panic, it poisons.
#[derive(Debug)]
pub(super) struct CommitTurn<'p> {
    progress: &'p Progress,
    leaves_poison: bool,
}

impl CommitTurn<'_> {
    /// Ends the turn of a commit that is known to be there, or known to be absent.
    pub(super) fn end(mut self) {
        self.leaves_poison = false;
    }
}

impl Drop for CommitTurn<'_> {
    fn drop(&mut self) {
        let mut turns = self.progress.lock();
        turns.ended += 1;
        turns.poisoned |= self.leaves_poison;
        let waits = turns.waiting > 0;
        drop(turns);
        if waits {
            self.progress.changed.notify_all();
        }
    }
}
