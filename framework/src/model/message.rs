//! The names of messages from one run to another.

use derive_more::Display;
use serde::{Deserialize, Serialize};

use crate::model::{EventId, wire::wire_enum};

wire_enum! {
    /// What a run has to say to another one.
    pub enum MessageKind {
        /// A signal.
        #[default]
        Signal = 1 => "SIGNAL",
        /// The wish that it stops.
        RequestCancel = 2 => "REQUEST_CANCEL",
        /// That it begins, as a child.
        StartChild = 3 => "START_CHILD",
        /// That it is a child whose parent has closed.
        ParentClosed = 4 => "PARENT_CLOSED",
        /// That a child of it has come to its end.
        ChildClosed = 5 => "CHILD_CLOSED",
    }
}

/// Names a message within the run that sends it.
///
/// It follows from the history of that run, so a message that is sent again has the same name.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Display, Default, Serialize, Deserialize,
)]
#[display("{event_id}/{kind}")]
#[serde(default)]
pub struct MessageId {
    /// The event of the sender that caused it.
    pub event_id: EventId,
    /// What it says.
    pub kind: MessageKind,
}
