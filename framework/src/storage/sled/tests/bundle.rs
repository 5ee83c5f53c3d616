//! Bundles give back the records they were made of, or say that they are damaged.

use bytes::Bytes;
use proptest::prelude::*;

use crate::{
    model::{RecordNumber, RunId},
    storage::{StorageErrorKind, StoredRecord, sled::bundle},
};

const RUN: RunId = RunId::from_u128(42);

fn records(first: u32, contents: Vec<Vec<u8>>) -> Vec<StoredRecord> {
    let numbers = (first..).map(RecordNumber::new);
    let records = numbers.zip(contents.into_iter().map(Bytes::from));
    let records = records.map(|(number, bytes)| StoredRecord { number, bytes });
    records.collect()
}

fn any_records() -> impl Strategy<Value = Vec<StoredRecord>> {
    // What can be compressed, and what cannot.
    let content = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..20),
        (any::<u8>(), 0..200usize).prop_map(|(byte, count)| vec![byte; count]),
    ];
    let contents = prop::collection::vec(content, 1..8);
    (1..1000u32, contents).prop_map(|(first, contents)| records(first, contents))
}

proptest! {
    #[test]
    fn a_bundle_gives_back_its_records(records in any_records()) {
        let last = records.last().unwrap().number;
        let bundle = bundle::encode(&records).into();
        prop_assert_eq!(bundle::decode(RUN, last, &bundle).unwrap(), records);
    }

    /// Where a cut leaves whole records their numbers change, and records prove their numbers.
    #[test]
    fn a_bundle_that_was_cut_gives_no_record_back_under_its_number(
        records in any_records(),
        end in any::<prop::sample::Index>(),
    ) {
        let last = records.last().unwrap().number;
        let bundle = bundle::encode(&records);
        let cut = Bytes::copy_from_slice(&bundle[..end.index(bundle.len())]);
        match bundle::decode(RUN, last, &cut) {
            Ok(found) => prop_assert!(found.len() < records.len()),
            Err(error) => prop_assert_eq!(error.kind(), StorageErrorKind::Corrupt),
        }
    }
}

#[test]
fn records_that_are_alike_take_little_room() {
    let records = records(1, vec![vec![7; 300]; 50]);
    let bundle = bundle::encode(&records);
    assert!(bundle.len() < 300, "{} bytes", bundle.len());
    let last = records.last().unwrap().number;
    assert_eq!(bundle::decode(RUN, last, &bundle.into()).unwrap(), records);
}

#[test]
fn a_damaged_bundle_is_reported_with_its_run_and_last_record() {
    // Too little to be compressed, and enough.
    let plain = bundle::encode(&records(1, vec![vec![1; 3], vec![2; 3]]));
    let compressed = bundle::encode(&records(1, vec![vec![1; 300], vec![2; 300]]));
    assert_ne!(plain[0], compressed[0]);
    let huge = [&compressed[..1], &[0xff; 4], &compressed[5..]].concat();
    let other_layout = [&[9], &plain[1..]].concat();
    let too_long = [&plain[..], &[0, 0, 0, 9, 1]].concat();
    let cases = [
        (2, Vec::new(), "an empty bundle"),
        (2, other_layout, "an unknown layout"),
        (2, plain[..plain.len() - 1].to_vec(), "cut short"),
        (2, too_long, "cut short"),
        (2, compressed[..3].to_vec(), "no block of LZ4"),
        (
            2,
            compressed[..compressed.len() - 1].to_vec(),
            "no block of LZ4",
        ),
        (2, huge, "no block of LZ4"),
        (1, plain, "too many records"),
        (1, compressed, "too many records"),
    ];
    for (last, bytes, says) in cases {
        let error = bundle::decode(RUN, RecordNumber::new(last), &bytes.into()).unwrap_err();
        assert_eq!(error.kind(), StorageErrorKind::Corrupt);
        let message = error.to_string();
        assert!(message.contains(says), "{message}");
        let place = format!("run_id={RUN} record={last}");
        assert!(message.contains(&place), "{message}");
    }
}
