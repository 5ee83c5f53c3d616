//! Whatever happens to a record, it is reported with its run and its number.

use bytes::Bytes;

use crate::{
    model::{
        ActivityFailureInfo, EventId, Failure, FailureInfo, HistoryEvent, RecordNumber, RunId,
        Timestamp, Transition, Wake, event::activity_task, limits::FAILURE_CHAIN_MAX,
    },
    storage::{
        StorageErrorKind, StoredRecord, record,
        tests::sample::{self, NUMBER, RUN},
    },
};

/// Asks that both ways of reading a record report it, and returns what they say.
#[track_caller]
fn check_reported(run_id: RunId, number: RecordNumber, bytes: impl Into<Bytes>) -> String {
    let bytes = bytes.into();
    let record = StoredRecord { number, bytes };
    let decoded = record::decode(run_id, &record).expect_err("damage goes unseen");
    let peeked = record::peek_wake(run_id, &record).expect_err("damage goes unseen");
    for error in [&decoded, &peeked] {
        assert_eq!(error.kind(), StorageErrorKind::Corrupt);
        let where_it_is = format!("run_id={run_id} record={number}");
        assert!(error.to_string().ends_with(&where_it_is), "{error}");
    }
    decoded.to_string()
}

fn samples() -> impl Iterator<Item = Vec<u8>> {
    let samples = sample::all().into_iter().flat_map(|(_, samples)| samples);
    samples.map(|(_, transition)| record::encode(RUN, NUMBER, &transition).into())
}

#[test]
fn every_flipped_bit_is_reported() {
    for mut bytes in samples() {
        for position in 0..bytes.len() {
            for bit in 0..8 {
                bytes[position] ^= 1 << bit;
                check_reported(RUN, NUMBER, bytes.clone());
                bytes[position] ^= 1 << bit;
            }
        }
    }
}

#[test]
fn every_truncation_is_reported() {
    for bytes in samples() {
        for length in 0..bytes.len() {
            check_reported(RUN, NUMBER, bytes[..length].to_vec());
        }
    }
}

#[test]
fn trailing_bytes_are_reported() {
    for bytes in samples() {
        for tail in [&[0][..], b"S", &bytes] {
            let message = check_reported(RUN, NUMBER, [&bytes, tail].concat());
            assert!(message.contains("wrong length"), "{message}");
        }
    }
}

#[test]
fn a_record_of_another_run_is_reported() {
    for bytes in samples() {
        let message = check_reported(RunId::from_u128(1), NUMBER, bytes);
        assert!(message.contains("another run"), "{message}");
    }
}

#[test]
fn a_record_with_another_number_is_reported() {
    for bytes in samples() {
        let message = check_reported(RUN, NUMBER.next(), bytes);
        assert!(message.contains("another record's number=7"), "{message}");
    }
}

#[test]
fn an_unknown_layout_is_reported_as_such() {
    for mut bytes in samples() {
        bytes[1] = 2;
        reseal(&mut bytes);
        let message = check_reported(RUN, NUMBER, bytes);
        assert!(message.contains("newer release? version=2"), "{message}");
    }
}

#[test]
fn an_unknown_flag_is_reported_as_such() {
    for mut bytes in samples() {
        bytes[3] = 1;
        reseal(&mut bytes);
        let message = check_reported(RUN, NUMBER, bytes);
        assert!(message.contains("unknown flags=0x0001"), "{message}");
    }
}

#[test]
fn the_wake_is_read_without_the_entries() {
    for (_, transition) in sample::all().remove(0).1 {
        let mut bytes: Vec<u8> = record::encode(RUN, NUMBER, &transition).into();
        let wake = rmp_serde::to_vec(&transition.wake).unwrap();
        bytes.truncate(16 + wake.len());
        bytes.extend_from_slice(&[0xc1; 8]);
        reseal(&mut bytes);
        let record = StoredRecord {
            number: NUMBER,
            bytes: bytes.into(),
        };
        let (wake, _) = record::peek_wake(RUN, &record).unwrap();
        assert_eq!(wake, transition.wake);
        let error = record::decode(RUN, &record).unwrap_err();
        assert_eq!(error.kind(), StorageErrorKind::Corrupt);
    }
}

/// A record of an activity that failed, with a chain of so many failures.
fn failed(failures: usize) -> Vec<u8> {
    let mut failure = Failure::application("the first", "First");
    for _ in 1..failures {
        failure = Failure {
            info: FailureInfo::Activity(ActivityFailureInfo::default()),
            cause: Some(Box::new(failure)),
            ..sample::failure()
        };
    }
    let event = HistoryEvent {
        id: EventId::new(1),
        time: Timestamp::EPOCH,
        attributes: activity_task::Failed {
            failure: Box::new(failure),
            ..Default::default()
        }
        .into(),
    };
    let transition = Transition {
        at: Timestamp::EPOCH,
        entries: vec![event.into()],
        wake: Wake::default(),
    };
    record::encode(RUN, NUMBER, &transition).into()
}

/// What reading takes of the stack is bounded by the depth; half of what a thread has is enough.
#[test]
fn the_longest_chain_of_causes_is_read_and_a_longer_one_does_not_take_the_stack() {
    let reader = std::thread::Builder::new().stack_size(1024 * 1024);
    let reader = reader.spawn(|| {
        // The failure of an activity that timed out is around the one of its last attempt.
        let bytes = failed(FAILURE_CHAIN_MAX + 1).into();
        let record = StoredRecord {
            number: NUMBER,
            bytes,
        };
        record::decode(RUN, &record).expect("a chain that an execution keeps");
        failed(2 * FAILURE_CHAIN_MAX)
    });
    let too_long = reader.unwrap().join().expect("the stack is large enough");
    let record = StoredRecord {
        number: NUMBER,
        bytes: too_long.into(),
    };
    let error = record::decode(RUN, &record).expect_err("a chain that nobody keeps");
    assert!(error.to_string().contains("depth limit"), "{error}");
}

/// Makes length and checksum right again, as a writer of such a record would.
fn reseal(bytes: &mut [u8]) {
    let length = u32::try_from(bytes.len()).unwrap();
    bytes[8..12].copy_from_slice(&length.to_be_bytes());
    let mut crc = crc32fast::Hasher::new();
    crc.update(RUN.as_bytes());
    crc.update(&bytes[..12]);
    crc.update(&bytes[16..]);
    bytes[12..16].copy_from_slice(&crc.finalize().to_be_bytes());
}
