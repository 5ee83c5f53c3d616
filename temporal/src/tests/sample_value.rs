//! What events are made of in samples: payloads, failures of every kind, and what travels with a call.

use std::{collections::BTreeMap, time::Duration};

use sempre::model::{
    ActivityFailureInfo, ApplicationErrorCategory, ApplicationFailureInfo, CanceledFailureInfo,
    ChildWorkflowFailureInfo, Encoding, EventId, Failure, FailureInfo, Header, Memo, Payload,
    Payloads, Priority, ResetWorkflowFailureInfo, RetryPolicy, RetryState, RunId,
    SearchAttributeValue, SearchAttributes, ServerFailureInfo, TerminatedFailureInfo,
    TimeoutFailureInfo, TimeoutType, UserMetadata, WorkflowExecution,
    event::workflow_task::SdkMetadata,
};

pub(super) fn memo() -> Memo {
    let values = payloads().0.into_iter().zip(0..);
    values
        .map(|(value, number)| (format!("value-{number}"), value))
        .collect()
}

pub(super) fn header() -> Header {
    let value = payloads().0.into_iter().next().unwrap();
    [("tenant".to_owned(), value)].into_iter().collect()
}

pub(super) fn priority() -> Option<Box<Priority>> {
    let priority = Priority::default().key(2).fairness_key("acme");
    priority.fairness_weight(1.5).into_attribute()
}

pub(super) fn user_metadata() -> Option<Box<UserMetadata>> {
    let said = UserMetadata {
        summary: "books".into(),
        details: "two of them".into(),
    };
    said.into_attribute()
}

pub(super) fn search_attributes() -> SearchAttributes {
    let values = [
        ("Customer", SearchAttributeValue::Keyword("ada".into())),
        ("Amount", SearchAttributeValue::Int(-5)),
    ];
    let values = values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.to_payload()));
    values.collect()
}

pub(super) fn workflow(workflow_id: &str, run: u128) -> WorkflowExecution {
    WorkflowExecution {
        workflow_id: workflow_id.into(),
        run_id: RunId::from_u128(run),
    }
}

pub(super) fn retry_policy() -> RetryPolicy {
    RetryPolicy::default()
        .initial_interval(Duration::from_millis(250))
        .backoff(1.75)
        .max_interval(Duration::from_secs(30))
        .max_attempts(5)
        .non_retryable("Declined")
}

pub(super) fn other_execution() -> WorkflowExecution {
    WorkflowExecution {
        workflow_id: "warehouse-3".into(),
        run_id: RunId::from_u128(9),
    }
}

pub(super) fn every_failure_info() -> Vec<FailureInfo> {
    vec![
        FailureInfo::Application(ApplicationFailureInfo {
            error_type: "Declined".into(),
            non_retryable: true,
            details: payloads(),
            next_retry_delay: Some(Duration::from_secs(7)),
            category: ApplicationErrorCategory::Benign,
        }),
        FailureInfo::Timeout(TimeoutFailureInfo {
            timeout_type: TimeoutType::ScheduleToClose,
            last_heartbeat_details: payloads(),
        }),
        FailureInfo::Canceled(CanceledFailureInfo {
            details: payloads(),
            identity: "client".into(),
        }),
        FailureInfo::ResetWorkflow(ResetWorkflowFailureInfo {
            last_heartbeat_details: payloads(),
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
        FailureInfo::ChildWorkflow(ChildWorkflowFailureInfo {
            workflow_execution: other_execution(),
            workflow_type: "Shipment".into(),
            initiated_event_id: EventId::new(5),
            started_event_id: EventId::new(6),
            retry_state: RetryState::NonRetryableFailure,
        }),
    ]
}

pub(super) fn metadata() -> SdkMetadata {
    SdkMetadata {
        core_used_flags: vec![1, 300],
        lang_used_flags: vec![2],
        sdk_name: "sempre".into(),
        sdk_version: "0.1.0".into(),
    }
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

/// A payload of every encoding, an empty one, and one with metadata.
pub(super) fn payloads() -> Payloads {
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
