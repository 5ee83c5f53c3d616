//! The record decoder: whatever the disk holds, it is decoded as what was written or refused.

use std::fs;

use bolero::{TypeGenerator, check, produce};
use sempre::{
    model::{RecordNumber, RunId},
    storage::{StorageErrorKind, StoredRecord, record},
};
use sempre_fuzz::{Edit, Seed, a_few, corpus, golden_records, seal, seeds};

/// What the golden records were written for.
const RUN: RunId = RunId::from_u128(0x0195_0000_0000_7000_8000_0000_0000_002a);
const NUMBER: RecordNumber = RecordNumber::new(7);
/// The bytes before the content.
const HEADER_BYTES: usize = 16;

/// Memory that decoding may take beyond a multiple of the record: serde sets at most 1 MiB aside
/// for a list before it has seen an element, and a list may stand in a list.
const MEMORY_BYTES: usize = 4 * 1024 * 1024;
/// Memory for each byte of a record; the smallest entry takes three bytes.
const MEMORY_PER_BYTE: usize = 512;

/// Decodes bytes as a record, and says whether they are one.
#[track_caller]
fn check_record(bytes: &[u8]) -> bool {
    let stored = StoredRecord {
        number: NUMBER,
        bytes: bytes.to_vec().into(),
    };
    let memory = allocation_counter::measure(|| drop(record::decode(RUN, &stored)));
    let most = MEMORY_BYTES + MEMORY_PER_BYTE * bytes.len();
    assert!(memory.bytes_max <= most as u64, "{memory:?}");

    let wake = record::peek_wake(RUN, &stored);
    match record::decode(RUN, &stored) {
        Ok(transition) => {
            assert_eq!(wake.ok().map(|(wake, _)| wake), Some(transition.wake));
            let bytes = record::encode(RUN, NUMBER, &transition);
            let number = NUMBER;
            let again = record::decode(RUN, &StoredRecord { number, bytes });
            // As text, because a number that is none does not equal itself.
            let again = again.map(|again| format!("{again:?}"));
            assert_eq!(again.ok(), Some(format!("{transition:?}")));
            true
        }
        Err(error) => {
            assert_eq!(error.kind(), StorageErrorKind::Corrupt);
            let place = format!("run_id={RUN} record={NUMBER}");
            assert!(error.to_string().ends_with(&place), "{error}");
            false
        }
    }
}

#[test]
fn any_bytes_are_decoded_or_refused() {
    check!().for_each(|bytes| {
        check_record(bytes);
    });
}

/// The header is true here, so that a fault has to be found in what follows it.
#[test]
fn any_content_is_decoded_or_refused() {
    check!().for_each(|content| {
        check_record(&seal(RUN, NUMBER, content));
    });
}

#[test]
fn edited_content_is_decoded_or_refused() {
    let golden = golden_records().expect("the framework has golden records");
    check!()
        .with_generator((produce(), a_few()))
        .for_each(|(which, edits): &(u8, Vec<Edit>)| {
            let record = &golden[usize::from(*which) % golden.len()];
            let mut content = record.bytes[HEADER_BYTES..].to_vec();
            Edit::apply_all(edits, &mut content);
            check_record(&seal(RUN, NUMBER, &content));
        });
}

/// What can happen to a whole record on a disk.
#[derive(Debug, TypeGenerator)]
enum Damage {
    Edits(Vec<Edit>),
    OtherRun(u128),
    OtherNumber(u32),
}

#[test]
fn a_golden_record_with_any_damage_is_refused() {
    let golden = golden_records().expect("the framework has golden records");
    check!()
        .with_type()
        .for_each(|(which, damage): &(u8, Damage)| {
            let record = &golden[usize::from(*which) % golden.len()];
            let mut bytes = record.bytes.clone();
            let mut run_id = RUN;
            let mut number = NUMBER;
            match damage {
                Damage::Edits(edits) => Edit::apply_all(edits, &mut bytes),
                Damage::OtherRun(other) => run_id = RunId::from_u128(*other),
                Damage::OtherNumber(other) => number = RecordNumber::new(*other),
            }
            let is_damaged = bytes != record.bytes || run_id != RUN || number != NUMBER;
            let bytes = bytes.into();
            let decoded = record::decode(run_id, &StoredRecord { number, bytes });
            assert_eq!(decoded.is_err(), is_damaged, "{}", record.name);
        });
}

#[test]
fn the_header_of_a_golden_record_is_what_its_layout_says() {
    let golden = golden_records().expect("the framework has golden records");
    for record in &golden {
        let content = &record.bytes[HEADER_BYTES..];
        assert_eq!(seal(RUN, NUMBER, content), record.bytes, "{}", record.name);
    }
}

/// A golden record is added and never edited, and so is its content in the corpus.
#[test]
fn the_corpus_has_the_content_of_every_golden_record() {
    let target = "record__any_content_is_decoded_or_refused";
    let golden = golden_records().expect("the framework has golden records");
    let contents = golden.into_iter().map(|record| Seed {
        name: record.name,
        bytes: record.bytes[HEADER_BYTES..].to_vec(),
    });
    let contents: Vec<_> = contents.collect();
    if std::env::var_os("BLESS").is_some() {
        for content in &contents {
            fs::write(corpus(target).join(&content.name), &content.bytes).expect("a folder");
        }
    }
    let seeds = seeds(target).expect("the target has a corpus");
    for content in contents {
        assert!(
            seeds.contains(&content),
            "{}: BLESS=1 writes it",
            content.name
        );
        assert!(check_record(&seal(RUN, NUMBER, &content.bytes)));
    }
}
