//! What a value in a filter means for a field of some type.

use std::time::Duration;

use crate::visibility::{ValueType, syntax::Literal};

/// A value that a field is compared with.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Value {
    Text(String),
    /// A whole number; points in time and lengths of time are numbers of nanoseconds, states have
    /// Temporal's numbers.
    Int(i128),
    Double(f64),
    Bool(bool),
}

/// The states of a run with the names that filters have for them.
const STATUS: [(&str, i128); 8] = [
    ("Running", 1),
    ("Completed", 2),
    ("Failed", 3),
    ("Canceled", 4),
    ("Terminated", 5),
    ("ContinuedAsNew", 6),
    ("TimedOut", 7),
    ("Paused", 8),
];

/// The value for a field of this type, or what would be one.
pub(super) fn value(literal: Literal, value_type: ValueType) -> Result<Value, String> {
    use ValueType as T;
    Ok(match (value_type, literal) {
        (_, Literal::Word(word)) => {
            return Err(format!(
                "expected a value, found a name: write '{word}' in quotes"
            ));
        }
        (_, Literal::Null) => {
            return Err("nothing equals NULL: write IS NULL or IS NOT NULL".into());
        }
        (T::Keyword | T::Text | T::KeywordList, Literal::Text(text)) => Value::Text(text),
        (T::Int | T::Double | T::Status | T::Datetime | T::Duration, Literal::Int(number)) => {
            Value::Int(number.into())
        }
        (T::Int | T::Double, Literal::Double(number)) => Value::Double(number),
        (T::Bool, Literal::Bool(value)) => Value::Bool(value),
        (T::Status, Literal::Text(name)) => Value::Int(status(&name)?),
        (T::Datetime, Literal::Text(text)) => Value::Int(datetime(&text)?),
        (T::Duration, Literal::Text(text)) => Value::Int(duration(&text)?),
        (value_type, _) => return Err(format!("expected {}", example(value_type))),
    })
}

fn example(value_type: ValueType) -> &'static str {
    match value_type {
        ValueType::Keyword | ValueType::Text | ValueType::KeywordList => "a text in quotes",
        ValueType::Int => "a whole number without quotes",
        ValueType::Double => "a number without quotes",
        ValueType::Bool => "true or false without quotes",
        ValueType::Datetime => "a time such as '2026-01-31T12:00:00Z'",
        ValueType::Status => "a status such as 'Running'",
        ValueType::Duration => "a length of time such as '1h30m'",
    }
}

fn status(name: &str) -> Result<i128, String> {
    let found = STATUS.iter().find(|(known, _)| *known == name);
    found.map(|(_, number)| *number).ok_or_else(|| {
        let names: Vec<_> = STATUS.iter().map(|(known, _)| *known).collect();
        format!("there is no status '{name}', only {}", names.join(", "))
    })
}

fn datetime(text: &str) -> Result<i128, String> {
    let time: Result<jiff::Timestamp, _> = text.parse();
    time.map(jiff::Timestamp::as_nanosecond).map_err(|_| {
        let example = example(ValueType::Datetime);
        format!("'{text}' is no time with a zone, expected {example}")
    })
}

/// `1h30m`, or hours, minutes and seconds as `01:30:00`.
fn duration(text: &str) -> Result<i128, String> {
    let parsed = humantime::parse_duration(text).ok();
    let parsed = parsed.or_else(|| clock_duration(text));
    let nanos = parsed.and_then(|duration| i128::try_from(duration.as_nanos()).ok());
    nanos.ok_or_else(|| {
        let example = example(ValueType::Duration);
        format!("'{text}' is no length of time, expected {example} or '01:30:00'")
    })
}

fn clock_duration(text: &str) -> Option<Duration> {
    let mut parts = text.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (hours, minutes, seconds): (u64, u64, u64) = (
        hours.parse().ok()?,
        minutes.parse().ok()?,
        seconds.parse().ok()?,
    );
    let is_clock = minutes < 60 && seconds < 60;
    let total = hours
        .checked_mul(3_600)?
        .checked_add(minutes * 60 + seconds)?;
    is_clock.then(|| Duration::from_secs(total))
}
