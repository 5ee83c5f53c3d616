//! Control of activities: what their workflow tells them while they are pending.
//!
//! A message is part of the activity from the marker on that records it, and every attempt is told all
//! of them, in order: the one that runs as each is durable, later ones when they start. A message to an
//! activity that has ended is recorded, and nobody is told.

use crate::{
    machine::execution::{
        Draft, Effect, ExecutionState, PendingActivity,
        command::{Fault, Preparation},
    },
    model::{Control, EventId, Payloads, event::property::MarkerRecorded, limits},
};

/// How much an activity has been told.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    messages: usize,
    bytes: usize,
}

impl Told {
    fn by(activity: &PendingActivity) -> Self {
        Self {
            messages: activity.controls.len(),
            bytes: activity.controls.iter().map(Payloads::size).sum(),
        }
    }
}

impl ExecutionState {
    /// Takes note of the message that a marker is, if it is one to an activity that is pending.
    pub(super) fn note_control(&mut self, marker: &MarkerRecorded) {
        let Some((scheduled_event_id, message)) = self.control_of(marker) else {
            return;
        };
        self.change_activity(scheduled_event_id, |activity| {
            activity.controls.push(message);
        });
    }

    fn control_of(&self, marker: &MarkerRecorded) -> Option<(EventId, Payloads)> {
        let control = Control::of(&marker.marker_name, &marker.details)?;
        let scheduled_event_id = *self.activity_ids.get(&control.activity_id)?;
        Some((scheduled_event_id, control.message))
    }
}

impl Preparation<'_> {
    /// That an activity is not told more than it may be, if a marker is a message to one.
    pub(super) fn check_control(&mut self, marker: &MarkerRecorded) -> Result<(), Fault> {
        let Some(control) = Control::of(&marker.marker_name, &marker.details) else {
            return Ok(());
        };
        let Some(scheduled_event_id) = self.activity(&control.activity_id) else {
            return Ok(());
        };
        let pending = self.state.pending_activity(scheduled_event_id);
        let told = self.controls.entry(scheduled_event_id);
        let told = told.or_insert_with(|| pending.map(Told::by).unwrap_or_default());
        told.messages += 1;
        told.bytes += control.message.size();
        let (what, actual, limit) = if told.messages > limits::CONTROLS_MAX {
            ("too many messages", told.messages, limits::CONTROLS_MAX)
        } else if told.bytes > limits::CONTROLS_BYTES_MAX {
            let limit = limits::CONTROLS_BYTES_MAX;
            ("messages of too many bytes", told.bytes, limit)
        } else {
            return Ok(());
        };
        Err(Fault::Attributes(format!(
            "the activity would be sent {what} limit={limit} actual={actual} activity_id={}",
            control.activity_id
        )))
    }
}

impl Draft<'_> {
    /// Writes a marker; if it is a message to an activity whose attempt runs, that is told.
    pub(super) fn write_marker(&mut self, marker: MarkerRecorded) {
        let told = self.state().control_of(&marker);
        self.write(marker);
        let Some((scheduled_event_id, message)) = told else {
            return;
        };
        let activity = self.state().pending_activity(scheduled_event_id);
        let running = activity.filter(|it| it.is_started() && !it.is_handed_over());
        if let Some(activity) = running {
            let effect = Effect::ControlActivity {
                scheduled_event_id,
                attempt: activity.attempt,
                position: activity.controls.len().saturating_sub(1),
                message,
            };
            self.release(effect);
        }
    }
}
