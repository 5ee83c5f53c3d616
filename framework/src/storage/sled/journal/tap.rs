//! The tap: the entries that are written while somebody takes a backup, in their order.
//!
//! A commit leaves its entry here and does not wait for whoever takes it. What nobody takes in time
//! is given up, so that a backup never holds up what it is a backup of.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Bound: bytes of entries that nobody has taken yet; beyond that the tap has run over, and whoever
/// takes from it is told.
const WAITING_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The entries of a journal since the tap was opened.
#[derive(Debug, Default)]
pub(in crate::storage::sled) struct Tap {
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    entries: VecDeque<Vec<u8>>,
    bytes: usize,
    has_run_over: bool,
}

impl Tap {
    /// Takes note of an entry.
    pub(super) fn add(&self, entry: &[u8]) {
        let mut waiting = self.lock();
        waiting.has_run_over |= waiting.bytes + entry.len() > WAITING_BYTES_MAX;
        if waiting.has_run_over {
            waiting.entries.clear();
            waiting.bytes = 0;
            return;
        }
        waiting.bytes += entry.len();
        waiting.entries.push_back(entry.to_vec());
    }

    /// Takes out what has come since the last look; `None` if it was too much.
    pub(in crate::storage::sled) fn take(&self) -> Option<Vec<Vec<u8>>> {
        let mut waiting = self.lock();
        waiting.bytes = 0;
        let entries = waiting.entries.drain(..).collect();
        (!waiting.has_run_over).then_some(entries)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Invariant: no code that can panic runs under this lock.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
