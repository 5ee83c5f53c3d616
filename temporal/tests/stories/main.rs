//! Stories that were told to a Temporal server, told to sempre: the histories have to be the same.
//!
//! The server's histories lie in the folder of shared test data, `SEMPRE_SHARED` or `shared` beside
//! the project; without it nothing is compared, and the tests say so. What counts is in `compare`.
//!
//! Absent, because sempre does not have it: stories with memo, search attributes, local activities
//! and updates.

mod chain;
mod compare;
mod policy;
mod program;

use std::{env, error::Error, path::Path, path::PathBuf};

use sempre::testing::{TestEnvironment, run_test};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The folder of a story; `None` where there is no shared test data, and none was promised.
fn story(name: &str) -> Option<PathBuf> {
    let promised = env::var_os("SEMPRE_SHARED").map(PathBuf::from);
    let is_promised = promised.is_some();
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = promised.unwrap_or_else(beside).join("stories").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(!is_promised, "{} is missing", folder.display());
    #[expect(clippy::print_stderr, reason = "says why nothing is compared")]
    {
        eprintln!("skipped: there is no story {name} beside the project");
    }
    None
}

/// Tells a story to sempre, and compares the runs that it leaves with those of the server.
#[track_caller]
#[expect(
    clippy::expect_used,
    clippy::needless_pass_by_value,
    reason = "the body of tests, which fail by panicking"
)]
fn check(name: &str, tell: impl AsyncFn(&TestEnvironment) -> Outcome<sempre::model::RunId>) {
    let Some(folder) = story(name) else { return };
    let told = run_test(TestEnvironment::builder(), async |env: TestEnvironment| {
        let first = tell(&env).await?;
        compare::runs(&env, &name.replace('/', "-"), first).await
    });
    let ours = told.expect("a story that comes to its end");
    let theirs = compare::recorded(&folder).expect("histories that a server wrote");
    assert_eq!(ours.len(), theirs.len(), "{name}: the number of runs");
    for (index, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        similar_asserts(name, index, ours, theirs);
    }
}

/// Shows the first line in which two histories differ, with all of both.
#[track_caller]
fn similar_asserts(name: &str, index: usize, ours: &str, theirs: &str) {
    let difference = ours
        .lines()
        .zip(theirs.lines())
        .find(|(our, their)| our != their);
    assert!(
        ours == theirs,
        "{name}: run {} differs, first at {difference:?}\nours:\n{ours}\ntheirs:\n{theirs}",
        index + 1
    );
}
