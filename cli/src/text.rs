//! Words, times and numbers, as the command writes them for people.

use std::time::{Duration, SystemTime};

use anstyle::{AnsiColor, Style};
use serde_json::Value;

/// A text of somebody else's on one line, with what would steer a terminal made visible.
pub(crate) fn printable(text: &str) -> String {
    let letters = text.chars().map(|letter| {
        if letter.is_control() {
            letter.escape_default().to_string()
        } else {
            letter.to_string()
        }
    });
    letters.collect()
}

/// A point in time of the API, to the second and in UTC.
pub(crate) fn time(time: &str) -> String {
    let seconds = time.get(..19).unwrap_or(time);
    printable(&seconds.replace('T', " "))
}

/// The time from one point of the API to another one, or nothing if one of them is not known.
pub(crate) fn between(from: &str, to: &str) -> String {
    let at = |text: &str| -> Option<SystemTime> { humantime::parse_rfc3339(text).ok() };
    let lasted = at(from).zip(at(to));
    let lasted = lasted.and_then(|(from, to)| to.duration_since(from).ok());
    lasted.map(duration).unwrap_or_default()
}

/// A duration, of more than a second without what is less.
pub(crate) fn duration(duration: Duration) -> String {
    let millis = Duration::from_millis(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
    let rounded = if millis.as_secs() > 0 {
        Duration::from_secs(millis.as_secs())
    } else {
        millis
    };
    humantime::format_duration(rounded).to_string()
}

/// A number of bytes.
pub(crate) fn bytes(bytes: u64) -> String {
    indicatif::BinaryBytes(bytes).to_string()
}

/// The word of a status, as filters write it.
pub(crate) fn status(status: &str) -> String {
    let words = status.split('_').map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        format!("{first}{}", rest.to_ascii_lowercase())
    });
    words.collect()
}

/// The color of a status, or of how a thing stands.
pub(crate) fn color(state: &str) -> Option<AnsiColor> {
    match state {
        "Completed" | "Done" | "done" => Some(AnsiColor::Green),
        "Failed" | "TimedOut" | "Timed out" | "Terminated" | "failed" => Some(AnsiColor::Red),
        "Canceled" | "ContinuedAsNew" | "Paused" | "refused" => Some(AnsiColor::Yellow),
        "Running" | "Open" => Some(AnsiColor::Cyan),
        _ => None,
    }
}

/// A text in a color.
pub(crate) fn colored(text: &str, color: Option<AnsiColor>) -> String {
    let style = Style::new().fg_color(color.map(Into::into));
    format!("{style}{text}{style:#}")
}

/// A heading.
pub(crate) fn bold(text: &str) -> String {
    let style = Style::new().bold();
    format!("{style}{text}{style:#}")
}

/// Names with their values, a line each.
pub(crate) fn lines(pairs: &[(String, String)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.chars().count()).max();
    let width = width.unwrap_or_default();
    let lines = pairs.iter().map(|(name, value)| {
        let line = format!("{:<width$}  {}", printable(name), printable(value));
        line.trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What matters less.
pub(crate) fn faint(text: &str) -> String {
    let style = Style::new().dimmed();
    format!("{style}{text}{style:#}")
}

/// A value for people: of payloads their value, or how much is hidden.
pub(crate) fn value(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => printable(text),
        Value::Object(fields) => match (fields.get("value"), fields.get("hidden_bytes")) {
            // Nothing went in, or came out.
            (Some(Value::Null), _) => String::new(),
            (Some(value), _) if fields.len() == 1 => printable(&value.to_string()),
            (_, Some(Value::Number(hidden))) => {
                format!("<{} hidden>", bytes(hidden.as_u64().unwrap_or_default()))
            }
            _ => match (fields.get("message"), fields.get("workflow_id")) {
                (Some(_), _) => failure(value),
                (_, Some(Value::String(id))) => printable(id),
                _ => printable(&value.to_string()),
            },
        },
        other => printable(&other.to_string()),
    }
}

/// A failure with its causes, on one line.
pub(crate) fn failure(failure: &Value) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut cause = Some(failure);
    // Bound: each turn goes to the cause of the one before.
    while let Some(it) = cause.filter(|it| it.is_object()) {
        let message = printable(crate::look::text(it, "/message"));
        if !message.is_empty() && !said.iter().any(|before| before.contains(&message)) {
            said.push(message);
        }
        cause = it.get("cause");
    }
    said.join(": ")
}
