//! Marks: what is left in a file is meant to stay there.

use crate::{
    report,
    source::{Source, files, words},
};

/// Extensions of what people read and write here.
const TEXT: &[&str] = &["rs", "md", "toml", "yml", "yaml", "sh"];

/// Marks that are never left behind. Put together here, so that this file does not have them.
fn forbidden_marks() -> [String; 3] {
    [["FIX", "ME"], ["X", "XX"], ["HA", "CK"]].map(|parts| parts.concat())
}

/// Where machines keep their users' files.
fn machine_paths() -> [String; 5] {
    [
        ["/ho", "me/"],
        ["/Us", "ers/"],
        ["C:\\", "Users"],
        ["/ro", "ot/"],
        ["/wo", "rk/"],
    ]
    .map(|parts| parts.concat())
}

fn complaints(complain: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut all = Vec::new();
    for Source { path, text } in files(TEXT) {
        for (index, line) in text.lines().enumerate() {
            if let Some(complaint) = complain(line) {
                all.push(format!("{path}:{}: {complaint}", index + 1));
            }
        }
    }
    all
}

fn has_word(line: &str, wanted: &str) -> bool {
    words(line).any(|(_, word)| word == wanted)
}

#[test]
fn nothing_is_left_undone_in_silence() {
    let marks = forbidden_marks();
    let undone = ["TO", "DO"].concat();
    report(
        "finish it, or open an issue and write the mark with a link to it",
        &complaints(|line| {
            let mark = marks.iter().find(|mark| has_word(line, mark));
            let undone = has_word(line, &undone) && !line.contains("https://");
            mark.cloned().or_else(|| undone.then(undone_without_link))
        }),
    );
}

fn undone_without_link() -> String {
    "an unfinished spot without a link".into()
}

#[test]
fn no_debug_output_is_left() {
    let mut all = Vec::new();
    for source in files(&["rs"]) {
        let code = source.code();
        for (index, line) in code.lines().enumerate() {
            if line.contains("dbg!(") || line.contains("todo!(") || line.contains("unimplemented!(")
            {
                all.push(format!("{}:{}: {}", source.path, index + 1, line.trim()));
            }
        }
    }
    report(
        "remove it; what operators should see goes through `tracing`",
        &all,
    );
}

#[test]
fn no_path_of_anybodys_machine_is_left() {
    let paths = machine_paths();
    report(
        "use a path inside the workspace, or a temporary folder",
        &complaints(|line| paths.iter().find(|path| line.contains(*path)).cloned()),
    );
}

#[test]
fn exceptions_from_lints_are_small_and_explained() {
    let mut all = Vec::new();
    for source in files(&["rs"]) {
        let ui = source.path.starts_with("tests/ui/");
        for (index, line) in source.code().lines().enumerate() {
            let line = line.trim_start();
            // Generated code is linted where it ends up, so the macros write `allow` into it.
            let allows = line.starts_with("#[allow(") && !source.path.starts_with("macros/");
            if !ui && (allows || line.starts_with("#![allow(")) {
                all.push(format!("{}:{}: {line}", source.path, index + 1));
            }
        }
    }
    report(
        "write `#[expect(lint, reason = \"…\")]` on the smallest item that needs it",
        &all,
    );
}
