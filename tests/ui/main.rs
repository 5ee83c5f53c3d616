//! What the macros accept, and what they say about what they do not.
//!
//! A folder for each macro and one for the guard of `#[handlers]`, with one case for each documented
//! form and one for each rule. A form is a test target of this package, which cargo compiles and runs
//! like any other; trybuild sees only what must not compile, and so checks all of it in one go where
//! it would build every case, and whatever sempre depends on, for a single one that has to run.
//!
//! The answers are those of one compiler, [`ANSWERS_OF`], because every
//! release words its own messages anew; `.ci/run` uses that one. They are written by
//! `TRYBUILD=overwrite`, with it.

use std::{env, fs, io::Write as _, path::Path, process::Command};

/// The compiler whose answers the `.stderr` files hold; `.ci/run` reads it here. Another patch
/// release of it is as good.
const ANSWERS_OF: &str = "1.95.0";

/// Set where another compiler is a mistake and not a choice.
const REQUIRED: &str = "SEMPRE_UI_ANSWERS_REQUIRED";

const FOLDERS: &[&str] = &["workflow", "guard", "activity", "failure", "handle", "test"];

#[test]
fn every_mistake_is_explained() {
    let compiler = compiler();
    let has_answers = has_answers(&compiler);
    let other = format!(
        "the answers in tests/ui are those of rustc {ANSWERS_OF}, and this is {compiler}: what the \
         macros say about mistakes is not compared; `cargo +{ANSWERS_OF} test -p sempre-ui` does it"
    );
    assert!(has_answers || env::var_os(REQUIRED).is_none(), "{other}");
    if !has_answers {
        // Past the harness, which shows nothing of a test that passes.
        let _ = writeln!(std::io::stderr(), "{other}");
        return;
    }
    let cases = trybuild::TestCases::new();
    for folder in FOLDERS {
        cases.compile_fail(format!("{folder}/fail/*.rs"));
    }
}

#[test]
fn every_form_is_a_target_of_this_package() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    for folder in FOLDERS {
        let forms = fs::read_dir(root.join(folder).join("pass"));
        for form in forms.into_iter().flatten() {
            let name = form.unwrap().file_name();
            let target = format!("path = \"{folder}/pass/{}\"", name.display());
            assert!(
                manifest.contains(&target),
                "tests/ui/Cargo.toml lists no {target}"
            );
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
