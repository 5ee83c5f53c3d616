//! The transitions of one execution that are not durable yet.

use std::cell::{Cell, RefCell};

use actix::Addr;
use derive_more::Debug;

use crate::actor::{execution::Execution, message::ExecutionMail};

/// Transitions of one execution that are not durable yet.
#[derive(Debug, Default)]
pub(super) struct Flight {
    count: Cell<u32>,
    /// The execution, if it wants to hear when there are none. Meanwhile its address keeps it
    /// alive, because nobody else may have one.
    #[debug(skip)]
    waiting: RefCell<Option<Addr<Execution>>>,
}

impl Flight {
    /// Whether there are any.
    pub(super) fn is_under_way(&self) -> bool {
        self.count.get() > 0
    }

    /// Takes note of another one.
    pub(super) fn begin(&self) {
        self.count.set(self.count.get() + 1);
    }

    /// Takes note that one is durable, or never will be.
    pub(super) fn end(&self) {
        self.count.set(self.count.get() - 1);
        if !self.is_under_way()
            && let Some(execution) = self.waiting.take()
        {
            // Bound: one such mail for each time that it was asked for.
            execution.do_send(ExecutionMail::Durable);
        }
    }

    /// Tells the execution when there are none any more.
    pub(super) fn tell_when_over(&self, execution: Addr<Execution>) {
        self.waiting.replace(Some(execution));
    }
}
