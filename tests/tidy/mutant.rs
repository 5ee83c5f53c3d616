//! Deliberate faults stay possible: each finds the line that it spoils.

use std::{collections::BTreeSet, fs};

use crate::{fault::FAULTS, report, source::workspace};

#[test]
fn every_deliberate_fault_has_its_place() {
    let complaints = FAULTS.iter().filter_map(|fault| {
        let text = fs::read_to_string(workspace().join(fault.file)).unwrap_or_default();
        let places = text.matches(fault.right).count();
        (places != 1).then(|| format!("{}: {places} places for `{}`", fault.file, fault.name))
    });
    let remedy = "let `right` in tests/mutants/fault.rs be what stands there once";
    report(remedy, &complaints.collect::<Vec<_>>());
}

#[test]
fn deliberate_faults_are_told_apart_by_their_names() {
    let names: BTreeSet<_> = FAULTS.iter().map(|fault| fault.name).collect();
    assert_eq!(names.len(), FAULTS.len());
}
