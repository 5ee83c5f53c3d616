//! The JSON importer: any text is a history or is refused with a reason.

use std::{io, path::Path};

use bolero::{check, produce};
use sempre_fuzz::{Edit, Seed, TreeEdit, a_few, edit_history, seeds};
use sempre_temporal::TemporalHistory;
use serde_json::Value;

/// Imports a text, and asks what every import has to keep.
#[track_caller]
pub(crate) fn check_text(text: &str) {
    match TemporalHistory::from_json(text) {
        Ok(histories) => histories.iter().for_each(check_history),
        Err(error) => {
            let reason = error.reason.to_string();
            assert!(!reason.is_empty());
            assert!(error.to_string().ends_with(&reason));
        }
    }
}

/// What has been imported obeys the grammar, and comes back from both formats.
#[track_caller]
pub(crate) fn check_history(history: &TemporalHistory) {
    assert_eq!(history.history().check_grammar(), Ok(()));

    let text = history.to_json().to_string();
    let again = TemporalHistory::from_json(&text);
    let again = again.map(|histories| histories.iter().map(said).collect());
    assert_eq!(again, Ok(vec![said(history)]), "{text}");

    let again = TemporalHistory::from_protobuf(&history.to_protobuf());
    let again = again.map(|history| said(&history).1);
    assert_eq!(again, Ok(said(history).1), "{text}");
}

/// What a history says, in Temporal's words and in sempre's. As text, because a number that is none
/// does not equal itself.
fn said(history: &TemporalHistory) -> (Value, String) {
    (history.to_json(), format!("{:?}", history.history()))
}

/// The histories that are edited; guided runs may have added texts that are none.
pub(crate) fn histories() -> io::Result<Vec<Seed>> {
    let mut seeds = seeds("json__any_text_is_imported_or_refused")?;
    seeds.retain(|seed| Path::new(&seed.name).extension() == Some("json".as_ref()));
    Ok(seeds)
}

#[test]
fn any_text_is_imported_or_refused() {
    check!().for_each(|bytes| check_text(&String::from_utf8_lossy(bytes)));
}

#[test]
fn a_history_whose_text_is_edited_is_imported_or_refused() {
    let seeds = histories().expect("the target has a corpus");
    check!()
        .with_generator((produce(), a_few()))
        .for_each(|(which, edits): &(u8, Vec<Edit>)| {
            let mut bytes = seeds[usize::from(*which) % seeds.len()].bytes.clone();
            Edit::apply_all(edits, &mut bytes);
            check_text(&String::from_utf8_lossy(&bytes));
        });
}

#[test]
fn a_history_whose_values_are_edited_is_imported_or_refused() {
    let read = |seed: Seed| serde_json::from_slice(&seed.bytes).expect("a history is JSON");
    let seeds = histories().expect("the target has a corpus");
    let seeds: Vec<Value> = seeds.into_iter().map(read).collect();
    check!()
        .with_generator((produce(), a_few(), produce()))
        .for_each(|(which, edits, renumber): &(u8, Vec<TreeEdit>, bool)| {
            let mut history = seeds[usize::from(*which) % seeds.len()].clone();
            edit_history(edits, *renumber, &mut history);
            check_text(&history.to_string());
        });
}

#[test]
fn every_history_of_the_corpus_is_imported() {
    for seed in histories().expect("the target has a corpus") {
        let text = String::from_utf8(seed.bytes).expect("JSON is text");
        let imported = TemporalHistory::from_json(&text);
        imported
            .unwrap_or_else(|error| panic!("{}: {error}", seed.name))
            .iter()
            .for_each(check_history);
    }
}
