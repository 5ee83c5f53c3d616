//! What the macros accept, and what they say about what they do not.
//!
//! A folder for each macro and one for the guard of `#[handlers]`, with one case for each documented
//! form and one for each rule. The answers are those of one compiler, [`ANSWERS_OF`], because every
//! release words its own messages anew; `.ci/run` uses that one. They are written by
//! `TRYBUILD=overwrite`, with it.

use std::{env, io::Write as _, process::Command};

/// The compiler whose answers the `.stderr` files hold; `.ci/run` reads it here. Another patch
/// release of it is as good.
const ANSWERS_OF: &str = "1.95.0";

/// Set where another compiler is a mistake and not a choice.
const REQUIRED: &str = "SEMPRE_UI_ANSWERS_REQUIRED";

const FOLDERS: &[&str] = &["workflow", "guard", "activity", "failure", "handle", "test"];

#[test]
fn every_documented_form_compiles_and_every_mistake_is_explained() {
    let compiler = compiler();
    let has_answers = has_answers(&compiler);
    let other = format!(
        "the answers in tests/ui are those of rustc {ANSWERS_OF}, and this is {compiler}: what the \
         macros say about mistakes is not compared; `cargo +{ANSWERS_OF} test -p sempre-tests --test \
         ui` does it"
    );
    assert!(has_answers || env::var_os(REQUIRED).is_none(), "{other}");
    if !has_answers {
        // Past the harness, which shows nothing of a test that passes.
        let _ = writeln!(std::io::stderr(), "{other}");
    }
    let cases = trybuild::TestCases::new();
    for folder in FOLDERS {
        cases.pass(format!("ui/{folder}/pass/*.rs"));
        if has_answers {
            cases.compile_fail(format!("ui/{folder}/fail/*.rs"));
        }
    }
}

#[test]
fn a_compiler_is_told_by_its_release() {
    assert!(has_answers("rustc 1.95.0 (59807616e 2026-04-14)"));
    assert!(has_answers("rustc 1.95.1 (59807616e 2026-04-14)"));
    assert!(!has_answers("rustc 1.94.0 (59807616e 2026-04-14)"));
    assert!(!has_answers("rustc 1.950.0"));
    assert!(!has_answers("rustc 1.95.0-nightly (59807616e 2026-04-14)"));
    assert!(!has_answers(""));
}

/// Whether the compiler with this version is the one of the answers.
fn has_answers(version: &str) -> bool {
    let release = version.split_whitespace().nth(1).unwrap_or_default();
    !release.contains('-') && minor(release).is_some() && minor(release) == minor(ANSWERS_OF)
}

/// A release without its patch level.
fn minor(release: &str) -> Option<&str> {
    release.rsplit_once('.').map(|(minor, _)| minor)
}

/// What the compiler that trybuild uses says of itself.
fn compiler() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = Command::new(rustc).arg("--version").output();
    said.map_or_else(
        |error| format!("unknown: {error}"),
        |said| String::from_utf8_lossy(&said.stdout).trim().to_owned(),
    )
}
