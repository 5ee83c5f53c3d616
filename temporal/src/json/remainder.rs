//! What a file says beyond the message it stands for.
//!
//! Fields that Temporal once wrote and no longer defines mean nothing any more, and the last bits
//! of a sloppy base64 text are no part of its bytes. Neither is a reason to refuse a history; both
//! are kept beside the message and written back where they were.

use serde_json::{Value, map::Entry};

/// Message and field, in the order of the messages.
const RETIRED: &[(&str, &str)] = &[
    (
        "temporal.api.history.v1.ActivityTaskScheduledEventAttributes",
        "namespace",
    ),
    (
        "temporal.api.history.v1.ActivityTaskScheduledEventAttributes",
        "useCompatibleVersion",
    ),
];

/// Whether Temporal once had this field.
pub(super) fn is_retired(message: &str, field: &str) -> bool {
    RETIRED.contains(&(message, field))
}

/// What an event says beyond its message, each with its path.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Remainder(Vec<(Vec<String>, Value)>);

impl Remainder {
    /// Keeps a value for the place it was found at; a default is as good as nothing.
    pub(super) fn keep(&mut self, path: Vec<String>, value: Value) {
        let is_default = matches!(&value, Value::Null | Value::Bool(false))
            || value.as_str().is_some_and(str::is_empty);
        if !is_default {
            self.0.push((path, value));
        }
    }

    /// Writes everything back where it was found.
    pub(super) fn give_back(&self, event: &mut Value) {
        for (path, value) in &self.0 {
            if let Some(place) = path.iter().try_fold(&mut *event, step) {
                *place = value.clone();
            }
        }
    }
}

/// One step down a path, through a list or into a field, which is there from then on.
fn step<'v>(value: &'v mut Value, name: &String) -> Option<&'v mut Value> {
    match value {
        Value::Array(values) => values.get_mut(name.parse::<usize>().ok()?),
        Value::Object(fields) => Some(match fields.entry(name) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(Value::default()),
        }),
        _ => None,
    }
}
