//! Macro cases: each mistake that a macro explains is made once under `tests/ui`.

use std::fs;

use crate::{
    report,
    source::{rust, workspace},
};

/// The folders of `tests/ui`, one for each macro.
fn failing_cases() -> Vec<String> {
    let Ok(folders) = fs::read_dir(workspace().join("tests/ui")) else {
        return Vec::new();
    };
    let folders = folders.filter_map(Result::ok);
    let cases = folders.filter_map(|folder| fs::read_dir(folder.path().join("fail")).ok());
    let cases = cases.flatten().filter_map(Result::ok);
    let mut paths: Vec<_> = cases
        .map(|case| case.path().to_string_lossy().into_owned())
        .collect();
    paths.sort();
    paths
}

/// How many rules the macros have: each place that explains a mistake is one.
fn rules() -> usize {
    let sources = rust();
    let macros = sources
        .iter()
        .filter(|source| source.path.starts_with("macros/src/"));
    macros
        .map(|source| {
            let code = source.code();
            let collected = code.matches("diagnostics.error(").count();
            collected + code.matches("meta.error(").count()
        })
        .sum()
}

#[test]
fn every_mistake_that_a_macro_explains_is_made_once() {
    let cases = failing_cases();
    let sources = cases.iter().filter(|case| case.ends_with(".rs")).count();
    if sources == 0 {
        // There is no such folder before the macros have their cases.
        return;
    }
    let rules = rules();
    let complaint = format!("{rules} rules in macros/src, {sources} failing cases in tests/ui");
    let complaints: &[String] = if sources < rules { &[complaint] } else { &[] };
    report(
        "add a case under tests/ui/<macro>/fail/<rule>.rs of at most fifteen lines and let \
         `TRYBUILD=overwrite cargo test --test ui` write its answer",
        complaints,
    );
}

#[test]
fn every_failing_case_has_its_answer() {
    let cases = failing_cases();
    let sources = cases.iter().filter(|case| case.ends_with(".rs"));
    let unanswered = sources.filter(|case| !cases.contains(&case.replace(".rs", ".stderr")));
    let complaints: Vec<_> = unanswered
        .map(|case| format!("{case}: no answer"))
        .collect();
    report(
        "let `TRYBUILD=overwrite cargo test --test ui` write it, and read what it wrote",
        &complaints,
    );
}
