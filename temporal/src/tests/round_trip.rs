//! What sempre says in Temporal's words is what it reads back.

use std::{collections::BTreeMap, time::Duration};

use sempre::model::{
    ActivityFailureInfo, ApplicationFailureInfo, CanceledFailureInfo, Encoding, EventAttributes,
    EventId, EventType, Failure, FailureInfo, History, HistoryEvent, Payload, Payloads,
    RetryPolicy, RetryState, RunId, ServerFailureInfo, TerminatedFailureInfo, TimeoutFailureInfo,
    TimeoutType, Timestamp, WorkflowExecution,
    event::{
        activity_task as activity, timer, workflow_execution as execution,
        workflow_task::{self as task, FailedCause, SdkMetadata},
    },
};

use crate::{ExportError, TemporalHistory, event};

const RUN: RunId = RunId::from_u128(0x0195_0000_0000_7000_8000_0000_0000_002a);

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
    let modelled = EventType::ALL.iter().copied();
    let modelled: Vec<_> = modelled.filter(|it| *it != EventType::Foreign).collect();
    assert_eq!(types, modelled);
}

#[test]
fn a_failure_of_every_kind_reads_back_as_it_was() {
    for info in every_failure_info() {
        let failed = execution::Failed {
            failure: Failure { info, ..failure() },
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
    };
    assert_eq!(TemporalHistory::from_history(&history), Err(refused));
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
        failure: failure(),
        retry_state: RetryState::RetryPolicyNotSet,
        workflow_task_completed_event_id: EventId::new(4),
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

/// The attributes of an event of every type, with no field at its default.
fn every_type() -> Vec<EventAttributes> {
    [
        execution_events(),
        task_events(),
        activity_events(),
        timer_events(),
    ]
    .concat()
}

fn execution_events() -> Vec<EventAttributes> {
    let workflow_task_completed_event_id = EventId::new(4);
    vec![
        execution::Started {
            workflow_id: "order-42".into(),
            workflow_type: "Fulfilment".into(),
            task_queue: "default".into(),
            input: payloads(),
            workflow_execution_timeout: Some(Duration::from_secs(3_600)),
            workflow_run_timeout: Some(Duration::new(600, 5)),
            workflow_task_timeout: Duration::from_secs(10),
            workflow_execution_expiration_time: Some(Timestamp::from_secs(1_767_229_200)),
            identity: "client".into(),
            original_execution_run_id: RUN,
            first_execution_run_id: RunId::from_u128(3),
            attempt: 2,
            request_id: "request".into(),
        }
        .into(),
        execution::Completed {
            result: payloads(),
            workflow_task_completed_event_id,
        }
        .into(),
        execution::Failed {
            failure: failure(),
            retry_state: RetryState::RetryPolicyNotSet,
            workflow_task_completed_event_id,
        }
        .into(),
        execution::TimedOut {
            retry_state: RetryState::Timeout,
        }
        .into(),
        execution::CancelRequested {
            cause: "changed my mind".into(),
            identity: "client".into(),
            request_id: "request".into(),
        }
        .into(),
        execution::Canceled {
            details: payloads(),
            workflow_task_completed_event_id,
        }
        .into(),
        execution::Signaled {
            signal_name: "approve".into(),
            input: payloads(),
            identity: "client".into(),
            request_id: "request".into(),
        }
        .into(),
        execution::Terminated {
            reason: "stuck".into(),
            details: payloads(),
            identity: "operator".into(),
        }
        .into(),
    ]
}

fn task_events() -> Vec<EventAttributes> {
    let (scheduled_event_id, started_event_id) = (EventId::new(2), EventId::new(3));
    vec![
        task::Scheduled {
            task_queue: "default".into(),
            start_to_close_timeout: Duration::from_secs(10),
            attempt: 1,
        }
        .into(),
        task::Started {
            scheduled_event_id,
            identity: "worker".into(),
            request_id: "request".into(),
            suggest_continue_as_new: true,
            history_size_bytes: 70_000,
        }
        .into(),
        task::Completed {
            scheduled_event_id,
            started_event_id,
            identity: "worker".into(),
            sdk_metadata: metadata(),
        }
        .into(),
        task::TimedOut {
            scheduled_event_id,
            started_event_id,
            timeout_type: TimeoutType::StartToClose,
        }
        .into(),
        task::Failed {
            scheduled_event_id,
            started_event_id,
            cause: FailedCause::NonDeterministicError,
            failure: Some(failure()),
            identity: "worker".into(),
        }
        .into(),
    ]
}

fn activity_events() -> Vec<EventAttributes> {
    let (scheduled_event_id, started_event_id) = (EventId::new(5), EventId::new(6));
    vec![
        activity::Scheduled {
            activity_id: "1".into(),
            activity_type: "charge".into(),
            task_queue: "payments".into(),
            input: payloads(),
            schedule_to_close_timeout: Duration::from_secs(60),
            schedule_to_start_timeout: Duration::from_secs(50),
            start_to_close_timeout: Duration::from_millis(1_500),
            heartbeat_timeout: Duration::from_secs(5),
            workflow_task_completed_event_id: EventId::new(4),
            retry_policy: RetryPolicy::default()
                .with_initial_interval(Duration::from_millis(250))
                .with_backoff_coefficient(1.75)
                .with_maximum_interval(Duration::from_secs(30))
                .with_maximum_attempts(5)
                .with_non_retryable_error_type("Declined"),
        }
        .into(),
        activity::Started {
            scheduled_event_id,
            identity: "worker".into(),
            request_id: "request".into(),
            attempt: 3,
            last_failure: Some(failure()),
        }
        .into(),
        activity::Completed {
            result: payloads(),
            scheduled_event_id,
            started_event_id,
            identity: "worker".into(),
        }
        .into(),
        activity::Failed {
            failure: failure(),
            scheduled_event_id,
            started_event_id,
            identity: "worker".into(),
            retry_state: RetryState::MaximumAttemptsReached,
        }
        .into(),
        activity::TimedOut {
            failure: Failure::timeout("too slow", TimeoutType::Heartbeat),
            scheduled_event_id,
            started_event_id,
            retry_state: RetryState::Timeout,
        }
        .into(),
        activity::CancelRequested {
            scheduled_event_id,
            workflow_task_completed_event_id: EventId::new(9),
        }
        .into(),
        activity::Canceled {
            details: payloads(),
            latest_cancel_requested_event_id: EventId::new(10),
            scheduled_event_id,
            started_event_id,
            identity: "worker".into(),
        }
        .into(),
    ]
}

fn timer_events() -> Vec<EventAttributes> {
    let started_event_id = EventId::new(5);
    vec![
        timer::Started {
            timer_id: "1".into(),
            start_to_fire_timeout: Duration::from_secs(86_400),
            workflow_task_completed_event_id: EventId::new(4),
        }
        .into(),
        timer::Fired {
            timer_id: "1".into(),
            started_event_id,
        }
        .into(),
        timer::Canceled {
            timer_id: "1".into(),
            started_event_id,
            workflow_task_completed_event_id: EventId::new(9),
            identity: "worker".into(),
        }
        .into(),
    ]
}

fn every_failure_info() -> Vec<FailureInfo> {
    vec![
        FailureInfo::Application(ApplicationFailureInfo {
            error_type: "Declined".into(),
            non_retryable: true,
            details: payloads(),
            next_retry_delay: Some(Duration::from_secs(7)),
        }),
        FailureInfo::Timeout(TimeoutFailureInfo {
            timeout_type: TimeoutType::ScheduleToClose,
            last_heartbeat_details: payloads(),
        }),
        FailureInfo::Canceled(CanceledFailureInfo {
            details: payloads(),
            identity: "client".into(),
        }),
        FailureInfo::Terminated(TerminatedFailureInfo {
            identity: "operator".into(),
        }),
        FailureInfo::Server(ServerFailureInfo {
            non_retryable: true,
        }),
        FailureInfo::Activity(ActivityFailureInfo {
            scheduled_event_id: EventId::new(5),
            started_event_id: EventId::new(6),
            identity: "worker".into(),
            activity_type: "charge".into(),
            activity_id: "1".into(),
            retry_state: RetryState::NonRetryableFailure,
        }),
    ]
}

fn metadata() -> SdkMetadata {
    SdkMetadata {
        core_used_flags: vec![1, 300],
        lang_used_flags: vec![2],
        sdk_name: "sempre".into(),
        sdk_version: "0.1.0".into(),
    }
}

fn failure() -> Failure {
    Failure {
        message: "card declined".into(),
        source: "RustSempre".into(),
        stack_trace: "billing.rs:12".into(),
        info: FailureInfo::Server(ServerFailureInfo {
            non_retryable: true,
        }),
        cause: Some(Box::new(Failure::application("no funds", "Funds"))),
        encoded_attributes: payloads().0.pop(),
    }
}

/// A payload of every encoding, an empty one, and one with metadata.
fn payloads() -> Payloads {
    let payload = |encoding, data: &'static [u8]| Payload {
        encoding,
        data: data.into(),
        metadata: BTreeMap::new(),
    };
    Payloads(vec![
        payload(Encoding::JsonPlain, br#"{"to":"Rome"}"#),
        payload(Encoding::BinaryNull, b""),
        payload(Encoding::BinaryPlain, &[0, 0xc1, 0xff]),
        Payload {
            metadata: BTreeMap::from([
                ("messageType".into(), (&b"a.B"[..]).into()),
                ("empty".into(), (&b""[..]).into()),
            ]),
            ..payload(Encoding::Other("binary/protobuf".into()), b"\x08\x01")
        },
    ])
}
