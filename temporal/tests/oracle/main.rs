//! The foreign oracle: the official replayer of Temporal's Python SDK reads what sempre writes.
//!
//! Workflows in Rust run on an engine, their histories are exported, and the replayer tells them to
//! workflows in Python that are written to match. It needs Python and `PyPI`, and is skipped with a
//! message where one of them is missing: `cargo test -p sempre-temporal --test oracle -- --ignored`.
//!
//! Absent, because sempre does not have them yet: updates, child workflows, continue-as-new, patches.

mod python;
mod story;
mod workflow;

use std::{error::Error, fs};

use sempre::testing::{TestEnvironment, run_test};
use sempre_temporal::TemporalHistory;

use crate::python::Verdicts;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// The stories that end with a timer or an activity that is given up in the workflow task that
/// closes the run: Temporal's SDKs ask for its cancellation there, and sempre does not.
const LEFT_BEHIND: &[&str] = &[
    "cancellation_of_a_timer",
    "cancellation_of_an_activity",
    "signal_before_timer",
];

/// Replays the stories that are wanted with workflows in Python, and returns what is said of each
/// history; nothing without Python.
fn verdicts(workflows: &str, is_wanted: impl Fn(&str) -> bool) -> Outcome<Verdicts> {
    let Some(python) = python::python() else {
        return Ok(Verdicts::new());
    };
    let mut stories = run_test(TestEnvironment::builder(), story::tell)?;
    stories.retain(|(workflow_id, _)| is_wanted(workflow_id.as_str()));
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

fn is_left_behind(story: &str) -> bool {
    LEFT_BEHIND.contains(&story)
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
    check_accepted(verdicts("equivalent", |story| !is_left_behind(story))?);
    Ok(())
}

#[test]
#[ignore = "needs Python and PyPI"]
fn the_official_replayer_refuses_the_history_of_a_different_workflow() -> Outcome {
    check_refused(verdicts("different", |_| true)?);
    Ok(())
}

/// A difference that is known: who ends it strikes the stories from the list above.
#[test]
#[ignore = "needs Python and PyPI"]
fn what_is_left_behind_at_the_close_is_accepted_from_workflows_that_leave_it_too() -> Outcome {
    check_refused(verdicts("equivalent", is_left_behind)?);
    check_accepted(verdicts("left-behind", is_left_behind)?);
    Ok(())
}
