//! Heartbeat: a running attempt reports that it is alive and learns whether to stop.

use crate::{
    machine::execution::{Draft, Rejection, check},
    model::{
        EventId, Payloads,
        transition::{HeartbeatDetailsDropped, HeartbeatRecorded},
    },
};

/// Reports that an attempt is alive.
#[derive(Clone, PartialEq, Debug)]
pub struct RecordHeartbeat {
    /// The event that scheduled the activity.
    pub scheduled_event_id: EventId,
    /// The attempt that is alive.
    pub attempt: u32,
    /// What it has to say; the next attempt can read it.
    pub details: Payloads,
}

/// What an attempt learns from its heartbeat.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HeartbeatResponse {
    /// Whether the workflow has asked it to stop.
    pub cancel_requested: bool,
}

/// Records that an attempt is alive. Details that are too large are dropped, and the next attempt
/// reads those before them.
///
/// # Errors
/// A [`Rejection`] if no such attempt runs: the report comes late, or twice.
pub fn record_heartbeat(
    draft: &mut Draft<'_>,
    message: RecordHeartbeat,
) -> Result<HeartbeatResponse, Rejection> {
    let state = draft.state();
    let activity = state.running_attempt(message.scheduled_event_id, message.attempt)?;
    let cancel_requested = activity.cancel_requested.is_some();
    draft.heartbeat(message.scheduled_event_id, message.details);
    Ok(HeartbeatResponse { cancel_requested })
}

/// Takes all running attempts for alive whose heartbeats are no longer recorded. Decided when a run
/// is loaded, once those that are lost have been declared so.
pub fn assume_alive(draft: &mut Draft<'_>) {
    if !draft.state().is_past_eventless_limit() {
        return;
    }
    let running = draft.state().pending_activities();
    let running = running.filter(|activity| activity.is_started());
    let running: Vec<EventId> = running
        .map(|activity| activity.scheduled_event_id)
        .collect();
    for scheduled_event_id in running {
        draft.note_alive(scheduled_event_id);
    }
}

impl Draft<'_> {
    /// Records that the attempt of an activity is alive, which runs.
    pub(in crate::machine::execution) fn heartbeat(
        &mut self,
        scheduled_event_id: EventId,
        details: Payloads,
    ) {
        if self.state().is_past_eventless_limit() {
            // Bound: the attempt is alive, and the run keeps no further record of that.
            return self.note_alive(scheduled_event_id);
        }
        let at = self.now();
        match check::payloads("heartbeat details", &details) {
            Ok(()) => self.change(HeartbeatRecorded {
                scheduled_event_id,
                at,
                details,
            }),
            Err(_) => self.change(HeartbeatDetailsDropped {
                scheduled_event_id,
                at,
                bytes: u64::try_from(details.size()).unwrap_or(u64::MAX),
            }),
        }
    }
}
