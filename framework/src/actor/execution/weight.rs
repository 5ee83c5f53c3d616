//! How much memory an execution takes, as an estimate, and the sum over a shard.

use std::rc::Rc;

use crate::actor::{execution::Execution, service::Shared, summary::Summary};

/// What an execution takes beside its data: actor, mailbox, state and program.
const EXECUTION_BYTES: u64 = 8 * 1024;

/// Bytes of a history that is kept although its program is not in memory: an execution that comes
/// back for a short while, such as for a slot, would read it twice.
const KEPT_HISTORY_BYTES_MAX: u64 = 16 * 1024;

/// What an execution adds to the sum of its shard. Taken out when it is dropped.
#[derive(Debug)]
pub(super) struct Weight {
    shared: Rc<Shared>,
    summary: Rc<Summary>,
}

impl Weight {
    pub(super) fn new(shared: &Rc<Shared>, summary: &Rc<Summary>) -> Self {
        Self {
            shared: Rc::clone(shared),
            summary: Rc::clone(summary),
        }
    }

    fn set(&self, bytes: u64) {
        let before = self.summary.bytes.replace(bytes);
        let sum = &self.shared.resident_bytes;
        sum.set(sum.get() - before + bytes);
    }
}

impl Drop for Weight {
    fn drop(&mut self) {
        self.set(0);
    }
}

impl Execution {
    /// Forgets a history that is kept for a program that nobody has needed, and weighs the
    /// execution anew.
    pub(super) fn forget_history(&mut self) {
        if self.program.is_recorded() && self.state.history_size_bytes() > KEPT_HISTORY_BYTES_MAX {
            self.program.discard();
        }
        self.weigh();
    }

    /// Weighs the execution anew.
    ///
    /// A program in memory counts with its history, which is the most that it can have been told;
    /// what it keeps of that is its own affair.
    pub(super) fn weigh(&self) {
        let told = if self.program.can_run() {
            self.state.history_size_bytes()
        } else {
            0
        };
        let data = told.max(self.state.pending_size_bytes());
        self.weight.set(EXECUTION_BYTES + data);
    }
}
