//! What the driver tells the host about messages: what is said of updates, and whose handlers run.

use super::host::{ProgramHost, UnsentCommand};
use crate::machine::replay::ProgramCommand;

impl ProgramHost {
    /// Says something about an update or the run, behind all that was asked for so far.
    pub(in crate::workflow) fn say(&self, said: ProgramCommand) {
        self.draft(UnsentCommand::Say(Box::new(said)));
    }

    /// Takes back what was said or asked for last.
    pub(in crate::workflow) fn take_back(&self) {
        self.drafts.borrow_mut().pop();
    }

    /// A handler begins that may have to wait.
    pub(in crate::workflow) fn handle_handler_begun(&self) {
        self.running_handlers.set(self.running_handlers.get() + 1);
    }

    /// A handler has returned. Whoever waits for that looks again, as for a change of the state.
    pub(in crate::workflow) fn handle_handler_returned(&self) {
        self.running_handlers
            .set(self.running_handlers.get().saturating_sub(1));
        self.handle_state_changed();
    }

    /// Whether every handler has returned.
    pub(in crate::workflow) fn all_handlers_finished(&self) -> bool {
        self.running_handlers.get() == 0
    }
}
