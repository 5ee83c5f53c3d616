//! Control: what a workflow tells a running activity, as the history has it.
//!
//! A message is recorded as a marker of the program's, so a replay finds it where it was sent. It
//! names the activity by its id, which is given to no other one while that is pending.

use std::collections::BTreeMap;

use crate::model::{ActivityId, Payload, Payloads, RecordMarker};

/// The marker that a message to an activity is.
const MARKER: &str = "sempre.activity_control";
/// Under which key of its details it names the activity.
const ACTIVITY_KEY: &str = "activity";
/// Under which key it has the message.
const MESSAGE_KEY: &str = "message";

/// A message of a workflow to one of its activities.
#[derive(Clone, PartialEq, Debug)]
pub struct Control {
    /// The activity.
    pub activity_id: ActivityId,
    /// What it is told.
    pub message: Payloads,
}

impl Control {
    /// The message that a marker is; `None` if it is none.
    pub fn of(marker_name: &str, details: &BTreeMap<String, Payloads>) -> Option<Self> {
        if marker_name != MARKER {
            return None;
        }
        Some(Self {
            activity_id: details.get(ACTIVITY_KEY)?.decode().ok()?,
            message: details.get(MESSAGE_KEY).cloned().unwrap_or_default(),
        })
    }

    /// The marker that says this.
    pub fn into_marker(self) -> RecordMarker {
        // Invariant: a text can be written.
        let activity = Payload::encode(&self.activity_id).unwrap_or_default();
        RecordMarker {
            marker_name: MARKER.to_owned(),
            details: [
                (ACTIVITY_KEY.to_owned(), activity.into()),
                (MESSAGE_KEY.to_owned(), self.message),
            ]
            .into(),
            failure: None,
            user_metadata: None,
        }
    }
}
