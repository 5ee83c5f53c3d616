//! What operators have paused for all runs at once: workflow types, and task queues.
//!
//! A run of such a type, or on such a queue, is given no workflow task until it is opened again. What
//! happens to it meanwhile is recorded. Read by the threads of all shards at every workflow task, and
//! changed once in a while.

use std::{
    collections::BTreeSet,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

use derive_more::Debug;

use crate::{
    machine::execution::ProblemKind,
    model::{TaskQueue, WorkflowType},
};

/// What can be paused for all runs at once.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Gate {
    /// All runs of a workflow type.
    WorkflowType(WorkflowType),
    /// All runs on a task queue.
    TaskQueue(TaskQueue),
}

impl From<Gate> for ProblemKind {
    fn from(gate: Gate) -> Self {
        match gate {
            Gate::WorkflowType(workflow_type) => Self::WorkflowTypePaused { workflow_type },
            Gate::TaskQueue(task_queue) => Self::TaskQueuePaused { task_queue },
        }
    }
}

/// What is paused.
#[derive(Debug, Default)]
pub(crate) struct Gates {
    /// Whether anything is: mostly nothing is, and nobody takes the lock then.
    any: AtomicBool,
    closed: RwLock<BTreeSet<Gate>>,
}

impl Gates {
    /// Closes a gate, or opens it.
    pub(crate) fn set(&self, gate: Gate, is_closed: bool) {
        // Invariant: gates are only added and removed, so the set is valid after a panic elsewhere.
        let mut closed = self.closed.write().unwrap_or_else(PoisonError::into_inner);
        if is_closed {
            closed.insert(gate);
        } else {
            closed.remove(&gate);
        }
        self.any.store(!closed.is_empty(), Ordering::SeqCst);
    }

    /// Which of them keeps runs of this type on this queue from going on.
    pub(crate) fn closed_for(
        &self,
        workflow_type: &WorkflowType,
        task_queue: &TaskQueue,
    ) -> Option<Gate> {
        if !self.any.load(Ordering::SeqCst) {
            return None;
        }
        let closed = self.closed.read().unwrap_or_else(PoisonError::into_inner);
        let gates = [
            Gate::WorkflowType(workflow_type.clone()),
            Gate::TaskQueue(task_queue.clone()),
        ];
        gates.into_iter().find(|gate| closed.contains(gate))
    }
}
