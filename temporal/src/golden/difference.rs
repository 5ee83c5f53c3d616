//! How a history differs from its golden one, for people.

use derive_more::{Display, Error};
use sempre::model::EventId;
use serde_json::Value;
use similar::TextDiff;

/// How many events are shown, from the first that differs: one that is new shifts the ids of all
/// that follow.
const EVENTS: usize = 6;
/// How many lines of their diff are shown.
const LINES: usize = 80;

/// The first event that differs, and a diff from there.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error)]
#[display("the first event that differs is event {event_id}, {what}\n{diff}")]
#[non_exhaustive]
pub struct GoldenDifference {
    /// The first event that differs.
    pub event_id: EventId,
    /// Its type in both histories.
    what: String,
    /// The two histories from there on, as far as that is readable.
    diff: String,
}

/// How two histories differ, if they do; each a list of events in Temporal's JSON.
pub(super) fn difference(golden: &[Value], recorded: &[Value]) -> Option<GoldenDifference> {
    let same = golden.iter().zip(recorded);
    let same = same.take_while(|(golden, recorded)| golden == recorded);
    let at = same.count();
    let what = match (golden.get(at), recorded.get(at)) {
        (None, None) => return None,
        (Some(golden), Some(recorded)) if name(golden) == name(recorded) => name(golden),
        (Some(golden), Some(recorded)) => {
            format!(
                "{} in the golden history and {} in this one",
                name(golden),
                name(recorded)
            )
        }
        (Some(golden), None) => format!("{}, which is missing in this history", name(golden)),
        (None, Some(recorded)) => {
            format!("{}, which is not in the golden history", name(recorded))
        }
    };
    let event_id = (1..).map(EventId::new).nth(at).unwrap_or_default();
    Some(GoldenDifference {
        event_id,
        what,
        diff: diff(&text(golden, at), &text(recorded, at)),
    })
}

/// The type of an event.
fn name(event: &Value) -> String {
    let event_type = event.get("eventType").and_then(Value::as_str);
    event_type.unwrap_or("an event without a type").to_owned()
}

/// Some events from a place, one after the other.
fn text(events: &[Value], from: usize) -> String {
    let shown = events.iter().skip(from).take(EVENTS);
    let shown: Vec<_> = shown.map(|event| format!("{event:#}\n")).collect();
    shown.concat()
}

fn diff(golden: &str, recorded: &str) -> String {
    let diff = TextDiff::from_lines(golden, recorded);
    let unified = diff
        .unified_diff()
        .context_radius(4)
        .header("golden", "this history")
        .to_string();
    let hidden = unified.lines().count().saturating_sub(LINES);
    if hidden == 0 {
        return unified;
    }
    let shown: String = unified.split_inclusive('\n').take(LINES).collect();
    format!("{shown}… and {hidden} lines more\n")
}
