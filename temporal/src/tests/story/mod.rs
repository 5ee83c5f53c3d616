//! The same workflows as in the shared stories leave the histories that a server wrote for them.
//!
//! A story is told to an engine, and each history is held against the server's: the same events in
//! the same order, and for the events that a story is about the same attributes.

mod external;

use std::{collections::BTreeMap, fs};

use sempre::model::History;
use serde_json::{Map, Value};

use super::shared::shared;
use crate::TemporalHistory;

/// What a story comes to.
type Told = Result<(), Box<dyn std::error::Error>>;

/// What only a server has, or what is another every time.
const CIRCUMSTANCES: &[&str] = &["namespace", "namespaceId", "requestId"];

/// The history of a story that a server wrote; `None` where there are no stories.
fn recorded(story: &str, file: &str) -> Option<Value> {
    let path = shared("stories")?.join(story).join(file);
    let path = path.with_extension("json");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!("{}: {error}", path.display());
    });
    // Through the importer, so that both are spelled in one way.
    let history = TemporalHistory::from_json(&text).unwrap().remove(0);
    Some(history.to_json())
}

/// Checks that a history is the one that a server wrote.
#[track_caller]
fn check(story: &str, file: &str, history: &History, about: &[&str]) {
    let Some(recorded) = recorded(story, file) else {
        return;
    };
    let written = TemporalHistory::from_history(history).unwrap().to_json();
    let (written, recorded) = (events(&written), events(&recorded));
    assert_eq!(types(&written), types(&recorded), "{story}/{file}");
    let (written, recorded) = (attributes(&written, about), attributes(&recorded, about));
    assert_eq!(written, recorded, "{story}/{file}");
}

fn events(history: &Value) -> Vec<Map<String, Value>> {
    let events = history["events"].as_array().unwrap();
    let events = events
        .iter()
        .map(|event| event.as_object().unwrap().clone());
    events.collect()
}

fn types(events: &[Map<String, Value>]) -> Vec<String> {
    let types = events
        .iter()
        .map(|event| event["eventType"].as_str().unwrap());
    types.map(str::to_owned).collect()
}

/// The attributes of the events that a story is about, with their runs numbered.
fn attributes(events: &[Map<String, Value>], about: &[&str]) -> Vec<(String, Value)> {
    let mut runs = BTreeMap::new();
    let mut found = Vec::new();
    for event in events {
        let attributes = event
            .iter()
            .find(|(key, _)| key.ends_with("EventAttributes"));
        let (key, attributes) = attributes.unwrap();
        if about.iter().any(|part| key.contains(part)) {
            let id = event["eventId"].to_string();
            found.push((format!("{id} {key}"), normal(attributes, &mut runs)));
        }
    }
    found
}

fn normal(value: &Value, runs: &mut BTreeMap<String, usize>) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .filter(|(key, _)| !CIRCUMSTANCES.contains(&key.as_str()));
            let fields = fields.map(|(key, value)| (key.clone(), normal(value, runs)));
            Value::Object(fields.collect())
        }
        Value::Array(values) => values.iter().map(|it| normal(it, runs)).collect(),
        Value::String(text) => Value::String(without_runs(text, runs)),
        other => other.clone(),
    }
}

/// A text with each run id in it as a number.
fn without_runs(text: &str, runs: &mut BTreeMap<String, usize>) -> String {
    let words = text.split(' ').map(|word| {
        if uuid::Uuid::parse_str(word).is_err() {
            return word.to_owned();
        }
        let next = runs.len() + 1;
        format!("run-{}", runs.entry(word.to_owned()).or_insert(next))
    });
    words.collect::<Vec<_>>().join(" ")
}
