//! A golden history is written once, holds ever after, and is input for the replayer.

use std::{error::Error, fs, path::PathBuf, process::Command, time::Duration};

use expect_test::expect;
use sempre::{
    Canceled, Workflow, WorkflowContext, handlers,
    model::{EventAttributes, History, Timestamp},
    testing::{TestEnvironment, replay},
};
use tempfile::TempDir;

use crate::{
    Replayer, Verdict,
    golden::{
        GoldenError, check,
        check::{Mode, check_as},
    },
};

const HOUR: Duration = Duration::from_secs(3_600);

/// Draws a number, sleeps, and says what it drew.
#[derive(Workflow, Default)]
struct Lottery;

#[handlers]
impl Lottery {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, player: String) -> Result<String, Canceled> {
        let number = ctx.random().range(0..1_000_000);
        ctx.sleep(HOUR).await?;
        Ok(format!("{player} drew {number}"))
    }
}

/// The same after a change: it sleeps twice.
#[derive(Workflow, Default)]
#[workflow(name = "Lottery")]
struct SlowLottery;

#[handlers]
impl SlowLottery {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, player: String) -> Result<String, Canceled> {
        let number = ctx.random().range(0..1_000_000);
        ctx.sleep(HOUR).await?;
        ctx.sleep(HOUR).await?;
        Ok(format!("{player} drew {number}"))
    }
}

async fn lottery() -> Result<History, Box<dyn Error>> {
    let env = TestEnvironment::new();
    let lottery = env.workflow::<Lottery>("l").start("Ada".into()).await?;
    lottery.result().await?;
    Ok(lottery.history().await?)
}

async fn slow_lottery() -> Result<History, Box<dyn Error>> {
    let env = TestEnvironment::new();
    let lottery = env.workflow::<SlowLottery>("l").start("Ada".into()).await?;
    lottery.result().await?;
    Ok(lottery.history().await?)
}

fn place() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("histories/lottery.json");
    (folder, path)
}

#[sempre::test]
async fn blessing_twice_changes_nothing() {
    let (_folder, path) = place();
    check_as(Mode::Bless, &lottery().await?, &path)?;
    let first = fs::read_to_string(&path)?;
    check_as(Mode::Bless, &lottery().await?, &path)?;
    assert_eq!(fs::read_to_string(&path)?, first);
    check_as(Mode::Check, &lottery().await?, &path)?;
}

#[sempre::test]
async fn a_golden_history_is_a_file_that_the_replayer_reads() {
    let (folder, path) = place();
    check_as(Mode::Bless, &lottery().await?, &path)?;
    let same = Replayer::new().workflow::<Lottery>();
    let report = same.replay_folder(folder.path())?;
    assert!(report.is_success(), "{report}");
}

#[sempre::test]
async fn a_changed_workflow_fails_both_the_golden_check_and_the_replay() {
    let (folder, path) = place();
    check_as(Mode::Bless, &lottery().await?, &path)?;
    let changed = Replayer::new().workflow::<SlowLottery>();
    let report = changed.replay_folder(folder.path())?;
    assert_eq!(report.verdict(), Verdict::Differs);

    let error = check_as(Mode::Check, &slow_lottery().await?, &path).unwrap_err();
    let GoldenError::Differs { difference, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(difference.event_id.get(), 10);
    let report = error.to_string().replace(path.to_str().expect("text"), "…");
    expect![[r#"
        the history is not its golden one: path=…
        the first event that differs is event 10, EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED in the golden history and EVENT_TYPE_TIMER_STARTED in this one
        --- golden
        +++ this history
        @@ -1,6 +1,52 @@
         {
           "eventId": "10",
        +  "eventType": "EVENT_TYPE_TIMER_STARTED",
        +  "timerStartedEventAttributes": {
        +    "startToFireTimeout": "3600s",
        +    "timerId": "2",
        +    "workflowTaskCompletedEventId": "9"
        +  }
        +}
        +{
        +  "eventId": "11",
        +  "eventType": "EVENT_TYPE_TIMER_FIRED",
        +  "timerFiredEventAttributes": {
        +    "startedEventId": "10",
        +    "timerId": "2"
        +  }
        +}
        +{
        +  "eventId": "12",
        +  "eventType": "EVENT_TYPE_WORKFLOW_TASK_SCHEDULED",
        +  "workflowTaskScheduledEventAttributes": {
        +    "attempt": 1,
        +    "startToCloseTimeout": "10s",
        +    "taskQueue": {
        +      "kind": "TASK_QUEUE_KIND_NORMAL",
        +      "name": "default"
        +    }
        +  }
        +}
        +{
        +  "eventId": "13",
        +  "eventType": "EVENT_TYPE_WORKFLOW_TASK_STARTED",
        +  "workflowTaskStartedEventAttributes": {
        +    "identity": "identity-2",
        +    "scheduledEventId": "12"
        +  }
        +}
        +{
        +  "eventId": "14",
        +  "eventType": "EVENT_TYPE_WORKFLOW_TASK_COMPLETED",
        +  "workflowTaskCompletedEventAttributes": {
        +    "identity": "identity-2",
        +    "scheduledEventId": "12",
        +    "startedEventId": "13"
        +  }
        +}
        +{
        +  "eventId": "15",
           "eventType": "EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED",
           "workflowExecutionCompletedEventAttributes": {
             "result": {
               "payloads": [
        @@ -8,7 +54,7 @@
                   "json/plain": "Ada drew 327549"
                 }
               ]
             },
        -    "workflowTaskCompletedEventId": "9"
        +    "workflowTaskCompletedEventId": "14"
           }
         }
        if that is meant, run the test with BLESS=1, and read the diff before you commit it"#]].assert_eq(&report);

    // Blessed, it is the new golden history, and the old code does not fit it any more.
    check_as(Mode::Bless, &slow_lottery().await?, &path)?;
    check_as(Mode::Check, &slow_lottery().await?, &path)?;
    assert!(changed.replay_folder(folder.path())?.is_success());
    let same = Replayer::new().workflow::<Lottery>();
    assert_eq!(
        same.replay_folder(folder.path())?.verdict(),
        Verdict::Differs
    );
}

#[sempre::test]
async fn circumstances_do_not_count() {
    let (_folder, path) = place();
    let history = lottery().await?;
    check_as(Mode::Bless, &history, &path)?;
    let first = fs::read_to_string(&path)?;
    let mut other = history;
    for event in &mut other.events {
        event.time = Timestamp::from_secs(1_800_000_000 + event.id.get());
        match &mut event.attributes {
            EventAttributes::WorkflowExecutionStarted(it) => {
                it.lineage.original_execution_run_id = sempre::model::RunId::from_u128(7);
                it.lineage.first_execution_run_id = sempre::model::RunId::from_u128(7);
                it.identity = "somebody".into();
                it.request_id = "something".into();
            }
            EventAttributes::WorkflowTaskStarted(it) => it.history_size_bytes += 1,
            EventAttributes::WorkflowTaskCompleted(it)
                if !it.sdk_metadata.sdk_version.is_empty() =>
            {
                it.sdk_metadata.sdk_version = "9.9.9".into();
            }
            _ => {}
        }
    }
    check_as(Mode::Check, &other, &path)?;
    check_as(Mode::Bless, &other, &path)?;
    assert_eq!(fs::read_to_string(&path)?, first);
}

#[sempre::test]
async fn a_history_that_has_grown_or_shrunk_is_not_the_golden_one() {
    let (_folder, path) = place();
    let history = lottery().await?;
    check_as(Mode::Bless, &history, &path)?;
    let mut cut = history.clone();
    cut.events.truncate(3);
    let error = check_as(Mode::Check, &cut, &path).unwrap_err().to_string();
    assert!(
        error.contains(
            "the first event that differs is event 4, \
             EVENT_TYPE_WORKFLOW_TASK_COMPLETED, which is missing in this history"
        ),
        "{error}"
    );
    check_as(Mode::Bless, &cut, &path)?;
    let error = check_as(Mode::Check, &history, &path)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("which is not in the golden history"),
        "{error}"
    );
}

#[sempre::test]
async fn a_golden_history_that_cannot_be_used_says_what_to_do() {
    let (folder, path) = place();
    let history = lottery().await?;
    let refused = |mode: Mode, path: &PathBuf| {
        let error = check_as(mode, &history, path).unwrap_err().to_string();
        error.replace(folder.path().to_str().expect("text"), "…")
    };
    expect![[r#"
        there is no golden history: path=…/histories/lottery.json
        run the test with BLESS=1 to write it"#]]
    .assert_eq(&refused(Mode::Check, &path));
    expect!["name a golden history *.json: path=…/histories/lottery.txt"]
        .assert_eq(&refused(Mode::Bless, &path.with_extension("txt")));
    fs::create_dir_all(path.parent().expect("a folder"))?;
    fs::write(&path, r#"{"events": ["#)?;
    expect![[r#"
        …/histories/lottery.json: file is truncated: line=1 column=12
        mend the golden history, or run the test with BLESS=1 to write it anew"#]]
    .assert_eq(&refused(Mode::Check, &path));

    // A file of several histories is nobody's golden one, and blessing loses none of them.
    let one = crate::TemporalHistory::from_history(&history)?.to_json();
    let several = serde_json::Value::Array(vec![one.clone(), one]).to_string();
    fs::write(&path, &several)?;
    expect!["a golden history has a file of its own: path=…/histories/lottery.json histories=2"]
        .assert_eq(&refused(Mode::Bless, &path));
    assert_eq!(fs::read_to_string(&path)?, several);

    fs::write(&path, "{")?;
    check_as(Mode::Bless, &history, &path)?;
    check_as(Mode::Check, &history, &path)?;
}

/// Where the test below tells itself to put the golden history.
const PLACE: &str = "SEMPRE_GOLDEN_PLACE";

/// What the test below runs in a process of its own, under an environment of its own.
#[sempre::test]
async fn what_is_golden_afterwards_is_there() {
    let (_folder, place) = place();
    let told = std::env::var_os(PLACE).map(PathBuf::from);
    let path = told.as_ref().unwrap_or(&place);
    let checked = check(&lottery().await?, path);
    assert_eq!(checked.is_ok(), path.exists());
    if told.is_some() {
        checked?;
    }
}

#[test]
fn the_environment_says_whether_a_history_is_blessed() {
    let (_folder, path) = place();
    let is_fine = |bless: Option<&str>| {
        let mut test = Command::new(std::env::current_exe().unwrap());
        test.args([
            "--exact",
            "golden::tests::check::what_is_golden_afterwards_is_there",
        ])
        .env(PLACE, &path)
        .env_remove("BLESS");
        if let Some(bless) = bless {
            test.env("BLESS", bless);
        }
        test.output().unwrap().status.success()
    };
    assert!(!is_fine(None) && !is_fine(Some("0")) && !is_fine(Some("")));
    assert!(!path.exists());
    assert!(is_fine(Some("1")) && path.exists());
    assert!(is_fine(None));
}

#[sempre::test]
async fn a_golden_history_gets_the_full_replay_check() {
    let (_folder, path) = place();
    check_as(Mode::Bless, &lottery().await?, &path)?;
    let text = fs::read_to_string(&path)?;
    let histories = crate::TemporalHistory::from_json(&text)?;
    // The number that was drawn is part of the result, so its seed is still the recorded one.
    replay::check::<Lottery>(&histories[0].history())?;
}
