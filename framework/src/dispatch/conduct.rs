//! How the attempts of an async activity have behaved, and what follows for where they run.
//!
//! An attempt that runs on its shard's thread costs no thread hop, but while one of its polls lasts
//! nobody else on that thread gets on. So an activity type begins on threads apart, and moves to
//! the shards' threads once it has shown there that its polls are quick. One that has blocked a
//! thread past the budget never runs on a shard's thread again, as long as the process lives.

use std::{
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    time::Duration,
};

/// A poll that takes longer than this is not quick. A shard makes a few hundred steps in this time.
const QUICK_MAX: Duration = Duration::from_millis(5);

/// How many attempts in a row have to end without a poll that was not quick.
const PROBATION: u32 = 32;

/// The conduct of one activity type, on all threads of an engine.
#[derive(Debug, Default)]
pub(super) struct Conduct {
    /// Attempts that have ended since the last poll that was not quick.
    quick: AtomicU32,
    /// Whether an attempt has blocked a thread past the budget.
    has_blocked: AtomicBool,
}

impl Conduct {
    /// Whether attempts may run on the thread of their shard.
    pub(super) fn is_trusted(&self) -> bool {
        // What other threads have seen need not be known at once: it is all about the past.
        self.quick.load(Ordering::Relaxed) >= PROBATION && !self.has_blocked.load(Ordering::Relaxed)
    }

    /// Takes note of how long a poll has lasted.
    pub(super) fn polled(&self, lasted: Duration) {
        if lasted > QUICK_MAX {
            self.quick.store(0, Ordering::Relaxed);
        }
    }

    /// Takes note that an attempt has ended.
    pub(super) fn ended(&self) {
        if self.quick.load(Ordering::Relaxed) < PROBATION {
            self.quick.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Takes note that an attempt has blocked a thread past the budget.
    pub(super) fn blocked(&self) {
        self.has_blocked.store(true, Ordering::Relaxed);
    }
}

/// Whether a poll has lasted so long that others had better not wait for its end.
pub(super) fn is_slow(lasted: Duration) -> bool {
    lasted > QUICK_MAX
}
