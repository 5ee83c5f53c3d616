//! The shape of a file: one history or several, and where it breaks off.

use sempre::model::EventId;
use serde_json::{Map, Value};

use crate::error::{ImportError, ImportReason};

/// The events of each history of a file.
pub(crate) type Histories = Vec<Vec<Value>>;

/// Takes a file apart: a history, or a list of histories.
///
/// A history is an object with `events`, the bare list of its events, or the answer of a server,
/// `{"history": {"events": […]}}`. A byte order mark in front is passed over.
pub(crate) fn parse(text: &str) -> Result<Histories, ImportError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let json = serde_json::from_str(text).map_err(|error| broken(text, &error))?;
    match json {
        Value::Array(list) if !list.iter().any(is_event) => list.into_iter().map(events).collect(),
        history => Ok(vec![events(history)?]),
    }
}

/// Whether this is an event and no history.
fn is_event(json: &Value) -> bool {
    ["eventId", "event_id", "eventType", "event_type"]
        .iter()
        .any(|key| json.get(key).is_some())
}

fn events(history: Value) -> Result<Vec<Value>, ImportError> {
    let mut history = match history {
        Value::Object(history) => history,
        Value::Array(events) => return Ok(events),
        _ => return Err(shape("an object with the list `events` is expected")),
    };
    if let Some(inner) = history.remove("history") {
        check_answer(&history)?;
        return events(inner);
    }
    let events = history.remove("events");
    if let Some(path) = history.keys().next().cloned() {
        return Err(ImportError::new(None, ImportReason::ForeignField { path }));
    }
    match events {
        Some(Value::Array(events)) => Ok(events),
        _ => Err(shape("the list `events` is missing")),
    }
}

/// Looks at what a server's answer says beside the history.
fn check_answer(rest: &Map<String, Value>) -> Result<(), ImportError> {
    for (key, value) in rest {
        let is_empty = match value {
            Value::Null | Value::Bool(false) => true,
            Value::String(text) => text.is_empty(),
            Value::Array(values) => values.is_empty(),
            _ => false,
        };
        match key.as_str() {
            "archived" => {}
            "nextPageToken" | "next_page_token" | "rawHistory" | "raw_history" if is_empty => {}
            "nextPageToken" | "next_page_token" => {
                return Err(shape(
                    "this is one page of it, `nextPageToken` names the next",
                ));
            }
            "rawHistory" | "raw_history" => {
                return Err(shape(
                    "its events are encoded in `rawHistory`, fetch them decoded",
                ));
            }
            path => {
                let path = path.to_owned();
                return Err(ImportError::new(None, ImportReason::ForeignField { path }));
            }
        }
    }
    Ok(())
}

fn shape(expected: &str) -> ImportError {
    let expected = expected.to_owned();
    ImportError::new(None, ImportReason::Shape { expected })
}

fn broken(text: &str, error: &serde_json::Error) -> ImportError {
    let reason = if error.is_eof() {
        ImportReason::Truncated {
            line: error.line(),
            column: error.column(),
        }
    } else {
        ImportReason::Syntax {
            message: error.to_string(),
        }
    };
    ImportError::new(last_event(text, error), reason)
}

/// The last event that begins before the text breaks off.
fn last_event(text: &str, error: &serde_json::Error) -> Option<EventId> {
    let whole_lines = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1));
    let line_start = whole_lines.map(str::len).sum::<usize>();
    let end = text.len().min(line_start.saturating_add(error.column()));
    let before = text.as_bytes().get(..end)?;
    let before = String::from_utf8_lossy(before);
    let (_, rest) = before.rsplit_once("\"eventId\"")?;
    let digits = rest.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    digits.get(..end)?.parse().ok().map(EventId::new)
}
