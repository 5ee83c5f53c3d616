//! What messages to other workflows ask of the host.

use std::rc::Rc;

use super::host::{External, Operation, ProgramHost, UnsentCommand};
use crate::workflow::{
    Canceled,
    operation::{ExternalOperation, Phase},
    scope::Scope,
};

impl ProgramHost {
    /// Asks for a message to another workflow.
    pub(in crate::workflow) fn tell(
        &self,
        scope: &Scope,
        operation: &Rc<ExternalOperation>,
        said: External,
    ) {
        if let Some(canceled) = scope.canceled() {
            operation.phase.set(Phase::Over);
            operation.slot.fill(Err(canceled.clone().into()));
            return;
        }
        let live = Operation::External(Rc::clone(operation));
        self.remember(operation.number, scope, live);
        self.draft(UnsentCommand::Tell(Rc::clone(operation), Box::new(said)));
    }

    /// Nobody waits for the answer any more; a message that has not left is withdrawn.
    pub(super) fn cancel_external(&self, operation: &ExternalOperation, canceled: Canceled) {
        self.give_external_up(operation);
        operation.slot.fill(Err(canceled.into()));
    }

    /// The future of a message was dropped.
    pub(in crate::workflow) fn drop_external(&self, operation: &ExternalOperation) {
        if !self.is_silent() {
            operation.slot.leave();
            self.give_external_up(operation);
        }
    }

    fn give_external_up(&self, operation: &ExternalOperation) {
        self.forget(operation.number);
        if let Phase::Sent(external) = operation.phase.replace(Phase::Over) {
            self.forget_external(external);
        }
    }
}
