//! What a shard's thread is doing at the moment, for whoever watches over it from outside.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use crate::model::{RunId, Timestamp, WorkflowId, WorkflowType};

/// The workflow task that a thread is running.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Watched {
    /// The execution.
    pub workflow_id: WorkflowId,
    /// Its run.
    pub run_id: RunId,
    /// Its program.
    pub workflow_type: WorkflowType,
    /// When the task began.
    pub since: Timestamp,
}

/// One thread's current workflow task.
///
/// The thread itself pays two uncontended stores a task; only a watcher takes the lock otherwise.
#[derive(Debug, Default)]
pub struct ThreadWatch {
    /// Counts beginnings and ends: odd while a task runs.
    generation: AtomicU64,
    current: Mutex<Option<Watched>>,
}

impl ThreadWatch {
    /// Takes note that a task begins.
    pub(super) fn begin(&self, watched: Watched) {
        *self.lock() = Some(watched);
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Takes note that it has ended.
    pub(super) fn end(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Changes with every beginning and every end; odd while a task runs.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The task that runs, if one does.
    pub fn current(&self) -> Option<Watched> {
        if self.generation().is_multiple_of(2) {
            return None;
        }
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Watched>> {
        // Invariant: the value is replaced whole, so it is valid after a panic elsewhere.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
