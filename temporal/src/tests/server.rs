//! What servers and their tools write is read, also what is older than Temporal's protocol of today.

use sempre::model::{EventAttributes, RunId, Timestamp};
use serde_json::{Value, json};

use crate::TemporalHistory;

/// A history of a start and its first workflow task, with whatever else.
fn history(started: &Value, rest: &[Value]) -> Value {
    let mut events = vec![json!({
        "eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED",
        "workflowExecutionStartedEventAttributes": started,
    })];
    events.extend_from_slice(rest);
    for (id, event) in (1..).zip(&mut events) {
        event["eventId"] = json!(id.to_string());
        event["eventTime"] = json!("2026-01-01T00:00:00Z");
    }
    json!({ "events": events })
}

fn scheduled() -> Value {
    json!({
        "eventType": "EVENT_TYPE_WORKFLOW_TASK_SCHEDULED",
        "workflowTaskScheduledEventAttributes": {},
    })
}

fn started(scheduled: u64) -> Value {
    json!({
        "eventType": "EVENT_TYPE_WORKFLOW_TASK_STARTED",
        "workflowTaskStartedEventAttributes": {"scheduledEventId": scheduled},
    })
}

#[track_caller]
fn import(json: &Value) -> TemporalHistory {
    let [history] = TemporalHistory::from_json(&json.to_string())
        .unwrap_or_else(|error| panic!("{error}"))
        .try_into()
        .unwrap();
    history
}

#[track_caller]
fn refuse(text: &str) -> String {
    TemporalHistory::from_json(text).unwrap_err().to_string()
}

#[test]
fn a_workflow_task_may_end_that_never_started() {
    let endings = [
        json!({
            "eventType": "EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT",
            "workflowTaskTimedOutEventAttributes": {
                "scheduledEventId": 2, "timeoutType": "TIMEOUT_TYPE_SCHEDULE_TO_START",
            },
        }),
        json!({
            "eventType": "EVENT_TYPE_WORKFLOW_TASK_FAILED",
            "workflowTaskFailedEventAttributes": {"scheduledEventId": 2},
        }),
    ];
    for ending in endings {
        let good = history(
            &json!({}),
            &[scheduled(), ending.clone(), scheduled(), started(4)],
        );
        assert_eq!(import(&good).history().len(), 5);

        // One that is not scheduled ends as little as one that has ended.
        let twice = history(&json!({}), &[scheduled(), ending.clone(), ending]);
        assert!(refuse(&twice.to_string()).contains("breaks the grammar"));
    }
    let completed = json!({
        "eventType": "EVENT_TYPE_WORKFLOW_TASK_COMPLETED",
        "workflowTaskCompletedEventAttributes": {"scheduledEventId": 2},
    });
    let answered = history(&json!({}), &[scheduled(), completed]);
    assert!(refuse(&answered.to_string()).contains("breaks the grammar"));
}

#[test]
fn the_zero_time_of_go_is_no_time() {
    let zero = "0001-01-01T00:00:00Z";
    let mut json = history(&json!({"workflowExecutionExpirationTime": zero}), &[]);
    let imported = import(&json);
    let EventAttributes::WorkflowExecutionStarted(started) =
        &imported.history().events[0].attributes
    else {
        panic!("it begins with its start");
    };
    assert_eq!(started.workflow_execution_expiration_time, None);
    assert_eq!(
        imported.to_json()["events"][0]["workflowExecutionStartedEventAttributes"],
        json["events"][0]["workflowExecutionStartedEventAttributes"],
    );

    json["events"][0]["eventTime"] = json!(zero);
    assert_eq!(import(&json).history().events[0].time, Timestamp::EPOCH);

    json["events"][0]["eventTime"] = json!("1969-12-31T23:59:59Z");
    assert!(refuse(&json.to_string()).contains("time is before 1970"));
}

#[test]
fn fields_that_the_protocol_has_dropped_are_kept_as_they_were() {
    let completed = json!({
        "eventType": "EVENT_TYPE_WORKFLOW_TASK_COMPLETED",
        "workflowTaskCompletedEventAttributes": {
            "scheduledEventId": "2",
            "startedEventId": "3",
            "workerVersioningId": {"workerBuildId": "build-7"},
            "workerVersion": {"buildId": "build-7", "bundleId": "bundle-7"},
        },
    });
    let json = history(
        &json!({"parentPinnedDeploymentVersion": "one", "initial_skipped_duration": "3s"}),
        &[scheduled(), started(2), completed],
    );
    let after = import(&json).to_json();
    for at in [0, 3] {
        let key = match at {
            0 => "workflowExecutionStartedEventAttributes",
            _ => "workflowTaskCompletedEventAttributes",
        };
        assert_eq!(after["events"][at][key], json["events"][at][key]);
    }
    let foreign = history(&json!({"workerVersioningId": "elsewhere"}), &[]);
    assert!(refuse(&foreign.to_string()).contains("foreign field"));
}

#[test]
fn enums_are_read_under_their_former_names() {
    let with_cause = |cause: &str| {
        let failed = json!({
            "eventType": "EVENT_TYPE_WORKFLOW_TASK_FAILED",
            "workflowTaskFailedEventAttributes": {
                "scheduledEventId": "2", "startedEventId": "3", "cause": cause,
            },
        });
        history(&json!({}), &[scheduled(), started(2), failed])
    };
    let key = "workflowTaskFailedEventAttributes";
    for (former, name) in [
        ("UnhandledDecision", "UNHANDLED_COMMAND"),
        ("FORCE_CLOSE_DECISION", "FORCE_CLOSE_COMMAND"),
        ("DECISION_TASK_FAILED_CAUSE_BAD_BINARY", "BAD_BINARY"),
        (
            "WORKFLOW_TASK_FAILED_CAUSE_RESET_STICKY_TASKLIST",
            "RESET_STICKY_TASK_QUEUE",
        ),
    ] {
        let after = import(&with_cause(former)).to_json();
        let cause = format!("WORKFLOW_TASK_FAILED_CAUSE_{name}");
        assert_eq!(after["events"][3][key]["cause"], cause, "{former}");
    }
    assert!(refuse(&with_cause("TeaTime").to_string()).contains("no such value: TeaTime"));

    let admitted = json!({
        "eventType": "WorkflowExecutionUpdateRequested",
        "workflowExecutionUpdateRequestedEventAttributes": {"request": {}},
    });
    let after = import(&history(&json!({}), &[admitted])).to_json();
    assert_eq!(
        after["events"][1]["eventType"],
        "EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ADMITTED"
    );
}

#[test]
fn a_value_that_the_protocol_has_dropped_is_kept_as_it_was() {
    let reason = "SUGGEST_CONTINUE_AS_NEW_REASON_TARGET_WORKER_DEPLOYMENT_VERSION_CHANGED";
    let task = json!({
        "eventType": "EVENT_TYPE_WORKFLOW_TASK_STARTED",
        "workflowTaskStartedEventAttributes": {
            "scheduledEventId": "2", "suggestContinueAsNewReasons": [reason],
        },
    });
    let json = history(&json!({}), &[scheduled(), task]);
    let after = import(&json).to_json();
    assert_eq!(
        after["events"][2]["workflowTaskStartedEventAttributes"],
        json["events"][2]["workflowTaskStartedEventAttributes"],
    );
}

#[test]
fn a_run_may_have_any_name() {
    let run_id = |name: &str| {
        let json = history(&json!({"originalExecutionRunId": name}), &[]);
        let imported = import(&json);
        assert_eq!(
            imported.to_json()["events"][0]["workflowExecutionStartedEventAttributes"]["originalExecutionRunId"],
            name
        );
        imported.history().execution.run_id
    };
    let named = run_id("nightly-2026-11-25T05:04:36Z");
    assert_eq!(named, run_id("nightly-2026-11-25T05:04:36Z"));
    assert_ne!(named, run_id("nightly-2026-11-26T05:04:36Z"));
    assert_eq!(
        run_id("00000000-0000-0000-0000-000000000007"),
        RunId::from_u128(7)
    );
}

#[test]
fn a_history_is_read_in_every_shape_that_tools_give_it() {
    let good = history(&json!({}), &[scheduled(), started(2)]);
    let events = good["events"].clone();
    let expected = import(&good);
    for (shape, count) in [
        (events.clone(), 1),
        (json!([good, good]), 2),
        (json!([events, events]), 2),
        (json!({"history": good}), 1),
        (
            json!({"history": good, "nextPageToken": null, "archived": false}),
            1,
        ),
        (
            json!({"history": {"events": events}, "rawHistory": [], "nextPageToken": ""}),
            1,
        ),
    ] {
        let histories = TemporalHistory::from_json(&shape.to_string())
            .unwrap_or_else(|error| panic!("{error}: {shape}"));
        assert_eq!(histories.len(), count, "{shape}");
        assert!(histories.iter().all(|history| *history == expected));
    }
    let marked = format!("\u{feff}{good}");
    assert_eq!(TemporalHistory::from_json(&marked).unwrap(), [expected]);
}

#[test]
fn a_history_that_is_not_whole_says_so() {
    let good = history(&json!({}), &[]);
    for (shape, word) in [
        (
            json!({"history": good, "nextPageToken": "bmV4dA=="}),
            "nextPageToken",
        ),
        (
            json!({"history": {"events": []}, "rawHistory": ["eA=="]}),
            "rawHistory",
        ),
        (json!({"history": good, "lunch": 1}), "foreign field: lunch"),
        (json!({"history": 7}), "an object with the list `events`"),
    ] {
        let said = refuse(&shape.to_string());
        assert!(said.contains(word), "{said}");
    }
}
