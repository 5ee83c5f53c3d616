//! How enums and attributes are spelled.

use prost_reflect::EnumDescriptor;

/// Values that Temporal renamed: enum, former name and name, all without the enum's prefix.
const RENAMED: &[(&str, &str, &str)] = &[
    (
        "CancelExternalWorkflowExecutionFailedCause",
        "UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION",
        "EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND",
    ),
    ("ContinueAsNewInitiator", "DECIDER", "WORKFLOW"),
    (
        "EventType",
        "WORKFLOW_EXECUTION_UPDATE_REQUESTED",
        "WORKFLOW_EXECUTION_UPDATE_ADMITTED",
    ),
    (
        "SignalExternalWorkflowExecutionFailedCause",
        "UNKNOWN_EXTERNAL_WORKFLOW_EXECUTION",
        "EXTERNAL_WORKFLOW_EXECUTION_NOT_FOUND",
    ),
    (
        "StartChildWorkflowExecutionFailedCause",
        "WORKFLOW_ALREADY_RUNNING",
        "WORKFLOW_ALREADY_EXISTS",
    ),
    (
        "WorkflowTaskFailedCause",
        "FAILOVER_CLOSE_DECISION",
        "FAILOVER_CLOSE_COMMAND",
    ),
    (
        "WorkflowTaskFailedCause",
        "FORCE_CLOSE_DECISION",
        "FORCE_CLOSE_COMMAND",
    ),
    (
        "WorkflowTaskFailedCause",
        "RESET_STICKY_TASK_LIST",
        "RESET_STICKY_TASK_QUEUE",
    ),
    (
        "WorkflowTaskFailedCause",
        "UNHANDLED_DECISION",
        "UNHANDLED_COMMAND",
    ),
];

/// Enums that Temporal renamed: what their values began with before.
const FORMER_PREFIXES: &[(&str, &str)] = &[
    ("RetryState", "RETRY_STATUS_"),
    ("TaskQueueKind", "TASK_LIST_KIND_"),
    ("WorkflowTaskFailedCause", "DECISION_TASK_FAILED_CAUSE_"),
];

/// The full name of an enum's value, whichever way it is written, also under a former name; `None`
/// if there is no such value.
pub(super) fn full_name(of: &EnumDescriptor, written: &str) -> Option<String> {
    if of.get_value_by_name(written).is_some() {
        return Some(written.to_owned());
    }
    let prefix = prefix(of);
    let former = FORMER_PREFIXES
        .iter()
        .filter(|(name, _)| *name == of.name());
    let mut prefixes = former.map(|(_, former)| *former).chain([prefix.as_str()]);
    let short = prefixes
        .find_map(|prefix| written.strip_prefix(prefix))
        .unwrap_or(written);
    let renamed = RENAMED
        .iter()
        .find(|(name, former, _)| *name == of.name() && fold(former) == fold(short));
    let short = renamed.map_or(short, |(_, _, name)| *name);
    let value = of.values().find(|value| {
        let name = value.name();
        let name = name.strip_prefix(prefix.as_str()).unwrap_or(name);
        fold(name) == fold(short)
    });
    value.map(|value| value.name().to_owned())
}

/// Whether an enum once had this value, and has none in its place.
pub(super) fn is_retired_value(of: &EnumDescriptor, written: &str) -> bool {
    let prefix = prefix(of);
    let mut names = of.reserved_names();
    names.any(|name| {
        let short = name.strip_prefix(prefix.as_str()).unwrap_or(name);
        name == written || fold(short) == fold(written)
    })
}

/// The key of the attributes that events of a type have, `timerFiredEventAttributes`.
pub(crate) fn attributes_key(event_type: &str) -> String {
    let name = event_type.strip_prefix("EVENT_TYPE_").unwrap_or(event_type);
    let mut key = String::with_capacity(name.len() + 16);
    for word in name.split('_') {
        let mut letters = word.chars();
        if let Some(first) = letters.next() {
            if key.is_empty() {
                key.push(first.to_ascii_lowercase());
            } else {
                key.push(first.to_ascii_uppercase());
            }
        }
        key.extend(letters.map(|letter| letter.to_ascii_lowercase()));
    }
    key + "EventAttributes"
}

/// What every value of an enum begins with, `EVENT_TYPE_`: its first value is `…UNSPECIFIED`.
fn prefix(of: &EnumDescriptor) -> String {
    let first = of.default_value();
    first.name().trim_end_matches("UNSPECIFIED").to_owned()
}

/// Letters and digits alone, in lower case.
pub(super) fn fold(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}
