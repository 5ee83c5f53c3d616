//! A file that is none is reported with event and reason, and the next one is replayed.

use expect_test::{Expect, expect};
use sempre::testing::TestEnvironment;
use serde_json::{Value, json};

use super::fixture::{folder, inside, json, nap, naps};
use crate::{TemporalHistory, Verdict};

/// Replays a bad file between two good ones, and looks at what is said about it.
#[track_caller]
fn check(good: &Value, name: &str, bad: &[u8], event_id: Option<u64>, expected: &Expect) {
    let good = good.to_string();
    let folder = folder(&[
        ("a.json", good.as_bytes()),
        (name, bad),
        ("z.json", good.as_bytes()),
    ]);
    let report = naps().replay_folder(folder.path()).unwrap();
    let shown = inside(folder.path(), &report.to_string());
    let (complaint, counts) = shown.rsplit_once('\n').expect("something is wrong");
    expected.assert_eq(complaint);
    assert!(
        counts.starts_with("replayed=2 diverged=0 unregistered=0 unreadable=1 "),
        "{shown}"
    );
    let found = report.replays[1].outcome.event_id();
    assert_eq!(found.map(|id| id.get()), event_id);
    assert_eq!(report.verdict(), Verdict::Incomplete);
    assert_eq!(report.verdict().code(), 2);
}

/// The same for a good history that is spoiled.
#[track_caller]
fn check_spoiled(
    good: &Value,
    spoil: impl FnOnce(&mut Value),
    event_id: Option<u64>,
    expected: &Expect,
) {
    let mut bad = good.clone();
    spoil(&mut bad);
    check(
        good,
        "bad.json",
        bad.to_string().as_bytes(),
        event_id,
        expected,
    );
}

#[sempre::test]
async fn a_file_that_breaks_off(env: TestEnvironment) {
    let good = json(&nap(&env).await?);
    let text = format!("{good:#}");
    let end = text.find("TIMER_STARTED").expect("it sleeps");
    check(
        &good,
        "cut.json",
        &text.as_bytes()[..end],
        Some(5),
        &expect![[r#"
            unreadable  …/cut.json
                event 5: file is truncated: line=87 column=31"#]],
    );
    check(
        &good,
        "empty.json",
        b"",
        None,
        &expect![[r#"
        unreadable  …/empty.json
            file is truncated: line=1 column=0"#]],
    );
    check(
        &good,
        "other.json",
        b"[1, 2]",
        None,
        &expect![[r#"
        unreadable  …/other.json
            not a history: an object with the list `events` is expected"#]],
    );
    check(
        &good,
        "none.json",
        b"[]",
        None,
        &expect![[r#"
        unreadable  …/none.json
            not a history: the list is empty"#]],
    );
    check(
        &good,
        "bytes.json",
        b"\xff\xfe",
        None,
        &expect![[r#"
        unreadable  …/bytes.json
            not text: invalid utf-8 sequence of 1 bytes from index 0"#]],
    );
    check(
        &good,
        "wide.json",
        b"\xff\xfe{\0}\0",
        None,
        &expect![[r#"
        unreadable  …/wide.json
            text in UTF-16, save it as UTF-8"#]],
    );
}

#[sempre::test]
async fn protobuf_that_breaks_off(env: TestEnvironment) {
    let history = nap(&env).await?;
    let bytes = TemporalHistory::from_history(&history)?.to_protobuf();
    check(
        &json(&history),
        "cut.pb",
        &bytes[..bytes.len() / 2],
        None,
        &expect![[r#"
            unreadable  …/cut.pb
                not protobuf: failed to decode Protobuf message: History.events: buffer underflow"#]],
    );
    check(
        &json(&history),
        "empty.pb",
        b"",
        None,
        &expect![[r#"
            unreadable  …/empty.pb
                not a history: there is no event"#]],
    );
}

#[sempre::test]
async fn a_gap(env: TestEnvironment) {
    let good = json(&nap(&env).await?);
    let remove = |it: &mut Value| drop(it["events"].as_array_mut().map(|it| it.remove(5)));
    check_spoiled(
        &good,
        remove,
        Some(7),
        &expect![[r#"
        unreadable  …/bad.json
            event 7: gap: event 6 should stand here"#]],
    );
}

#[sempre::test]
async fn an_unknown_event_type_that_may_not_be_ignored(env: TestEnvironment) {
    let good = json(&nap(&env).await?);
    let rename = |it: &mut Value| it["events"][5]["eventType"] = json!("EVENT_TYPE_LUNCH");
    check_spoiled(
        &good,
        rename,
        Some(6),
        &expect![[r#"
        unreadable  …/bad.json
            event 6: unknown event type, and workerMayIgnore is not set: event_type=EVENT_TYPE_LUNCH"#]],
    );
}

#[sempre::test]
async fn a_known_event_type_that_no_code_of_sempre_writes(env: TestEnvironment) {
    let good = json(&nap(&env).await?);
    let mark = |it: &mut Value| {
        let event = &mut it["events"][4];
        event
            .as_object_mut()
            .map(|it| it.remove("timerStartedEventAttributes"));
        event["eventType"] = json!("NexusOperationScheduled");
        event["nexusOperationScheduledEventAttributes"] =
            json!({"workflowTaskCompletedEventId": "4"});
    };
    check_spoiled(
        &good,
        mark,
        Some(5),
        &expect![[r#"
        unreadable  …/bad.json workflow_type=Nap workflow_id=ada
            event 5: EVENT_TYPE_NEXUS_OPERATION_SCHEDULED is not replayed by this release"#]],
    );
}

#[sempre::test]
async fn base64_that_is_none_and_fields_that_nobody_knows(env: TestEnvironment) {
    let good = json(&nap(&env).await?);
    let spoil = |it: &mut Value| {
        let started = &mut it["events"][0]["workflowExecutionStartedEventAttributes"];
        started["input"]["payloads"][0]["data"] = json!("*");
    };
    check_spoiled(
        &good,
        spoil,
        Some(1),
        &expect![[r#"
        unreadable  …/bad.json
            event 1: malformed field: workflowExecutionStartedEventAttributes.input.payloads.0.data: bad base64: Invalid symbol 42, offset 0."#]],
    );
    let color = |it: &mut Value| it["events"][2]["color"] = json!("red");
    check_spoiled(
        &good,
        color,
        Some(3),
        &expect![[r#"
        unreadable  …/bad.json
            event 3: foreign field: color"#]],
    );
}

#[sempre::test]
async fn an_unknown_event_type_that_may_be_ignored_is_passed_over(env: TestEnvironment) {
    let mut history = json(&nap(&env).await?);
    let lunch = json!({
        "eventId": "16",
        "eventTime": "2026-01-03T00:00:00Z",
        "eventType": "EVENT_TYPE_LUNCH",
        "workerMayIgnore": true,
        "lunchEventAttributes": {"course": 3},
    });
    // An open run: its close is taken off, and lunch comes where a signal might.
    let events = history["events"].as_array_mut().expect("a list");
    events.truncate(11);
    events.push(lunch);
    events[11]["eventId"] = json!("12");
    let text = history.to_string();
    let folder = folder(&[("lunch.json", text.as_bytes())]);
    let report = naps().replay_folder(folder.path())?;
    assert!(report.is_success(), "{report}");
}

#[test]
fn a_file_that_is_named_itself_says_by_its_name_how_it_is_written() {
    let folder = folder(&[("history.txt", b"{}")]);
    let report = naps().replay([folder.path().join("history.txt")]).unwrap();
    expect![[r#"
        unreadable  …/history.txt
            name it *.json if it is JSON, and *.pb or *.binpb if it is protobuf
        replayed=0 diverged=0 unregistered=0 unreadable=1 skipped=0 events=0 workflow_tasks=0"#]]
    .assert_eq(&inside(folder.path(), &report.to_string()));
}
