//! What a Temporal server answered to some ninety filters over thirteen runs.

use std::{env, fs, path::Path};

use serde_json::Value as Json;

use crate::visibility::{
    FieldValue, Filter,
    tests::sample::{Run, list, schema, text, time},
};

/// Names the folder with the recordings, which is not part of the project.
const SHARED: &str = "SEMPRE_SHARED";

/// Texts of which the server finds nothing by a fault of its own: it misses the equal instant.
const FAULTS_OF_THE_SERVER: [&str; 1] = ["CDT = '2026-01-01T00:00:00Z'"];

fn recorded_run(json: &Json) -> (String, Run) {
    let string = |name: &str| json[name].as_str();
    let mut run = Run::default();
    for (name, recorded) in [
        ("WorkflowId", "workflow_id"),
        ("RunId", "run_id"),
        ("WorkflowType", "type"),
        ("TaskQueue", "task_queue"),
        ("ParentWorkflowId", "parent"),
        ("RootWorkflowId", "root"),
    ] {
        run.0
            .extend(string(recorded).map(|value| (name.to_owned(), text(value))));
    }
    for (name, recorded) in [("StartTime", "start"), ("CloseTime", "close")] {
        run.0
            .extend(string(recorded).map(|value| (name.to_owned(), time(value))));
    }
    let number = |recorded: &str| json[recorded].as_i64().map(|it| FieldValue::Int(it.into()));
    for (name, recorded) in [
        ("HistoryLength", "history_length"),
        ("StateTransitionCount", "state_transitions"),
    ] {
        run.0
            .extend(number(recorded).map(|value| (name.to_owned(), value)));
    }
    if string("close").is_some() {
        let duration = number("duration_ns").map(|value| ("ExecutionDuration".to_owned(), value));
        run.0.extend(duration);
    }
    let states = [
        "RUNNING",
        "COMPLETED",
        "FAILED",
        "CANCELED",
        "TERMINATED",
        "CONTINUED_AS_NEW",
        "TIMED_OUT",
    ];
    let status = string("status").expect("a status");
    let number = 1 + states.iter().position(|it| *it == status).expect("known");
    run = run.and("ExecutionStatus", FieldValue::Int(number as i128));
    let attributes = json["search_attributes"].as_object().expect("attributes");
    for (name, value) in attributes {
        let value = value.as_str().expect("a text");
        run.0
            .extend(attribute(name, value).map(|value| (name.clone(), value)));
    }
    let id = string("workflow_id").expect("an id");
    (format!("{id}/{status}"), run)
}

/// A search attribute as the recording spells it.
fn attribute(name: &str, value: &str) -> Option<FieldValue<'static>> {
    Some(match name {
        "CK" | "CT" => text(value),
        "CI" => FieldValue::Int(value.parse().expect("a number")),
        "CD" => FieldValue::Double(value.parse().expect("a number")),
        "CB" => FieldValue::Bool(value == "True"),
        "CDT" => time(&value.replace(' ', "T")),
        "CKL" => list(&value.split('\'').skip(1).step_by(2).collect::<Vec<_>>()),
        _ => return None,
    })
}

#[test]
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn filters_find_what_a_server_finds_and_refuse_what_it_refuses() {
    let Ok(shared) = env::var(SHARED) else {
        println!("skipped: {SHARED} is not set");
        return;
    };
    let path = Path::new(&shared).join("stories/list_filters.json");
    let recorded = fs::read_to_string(path).expect("the recording");
    let recorded: Json = serde_json::from_str(&recorded).expect("JSON");
    let all = |name: &str| recorded[name].as_array().expect(name).iter();
    let runs: Vec<_> = all("workflows").map(recorded_run).collect();
    let schema = schema();
    for case in all("filters") {
        let filter = case["filter"].as_str().expect("a text");
        let parsed = Filter::parse(filter, &schema);
        let Some(expected) = case["matches"].as_array() else {
            assert!(parsed.is_err(), "the server refuses {filter}");
            continue;
        };
        let parsed = parsed.expect(filter);
        let found = runs.iter().filter(|(_, run)| parsed.matches(run));
        let found: Vec<_> = found.map(|(name, _)| Json::from(name.as_str())).collect();
        if FAULTS_OF_THE_SERVER.contains(&filter) {
            assert_ne!(found, *expected, "{filter}");
        } else {
            assert_eq!(found, *expected, "{filter}");
        }
    }
    for (text, counted) in recorded["count_group_by_others"]
        .as_object()
        .expect("counts")
    {
        let accepted = Filter::parse(text, &schema).is_ok_and(|filter| filter.is_grouped());
        assert_eq!(accepted, counted.is_array(), "{text}");
    }
}
