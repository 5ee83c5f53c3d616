//! Edits of a history in JSON, which leave it JSON.

use bolero::TypeGenerator;
use serde_json::{Map, Value, json};

use crate::edit::Edit;

/// One change of a JSON value; a place counts its nodes from the top, modulo their number.
#[derive(Clone, PartialEq, Debug, TypeGenerator)]
pub enum TreeEdit {
    /// Puts a value that is known to be difficult in the place of another.
    Replace {
        /// Where.
        at: u16,
        /// Which of the values.
        with: u8,
    },
    /// Puts any number in the place of a value.
    Number {
        /// Where.
        at: u16,
        /// The number.
        number: i64,
        /// Whether it is written as text, as proto3 JSON does with 64 bits.
        as_text: bool,
    },
    /// Edits the bytes of a text.
    Text {
        /// Where.
        at: u16,
        /// How.
        edit: Edit,
    },
    /// Takes an entry out of a list or an object.
    Remove {
        /// Which list or object.
        at: u16,
        /// Which entry.
        entry: u8,
    },
    /// Puts a copy of another part of the tree in the place of a value.
    Copy {
        /// Where.
        at: u16,
        /// What is copied.
        from: u16,
    },
    /// Adds a copy of another part of the tree to a list or an object.
    Add {
        /// To which list or object.
        at: u16,
        /// What is copied.
        from: u16,
        /// Under which of the keys that the tree has.
        key: u16,
    },
    /// Puts a value into itself, again and again, as a failure is in its cause.
    Nest {
        /// Where.
        at: u16,
        /// Under which of the keys that the tree has.
        key: u16,
        /// How often.
        times: u8,
    },
}

/// Applies edits to a history; `renumber` gives its events contiguous ids afterwards.
pub fn edit_history(edits: &[TreeEdit], renumber: bool, history: &mut Value) {
    for edit in edits {
        edit.apply(history);
    }
    if renumber && let Some(Value::Array(events)) = history.get_mut("events") {
        for (id, event) in (1_u32..).zip(events) {
            if let Value::Object(fields) = event {
                fields.insert("eventId".to_owned(), Value::String(id.to_string()));
            }
        }
    }
}

impl TreeEdit {
    /// Applies the edit; what finds no place changes nothing.
    fn apply(&self, tree: &mut Value) {
        match self {
            Self::Replace { at, with } => {
                let values = difficult();
                let value = values.into_iter().cycle().nth((*with).into());
                replace(tree, *at, value);
            }
            Self::Number {
                at,
                number,
                as_text,
            } => {
                let value = match as_text {
                    true => json!(number.to_string()),
                    false => json!(number),
                };
                replace(tree, *at, Some(value));
            }
            Self::Text { at, edit } => {
                if let Some(Value::String(text)) = node(tree, *at) {
                    let mut bytes = std::mem::take(text).into_bytes();
                    edit.apply(&mut bytes);
                    *text = String::from_utf8_lossy(&bytes).into_owned();
                }
            }
            Self::Remove { at, entry } => remove(tree, *at, *entry),
            Self::Copy { at, from } => {
                let value = node(tree, *from).cloned();
                replace(tree, *at, value);
            }
            Self::Add { at, from, key } => {
                let key = key_of(tree, *key);
                let value = node(tree, *from).cloned();
                match (node(tree, *at), value) {
                    (Some(Value::Array(values)), Some(value)) => values.push(value),
                    (Some(Value::Object(fields)), Some(value)) => {
                        fields.insert(key, value);
                    }
                    _ => {}
                }
            }
            Self::Nest { at, key, times } => {
                let key = key_of(tree, *key);
                if let Some(place) = node(tree, *at) {
                    for _ in 0..*times {
                        nest(place, &key);
                    }
                }
            }
        }
    }
}

/// Values at the edge of what a field can hold, and beyond.
fn difficult() -> Vec<Value> {
    let texts = [
        "",
        "NaN",
        "-Infinity",
        "-1",
        "18446744073709551615",
        "9223372036854775807",
        "1e400",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z",
        "10000-01-01T00:00:00Z",
        "1969-12-31T23:59:59.999999999Z",
        "2554-07-21T23:34:33.709551616Z",
        "2016-12-31T23:59:60Z",
        "2026-01-01T00:00:00+23:59",
        "315576000000.999999999s",
        "315576000001s",
        "18446744073709551615s",
        "-0.000000001s",
        "A===",
        "_-8",
        "\u{0}",
        "EVENT_TYPE_UNSPECIFIED",
        "MarkerRecorded",
        "TimerFired",
        "00000000-0000-0000-0000-000000000000",
        "type.googleapis.com/google.protobuf.Value",
    ];
    let others = [
        Value::Null,
        json!(true),
        json!(false),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(-0.0),
        json!(1e308),
        json!(i32::MAX),
        json!(i64::MIN),
        json!(i64::MAX),
        json!(u64::MAX),
        json!([]),
        json!({}),
        json!([[]]),
        json!({"": null}),
        json!({"@type": "type.googleapis.com/google.protobuf.Empty"}),
    ];
    let texts = texts.into_iter().map(Value::from);
    texts.chain(others).collect()
}

/// The node at a place, counted from the top and in the order in which it is written.
fn node(tree: &mut Value, at: u16) -> Option<&mut Value> {
    let mut left = usize::from(at) % count(tree);
    find(tree, &mut left)
}

fn count(tree: &Value) -> usize {
    1 + match tree {
        Value::Array(values) => values.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0_usize,
    }
}

fn find<'t>(tree: &'t mut Value, left: &mut usize) -> Option<&'t mut Value> {
    let Some(behind) = left.checked_sub(1) else {
        return Some(tree);
    };
    *left = behind;
    match tree {
        Value::Array(values) => values.iter_mut().find_map(|value| find(value, left)),
        Value::Object(fields) => fields.values_mut().find_map(|value| find(value, left)),
        _ => None,
    }
}

fn replace(tree: &mut Value, at: u16, value: Option<Value>) {
    if let (Some(place), Some(value)) = (node(tree, at), value) {
        *place = value;
    }
}

fn remove(tree: &mut Value, at: u16, entry: u8) {
    match node(tree, at) {
        Some(Value::Array(values)) if !values.is_empty() => {
            values.remove(usize::from(entry) % values.len());
        }
        Some(Value::Object(fields)) => {
            let keys: Vec<_> = fields.keys().cloned().collect();
            if let Some(key) = keys.iter().cycle().nth(entry.into()) {
                fields.remove(key);
            }
        }
        _ => {}
    }
}

/// Puts a copy of the value into it: into its fields, or as the only field of a new object.
fn nest(place: &mut Value, key: &str) {
    let inner = place.take();
    let mut fields = match &inner {
        Value::Object(fields) => fields
            .iter()
            .filter(|(_, value)| !value.is_object())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
        _ => Map::new(),
    };
    fields.insert(key.to_owned(), inner);
    *place = Value::Object(fields);
}

/// One of the keys of all objects of the tree; an empty one if there is none.
fn key_of(tree: &Value, key: u16) -> String {
    let mut keys = Vec::new();
    gather(tree, &mut keys);
    let key = keys.iter().cycle().nth(key.into());
    key.map(|key| (*key).to_owned()).unwrap_or_default()
}

fn gather<'t>(tree: &'t Value, keys: &mut Vec<&'t str>) {
    match tree {
        Value::Array(values) => values.iter().for_each(|value| gather(value, keys)),
        Value::Object(fields) => {
            for (key, value) in fields {
                keys.push(key);
                gather(value, keys);
            }
        }
        _ => {}
    }
}
