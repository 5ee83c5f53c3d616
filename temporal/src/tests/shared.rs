//! The histories that other SDKs recorded against a real server, where they are at hand.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value};

use crate::TemporalHistory;

/// Names the folder of shared test data; where it is set, the data has to be there.
const SHARED: &str = "SEMPRE_SHARED";

/// A folder of shared test data; `None` where there is none and none was promised.
pub(super) fn shared(name: &str) -> Option<PathBuf> {
    let promised = env::var_os(SHARED).map(PathBuf::from);
    let is_promised = promised.is_some();
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = promised.unwrap_or_else(beside).join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        !is_promised,
        "{SHARED} is set, and {} is missing",
        folder.display()
    );
    #[expect(clippy::print_stderr, reason = "says why nothing is tested")]
    {
        eprintln!("skipped: there is no folder shared/{name} beside the project");
    }
    None
}

/// Name and text of every shared history; none where the folder is absent.
pub(super) fn files() -> Vec<(String, String)> {
    let Some(folder) = shared("histories") else {
        return Vec::new();
    };
    let mut paths: Vec<_> = json_files(&folder).collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| named(&folder, &path))
        .collect()
}

/// Name and text of every history that a server wrote for the shared stories.
fn stories() -> Vec<(String, String)> {
    let Some(folder) = shared("stories") else {
        return Vec::new();
    };
    let histories = walkdir::WalkDir::new(&folder)
        .sort_by_file_name()
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .map(|path| named(&folder, &path));
    histories.filter(|(_, text)| is_history(text)).collect()
}

/// Whether a file of a story is a history; beside histories lie what callers got (some of which
/// quotes a history), and filters with their answers.
fn is_history(text: &str) -> bool {
    let content: Value = serde_json::from_str(text).unwrap();
    content.get("events").is_some() || content.get(0).is_some_and(is_event)
}

fn is_event(value: &Value) -> bool {
    value.get("eventId").is_some()
}

fn json_files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let paths = fs::read_dir(folder).unwrap();
    paths
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
}

fn named(folder: &Path, path: &Path) -> (String, String) {
    let name = path.strip_prefix(folder).unwrap().with_extension("");
    let name = name.to_string_lossy().into_owned();
    (name, fs::read_to_string(path).unwrap())
}

/// Imports one of them.
#[track_caller]
pub(super) fn import(name: &str, text: &str) -> Vec<TemporalHistory> {
    TemporalHistory::from_json(text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn every_shared_history_is_imported_and_obeys_the_grammar() {
    for (name, text) in files() {
        for history in import(&name, &text) {
            assert_eq!(history.history().check_grammar(), Ok(()), "{name}");
        }
    }
}

#[test]
fn every_history_of_a_shared_story_is_imported_and_obeys_the_grammar() {
    let mut refused = Vec::new();
    for (name, text) in stories() {
        if let Err(error) = TemporalHistory::from_json(&text) {
            refused.push(format!("{name}: {error}"));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn a_shared_history_is_the_same_after_import_and_export() {
    for (name, text) in files() {
        let before: Value = serde_json::from_str(&text).unwrap();
        let before = match before {
            Value::Array(histories) => histories,
            history => vec![history],
        };
        let exported = import(&name, &text);
        assert_eq!(before.len(), exported.len());
        for (before, after) in before.into_iter().zip(exported) {
            let (before, after) = (normal("", before), normal("", after.to_json()));
            assert_eq!(before, after, "{name}");
        }
    }
}

/// What two spellings of the same JSON have in common.
///
/// A field without presence that has its default is gone, an enum is in lower case without its
/// prefix and underscores, and a time has no zeros at the end of its fraction.
fn normal(key: &str, value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(key, value)| {
                let value = normal(&key, value);
                (key, value)
            });
            let fields: Map<_, _> = fields
                .filter(|(key, value)| !is_default(key, value))
                .collect();
            Value::Object(fields)
        }
        Value::Array(values) => values.into_iter().map(|it| normal(key, it)).collect(),
        Value::String(text) => Value::String(normal_text(key, &text)),
        Value::Number(number) => serde_json::json!(number.as_f64()),
        other => other,
    }
}

fn normal_text(key: &str, text: &str) -> String {
    // Every enum in these histories, with what its full names begin with.
    let prefix = match key {
        "eventType" => "EVENT_TYPE_",
        "kind" => "TASK_QUEUE_KIND_",
        "initiator" => "CONTINUE_AS_NEW_INITIATOR_",
        "retryState" => "RETRY_STATE_",
        "cause" => "WORKFLOW_TASK_FAILED_CAUSE_",
        "parentClosePolicy" => "PARENT_CLOSE_POLICY_",
        "workflowIdReusePolicy" => "WORKFLOW_ID_REUSE_POLICY_",
        "eventTime" | "workflowExecutionExpirationTime" => return normal_time(text),
        _ => return text.to_owned(),
    };
    let short = text.strip_prefix(prefix).unwrap_or(text);
    match short.replace('_', "").to_lowercase().as_str() {
        "unspecified" => String::new(),
        short => short.to_owned(),
    }
}

fn normal_time(text: &str) -> String {
    let digits = text.trim_end_matches('Z');
    let digits = match digits.split_once('.') {
        Some(_) => digits.trim_end_matches('0').trim_end_matches('.'),
        None => digits,
    };
    digits.to_owned()
}

/// The fields of these histories that are maps, so that an empty one is at its default.
const MAPS: &[&str] = &["fields", "indexedFields", "metadata", "details"];

/// The default of a field that is either there or at its default. A message's `{}` and `"0s"` are none: the
/// fields that can hold them are there or not.
fn is_default(key: &str, value: &Value) -> bool {
    match value {
        Value::Object(entries) => entries.is_empty() && MAPS.contains(&key),
        Value::Null | Value::Bool(false) => true,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => matches!(text.as_str(), "" | "0"),
        Value::Array(values) => values.is_empty(),
        Value::Bool(true) => false,
    }
}
