//! What of a recording means something, and what only says when, where and by whom it was made.
//!
//! | in Temporal's JSON | written as | compared as |
//! |---|---|---|
//! | identities, request ids | numbered | numbered |
//! | run ids | recorded | numbered |
//! | times, history sizes, the version of the library | recorded | nothing |
//! | a limit or a delay of zero | recorded | nothing |
//! | payloads of JSON | recorded | the JSON in them, where nothing is lost by that |
//! | all else | recorded | recorded |
//!
//! What is kept as recorded is what a program is told, and may have answered by.

use std::collections::BTreeMap;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Map, Value};

/// Says who recorded it, which changes nothing for the program.
const PEOPLE: &[(&str, &str)] = &[("identity", "identity"), ("requestId", "request")];

/// Says which run it is, which the program may know.
const RUNS: &[&str] = &[
    "continuedExecutionRunId",
    "firstExecutionRunId",
    "newExecutionRunId",
    "originalExecutionRunId",
    "runId",
];

/// Says when it was recorded, and with what.
const CIRCUMSTANCES: &[&str] = &[
    "eventTime",
    "historySizeBytes",
    "sdkVersion",
    "workflowExecutionExpirationTime",
];

/// A history as it is written.
pub(super) fn written(mut history: Value) -> Value {
    let mut people = Numbers::default();
    each_field(&mut history, &mut |key, value| {
        if let Some((_, kind)) = PEOPLE.iter().find(|(field, _)| *field == key) {
            people.number(kind, value);
        }
        true
    });
    history
}

/// The events of a history as they are compared.
pub(super) fn compared(history: Value) -> Vec<Value> {
    let mut history = written(history);
    let mut runs = Numbers::default();
    each_field(&mut history, &mut |key, value| {
        if RUNS.contains(&key) {
            runs.number("run", value);
        }
        if key == "payloads"
            && let Value::Array(payloads) = value
        {
            payloads.iter_mut().for_each(open);
        }
        !CIRCUMSTANCES.contains(&key) && !is_no_duration(key, value)
    });
    match history.get_mut("events").map(Value::take) {
        Some(Value::Array(events)) => events,
        _ => Vec::new(),
    }
}

/// Whether a field says that there is no limit and no delay, which it says as well by its absence.
fn is_no_duration(key: &str, value: &Value) -> bool {
    let is_duration = key.ends_with("Timeout") || key.ends_with("Backoff");
    is_duration && value == "0s"
}

/// Names by the order in which they first appear.
#[derive(Default)]
struct Numbers(BTreeMap<&'static str, BTreeMap<String, usize>>);

impl Numbers {
    fn number(&mut self, kind: &'static str, value: &mut Value) {
        let Value::String(name) = value else { return };
        let known = self.0.entry(kind).or_default();
        let next = known.len() + 1;
        let number = *known.entry(std::mem::take(name)).or_insert(next);
        *name = format!("{kind}-{number}");
    }
}

/// Visits every field of every object, parents first; a field stays if the visitor says so.
fn each_field(value: &mut Value, visit: &mut impl FnMut(&str, &mut Value) -> bool) {
    match value {
        Value::Object(fields) => {
            fields.retain(|key, value| visit(key, value));
            fields.values_mut().for_each(|it| each_field(it, visit));
        }
        Value::Array(values) => values.iter_mut().for_each(|it| each_field(it, visit)),
        _ => {}
    }
}

/// Puts the JSON that a payload holds in the place of its bytes, unless it is spelled in a way that
/// would be lost by that.
fn open(payload: &mut Value) {
    if let Some(opened) = opened(payload) {
        *payload = opened;
    }
}

fn opened(payload: &Value) -> Option<Value> {
    let metadata = payload.get("metadata")?.as_object()?;
    let encoding = BASE64_STANDARD.decode(metadata.get("encoding")?.as_str()?);
    if metadata.len() != 1 || encoding.ok()? != b"json/plain" {
        return None;
    }
    let bytes = BASE64_STANDARD
        .decode(payload.get("data")?.as_str()?)
        .ok()?;
    let json: Value = serde_json::from_slice(&bytes).ok()?;
    (serde_json::to_vec(&json).ok()? == bytes)
        .then(|| Map::from_iter([("json/plain".to_owned(), json)]).into())
}
