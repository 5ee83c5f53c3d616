//! The protobuf importer: any bytes are a history or are refused with a reason.

use bolero::{check, produce};
use sempre_fuzz::{Edit, a_few};
use sempre_temporal::TemporalHistory;

use crate::json::{check_history, histories};

#[track_caller]
fn check_bytes(bytes: &[u8]) {
    match TemporalHistory::from_protobuf(bytes) {
        Ok(history) => check_history(&history),
        Err(error) => assert!(!error.reason.to_string().is_empty()),
    }
}

#[test]
fn any_protobuf_is_imported_or_refused() {
    check!().for_each(check_bytes);
}

#[test]
fn edited_protobuf_is_imported_or_refused() {
    let mut seeds = Vec::new();
    for seed in histories().expect("the targets for JSON have a corpus") {
        let text = String::from_utf8(seed.bytes).expect("JSON is text");
        let imported = TemporalHistory::from_json(&text).expect("a seed is a history");
        seeds.extend(imported.iter().map(TemporalHistory::to_protobuf));
    }
    check!()
        .with_generator((produce(), a_few()))
        .for_each(|(which, edits): &(u8, Vec<Edit>)| {
            let mut bytes = seeds[usize::from(*which) % seeds.len()].clone();
            Edit::apply_all(edits, &mut bytes);
            check_bytes(&bytes);
        });
}
