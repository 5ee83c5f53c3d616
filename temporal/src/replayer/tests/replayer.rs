//! What becomes of histories.

use std::num::NonZeroUsize;

use expect_test::expect;
use sempre::testing::{TestEnvironment, replay::Comparison};
use serde_json::{Value, json};

use super::fixture::{
    DAY, Nap, NapHandle as _, PoliterNap, ShorterNap, Walk, folder, inside, json, nap, naps,
};
use crate::{ReplayFilesError, ReplayOutcome, Replayer, TemporalHistory, Verdict};

#[sempre::test]
async fn a_history_fits_the_code_that_wrote_it_as_json_and_as_protobuf(env: TestEnvironment) {
    let history = TemporalHistory::from_history(&nap(&env).await?)?;
    let text = history.to_json().to_string();
    let bytes = history.to_protobuf();
    let folder = folder(&[
        ("a.json", text.as_bytes()),
        ("b.pb", &bytes),
        ("c.binpb", &bytes),
    ]);
    let report = naps().replay_folder(folder.path())?;
    assert!(report.is_success(), "{report}");
    for replay in &report.replays {
        assert!(
            matches!(
                replay.outcome,
                ReplayOutcome::Replayed {
                    events: 15,
                    workflow_tasks: 3
                }
            ),
            "{replay:?}"
        );
    }
    assert_eq!(
        report.to_string(),
        "replayed=3 diverged=0 unregistered=0 unreadable=0 skipped=0 events=45 workflow_tasks=9"
    );
}

#[sempre::test]
async fn an_open_run_is_replayed_as_far_as_it_has_got(env: TestEnvironment) {
    let nap = env.workflow::<Nap>("ada").start("Ada".into()).await?;
    env.skip(DAY).await;
    nap.tell().await?;
    let history = json(&nap.history().await?).to_string();
    let folder = folder(&[("open.json", history.as_bytes())]);
    assert_eq!(
        naps().replay_folder(folder.path())?.verdict(),
        Verdict::Fits
    );
    let changed = Replayer::new().workflow::<ShorterNap>();
    assert_eq!(
        changed.replay_folder(folder.path())?.verdict(),
        Verdict::Differs
    );
}

#[sempre::test]
async fn code_that_does_not_fit_gets_a_report_that_reads_like_a_diff(env: TestEnvironment) {
    let history = json(&nap(&env).await?).to_string();
    let folder = folder(&[("nap.json", history.as_bytes())]);
    let changed = Replayer::new().workflow::<ShorterNap>();
    let report = changed.replay_folder(folder.path())?;
    expect![[r#"
        diverged  …/nap.json workflow_type=Nap workflow_id=ada
            the code does not fit its history: [TMPRL1100] workflow code does not match its history
            - recorded:  event 10 TimerStarted timer_id=2
            + attempted: command 1 CompleteWorkflowExecution
              likely cause: calls were added, removed or put in another order, or the code depends on something that replay cannot repeat
              remedy: put the calls back into their recorded order, or deploy the code that wrote this history and make the change with `ctx.patched("…")` or under a workflow type of its own
        replayed=0 diverged=1 unregistered=0 unreadable=0 skipped=0 events=0 workflow_tasks=0"#]]
    .assert_eq(&inside(folder.path(), &report.to_string()));
    assert_eq!(report.verdict().code(), 1);
}

#[sempre::test]
async fn another_result_is_a_divergence_unless_only_kinds_are_compared(env: TestEnvironment) {
    let history = json(&nap(&env).await?).to_string();
    let folder = folder(&[("nap.json", history.as_bytes())]);
    let politer = Replayer::new().workflow::<PoliterNap>();
    let report = politer.replay_folder(folder.path())?;
    expect![[r#"
        diverged  …/nap.json workflow_type=Nap workflow_id=ada
            the code, told all that came before event 14, answers in another way
            - recorded:  event 15 WorkflowExecutionCompleted result="good morning, Ada"
            + attempted: command 1 CompleteWorkflowExecution result="a very good morning to you, Ada"
              likely cause: the code was changed, or it depends on something that replay cannot repeat
              remedy: take the change back; where only a value is meant to be another one, open runs can go on, and a comparison of kinds accepts it (--compare kinds)
        replayed=0 diverged=1 unregistered=0 unreadable=0 skipped=0 events=0 workflow_tasks=0"#]].assert_eq(&inside(folder.path(), &report.to_string()));
    assert_eq!(
        report.replays[0].outcome.event_id().map(|id| id.get()),
        Some(14)
    );
    let lenient = politer.compare(Comparison::Kinds);
    assert!(lenient.replay_folder(folder.path())?.is_success());
}

#[sempre::test]
async fn a_type_that_is_not_registered_fails_the_check(env: TestEnvironment) {
    let history = json(&nap(&env).await?).to_string();
    let folder = folder(&[("nap.json", history.as_bytes())]);
    let report = Replayer::new()
        .workflow::<Walk>()
        .replay_folder(folder.path())?;
    expect![[r#"
        unregistered  …/nap.json workflow_type=Nap workflow_id=ada
            the workflow type is not registered, add it with `Replayer::workflow`: workflow_type=Nap
        replayed=0 diverged=0 unregistered=1 unreadable=0 skipped=0 events=0 workflow_tasks=0"#]]
    .assert_eq(&inside(folder.path(), &report.to_string()));
    assert_eq!(report.verdict(), Verdict::Differs);
}

#[sempre::test]
async fn each_history_of_a_file_has_its_own_outcome(env: TestEnvironment) {
    let nap = json(&nap(&env).await?);
    let walk = env.workflow::<Walk>("dog").start(()).await?;
    walk.result().await?;
    let walk = json(&walk.history().await?);
    let both = Value::Array(vec![nap, walk]).to_string();
    let folder = folder(&[("both.json", both.as_bytes())]);
    let report = naps().replay_folder(folder.path())?;
    let counts = report.counts();
    assert_eq!((counts.replayed, counts.unregistered), (1, 1), "{report}");
    let shown = report.to_string();
    assert!(
        shown.contains("both.json history=2 workflow_type=Walk workflow_id=dog"),
        "{shown}"
    );
    assert_eq!(
        report.to_json()["histories"][0],
        json!({
            "path": folder.path().join("both.json").to_str(),
            "position": 1,
            "workflowType": "Nap",
            "workflowId": "ada",
            "version": 1,
            "outcome": "replayed",
            "events": 15,
            "workflowTasks": 3,
        })
    );
}

#[sempre::test]
async fn the_order_of_the_report_is_that_of_the_files_however_many_jobs_there_are(
    env: TestEnvironment,
) {
    let history = json(&nap(&env).await?).to_string();
    let names: Vec<_> = (0..40).map(|number| format!("{number:02}.json")).collect();
    let files: Vec<_> = names
        .iter()
        .map(|it| (it.as_str(), history.as_bytes()))
        .collect();
    let folder = folder(&files);
    for jobs in [1, 7] {
        let replayer = naps().jobs(NonZeroUsize::new(jobs).expect("some"));
        let report = replayer.replay_folder(folder.path())?;
        let paths: Vec<_> = report.replays.iter().map(|it| it.path.clone()).collect();
        let sorted: Vec<_> = names.iter().map(|name| folder.path().join(name)).collect();
        assert_eq!(paths, sorted);
    }
}

#[test]
fn a_replayer_that_makes_no_sense_replays_nothing() {
    let folder = folder(&[("history.json", b"{}")]);
    let error = Replayer::new().replay_folder(folder.path()).unwrap_err();
    assert!(matches!(error, ReplayFilesError::NoWorkflow), "{error}");
    let twice = naps().workflow::<ShorterNap>();
    let error = twice.replay_folder(folder.path()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "two workflows are registered with the same type and version: workflow_type=Nap"
    );
    let error = naps().replay([""; 0]).unwrap_err();
    assert!(matches!(error, ReplayFilesError::NothingMeant), "{error}");
}
