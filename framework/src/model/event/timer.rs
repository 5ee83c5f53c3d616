//! Events of timers.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{EventId, Identity, TimerId, UserMetadata};

/// Attributes of `TimerStarted`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Started {
    /// The timer's id.
    pub timer_id: TimerId,
    /// From this event to the firing.
    pub start_to_fire_timeout: Duration,
    /// The workflow task that asked for it.
    pub workflow_task_completed_event_id: EventId,
    /// What is said of it to people.
    pub user_metadata: Option<Box<UserMetadata>>,
}

/// Attributes of `TimerFired`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Fired {
    /// The timer's id.
    pub timer_id: TimerId,
    /// The event that started it.
    pub started_event_id: EventId,
}

/// Attributes of `TimerCanceled`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Canceled {
    /// The timer's id.
    pub timer_id: TimerId,
    /// The event that started it.
    pub started_event_id: EventId,
    /// The workflow task that asked for it.
    pub workflow_task_completed_event_id: EventId,
    /// Who canceled it.
    pub identity: Identity,
}
