//! What is stored reads back the same, and what an earlier release stored reads with defaults.

use std::{fmt::Debug, io::Cursor, time::Duration};

use proptest::prelude::*;
use serde::{Deserialize as _, Serialize, de::DeserializeOwned, de::IgnoredAny};

use crate::{
    model::{
        AttemptFailure, Change, Encoding, Entry, EventId, ExecutionStatus, Header, HistoryEvent,
        Lineage, Payload, Payloads, RecordNumber, RetryState, RunId, SearchAttributeType,
        SearchAttributeValue, SearchAttributes, StartOptions, TimeoutType, Timestamp, Transition,
        Wake, WorkflowExecution, WorkflowIdConflictPolicy, WorkflowIdReusePolicy, WorkflowVersion,
        event::{
            workflow_execution::Signaled,
            workflow_task::{FailedCause, SdkMetadata},
        },
    },
    storage::{
        Extent, RunDetails, RunEntry, StoredRecord, record,
        tests::{
            event_sample,
            sample::{self, RUN},
        },
    },
};

#[track_caller]
fn check_round_trip<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let bytes = rmp_serde::to_vec(value).unwrap();
    assert_eq!(&rmp_serde::from_slice::<T>(&bytes).unwrap(), value);
}

#[test]
fn every_numbered_value_reads_back_the_same() {
    TimeoutType::ALL.iter().for_each(check_round_trip);
    RetryState::ALL.iter().for_each(check_round_trip);
    FailedCause::ALL.iter().for_each(check_round_trip);
    ExecutionStatus::ALL.iter().for_each(check_round_trip);
    SearchAttributeType::ALL.iter().for_each(check_round_trip);
    WorkflowIdReusePolicy::ALL.iter().for_each(check_round_trip);
    let policies = WorkflowIdConflictPolicy::ALL;
    policies.iter().for_each(check_round_trip);
}

#[test]
fn extreme_values_read_back_the_same() {
    [Timestamp::EPOCH, Timestamp::MAX]
        .iter()
        .for_each(check_round_trip);
    [Duration::ZERO, Duration::MAX, Duration::new(0, 999_999_999)]
        .iter()
        .for_each(check_round_trip);
    [RunId::default(), RunId::from_u128(u128::MAX)]
        .iter()
        .for_each(check_round_trip);
    [EventId::NONE, EventId::new(u64::MAX)]
        .iter()
        .for_each(check_round_trip);
    [RecordNumber::NONE, RecordNumber::new(u32::MAX)]
        .iter()
        .for_each(check_round_trip);
    [Payloads::EMPTY, sample::payloads()]
        .iter()
        .for_each(check_round_trip);
    check_round_trip(&StartOptions::default());
}

/// What a release wrote that did not know the last fields yet, down to none of them.
///
/// `value` is written as an array of fields; `prefix` bytes before it are kept.
fn older_releases(bytes: &[u8], prefix: usize) -> Vec<Vec<u8>> {
    let (before, array) = bytes.split_at(prefix);
    let (header_bytes, fields) = match array[0] {
        0xdc => (3, usize::from(u16::from_be_bytes([array[1], array[2]]))),
        short => {
            assert_eq!(short & 0xf0, 0x90, "an array of fields");
            (1, usize::from(short & 0x0f))
        }
    };
    let array = &array[header_bytes..];
    let mut rest = rmp_serde::Deserializer::new(Cursor::new(array));
    let mut older = Vec::new();
    for known in 0..fields {
        let end = usize::try_from(rest.position()).unwrap();
        let header = match u8::try_from(known).unwrap() {
            short @ 0..16 => vec![0x90 | short],
            long => vec![0xdc, 0, long],
        };
        older.push([before, &header[..], &array[..end]].concat());
        IgnoredAny::deserialize(&mut rest).unwrap();
    }
    older
}

/// Asks that the fields an earlier release knew are read, and that the others are their default.
#[track_caller]
fn check_appendable<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, prefix: usize) {
    let bytes = rmp_serde::to_vec(value).unwrap();
    let releases = older_releases(&bytes, prefix);
    for (known, older) in releases.iter().enumerate() {
        let read: T = rmp_serde::from_slice(older)
            .unwrap_or_else(|error| panic!("{known} fields of {value:?} do not read: {error}"));
        assert_ne!(&read, value, "a sample field is at its default");
        let again = rmp_serde::to_vec(&read).unwrap();
        let of_those = older_releases(&again, prefix);
        assert_eq!(&of_those[known], older, "known fields of {value:?} changed");
    }
}

/// An enum is written as the pair of a number and its content; here, of the content's fields.
const IN_PAIR: usize = 2;

#[test]
fn fields_appended_to_an_event_are_missing_in_older_records() {
    let families = event_sample::families().into_iter();
    for attributes in families.flat_map(|(_, attributes)| attributes) {
        check_appendable(&attributes, IN_PAIR);
    }
}

#[test]
fn fields_appended_to_a_change_are_missing_in_older_records() {
    for (_, transition) in sample::changes() {
        let [Entry::Change(change)] = &*transition.entries else {
            panic!("one change each");
        };
        // A buffered event has no default attributes; fields appended to it carry their own.
        if !matches!(change, Change::EventBuffered(_)) {
            check_appendable(change, IN_PAIR);
        }
    }
}

#[test]
fn fields_appended_to_a_failure_are_missing_in_older_records() {
    for (_, info) in sample::failure_infos() {
        check_appendable(&info, IN_PAIR);
    }
    check_appendable(&sample::failure(), 0);
    check_appendable(
        &AttemptFailure {
            failure: sample::failure(),
            identity: "worker".into(),
        },
        0,
    );
}

#[test]
fn fields_appended_to_what_events_are_made_of_are_missing_in_older_records() {
    check_appendable(&sample::retry_policy(), 0);
    check_appendable(&sample::payloads().0.pop().unwrap(), 0);
    let metadata = SdkMetadata {
        core_used_flags: vec![1],
        lang_used_flags: vec![2],
        sdk_name: "sempre".into(),
        sdk_version: "0.1.0".into(),
    };
    check_appendable(&metadata, 0);
    let wake = Wake {
        deadline: Some(Timestamp::from_secs(1)),
        at_once: true,
        closed: true,
    };
    check_appendable(&wake, 0);
}

#[test]
fn fields_appended_to_an_index_entry_are_missing_in_older_stores() {
    let execution = WorkflowExecution {
        workflow_id: "order-42".into(),
        run_id: RUN,
    };
    check_appendable(&execution, 0);
    let extent = Extent {
        events: 5,
        bytes: 700,
        transitions: 3,
    };
    check_appendable(&extent, 0);
    let details = RunDetails {
        search_attributes: [("Amount".into(), SearchAttributeValue::Int(12))].into(),
        parent: Some(execution.clone()),
        root: Some(execution.clone()),
        version: Some(WorkflowVersion::new(2)),
    };
    check_appendable(&details, 0);
    let entry = RunEntry {
        execution,
        workflow_type: "Fulfilment".into(),
        status: ExecutionStatus::Completed,
        start_request_id: "request".into(),
        started_at: Timestamp::from_secs(1),
        closed_at: Some(Timestamp::from_secs(2)),
        task_queue: "default".into(),
        extent,
        has_messages: true,
        first_execution_run_id: RUN,
        new_execution_run_id: Some(RunId::from_u128(8)),
        details: Some(Box::new(details)),
        damage: None,
    };
    check_appendable(&entry, 0);
}

#[test]
fn an_entry_without_details_takes_no_memory_for_them() {
    // What the two take together is what the text of the damage took alone.
    let both = size_of::<Option<Box<RunDetails>>>() + size_of::<Option<Box<str>>>();
    assert_eq!(both, size_of::<Option<String>>());
    let bare = RunDetails::of(
        &SearchAttributes::EMPTY,
        Some(&Lineage::first_run(RUN)),
        None,
    );
    assert_eq!(bare, None);
}

#[test]
fn payload_bytes_are_written_once_and_without_escapes() {
    let data = vec![0xff; 100_000];
    let signaled = Signaled {
        input: payload(Encoding::BinaryPlain, data).into(),
        ..Default::default()
    };
    let transition = signal(signaled, 1, Wake::default());
    let record = record::encode(RUN, RecordNumber::new(1), &transition);
    assert!(record.len() < 100_100, "{} bytes", record.len());
}

proptest! {
    #[test]
    fn any_signal_reads_back_the_same(
        name in ".{0,300}",
        identity in "\\PC{0,40}",
        data in prop::collection::vec(any::<u8>(), 0..70_000),
        encoding in "[a-z]{1,9}/[a-z]{1,9}",
        metadata in prop::collection::btree_map(".{0,9}", prop::collection::vec(any::<u8>(), 0..40), 0..20),
        run_id: u128,
        number: u32,
        at: u64,
        deadline: Option<u64>,
        at_once: bool,
        closed: bool,
    ) {
        let mut payload = payload(encoding.into(), data);
        payload.metadata = metadata.into_iter().map(|(key, value)| (key, value.into())).collect();
        let signaled = Signaled { header: Header::EMPTY,
            signal_name: name.into(),
            input: payload.into(),
            identity: identity.into(),
            request_id: "".into(),
            external_workflow_execution: None,
        };
        let wake = Wake { deadline: deadline.map(Timestamp::from_nanos), at_once, closed };
        let transition = signal(signaled, at, wake);
        let (run_id, number) = (RunId::from_u128(run_id), RecordNumber::new(number));
        let bytes = record::encode(run_id, number, &transition);
        let stored = StoredRecord { number, bytes };
        let at = Some(transition.at);
        prop_assert_eq!(record::peek_wake(run_id, &stored).unwrap(), (wake, at));
        prop_assert_eq!(record::decode(run_id, &stored).unwrap(), transition);
    }
}

fn signal(signaled: Signaled, at: u64, wake: Wake) -> Transition {
    let event = HistoryEvent {
        id: EventId::new(at),
        time: Timestamp::from_nanos(at),
        attributes: signaled.into(),
    };
    Transition {
        at: Timestamp::from_nanos(at),
        entries: vec![event.into()],
        wake,
    }
}

fn payload(encoding: Encoding, data: Vec<u8>) -> Payload {
    Payload {
        encoding,
        data: data.into(),
        ..Default::default()
    }
}
