//! Fields that Temporal once wrote and no longer defines.
//!
//! They mean nothing any more, so they are no reason to refuse a history; what they held is kept
//! beside the message and written back where it was.

use serde_json::{Map, Value};

/// Message and field, in the order of the messages.
const FIELDS: &[(&str, &str)] = &[(
    "temporal.api.history.v1.ActivityTaskScheduledEventAttributes",
    "namespace",
)];

/// The retired fields of an event's attributes, with what they held.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Retired(Map<String, Value>);

impl Retired {
    /// Whether a field is one of them.
    pub(super) fn knows(message: &str, field: &str) -> bool {
        FIELDS.contains(&(message, field))
    }

    /// Keeps what a retired field held; a default is as good as nothing.
    pub(super) fn keep(&mut self, field: String, value: Value) {
        if value != Value::String(String::new()) {
            self.0.insert(field, value);
        }
    }

    /// Writes the fields back among the attributes they were taken from.
    pub(super) fn give_back(&self, attributes: &mut Map<String, Value>) {
        for (field, value) in &self.0 {
            attributes.insert(field.clone(), value.clone());
        }
    }
}
