//! The shape of a file: one history or several, and where it breaks off.

use sempre::model::EventId;
use serde_json::Value;

use crate::error::{ImportError, ImportReason};

/// The events of each history of a file.
pub(crate) type Histories = Vec<Vec<Value>>;

/// Takes a file apart: an object with `events`, or a list of such objects.
pub(crate) fn parse(text: &str) -> Result<Histories, ImportError> {
    let json = serde_json::from_str(text).map_err(|error| broken(text, &error))?;
    match json {
        Value::Array(histories) => histories.into_iter().map(events).collect(),
        history => Ok(vec![events(history)?]),
    }
}

fn events(history: Value) -> Result<Vec<Value>, ImportError> {
    let shape = |expected: &str| {
        let expected = expected.to_owned();
        ImportError::new(None, ImportReason::Shape { expected })
    };
    let Value::Object(mut history) = history else {
        return Err(shape("an object with the list `events` is expected"));
    };
    let events = history.remove("events");
    if let Some(path) = history.keys().next().cloned() {
        return Err(ImportError::new(None, ImportReason::ForeignField { path }));
    }
    match events {
        Some(Value::Array(events)) => Ok(events),
        _ => Err(shape("the list `events` is missing")),
    }
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
