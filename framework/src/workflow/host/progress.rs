//! What running activities tell the host, and are told.

use std::rc::Rc;

use super::host::{ProgramHost, UnsentCommand};
use crate::{
    machine::replay::{ActivitySequence, ProgramCommand},
    model::Payloads,
    workflow::operation::{ActivityOperation, Phase},
};

impl ProgramHost {
    /// An activity says how far it has got.
    pub(in crate::workflow) fn handle_activity_progress(
        &self,
        activity: ActivitySequence,
        value: Payloads,
    ) {
        let operation = self.activities.borrow().get(&activity).cloned();
        // One that was given up meanwhile has nobody to tell.
        if let Some(operation) = operation {
            operation.progress.put(value);
        }
    }

    /// Asks for a message to an activity, unless nothing more can come of that.
    pub(in crate::workflow) fn control_activity(
        &self,
        operation: &Rc<ActivityOperation>,
        message: Payloads,
    ) {
        if !self.is_silent() && operation.phase.get() != Phase::Over {
            let operation = Rc::clone(operation);
            self.draft(UnsentCommand::ControlActivity(operation, message));
        }
    }

    /// The message, unless its activity was taken back before it had left.
    pub(super) fn send_control(
        operation: &ActivityOperation,
        message: Payloads,
    ) -> Option<ProgramCommand> {
        let activity = operation.sequence.get()?;
        Some(ProgramCommand::ControlActivity { activity, message })
    }
}
