//! Macro cases: each mistake that a macro explains is made once under `tests/ui`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    report,
    source::{rust, workspace},
};

/// The files of all cases that have to fail, in the order of their paths.
fn failing_cases() -> Vec<PathBuf> {
    let Ok(folders) = fs::read_dir(workspace().join("tests/ui")) else {
        return Vec::new();
    };
    let folders = folders.flatten();
    let cases = folders.filter_map(|folder| fs::read_dir(folder.path().join("fail")).ok());
    let mut paths: Vec<_> = cases.flatten().flatten().map(|case| case.path()).collect();
    paths.sort();
    paths
}

fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
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
    let sources = cases.iter().filter(|case| is_source(case)).count();
    if sources == 0 {
        // There is no such folder before the macros have their cases.
        return;
    }
    let rules = rules();
    let complaint = format!("{rules} rules in macros/src, {sources} failing cases in tests/ui");
    let complaints: &[String] = if sources < rules { &[complaint] } else { &[] };
    report(
        "add a case under tests/ui/<macro>/fail/<rule>.rs of at most fifteen lines and let \
         `TRYBUILD=overwrite cargo test -p sempre-ui` write its answer",
        complaints,
    );
}

#[test]
fn every_failing_case_has_its_answer() {
    let cases = failing_cases();
    let sources = cases.iter().filter(|case| is_source(case));
    let unanswered = sources.filter(|case| !cases.contains(&case.with_extension("stderr")));
    let complaints: Vec<_> = unanswered
        .map(|case| format!("{}: no answer", case.display()))
        .collect();
    report(
        "let `TRYBUILD=overwrite cargo test -p sempre-ui` write it, and read what it wrote",
        &complaints,
    );
}

/// What a workflow's handle has itself; everything else is behind it, where it gives way to the
/// methods of messages (decision record 0012).
const OF_THE_HANDLE: &[&str] = &["new", "at_run"];

#[test]
fn a_handle_has_no_methods_that_could_hide_a_message() {
    let mut found = Vec::new();
    for source in rust() {
        if source.framework_path().is_none() {
            continue;
        }
        let code = source.code();
        let blocks = code.match_indices("> WorkflowHandle<");
        let inherent = blocks.filter(|(at, _)| {
            let line = code[..*at].rsplit('\n').next().unwrap_or_default();
            line.starts_with("impl<")
        });
        for (at, _) in inherent {
            let body = code[at..].split("\n}").next().unwrap_or_default();
            found.extend(body.split("pub fn ").skip(1).map(|method| {
                let end = method.find(|c: char| !c.is_alphanumeric() && c != '_');
                method[..end.unwrap_or(0)].to_owned()
            }));
            found.extend(
                body.match_indices("pub async fn ")
                    .map(|_| "async".to_owned()),
            );
        }
    }
    assert_eq!(
        found, OF_THE_HANDLE,
        "put it on `ExecutionHandle` in client/handle.rs"
    );
}
