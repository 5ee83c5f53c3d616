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
    let content = prop::collection::vec(any::<u8>(), 0..20);
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
fn a_damaged_bundle_is_reported_with_its_run_and_last_record() {
    let whole = bundle::encode(&records(1, vec![vec![1; 3], vec![2; 3]]));
    let other_layout = [&[9], &whole[1..]].concat();
    let too_long = [&whole[..], &[0, 0, 0, 9, 1]].concat();
    let cases = [
        (2, Vec::new(), "an empty bundle"),
        (2, other_layout, "an unknown layout"),
        (2, whole[..whole.len() - 1].to_vec(), "cut short"),
        (2, too_long, "cut short"),
        (1, whole, "too many records"),
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
