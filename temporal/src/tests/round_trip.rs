//! What sempre says in Temporal's words is what it reads back.

use std::time::Duration;

use expect_test::expect;
use sempre::model::{
    EventAttributes, EventId, EventType, Failure, History, HistoryEvent, RetryPolicy, RetryState,
    Timestamp, WorkflowExecution, WorkflowVersion,
    event::{activity_task as activity, workflow_execution as execution, workflow_task as task},
    limits,
};
use serde_json::json;

use super::{
    sample::{RUN, every_type},
    sample_value::{every_failure_info, failure, metadata},
};
use crate::{ExportError, ExportReason, TemporalHistory, event};

#[test]
fn an_event_of_every_type_reads_back_as_it_was() {
    let mut types = Vec::new();
    for attributes in every_type() {
        types.push(attributes.event_type());
        let before = HistoryEvent {
            id: EventId::new(11),
            time: Timestamp::from_nanos(1_767_225_611_123_456_789),
            attributes,
        };
        let message = event::to_message(&before).expect("Temporal has words for it");
        let after = event::from_message(&message, event::CommandOrigin::default());
        assert_eq!(after.as_ref(), Ok(&before));
    }
    types.sort();
    types.dedup();
    let modelled = EventType::ALL.iter().copied();
    let modelled: Vec<_> = modelled.filter(|it| *it != EventType::Foreign).collect();
    assert_eq!(types, modelled);
}

#[test]
fn a_failure_of_every_kind_reads_back_as_it_was() {
    for info in every_failure_info() {
        let failed = execution::Failed {
            failure: Box::new(Failure { info, ..failure() }),
            ..Default::default()
        };
        let before = HistoryEvent {
            id: EventId::new(11),
            time: Timestamp::EPOCH,
            attributes: failed.into(),
        };
        let message = event::to_message(&before).expect("Temporal has words for it");
        let after = event::from_message(&message, event::CommandOrigin::default());
        assert_eq!(after, Ok(before));
    }
}

#[test]
fn a_history_of_sempre_reads_back_from_json_and_from_protobuf_as_it_was() {
    let before = history();
    before.check_grammar().unwrap();
    let exported = TemporalHistory::from_history(&before).unwrap();
    let text = exported.to_json().to_string();
    let [from_json] = TemporalHistory::from_json(&text)
        .unwrap()
        .try_into()
        .unwrap();
    assert_eq!(from_json, exported);
    assert_eq!(from_json.history(), before);
    let from_protobuf = TemporalHistory::from_protobuf(&exported.to_protobuf()).unwrap();
    assert_eq!(from_protobuf, exported);
}

#[test]
fn json_is_canonical() {
    let json = TemporalHistory::from_history(&history()).unwrap().to_json();
    let first = &json["events"][0];
    assert_eq!(first["eventId"], "1");
    assert_eq!(first["eventTime"], "2026-01-01T00:00:01Z");
    assert_eq!(first["eventType"], "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED");
    let started = &first["workflowExecutionStartedEventAttributes"];
    assert_eq!(started["workflowRunTimeout"], "600.000000005s");
    assert_eq!(started["taskQueue"]["kind"], "TASK_QUEUE_KIND_NORMAL");
    let payload = &started["input"]["payloads"][0];
    assert_eq!(payload["metadata"]["encoding"], "anNvbi9wbGFpbg==");
    assert_eq!(payload["data"], "eyJ0byI6IlJvbWUifQ==");
}

#[test]
fn an_event_without_a_model_is_not_exported_from_sempre() {
    let mut history = history();
    let foreign = sempre::model::event::foreign::Foreign::default();
    history.events[4].attributes = foreign.into();
    let refused = ExportError {
        event_id: EventId::new(5),
        event_type: EventType::Foreign,
        reason: ExportReason::NoAttributes,
    };
    assert_eq!(TemporalHistory::from_history(&history), Err(refused));
}

#[test]
fn a_duration_without_an_end_is_exported_as_the_longest() {
    let mut history = history();
    let EventAttributes::WorkflowExecutionStarted(started) = &mut history.events[0].attributes
    else {
        panic!("every history begins with its start");
    };
    started.workflow_run_timeout = Some(Duration::MAX);
    let json = TemporalHistory::from_history(&history).unwrap().to_json();
    let started = &json["events"][0]["workflowExecutionStartedEventAttributes"];
    assert_eq!(started["workflowRunTimeout"], "315576000000s");
}

#[test]
fn a_factor_is_the_same_after_export_and_import() {
    // The nearest number to this text is not the one that a quick reader of JSON finds.
    let factor = 2.328_777_138_451_063_4e231;
    let retry_policy = RetryPolicy::default().backoff(factor);
    let mut before = history();
    let scheduled = activity::Scheduled {
        retry_policy,
        workflow_task_completed_event_id: EventId::new(4),
        ..Default::default()
    };
    before.events[4].attributes = scheduled.into();
    let exported = TemporalHistory::from_history(&before).unwrap();
    let imported = TemporalHistory::from_json(&exported.to_json().to_string()).unwrap();
    assert_eq!(imported[0].history(), before);
}

/// A history whose last event has a failure with so many causes.
fn failed_after(causes: usize) -> History {
    let mut history = history();
    let EventAttributes::WorkflowExecutionFailed(failed) = &mut history.events[4].attributes else {
        panic!("the last event is the failure");
    };
    *failed.failure = Failure::application("the first", "First");
    for _ in 0..causes {
        let cause = std::mem::take(&mut *failed.failure);
        failed.failure.cause = Some(Box::new(cause));
    }
    history
}

#[test]
fn a_failure_is_exported_with_as_many_causes_as_readers_follow() {
    let most = (0..limits::FAILURE_CHAIN_MAX)
        .take_while(|causes| TemporalHistory::from_history(&failed_after(*causes)).is_ok())
        .last();
    expect!["Some(96)"].assert_eq(&format!("{most:?}"));

    let before = failed_after(most.unwrap());
    let exported = TemporalHistory::from_history(&before).unwrap();
    let text = exported.to_json().to_string();
    let from_json = TemporalHistory::from_json(&text).unwrap();
    assert_eq!(from_json[0].history(), before);
    let from_protobuf = TemporalHistory::from_protobuf(&exported.to_protobuf()).unwrap();
    assert_eq!(from_protobuf.history(), before);

    let error = TemporalHistory::from_history(&failed_after(most.unwrap() + 1)).unwrap_err();
    expect!["event 5: WorkflowExecutionFailed does not fit into Temporal's formats: nested too deep: a failure has more causes than readers of protobuf follow"].assert_eq(&error.to_string());
}

#[test]
fn a_version_is_a_deployment_version_that_the_run_is_pinned_to() {
    let mut history = history();
    if let EventAttributes::WorkflowTaskCompleted(it) = &mut history.events[3].attributes {
        it.worker_version = Some("orders-1.4".into());
        it.deployment_version = Some(WorkflowVersion::new(2));
    }
    let exported = TemporalHistory::from_history(&history).unwrap();
    let json = exported.to_json();
    let completed = &json["events"][3]["workflowTaskCompletedEventAttributes"];
    let version = json!({"deploymentName": "workflow-version", "buildId": "2"});
    assert_eq!(completed["deploymentVersion"], version);
    assert_eq!(
        completed["versioningBehavior"],
        "VERSIONING_BEHAVIOR_PINNED"
    );
    assert_eq!(completed["workerVersion"]["buildId"], "orders-1.4");
    let started = &json["events"][0]["workflowExecutionStartedEventAttributes"];
    assert_eq!(started["inheritedPinnedVersion"], version);
    assert_eq!(exported.history(), history);
    assert_eq!(history.version(), Some(WorkflowVersion::new(2)));
}

#[test]
fn a_version_of_a_worker_is_kept_and_says_nothing_of_the_code() {
    let mut json = TemporalHistory::from_history(&history()).unwrap().to_json();
    let path = "/events/3/workflowTaskCompletedEventAttributes";
    let completed = json.pointer_mut(path).unwrap();
    completed["deploymentVersion"] = json!({"deploymentName": "shop", "buildId": "2"});
    completed["versioningBehavior"] = json!("VERSIONING_BEHAVIOR_AUTO_UPGRADE");
    let read = TemporalHistory::from_json(&json.to_string()).unwrap();
    assert_eq!(read[0].to_json(), json);
    assert_eq!(read[0].history().version(), Some(WorkflowVersion::FIRST));
    for build_id in ["two", "0", "-1"] {
        let version = json!({"deploymentName": "workflow-version", "buildId": build_id});
        json.pointer_mut(path).unwrap()["deploymentVersion"] = version;
        let refused = TemporalHistory::from_json(&json.to_string()).unwrap_err();
        assert!(refused.to_string().contains("version is"), "{refused}");
    }
}

fn history() -> History {
    let first = every_type().swap_remove(0);
    let task_completed = task::Completed {
        scheduled_event_id: EventId::new(2),
        started_event_id: EventId::new(3),
        sdk_metadata: metadata(),
        ..Default::default()
    };
    let task_started = task::Started {
        scheduled_event_id: EventId::new(2),
        ..Default::default()
    };
    let failed = execution::Failed {
        failure: Box::new(failure()),
        retry_state: RetryState::RetryPolicyNotSet,
        workflow_task_completed_event_id: EventId::new(4),
        new_execution_run_id: None,
    };
    let attributes = [
        first,
        task::Scheduled::default().into(),
        task_started.into(),
        task_completed.into(),
        failed.into(),
    ];
    let events = (1..).zip(attributes).map(|(id, attributes)| HistoryEvent {
        id: EventId::new(id),
        time: Timestamp::from_secs(1_767_225_600 + id),
        attributes,
    });
    History {
        execution: WorkflowExecution {
            workflow_id: "order-42".into(),
            run_id: RUN,
        },
        events: events.collect(),
    }
}
