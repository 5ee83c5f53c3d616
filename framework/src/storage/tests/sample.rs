//! One transition of every kind, with no field at its default.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;

use crate::{
    model::{
        ActivityFailureInfo, ApplicationErrorCategory, ApplicationFailureInfo, AttemptFailure,
        CanceledFailureInfo, Change, ChildWorkflowFailureInfo, Encoding, Entry, EventAttributes,
        EventId, Failure, FailureInfo, HistoryEvent, MessageId, MessageKind, Payload, Payloads,
        RecordNumber, ResetWorkflowFailureInfo, RetryPolicy, RetryState, RunId, ServerFailureInfo,
        TerminatedFailureInfo, TimeoutFailureInfo, TimeoutType, Timestamp, Transition, Wake,
        WorkflowExecution,
        event::{timer, workflow_execution as execution, workflow_task::FailedCause},
    },
    storage::tests::event_sample,
};

pub(super) const RUN: RunId = RunId::from_u128(0x0195_0000_0000_7000_8000_0000_0000_002a);
pub(super) const NUMBER: RecordNumber = RecordNumber::new(7);

/// The name of a sample, and the sample.
pub(super) type Sample = (&'static str, Transition);

/// Every sample there is, by the golden file it belongs to.
pub(super) fn all() -> Vec<(&'static str, Vec<Sample>)> {
    let families = event_sample::families().into_iter();
    let families = families.map(|(name, attributes)| (name, events(attributes)));
    let others = [
        ("change", changes()),
        ("failure", failures()),
        ("transition", transitions()),
    ];
    families.chain(others).collect()
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
        AttemptFailed, AttemptStarted, BackoffEnded, BufferFlushed, EventBuffered,
        HeartbeatRecorded, SignalDropped, TransientScheduled, TransientStarted,
        WorkflowTaskAttemptFailed,
    };
    let scheduled_event_id = EventId::new(5);
    let changes: [Change; 14] = [
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
            failure: Some(Box::new(failure())),
            next_attempt_at: at(13),
        }
        .into(),
        SignalDropped {
            signal_name: "approve".into(),
            count: 2,
            cause: "its input is malformed".into(),
        }
        .into(),
        BackoffEnded { scheduled_event_id }.into(),
        dropped_details(scheduled_event_id),
        lost_records(),
        settled_message(),
        handed_over(scheduled_event_id),
    ];
    let changes = changes.into_iter().chain(rare(scheduled_event_id));
    changes.map(change_sample).collect()
}

fn rare(scheduled_event_id: EventId) -> impl Iterator<Item = Change> {
    let of_resets = [forked(), reset()];
    of_resets.into_iter().chain(steered(scheduled_event_id))
}

fn dropped_details(scheduled_event_id: EventId) -> Change {
    crate::model::transition::HeartbeatDetailsDropped {
        scheduled_event_id,
        at: at(12),
        bytes: 3_000_000,
    }
    .into()
}

fn lost_records() -> Change {
    crate::model::transition::RecordsLost {
        first: RecordNumber::new(3),
        last: RecordNumber::new(5),
        cause: "record is damaged".into(),
    }
    .into()
}

fn settled_message() -> Change {
    crate::model::transition::MessageSettled {
        message_id: MessageId {
            event_id: EventId::new(5),
            kind: MessageKind::RequestCancel,
        },
    }
    .into()
}

fn handed_over(scheduled_event_id: EventId) -> Change {
    crate::model::transition::AttemptHandedOver {
        scheduled_event_id,
        attempt: 2,
    }
    .into()
}

fn forked() -> Change {
    let origin = crate::model::transition::Origin {
        run_id: RunId::from_u128(8),
        last_event_id: EventId::new(9),
    };
    crate::model::transition::Forked {
        origins: vec![origin],
        request_id: "request".into(),
    }
    .into()
}

fn reset() -> Change {
    crate::model::transition::Reset {
        new_run_id: RunId::from_u128(9),
        last_event_id: EventId::new(9),
    }
    .into()
}

/// What operators do about activities.
fn steered(scheduled_event_id: EventId) -> [Change; 4] {
    use crate::model::transition::{
        ActivityOptionsUpdated, ActivityPaused, ActivityReset, ActivityUnpaused,
    };
    [
        ActivityPaused {
            scheduled_event_id,
            identity: "operator".into(),
            reason: "the bank is down".into(),
        }
        .into(),
        ActivityUnpaused { scheduled_event_id }.into(),
        ActivityReset {
            scheduled_event_id,
            forgets_heartbeat: true,
        }
        .into(),
        Box::new(ActivityOptionsUpdated {
            scheduled_event_id,
            task_queue: "other".into(),
            schedule_to_close_timeout: Duration::from_secs(60),
            schedule_to_start_timeout: Duration::from_secs(50),
            start_to_close_timeout: Duration::from_secs(40),
            heartbeat_timeout: Duration::from_secs(30),
            retry_policy: retry_policy(),
            backoff: Some(Duration::from_secs(20)),
        })
        .into(),
    ]
}

fn change_sample(change: Change) -> Sample {
    (
        change_name(&change),
        transition(vec![Entry::Change(change)]),
    )
}

/// A change without a sample does not compile here.
fn change_name(change: &Change) -> &'static str {
    match change {
        Change::AttemptStarted(_) => "AttemptStarted",
        Change::AttemptFailed(_) => "AttemptFailed",
        Change::HeartbeatRecorded(_) => "HeartbeatRecorded",
        Change::EventBuffered(_) => "EventBuffered",
        Change::BufferFlushed(_) => "BufferFlushed",
        Change::WorkflowTaskScheduled(_) => "WorkflowTaskScheduled",
        Change::WorkflowTaskStarted(_) => "WorkflowTaskStarted",
        Change::WorkflowTaskAttemptFailed(_) => "WorkflowTaskAttemptFailed",
        Change::SignalDropped(_) => "SignalDropped",
        Change::HeartbeatDetailsDropped(_) => "HeartbeatDetailsDropped",
        Change::BackoffEnded(_) => "BackoffEnded",
        Change::RecordsLost(_) => "RecordsLost",
        Change::MessageSettled(_) => "MessageSettled",
        Change::AttemptHandedOver(_) => "AttemptHandedOver",
        Change::Forked(_) => "Forked",
        Change::Reset(_) => "Reset",
        Change::ActivityPaused(_) => "ActivityPaused",
        Change::ActivityUnpaused(_) => "ActivityUnpaused",
        Change::ActivityReset(_) => "ActivityReset",
        Change::ActivityOptionsUpdated(_) => "ActivityOptionsUpdated",
    }
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
                category: ApplicationErrorCategory::Benign,
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
            "ResetWorkflow",
            FailureInfo::ResetWorkflow(ResetWorkflowFailureInfo {
                last_heartbeat_details: payloads(),
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
        (
            "ChildWorkflow",
            FailureInfo::ChildWorkflow(ChildWorkflowFailureInfo {
                workflow_execution: WorkflowExecution {
                    workflow_id: "shipment-42".into(),
                    run_id: RunId::from_u128(9),
                },
                workflow_type: "Shipment".into(),
                initiated_event_id: EventId::new(5),
                started_event_id: EventId::new(6),
                retry_state: RetryState::NonRetryableFailure,
            }),
        ),
    ]
}

fn failures() -> Vec<Sample> {
    let sample = |(name, info)| {
        let failure = Failure { info, ..failure() };
        let failed = execution::Failed {
            failure: Box::new(failure),
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
    let every_kind = [
        event_sample::workflow_execution(),
        event_sample::workflow_task(),
        event_sample::activity_task(),
    ];
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
        backoff: 1.75,
        max_interval: Some(Duration::from_secs(30)),
        max_attempts: 5,
        non_retryable: vec!["Declined".into(), "Fraud".into()],
    }
}

pub(super) fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(1_767_225_600 + seconds)
}
