//! What a file says beyond the message it stands for.
//!
//! Fields that Temporal once wrote and no longer defines mean nothing any more, and the last bits
//! of a sloppy base64 text are no part of its bytes. Neither is a reason to refuse a history; both
//! are kept beside the message and written back where they were.

use prost_reflect::MessageDescriptor;
use serde_json::{Value, map::Entry};

use super::spelling::fold;

/// Fields that Temporal dropped without reserving their names: message and field.
const RETIRED: &[(&str, &str)] = &[
    (
        "temporal.api.common.v1.WorkerVersionCapabilities",
        "bundle_id",
    ),
    ("temporal.api.common.v1.WorkerVersionStamp", "bundle_id"),
    (
        "temporal.api.history.v1.ActivityTaskScheduledEventAttributes",
        "namespace",
    ),
    (
        "temporal.api.history.v1.ActivityTaskScheduledEventAttributes",
        "use_compatible_version",
    ),
    (
        "temporal.api.history.v1.StartChildWorkflowExecutionInitiatedEventAttributes",
        "use_compatible_version",
    ),
    (
        "temporal.api.history.v1.WorkflowExecutionContinuedAsNewEventAttributes",
        "use_compatible_version",
    ),
    (
        "temporal.api.history.v1.WorkflowExecutionStartedEventAttributes",
        "parent_pinned_deployment_version",
    ),
    (
        "temporal.api.history.v1.WorkflowTaskCompletedEventAttributes",
        "worker_versioning_id",
    ),
];

/// Whether Temporal once had this field, spelled in either way.
pub(super) fn is_retired(message: &MessageDescriptor, field: &str) -> bool {
    let known = RETIRED.iter().filter(|(of, _)| *of == message.full_name());
    let names = known.map(|(_, name)| *name);
    names
        .chain(message.reserved_names())
        .any(|name| fold(name) == fold(field))
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
