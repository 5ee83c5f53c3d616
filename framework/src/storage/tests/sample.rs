//! One transition of every kind, with no field at its default.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;

use crate::model::{
    ActivityFailureInfo, ApplicationFailureInfo, AttemptFailure, CanceledFailureInfo, Change,
    Encoding, Entry, EventAttributes, EventId, Failure, FailureInfo, HistoryEvent, Payload,
    Payloads, RecordNumber, RetryPolicy, RetryState, RunId, ServerFailureInfo,
    TerminatedFailureInfo, TimeoutFailureInfo, TimeoutType, Timestamp, Transition, Wake,
    event::{
        activity_task as activity, timer, workflow_execution as execution,
        workflow_task::{self, FailedCause, SdkMetadata},
    },
};

pub(super) const RUN: RunId = RunId::from_u128(0x0195_0000_0000_7000_8000_0000_0000_002a);
pub(super) const NUMBER: RecordNumber = RecordNumber::new(7);

/// The name of a sample, and the sample.
pub(super) type Sample = (&'static str, Transition);

/// Every sample there is, by the golden file it belongs to.
pub(super) fn all() -> Vec<(&'static str, Vec<Sample>)> {
    vec![
        ("workflow_execution", events(workflow_execution())),
        ("workflow_task", events(workflow_task())),
        ("activity_task", events(activity_task())),
        ("timer", events(timer())),
        ("change", changes()),
        ("failure", failures()),
        ("transition", transitions()),
    ]
}

pub(super) fn workflow_execution() -> Vec<EventAttributes> {
    vec![
        execution::Started {
            workflow_id: "order-42".into(),
            workflow_type: "Fulfilment".into(),
            task_queue: "default".into(),
            input: payloads(),
            workflow_execution_timeout: Some(Duration::from_secs(3_600)),
            workflow_run_timeout: Some(Duration::new(600, 5)),
            workflow_task_timeout: Duration::from_secs(10),
            workflow_execution_expiration_time: Some(at(3_600)),
            identity: "client".into(),
            original_execution_run_id: RUN,
            first_execution_run_id: RunId::from_u128(3),
            attempt: 2,
            request_id: "request".into(),
        }
        .into(),
        execution::Completed {
            result: payloads(),
            workflow_task_completed_event_id: EventId::new(4),
        }
        .into(),
        execution::Failed {
            failure: failure(),
            retry_state: RetryState::RetryPolicyNotSet,
            workflow_task_completed_event_id: EventId::new(4),
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
            workflow_task_completed_event_id: EventId::new(4),
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

pub(super) fn workflow_task() -> Vec<EventAttributes> {
    vec![
        workflow_task::Scheduled {
            task_queue: "default".into(),
            start_to_close_timeout: Duration::from_secs(10),
            attempt: 1,
        }
        .into(),
        workflow_task::Started {
            scheduled_event_id: EventId::new(2),
            identity: "worker".into(),
            request_id: "request".into(),
            suggest_continue_as_new: true,
            history_size_bytes: 70_000,
        }
        .into(),
        workflow_task::Completed {
            scheduled_event_id: EventId::new(2),
            started_event_id: EventId::new(3),
            identity: "worker".into(),
            sdk_metadata: SdkMetadata {
                core_used_flags: vec![1, 300],
                lang_used_flags: vec![2],
                sdk_name: "sempre".into(),
                sdk_version: "0.1.0".into(),
            },
        }
        .into(),
        workflow_task::TimedOut {
            scheduled_event_id: EventId::new(2),
            started_event_id: EventId::new(3),
            timeout_type: TimeoutType::StartToClose,
        }
        .into(),
        workflow_task_failed().into(),
    ]
}

fn workflow_task_failed() -> workflow_task::Failed {
    workflow_task::Failed {
        scheduled_event_id: EventId::new(2),
        started_event_id: EventId::new(3),
        cause: FailedCause::NonDeterministicError,
        failure: Some(failure()),
        identity: "worker".into(),
    }
}

pub(super) fn activity_task() -> Vec<EventAttributes> {
    let scheduled_event_id = EventId::new(5);
    let started_event_id = EventId::new(6);
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
            retry_policy: retry_policy(),
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

pub(super) fn timer() -> Vec<EventAttributes> {
    vec![
        timer::Started {
            timer_id: "1".into(),
            start_to_fire_timeout: Duration::from_secs(86_400),
            workflow_task_completed_event_id: EventId::new(4),
        }
        .into(),
        timer::Fired {
            timer_id: "1".into(),
            started_event_id: EventId::new(5),
        }
        .into(),
        timer::Canceled {
            timer_id: "1".into(),
            started_event_id: EventId::new(5),
            workflow_task_completed_event_id: EventId::new(9),
            identity: "worker".into(),
        }
        .into(),
    ]
}

fn events(attributes: Vec<EventAttributes>) -> Vec<Sample> {
    let sample = |attributes: EventAttributes| {
        let name = attributes.event_type().name();
        let event = HistoryEvent {
            id: EventId::new(11),
            time: at(11),
            attributes,
        };
        (name, transition(vec![event.into()]))
    };
    attributes.into_iter().map(sample).collect()
}

pub(super) fn changes() -> Vec<Sample> {
    use crate::model::transition::{
        AttemptFailed, AttemptStarted, BufferFlushed, EventBuffered, HeartbeatRecorded,
        TransientScheduled, TransientStarted, WorkflowTaskAttemptFailed,
    };
    let scheduled_event_id = EventId::new(5);
    let changes: [Change; 8] = [
        AttemptStarted {
            scheduled_event_id,
            attempt: 2,
            at: at(12),
            identity: "worker".into(),
            request_id: "request".into(),
        }
        .into(),
        AttemptFailed {
            scheduled_event_id,
            failure: AttemptFailure {
                failure: failure(),
                identity: "worker".into(),
            },
            next_attempt: 3,
            next_attempt_at: at(13),
        }
        .into(),
        HeartbeatRecorded {
            scheduled_event_id,
            at: at(12),
            details: payloads(),
        }
        .into(),
        EventBuffered {
            at: at(12),
            attributes: timer::Fired::default().into(),
        }
        .into(),
        BufferFlushed { dropped: 1 }.into(),
        TransientScheduled {
            attempt: 2,
            at: at(12),
            start_to_close_timeout: Duration::from_secs(15),
        }
        .into(),
        TransientStarted {
            at: at(12),
            identity: "worker".into(),
            request_id: "request".into(),
        }
        .into(),
        WorkflowTaskAttemptFailed {
            attempt: 2,
            cause: FailedCause::WorkflowWorkerUnhandledFailure,
            failure: Some(failure()),
            next_attempt_at: at(13),
        }
        .into(),
    ];
    let sample = |change| {
        // A change without a sample does not compile here.
        let name = match &change {
            Change::AttemptStarted(_) => "AttemptStarted",
            Change::AttemptFailed(_) => "AttemptFailed",
            Change::HeartbeatRecorded(_) => "HeartbeatRecorded",
            Change::EventBuffered(_) => "EventBuffered",
            Change::BufferFlushed(_) => "BufferFlushed",
            Change::WorkflowTaskScheduled(_) => "WorkflowTaskScheduled",
            Change::WorkflowTaskStarted(_) => "WorkflowTaskStarted",
            Change::WorkflowTaskAttemptFailed(_) => "WorkflowTaskAttemptFailed",
        };
        (name, transition(vec![Entry::Change(change)]))
    };
    changes.into_iter().map(sample).collect()
}

pub(super) fn failure_infos() -> Vec<(&'static str, FailureInfo)> {
    vec![
        (
            "Application",
            FailureInfo::Application(ApplicationFailureInfo {
                error_type: "Declined".into(),
                non_retryable: true,
                details: payloads(),
                next_retry_delay: Some(Duration::from_secs(7)),
            }),
        ),
        (
            "Timeout",
            FailureInfo::Timeout(TimeoutFailureInfo {
                timeout_type: TimeoutType::ScheduleToClose,
                last_heartbeat_details: payloads(),
            }),
        ),
        (
            "Canceled",
            FailureInfo::Canceled(CanceledFailureInfo {
                details: payloads(),
                identity: "client".into(),
            }),
        ),
        (
            "Terminated",
            FailureInfo::Terminated(TerminatedFailureInfo {
                identity: "operator".into(),
            }),
        ),
        (
            "Server",
            FailureInfo::Server(ServerFailureInfo {
                non_retryable: true,
            }),
        ),
        (
            "Activity",
            FailureInfo::Activity(ActivityFailureInfo {
                scheduled_event_id: EventId::new(5),
                started_event_id: EventId::new(6),
                identity: "worker".into(),
                activity_type: "charge".into(),
                activity_id: "1".into(),
                retry_state: RetryState::NonRetryableFailure,
            }),
        ),
    ]
}

fn failures() -> Vec<Sample> {
    let sample = |(name, info)| {
        let failure = Failure { info, ..failure() };
        let failed = execution::Failed {
            failure,
            ..Default::default()
        };
        let event = HistoryEvent {
            id: EventId::new(11),
            time: at(11),
            attributes: failed.into(),
        };
        (name, transition(vec![event.into()]))
    };
    failure_infos().into_iter().map(sample).collect()
}

/// What transitions differ in besides their entries.
fn transitions() -> Vec<Sample> {
    let every_kind = [workflow_execution(), workflow_task(), activity_task()];
    let long = events(every_kind.into_iter().flatten().collect());
    let entries = long.into_iter().flat_map(|(_, one)| one.entries);
    vec![
        (
            "Empty",
            Transition {
                at: Timestamp::EPOCH,
                entries: Vec::new(),
                wake: Wake::default(),
            },
        ),
        (
            "Closed",
            Transition {
                at: Timestamp::MAX,
                entries: Vec::new(),
                wake: Wake {
                    deadline: None,
                    at_once: false,
                    closed: true,
                },
            },
        ),
        ("Long", transition(entries.collect())),
    ]
}

fn transition(entries: Vec<Entry>) -> Transition {
    Transition {
        at: at(11),
        entries,
        wake: Wake {
            deadline: Some(at(99)),
            at_once: true,
            closed: false,
        },
    }
}

/// A payload of every encoding, an empty one, and one with metadata.
pub(super) fn payloads() -> Payloads {
    let payload = |encoding, data: &'static [u8]| Payload {
        encoding,
        data: Bytes::from_static(data),
        metadata: BTreeMap::new(),
    };
    Payloads(vec![
        payload(Encoding::JsonPlain, br#"{"to":"Rome"}"#),
        payload(Encoding::BinaryNull, b""),
        payload(Encoding::BinaryPlain, &[0, 0xc1, 0xff]),
        Payload {
            metadata: BTreeMap::from([
                ("messageType".into(), Bytes::from_static(b"a.B")),
                ("empty".into(), Bytes::new()),
            ]),
            ..payload(Encoding::Other("binary/protobuf".into()), b"\x08\x01")
        },
    ])
}

pub(super) fn failure() -> Failure {
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

pub(super) fn retry_policy() -> RetryPolicy {
    RetryPolicy {
        initial_interval: Duration::from_millis(250),
        backoff_coefficient: 1.75,
        maximum_interval: Some(Duration::from_secs(30)),
        maximum_attempts: 5,
        non_retryable_error_types: vec!["Declined".into(), "Fraud".into()],
    }
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(1_767_225_600 + seconds)
}
