//! The foreign oracle: the official replayer of Temporal's Python SDK reads what sempre writes.
//!
//! Workflows in Rust run on an engine, their histories are exported, and the replayer tells them to
//! workflows in Python that are written to match. It needs Python and `PyPI`, and is skipped with a
//! message where one of them is missing: `cargo test -p sempre-temporal --test oracle -- --ignored`.

mod conversation;
mod python;
mod story;
mod workflow;

use std::{error::Error, fs};

use sempre::testing::{TestEnvironment, run_test};
use sempre_temporal::TemporalHistory;

use crate::{python::Verdicts, story::Stories};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Replays the stories with workflows in Python, and returns what is said of each history; nothing
/// without Python.
fn verdicts<F>(workflows: &str, story: impl FnOnce(TestEnvironment) -> F) -> Outcome<Verdicts>
where
    F: Future<Output = Outcome<Stories>>,
{
    let Some(python) = python::python() else {
        return Ok(Verdicts::new());
    };
    let stories = run_test(
        TestEnvironment::builder().engine(|engine| {
            engine
                .search_attribute(conversation::STAGE)
                .build_id("oracle-1")
        }),
        story,
    )?;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    for (workflow_id, history) in &stories {
        let json = TemporalHistory::from_history(history)?.to_json();
        let file = folder.path().join(format!("{workflow_id}.json"));
        fs::write(file, format!("{json:#}"))?;
    }
    let verdicts = python::replay(python, workflows, folder.path())?;
    assert!(!stories.is_empty());
    assert_eq!(verdicts.len(), stories.len());
    Ok(verdicts)
}

#[track_caller]
fn check_accepted(verdicts: Verdicts) {
    for (history, refusal) in verdicts {
        assert_eq!(refusal, None, "{history}");
    }
}

#[track_caller]
fn check_refused(verdicts: Verdicts) {
    for (history, refusal) in verdicts {
        let refusal = refusal.unwrap_or_default();
        assert!(
            refusal.starts_with("NondeterminismError"),
            "{history}: {refusal}"
        );
    }
}

#[test]
#[ignore = "needs Python and PyPI"]
fn the_official_replayer_accepts_the_histories_of_equivalent_workflows() -> Outcome {
    check_accepted(verdicts("equivalent", story::tell)?);
    Ok(())
}

#[test]
#[ignore = "needs Python and PyPI"]
fn the_official_replayer_refuses_the_history_of_a_different_workflow() -> Outcome {
    check_refused(verdicts("different", story::tell)?);
    Ok(())
}

/// What a workflow tells its activity is a marker of sempre's own, which no other SDK asks for.
#[test]
#[ignore = "needs Python and PyPI"]
fn the_official_replayer_refuses_messages_to_activities() -> Outcome {
    check_refused(verdicts("equivalent", story::steer)?);
    Ok(())
}
