//! Protobuf that is no history is refused, and what it says that JSON cannot say.

use expect_test::{Expect, expect};
use prost_reflect::prost::Message as _;
use prost_wkt_types as wkt;
use temporalio_protos::temporal::api::history::v1::{
    self as proto, history_event::Attributes as Theirs,
};

use crate::TemporalHistory;

#[test]
fn protobuf_that_is_none_is_refused() {
    let error = TemporalHistory::from_protobuf(b"\x0a\xff").expect_err("it is bad");
    expect!["not protobuf: failed to decode Protobuf message: History.events: invalid varint"]
        .assert_eq(&error.to_string());
}

#[test]
fn protobuf_without_an_event_is_no_history() {
    let error = TemporalHistory::from_protobuf(&[]).expect_err("it is bad");
    expect!["not a history: there is no event"].assert_eq(&error.to_string());
}

#[test]
fn protobuf_with_values_that_json_cannot_say_is_refused() {
    type Attributes = proto::WorkflowExecutionStartedEventAttributes;
    let started = Attributes {
        workflow_run_timeout: Some(wkt::Duration {
            seconds: 315_576_000_001,
            nanos: 0,
        }),
        ..Default::default()
    };
    let event = |seconds, attributes| proto::HistoryEvent {
        event_id: 1,
        event_time: Some(wkt::Timestamp { seconds, nanos: 0 }),
        event_type: 1,
        attributes: Some(Theirs::WorkflowExecutionStartedEventAttributes(attributes)),
        ..Default::default()
    };
    check_protobuf(
        event(0, started),
        &expect![
            "event 1: malformed field: workflowExecutionStartedEventAttributes: duration out of range"
        ],
    );
    check_protobuf(
        event(253_402_300_800, Attributes::default()),
        &expect![
            "event 1: malformed field: workflowExecutionStartedEventAttributes: timestamp out of range"
        ],
    );
}

#[track_caller]
fn check_protobuf(event: proto::HistoryEvent, expected: &Expect) {
    let events = vec![event];
    let bytes = proto::History { events }.encode_to_vec();
    let error = TemporalHistory::from_protobuf(&bytes).expect_err("it is bad");
    expected.assert_eq(&error.to_string());
}

#[test]
fn protobuf_whose_type_and_attributes_do_not_match_is_refused() {
    let event = |event_type| proto::HistoryEvent {
        event_id: 1,
        event_type,
        ..Default::default()
    };
    check_protobuf(
        event(0),
        &expect!["event 1: unknown event type, and workerMayIgnore is not set: event_type=0"],
    );
    check_protobuf(
        event(4711),
        &expect!["event 1: unknown event type, and workerMayIgnore is not set: event_type=4711"],
    );
    check_protobuf(
        event(1),
        &expect![
            "event 1: attributes do not match the event type: expected=workflowExecutionStartedEventAttributes"
        ],
    );
    // Neither type has a model.
    let marker = proto::MarkerRecordedEventAttributes::default();
    let attributes = Some(Theirs::MarkerRecordedEventAttributes(marker));
    check_protobuf(
        proto::HistoryEvent {
            attributes,
            ..event(51)
        },
        &expect![
            "event 1: attributes do not match the event type: expected=nexusOperationFailedEventAttributes"
        ],
    );
    check_protobuf(
        event(51),
        &expect![
            "event 1: attributes do not match the event type: expected=nexusOperationFailedEventAttributes"
        ],
    );
}
