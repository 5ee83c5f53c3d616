//! How a run closes: what was pending is given up, attempts that run no longer count, and its
//! children and its parent are told.

use crate::{
    machine::execution::{Draft, Effect, Message, PendingActivity, succession},
    model::{EventAttributes, EventId},
};

impl Draft<'_> {
    /// Closes the run by decision of the program.
    pub(super) fn close(&mut self, attributes: EventAttributes) {
        let running = self.state().pending_activities();
        let running = running.filter(|activity| activity.is_started());
        let abandoned: Vec<Effect> = running.map(abandon).collect();
        let successor = succession::successor(self.state(), &attributes, self.now());
        self.note_successor(successor);
        self.write(attributes);
        for effect in abandoned {
            self.release(effect);
        }
        let state = self.state();
        let words = state.first_messages().filter(|it| it.is_of_close());
        let words: Vec<Message> = words.cloned().collect();
        for message in words {
            self.send(message);
        }
        self.release(Effect::Closed);
    }

    /// Closes the run over the head of the program, also while a workflow task runs.
    pub(super) fn close_from_outside(&mut self, attributes: impl Into<EventAttributes>) {
        self.abort_workflow_task("the run was closed while the workflow task ran");
        self.close(attributes.into());
    }
}

/// The attempt of this activity no longer counts.
pub(super) fn abandon(activity: &PendingActivity) -> Effect {
    Effect::AbandonActivity {
        scheduled_event_id: activity.scheduled_event_id,
        attempt: activity.attempt,
    }
}

/// The attempt of this activity that waits to be started never will be.
pub(super) fn withdraw(scheduled_event_id: EventId) -> Effect {
    Effect::WithdrawActivity { scheduled_event_id }
}
