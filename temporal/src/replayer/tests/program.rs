//! The replayer as a program: arguments in, text and a verdict out.

use std::path::Path;

use expect_test::expect;
use sempre::testing::TestEnvironment;
use serde_json::Value;

use super::fixture::{PoliterNap, ShorterNap, folder, inside, json, nap, naps};
use crate::{Replayer, Verdict, replayer::program::run};

/// Runs a program in a folder that stands for `…`: its verdict, and what it wrote to both outputs.
pub(super) fn call(
    replayer: Replayer,
    folder: &Path,
    arguments: &[&str],
) -> (Verdict, String, String) {
    let arguments = arguments
        .iter()
        .map(|it| it.replace('…', folder.to_str().unwrap()));
    let arguments = std::iter::once("replay".to_owned()).chain(arguments);
    let mut out = anstream::StripStream::new(Vec::new());
    let mut complaints = anstream::StripStream::new(Vec::new());
    let arguments = arguments.map(Into::into);
    let verdict = run(replayer, arguments, &mut out, &mut complaints);
    let text = |bytes| inside(folder, &String::from_utf8(bytes).unwrap());
    (
        verdict,
        text(out.into_inner()),
        text(complaints.into_inner()),
    )
}

#[sempre::test]
async fn what_fits_is_listed_unless_it_is_to_be_quiet(env: TestEnvironment) {
    let history = json(&nap(&env).await?).to_string();
    let folder = folder(&[("nap.json", history.as_bytes()), ("notes.md", b"")]);
    let (verdict, out, complaints) = call(naps(), folder.path(), &["…"]);
    assert_eq!(verdict, Verdict::Fits);
    expect![[r#"
        ok  …/nap.json workflow_type=Nap workflow_id=ada events=15 workflow_tasks=3
        replayed=1 diverged=0 unregistered=0 unreadable=0 skipped=1 events=15 workflow_tasks=3
    "#]]
    .assert_eq(&out);
    assert_eq!(complaints, "");
    let (_, out, _) = call(
        naps(),
        folder.path(),
        &["--quiet", "--jobs", "1", "…/nap.json"],
    );
    expect![[r#"
        replayed=1 diverged=0 unregistered=0 unreadable=0 skipped=0 events=15 workflow_tasks=3
    "#]]
    .assert_eq(&out);
}

#[sempre::test]
async fn paths_of_the_command_line_replace_those_of_the_program(env: TestEnvironment) {
    let history = json(&nap(&env).await?).to_string();
    let folder = folder(&[
        ("good/nap.json", history.as_bytes()),
        ("bad/nap.json", b"{"),
    ]);
    let replayer = || naps().path(folder.path().join("bad"));
    assert_eq!(call(replayer(), folder.path(), &[]).0, Verdict::Incomplete);
    assert_eq!(
        call(replayer(), folder.path(), &["…/good"]).0,
        Verdict::Fits
    );
}

#[sempre::test]
async fn the_report_for_programs_has_all_that_the_one_for_people_has(env: TestEnvironment) {
    let history = json(&nap(&env).await?).to_string();
    let folder = folder(&[("good.json", history.as_bytes()), ("worse.json", b"{")]);
    let changed = Replayer::new().workflow::<PoliterNap>();
    let (verdict, out, _) = call(changed, folder.path(), &["--output", "json", "…"]);
    assert_eq!(verdict, Verdict::Differs);
    let report: Value = serde_json::from_str(&out)?;
    assert_eq!(report["success"], false);
    assert_eq!(
        (&report["diverged"], &report["unreadable"]),
        (&1.into(), &1.into())
    );
    assert_eq!(report["histories"][0]["eventId"], 14);
    assert_eq!(report["histories"][1]["outcome"], "unreadable");
    assert_eq!(
        report["histories"][1]["complaint"],
        "file is truncated: line=1 column=1"
    );
}

#[sempre::test]
async fn how_much_is_compared_can_be_said(env: TestEnvironment) {
    let history = json(&nap(&env).await?).to_string();
    let folder = folder(&[("nap.json", history.as_bytes())]);
    let politer = || Replayer::new().workflow::<PoliterNap>();
    assert_eq!(call(politer(), folder.path(), &["…"]).0, Verdict::Differs);
    let kinds = ["--compare", "kinds", "…"];
    assert_eq!(call(politer(), folder.path(), &kinds).0, Verdict::Fits);
    let shorter = Replayer::new().workflow::<ShorterNap>();
    assert_eq!(call(shorter, folder.path(), &kinds).0, Verdict::Differs);
}

#[test]
fn wrong_usage_is_explained_and_ends_with_two() {
    let folder = folder(&[]);
    let (verdict, out, complaints) = call(naps(), folder.path(), &[]);
    assert_eq!((verdict.code(), out.as_str()), (2, ""));
    assert_eq!(
        complaints,
        "error: say what to replay: folders of histories, or history files\n"
    );
    let (verdict, _, complaints) = call(naps(), folder.path(), &["…"]);
    assert_eq!(verdict, Verdict::Incomplete);
    assert!(complaints.starts_with("error: …: there is no history in this folder"));
    let (verdict, _, complaints) = call(naps(), folder.path(), &["--jobs", "many"]);
    assert_eq!(verdict, Verdict::Incomplete);
    assert!(complaints.contains("invalid value 'many' for '--jobs <JOBS>'"));
}

#[test]
fn help_is_no_failure() {
    let folder = folder(&[]);
    let (verdict, out, complaints) = call(naps(), folder.path(), &["--help"]);
    assert_eq!((verdict, complaints.as_str()), (Verdict::Fits, ""));
    assert!(out.contains("--compare <COMPARE>"), "{out}");
}
