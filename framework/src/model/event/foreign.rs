//! Events of types that this release does not model, as far as grammar and replay need them.
//!
//! The engine writes none of them. A history that comes from elsewhere may hold some: what they
//! say stays with who read them, what they mean for the events around them is kept here.

use serde::{Deserialize, Serialize};

use crate::model::EventId;

/// What is known of an event whose type this release does not model.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Foreign {
    /// Temporal's number of its type; 0 if it is none that Temporal is known to have.
    pub event_type: u16,
    /// Whether a program replays correctly without knowing what it says.
    pub worker_may_ignore: bool,
    /// The workflow task that asked for it; `None` if no command did.
    pub workflow_task_completed_event_id: Option<EventId>,
    /// Whether it ends the run.
    pub closes_the_run: bool,
}
