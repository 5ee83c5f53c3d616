//! Why a history does not come in, or does not go out.

use derive_more::{Display, Error};
use sempre::model::{EventId, EventType, GrammarViolation};

/// A history that cannot be read: where and why.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error)]
#[display("{}{reason}", event_id.map(|id| format!("event {id}: ")).unwrap_or_default())]
pub struct ImportError {
    /// The event, as far as it is known.
    pub event_id: Option<EventId>,
    /// What is wrong with it.
    #[error(source)]
    pub reason: ImportReason,
}

impl ImportError {
    pub(crate) fn new(event_id: Option<EventId>, reason: ImportReason) -> Self {
        Self { event_id, reason }
    }
}

/// What is wrong with a history.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error)]
#[non_exhaustive]
pub enum ImportReason {
    /// The text ends too early; the event is the last one that begins.
    #[display("file is truncated: line={line} column={column}")]
    Truncated {
        /// Where it ends.
        line: usize,
        /// Where it ends.
        column: usize,
    },
    /// The text is no JSON; the event is the last one that begins before the fault.
    #[display("not JSON: {message}")]
    Syntax {
        /// What the parser says, with line and column.
        message: String,
    },
    /// The bytes are no protobuf.
    #[display("not protobuf: {message}")]
    Protobuf {
        /// What the parser says.
        message: String,
    },
    /// The JSON is no history.
    #[display("not a history: {expected}")]
    Shape {
        /// What it should be.
        expected: String,
    },
    /// The event's id does not follow the one before.
    #[display("gap: event {expected} should stand here")]
    Gap {
        /// The id that should stand here.
        expected: EventId,
    },
    /// The event's type is unknown, and `workerMayIgnore` does not allow for that.
    #[display("unknown event type, and workerMayIgnore is not set: event_type={event_type}")]
    UnknownEventType {
        /// What the event says.
        event_type: String,
    },
    /// The attributes are not those of the event's type.
    #[display("attributes do not match the event type: expected={expected}")]
    ForeignAttributes {
        /// The attributes it should have.
        expected: String,
    },
    /// Temporal does not define a field.
    #[display("foreign field: {path}")]
    ForeignField {
        /// Where it is.
        path: String,
    },
    /// A field does not hold what it should.
    #[display("malformed field: {path}: {message}")]
    MalformedField {
        /// Where it is.
        path: String,
        /// What is wrong with it.
        message: String,
    },
    /// The events do not make a history.
    #[display("breaks the grammar: {violation}")]
    Grammar {
        /// The rule, and what breaks it.
        violation: GrammarViolation,
    },
}

/// An event that cannot be said in Temporal's words: which one and why.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error)]
#[display("event {event_id}: {event_type} {reason}")]
pub struct ExportError {
    /// The event.
    pub event_id: EventId,
    /// Its type.
    pub event_type: EventType,
    /// What is in the way.
    #[error(source)]
    pub reason: ExportReason,
}

/// Why an event cannot be said in Temporal's words.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error)]
#[non_exhaustive]
pub enum ExportReason {
    /// Sempre has no model of the event: export what it was imported from.
    #[display("has no attributes to export")]
    NoAttributes,
    /// No reader of Temporal's formats would take it.
    #[display("does not fit into Temporal's formats: {message}")]
    Unreadable {
        /// What such a reader says.
        message: String,
    },
}
