//! Pages: each file begins with what it is for, and stays short enough to be read in one go.

use crate::{
    report,
    source::{Source, rust},
};

/// Lines from which a file is looked at in review.
const LINES_TO_LOOK_AT: usize = 400;
/// Lines that no file has.
const LINES_MAX: usize = 600;

/// Cases of the macros are shown to the compiler as they are, without a page.
fn is_macro_case(source: &Source) -> bool {
    source.path.starts_with("tests/ui/") && source.path != "tests/ui/main.rs"
}

#[test]
fn every_file_begins_with_its_page() {
    let complaints: Vec<_> = rust()
        .iter()
        .filter(|source| !is_macro_case(source))
        // A folder's tests are the page of the folder; their `mod.rs` only lists them.
        .filter(|source| !source.path.ends_with("tests/mod.rs"))
        .filter(|source| !source.text.starts_with("//!"))
        .map(|source| format!("{}: no page", source.path))
        .collect();
    report(
        "begin the file with `//!` and one sentence that says what it is for, then the idea, its \
         invariants and what is absent on purpose",
        &complaints,
    );
}

#[test]
fn folders_declare_and_files_hold_the_logic() {
    let complaints: Vec<_> = rust()
        .iter()
        .filter(|source| source.framework_path().is_some())
        .filter(|source| source.path.ends_with("/mod.rs"))
        .filter(|source| {
            source
                .code()
                .lines()
                .any(|line| is_logic(line.trim_start()))
        })
        .map(|source| format!("{}: holds more than declarations", source.path))
        .collect();
    report(
        "move it into a file of its own; `mod.rs` is the page of its folder and what it shows",
        &complaints,
    );
}

fn is_logic(line: &str) -> bool {
    let line = line.strip_prefix("pub").unwrap_or(line);
    let line = line.strip_prefix("(crate)").unwrap_or(line);
    let line = line.strip_prefix("(super)").unwrap_or(line).trim_start();
    let items = [
        "fn ",
        "async fn ",
        "struct ",
        "enum ",
        "trait ",
        "impl ",
        "impl<",
    ];
    items.iter().any(|item| line.starts_with(item))
}

#[test]
fn no_file_outgrows_its_reader() {
    let lines = |source: &Source| source.text.lines().count();
    let sources = rust();
    let large = sources
        .iter()
        .filter(|source| lines(source) > LINES_TO_LOOK_AT);
    let listed: Vec<_> = large
        .map(|source| format!("{}: {} lines", source.path, lines(source)))
        .collect();
    let too_large = sources.iter().any(|source| lines(source) > LINES_MAX);
    report(
        &format!(
            "give each concept a file of its own; files above {LINES_MAX} lines fail, the others \
             above {LINES_TO_LOOK_AT} are listed because they may be next"
        ),
        if too_large { &listed } else { &[] },
    );
}
