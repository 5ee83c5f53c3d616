//! Every record that was ever written stays readable, and is written the same way again.
//!
//! `golden/records/v1` holds one file per family of samples, as text. `BLESS=1` writes them.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::PathBuf};

use bytes::Bytes;

use crate::{
    model::{EventType, HistoryEvent},
    storage::{
        StoredRecord, record,
        tests::sample::{self, NUMBER, RUN, Sample},
    },
};

#[test]
fn records_of_layout_1_stay_as_they_are() {
    for (family, samples) in sample::all() {
        let path = path(family);
        let text = print(&samples);
        if std::env::var_os("BLESS").is_some() {
            fs::write(&path, &text).unwrap();
        }
        let golden = fs::read_to_string(&path).expect("a golden file; BLESS=1 writes it");
        let mut golden = parse(&golden);
        for (name, transition) in samples {
            let bytes = golden.remove(name).expect("a golden record of this name");
            let record = StoredRecord {
                number: NUMBER,
                bytes,
            };
            let decoded = record::decode(RUN, &record).unwrap();
            assert_eq!(decoded, transition, "{family}: {name} reads differently");
            let (wake, at) = record::peek_wake(RUN, &record).unwrap();
            assert_eq!(
                at,
                Some(transition.at),
                "{family}: {name} is of another time"
            );
            assert_eq!(wake, transition.wake, "{family}: {name} wakes differently");
            let encoded = record::encode(RUN, NUMBER, &transition);
            assert_eq!(
                encoded, record.bytes,
                "{family}: {name} is written differently"
            );
        }
        assert!(golden.is_empty(), "{family}: {golden:?} have no sample");
    }
}

#[test]
fn every_type_of_event_has_a_sample() {
    let samples = sample::all();
    let transitions = samples.iter().flat_map(|(_, samples)| samples);
    let mut types: Vec<_> = transitions
        .flat_map(|(_, transition)| transition.events())
        .map(HistoryEvent::event_type)
        .collect();
    types.sort();
    types.dedup();
    assert_eq!(types, EventType::ALL);
}

fn path(family: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("src/storage/tests/golden/records/v1")
        .join(family)
        .with_extension("hex")
}

fn print(samples: &[Sample]) -> String {
    let mut text = format!("run {RUN}, record {NUMBER}\n");
    for (name, transition) in samples {
        write!(text, "\n{name}\n").unwrap();
        let bytes = record::encode(RUN, NUMBER, transition);
        for line in bytes.chunks(32) {
            let groups = line.chunks(4).map(|group| {
                let bytes = group.iter().map(|byte| format!("{byte:02x}"));
                bytes.collect::<String>()
            });
            writeln!(text, "  {}", groups.collect::<Vec<_>>().join(" ")).unwrap();
        }
    }
    text
}

fn parse(text: &str) -> BTreeMap<&str, Bytes> {
    let mut records = BTreeMap::new();
    for paragraph in text.split("\n\n").skip(1) {
        let (name, lines) = paragraph.split_once('\n').unwrap();
        let digits: Vec<_> = lines.chars().filter(char::is_ascii_hexdigit).collect();
        let bytes = digits.chunks(2).map(|pair| {
            let pair: String = pair.iter().collect();
            u8::from_str_radix(&pair, 16).unwrap()
        });
        records.insert(name, bytes.collect());
    }
    records
}
