//! What is wrong with a file is said with the event and the reason, whatever it is.

use expect_test::{Expect, expect};
use prost_reflect::Kind;
use serde_json::{Value, json};

use crate::{TemporalHistory, descriptor::DESCRIPTORS, json::attributes_key};

/// A history of a start and a signal, as good as it gets.
fn good() -> Value {
    json!({"events": [
        {
            "eventId": "1",
            "eventTime": "2026-01-01T00:00:00Z",
            "eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED",
            "workflowExecutionStartedEventAttributes": {
                "workflowType": {"name": "Hello"},
                "input": {"payloads": [{"metadata": {"encoding": "anNvbi9wbGFpbg=="}, "data": "MQ=="}]},
            },
        },
        {
            "eventId": "2",
            "eventTime": "2026-01-01T00:00:01Z",
            "eventType": "WorkflowExecutionSignaled",
            "workflowExecutionSignaledEventAttributes": {"signalName": "approve"},
        },
    ]})
}

#[track_caller]
fn check_text(text: &str, expected: &Expect) {
    let error = TemporalHistory::from_json(text).expect_err("it is bad");
    expected.assert_eq(&error.to_string());
}

#[track_caller]
fn check(spoil: impl FnOnce(&mut Value), expected: &Expect) {
    let mut history = good();
    spoil(&mut history);
    check_text(&history.to_string(), expected);
}

#[test]
fn a_good_history_is_imported() {
    let [history] = TemporalHistory::from_json(&good().to_string())
        .unwrap()
        .try_into()
        .unwrap();
    assert_eq!(history.history().len(), 2);
}

#[test]
fn a_file_that_breaks_off_names_the_event_it_breaks_off_in() {
    let text = format!("{:#}", good());
    let end = text.rfind("approve").unwrap();
    check_text(
        &text[..end],
        &expect!["event 2: file is truncated: line=28 column=23"],
    );
    check_text("", &expect!["file is truncated: line=1 column=0"]);
    check_text(
        &text.replace("\"approve\"", "approve"),
        &expect!["event 2: not JSON: expected value at line 28 column 23"],
    );
    for end in 0..text.len() {
        assert!(TemporalHistory::from_json(&text[..end]).is_err());
    }
}

#[test]
fn a_file_of_another_shape_is_no_history() {
    check_text(
        "7",
        &expect!["not a history: an object with the list `events` is expected"],
    );
    check_text(
        "{}",
        &expect!["not a history: the list `events` is missing"],
    );
    check_text(
        r#"{"events": []}"#,
        &expect!["not a history: there is no event"],
    );
    check_text(
        r#"{"events": [7]}"#,
        &expect!["not a history: an event is an object"],
    );
    check(
        |it| it["runId"] = json!("x"),
        &expect!["foreign field: runId"],
    );
}

#[test]
fn an_event_that_is_missing_leaves_a_gap() {
    check(
        |it| it["events"][1]["eventId"] = json!("3"),
        &expect!["event 3: gap: event 2 should stand here"],
    );
    check(
        |it| it["events"][0]["eventId"] = json!("2"),
        &expect!["event 2: gap: event 1 should stand here"],
    );
    check(
        |it| it["events"][1]["eventId"] = json!("-2"),
        &expect!["malformed field: event_id: number is negative"],
    );
}

#[test]
fn an_unknown_event_type_is_refused_unless_it_may_be_ignored() {
    check(
        |it| it["events"][1]["eventType"] = json!("EVENT_TYPE_LUNCH"),
        &expect![
            "event 2: unknown event type, and workerMayIgnore is not set: event_type=EVENT_TYPE_LUNCH"
        ],
    );
    check(
        |it| it["events"][1]["eventType"] = json!(4711),
        &expect!["event 2: unknown event type, and workerMayIgnore is not set: event_type=4711"],
    );
    check(
        |it| it["events"][1]["eventType"] = json!(0),
        &expect!["event 2: unknown event type, and workerMayIgnore is not set: event_type=0"],
    );

    check(
        |it| it["events"][1]["eventType"] = json!({"name": "lunch"}),
        &expect!["event 2: malformed field: eventType: missing, or no text"],
    );
    check(
        |it| it["events"][1]["eventType"] = Value::Null,
        &expect!["event 2: malformed field: eventType: missing, or no text"],
    );

    let mut history = good();
    let event = &mut history["events"][1];
    event["eventType"] = json!("EVENT_TYPE_LUNCH");
    event["workerMayIgnore"] = json!(true);
    event["lunchEventAttributes"] = json!({"course": [1, 2, 3]});
    let event = event.clone();
    let [imported] = TemporalHistory::from_json(&history.to_string())
        .unwrap()
        .try_into()
        .unwrap();
    assert_eq!(imported.history().check_grammar(), Ok(()));
    assert_eq!(imported.to_json()["events"][1], event);
}

#[test]
fn attributes_of_another_type_are_refused() {
    check(
        |it| it["events"][1]["eventType"] = json!("TimerFired"),
        &expect![
            "event 2: attributes do not match the event type: expected=timerFiredEventAttributes"
        ],
    );
    check(
        |it| it["events"][1]["workflowExecutionSignaledEventAttributes"] = Value::Null,
        &expect![
            "event 2: attributes do not match the event type: expected=workflowExecutionSignaledEventAttributes"
        ],
    );
    let attributes = |it: &mut Value| it["events"][1]["timerFiredEventAttributes"] = json!({});
    check(
        attributes,
        &expect![
            "event 2: attributes do not match the event type: expected=workflowExecutionSignaledEventAttributes"
        ],
    );
}

#[test]
fn a_foreign_field_is_named_with_its_path() {
    check(
        |it| it["events"][1]["color"] = json!("red"),
        &expect!["event 2: foreign field: color"],
    );
    let payload = |it: &mut Value| {
        let attributes = &mut it["events"][0]["workflowExecutionStartedEventAttributes"];
        attributes["input"]["payloads"][0]["taste"] = json!("sweet");
    };
    check(
        payload,
        &expect![
            "event 1: foreign field: workflowExecutionStartedEventAttributes.input.payloads.0.taste"
        ],
    );
}

#[test]
fn a_malformed_field_is_named_with_its_path() {
    let input = |value: Value| {
        move |it: &mut Value| {
            let attributes = &mut it["events"][0]["workflowExecutionStartedEventAttributes"];
            attributes["input"]["payloads"][0]["data"] = value;
        }
    };
    let started = |key: &'static str, value: Value| {
        move |it: &mut Value| {
            it["events"][0]["workflowExecutionStartedEventAttributes"][key] = value;
        }
    };
    check(
        input(json!("*")),
        &expect![
            "event 1: malformed field: workflowExecutionStartedEventAttributes.input.payloads.0.data: bad base64: Invalid symbol 42, offset 0."
        ],
    );
    check(
        input(json!("M")),
        &expect![
            "event 1: malformed field: workflowExecutionStartedEventAttributes.input.payloads.0.data: bad base64: Invalid input length: 1"
        ],
    );
    check(
        input(json!(7)),
        &expect![
            "event 1: malformed field: workflowExecutionStartedEventAttributes: invalid type: integer `7`, expected a base64-encoded string"
        ],
    );
    check(
        started("workflowTaskTimeout", json!("10")),
        &expect![
            "event 1: malformed field: workflowExecutionStartedEventAttributes: failed to parse duration"
        ],
    );
    check(
        started("workflowTaskTimeout", json!("-10s")),
        &expect!["event 1: malformed field: workflow_task_timeout: duration is negative"],
    );
    check(
        started("initiator", json!("Somebody")),
        &expect![
            "event 1: malformed field: workflowExecutionStartedEventAttributes.initiator: no such value: Somebody"
        ],
    );
    check(
        started("attempt", json!("many")),
        &expect![
            "event 1: malformed field: workflowExecutionStartedEventAttributes: invalid digit found in string"
        ],
    );
    check(
        |it| it["events"][1]["eventTime"] = json!("noon"),
        &expect![
            "event 2: malformed field: workflowExecutionSignaledEventAttributes: invalid rfc3339 timestamp: invalid date"
        ],
    );
}

#[test]
fn a_failure_that_is_nested_too_deep_is_refused() {
    let failed = |causes: usize| {
        move |it: &mut Value| {
            let mut failure = json!({"message": "the first"});
            for _ in 0..causes {
                failure = json!({"message": "a later one", "cause": failure});
            }
            let attributes = &mut it["events"][0]["workflowExecutionStartedEventAttributes"];
            attributes["continuedFailure"] = failure;
        }
    };
    check(
        failed(110),
        &expect![
            "event 1: malformed field: workflowExecutionStartedEventAttributes: nested too deep: a failure has more causes than readers of protobuf follow"
        ],
    );
    check(
        failed(200),
        &expect!["event 1: not JSON: recursion limit exceeded at line 1 column 1283"],
    );
}

#[test]
fn events_that_make_no_history_are_refused() {
    let again = |it: &mut Value| {
        it["events"][1] = it["events"][0].clone();
        it["events"][1]["eventId"] = json!("2");
    };
    check(
        again,
        &expect![
            "event 2: breaks the grammar: the first event, no other, is WorkflowExecutionStarted event_id=2 event_type=WorkflowExecutionStarted"
        ],
    );
}

#[test]
fn an_event_of_an_unknown_type_that_may_be_ignored_keeps_its_number() {
    let mut history = good();
    history["events"][1] = json!({
        "eventId": "2", "eventTime": "2026-01-01T00:00:01Z", "eventType": 4711,
        "workerMayIgnore": true, "lunchEventAttributes": {},
    });
    let imported = TemporalHistory::from_json(&history.to_string()).unwrap();
    let again = TemporalHistory::from_protobuf(&imported[0].to_protobuf()).unwrap();
    assert_eq!(again.history(), imported[0].history());
    assert_eq!(again.to_json()["events"][1]["eventType"], 4711);
}

#[test]
fn every_event_type_has_its_attributes() {
    let types = &DESCRIPTORS.event_type;
    let mut count = 0;
    for event_type in types.values().filter(|it| it.number() != 0) {
        let key = attributes_key(event_type.name());
        let field = DESCRIPTORS.event.get_field_by_json_name(&key);
        assert!(matches!(field.expect(&key).kind(), Kind::Message(_)));
        count += 1;
    }
    assert_eq!(count, 60);
}
