//! Heartbeat: a running attempt reports that it is alive and learns whether to stop.

use crate::{
    engine::execution::{Draft, Rejection, check},
    model::{EventId, Payloads, transition::HeartbeatRecorded},
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

/// Records that an attempt is alive.
pub fn record_heartbeat(
    draft: &mut Draft<'_>,
    message: RecordHeartbeat,
) -> Result<HeartbeatResponse, Rejection> {
    let state = draft.state();
    let activity = state.running_attempt(message.scheduled_event_id, message.attempt)?;
    let cancel_requested = activity.cancel_requested.is_some();
    check::payloads("heartbeat details", &message.details)?;
    draft.change(HeartbeatRecorded {
        scheduled_event_id: message.scheduled_event_id,
        at: draft.now(),
        details: message.details,
    });
    Ok(HeartbeatResponse { cancel_requested })
}
