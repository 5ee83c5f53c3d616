//! The history of a run: its events, or a row for each thing that it has done or was told.

use sempre::{Timestamp, model::History};
use serde_json::{Map, Value, json};

use super::json::{execution, fact, failure_json, payloads, time, time_or_null};
use crate::{
    history::{Outcome, Range, Row, Timeline, compact, facts},
    problem::Problem,
    reveal::Reveal,
    visit::Visit,
};

/// Bound: events, or rows, that are answered at once.
const EVENTS_MAX: usize = 10_000;

/// The history in the form that is asked for.
pub(super) async fn tell(visit: &Visit) -> Result<Value, Problem> {
    let after = visit.fields.text("after").map(str::parse).transpose();
    let after = after.map_err(|_| Problem::bad_request("after is not the number of an event"))?;
    let form = visit.fields.text("form").unwrap_or("events");
    let is_compact = match form {
        "events" => false,
        "compact" => true,
        _ => return Err(Problem::bad_request("form is events or compact")),
    };
    let history = visit.target()?.readable_history().await?;
    let reveal = visit.reveal();
    Ok(if is_compact {
        let mut told = compact(&history);
        if let Some(range) = range(visit, &told)? {
            let parts = told.iter().filter_map(|row| range.part(row, visit.now));
            told = parts.collect();
        }
        of_rows(&history, told, visit.now, &reveal)
    } else {
        events(&history, after.unwrap_or_default(), &reveal)
    })
}

/// The events after the one of this number.
pub(crate) fn events(history: &History, after: u64, reveal: &Reveal) -> Value {
    let events = history.events.iter();
    let events = events
        .filter(|event| event.id.get() > after)
        .take(EVENTS_MAX);
    let events = events.map(|event| {
        let facts = facts(&event.attributes).0;
        let facts = facts.iter();
        let facts = facts.map(|(name, it)| (name.replace(' ', "_"), fact(it, reveal)));
        json!({
            "id": event.id.get(),
            "time": time(event.time),
            "type": event.event_type().name(),
            "attributes": facts.collect::<Map<_, _>>(),
        })
    });
    whole(history, "events", events)
}

/// The latest rows, with their places on a line of time from 0 to 1.
pub(crate) fn rows(history: &History, now: Timestamp, reveal: &Reveal) -> Value {
    of_rows(history, compact(history), now, reveal)
}

/// The part of the time of these rows that a request asks for by `from` and `to`; where one of them is
/// missing, all that is on that side. Nothing if it asks for no part.
pub(crate) fn range(visit: &Visit, rows: &[Row<'_>]) -> Result<Option<Range>, Problem> {
    let asked = |name| {
        let text = visit.fields.text(name);
        text.map(|text| moment(name, text)).transpose()
    };
    let (from, to) = (asked("from")?, asked("to")?);
    if from.is_none() && to.is_none() {
        return Ok(None);
    }
    let whole = Range::of(rows, visit.now);
    let (from, to) = (from.unwrap_or(whole.from), to.unwrap_or(whole.to));
    if from >= to {
        return Err(Problem::bad_request("from has to be earlier than to"));
    }
    let range = Range::new(from.max(whole.from), to.min(whole.to));
    let nothing = || Problem::bad_request("the run has done nothing between from and to");
    range.map(Some).ok_or_else(nothing)
}

fn moment(name: &str, text: &str) -> Result<Timestamp, Problem> {
    let moment = humantime::parse_rfc3339_weak(text);
    moment.map(Timestamp::from).map_err(|_| {
        Problem::bad_request(format!("{name} is not a time such as 2026-11-30T09:00:00Z"))
    })
}

fn of_rows(history: &History, mut rows: Vec<Row<'_>>, now: Timestamp, reveal: &Reveal) -> Value {
    rows.drain(..rows.len().saturating_sub(EVENTS_MAX));
    let timeline = Timeline::new(&rows, now);
    let folds = timeline.folds.iter().map(
        |fold| json!({ "from": fold.from, "to": fold.to, "lasted": fold.lasted.as_secs_f64() }),
    );
    let folds: Vec<_> = folds.collect();
    let bars = rows.iter().zip(&timeline.bars);
    let rows = bars.map(|(row, bar)| {
        let mut value = told(row, reveal);
        if let Some(fields) = value.as_object_mut() {
            fields.insert("bar".to_owned(), json!([bar.from, bar.to]));
        }
        value
    });
    let mut value = whole(history, "rows", rows);
    if let Some(fields) = value.as_object_mut() {
        fields.insert("folds".to_owned(), folds.into());
    }
    value
}

fn whole(history: &History, name: &str, parts: impl Iterator<Item = Value>) -> Value {
    json!({
        "execution": execution(&history.execution),
        name: parts.collect::<Vec<_>>(),
        "length": history.len(),
        "is_closed": history.is_closed(),
    })
}

fn told(row: &Row<'_>, reveal: &Reveal) -> Value {
    let outcome = match &row.outcome {
        Outcome::Nothing => Value::Null,
        Outcome::Result(result) => json!({ "result": payloads(result, reveal) }),
        Outcome::Failure(failure) => json!({ "failure": failure_json(failure, reveal) }),
        Outcome::Text(text) => json!({ "text": text }),
    };
    json!({
        "kind": row.kind.name(),
        "name": row.name,
        "id": row.id,
        "state": row.state.name(),
        "first_event": row.events.0.get(),
        "last_event": row.events.1.get(),
        "began": time(row.began),
        "ended": time_or_null(row.ended),
        "attempts": row.attempts,
        "input": row.input.map(|it| payloads(it, reveal)),
        "outcome": outcome,
        "run": row.run.map(execution),
    })
}
