//! Stories of what callers are told, and of workflow tasks that fail.
//!
//! The histories of `policy/id_policies` and `policy/id_request_id` are in `later`.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use sempre::{
    CancellationType, RetryPolicy, Workflow, WorkflowContext, WorkflowHandle, activity,
    client::StartWorkflowError,
    handlers,
    model::{
        EventAttributes, History, WorkflowIdConflictPolicy as Conflict,
        WorkflowIdReusePolicy as Reuse,
    },
    testing::TestEnvironment,
};
use serde_json::Value;

use crate::{
    program::{Ended, Pol, failed, of_type},
    story::{Outcome, Told, check, history_of, outcome, run, workflow_id},
};

const SECOND: Duration = Duration::from_secs(1);

#[activity(schedule_to_close = "20s")]
async fn echo(text: String) -> Result<String, Ended> {
    Ok(text)
}

#[activity(start_to_close = "30s")]
async fn failalways() -> Result<String, Ended> {
    Err(failed("always", of_type("Always")))
}

/// How often the code of a workflow has failed, by its id.
static FAILURES: Mutex<BTreeMap<String, u32>> = Mutex::new(BTreeMap::new());

/// A workflow whose code is broken until somebody mends it.
#[derive(Workflow, Default)]
#[workflow(name = "Pol")]
struct Broken;

#[handlers]
impl Broken {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        (how, _key): (String, String),
    ) -> Result<String, Ended> {
        let limit = if how == "taskfail3" { 3 } else { 1 };
        let id = ctx.info().execution.workflow_id.to_string();
        let failures = {
            let mut all = FAILURES.lock().unwrap_or_else(PoisonError::into_inner);
            let failures = all.entry(id).or_default();
            *failures += 1;
            *failures
        };
        assert!(failures > limit, "a bug");
        Ok("fixed".into())
    }

    #[signal]
    fn go(&mut self, _text: String) {}
}

/// What a workflow is called whose code calls activities.
#[derive(Workflow, Default)]
#[workflow(name = "X")]
struct InBackoff;

#[handlers]
impl InBackoff {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        (_how, _first, ways): (String, u32, Vec<String>),
    ) -> Result<String, Ended> {
        let cancellation = match ways.first().map(String::as_str) {
            Some("TRY_CANCEL") => CancellationType::TryCancel,
            _ => CancellationType::WaitCancellationCompleted,
        };
        let scope = ctx.scope();
        let failing = scope.activity(failalways, ()).cancellation(cancellation);
        let failing = failing.retry(RetryPolicy::default().initial_interval(30 * SECOND));
        let failing = failing.start();
        ctx.sleep(2 * SECOND).await?;
        scope.cancel("");
        match failing.await {
            Ok(text) => Ok(text),
            Err(error) if error.is_canceled() => Ok("caught 7 CancelledError: Cancelled".into()),
            Err(error) => Err(Ended(error.failure().clone())),
        }
    }
}

/// Waits for a signal, and can be asked what it has heard.
#[derive(Workflow, Default)]
#[workflow(name = "X")]
struct Asked {
    heard: Vec<String>,
}

#[handlers]
impl Asked {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, _how: String) -> Result<String, Ended> {
        ctx.wait_until(|asked| !asked.heard.is_empty()).await?;
        Ok(ctx.state(|asked| asked.heard.join(",")))
    }

    #[signal]
    fn go(&mut self, text: String) {
        self.heard.push(text);
    }

    #[query]
    fn q(&self) -> Vec<String> {
        self.heard.clone()
    }
}

/// Calls an activity that may take longer than its run.
#[derive(Workflow, Default)]
#[workflow(name = "Pol")]
struct Limited;

#[handlers]
impl Limited {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, _how: String) -> Result<String, Ended> {
        let echoed = ctx.activity(echo, "x".into()).await;
        echoed.map_err(|error| Ended(error.failure().clone()))
    }
}

#[test]
fn code_that_is_mended_goes_on() {
    for (name, file, how, key) in [
        ("task_fails_once", "run1", "taskfail", "1795583023.3704307"),
        (
            "task_fails_thrice",
            "run",
            "taskfail3",
            "1795583026.3838484",
        ),
    ] {
        check(&format!("policy/{name}"), async |env| {
            let id = workflow_id(&format!("policy/{name}"));
            let start = env.workflow::<Broken>(id).start((how.into(), key.into()));
            let broken = start.task_queue("tq-policy").await?;
            assert_eq!(broken.result().await?, "fixed");
            Ok(Told::from([(file.to_owned(), broken.history().await?)]))
        });
    }
}

#[test]
fn a_signal_is_a_reason_to_try_again() {
    let story = "policy/task_fails_then_signal";
    check(story, async |env| {
        let start = env.workflow::<Broken>(workflow_id(story));
        let start = start.start(("taskfail3".into(), "1795583026.772171".into()));
        let broken = start.task_queue("tq-policy").await?;
        broken.go("x".into()).await?;
        assert_eq!(broken.result().await?, "fixed");
        run(&broken).await
    });
}

/// Asks for two activities of one id.
#[derive(Workflow, Default)]
#[workflow(name = "X")]
struct Twice;

#[handlers]
impl Twice {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, _how: String) -> Result<String, Ended> {
        let echo = || ctx.activity(echo, "x".into()).activity_id("same");
        let (first, second) = (echo().start(), echo().start());
        let _both = futures::join!(first, second);
        Ok("not refused".into())
    }
}

#[test]
fn two_activities_of_one_id_fail_the_task() {
    let story = "extra/duplicate_activity_id";
    check(story, async |env| {
        env.activities(echo);
        let start = env.workflow::<Twice>(workflow_id(story));
        let twice = start.start("dup".into()).task_queue("tq-extra").await?;
        run(&twice).await
    });
}

#[test]
fn an_activity_is_canceled_that_waits_for_its_next_attempt() {
    for way in ["TRY_CANCEL", "WAIT_CANCELLATION_COMPLETED"] {
        let story = format!("extra/cancel_in_backoff_{}", way.to_lowercase());
        check(&story, async |env| {
            env.activities(failalways);
            let start = env.workflow::<InBackoff>(workflow_id(&story));
            let start = start.start(("backoff".into(), 0, vec![way.into()]));
            let canceled = start.task_queue("tq-extra").await?;
            canceled.result().await?;
            run(&canceled).await
        });
    }
}

#[test]
fn a_query_leaves_no_event() {
    check("extra/query", async |env| {
        let start = env.workflow::<Asked>(workflow_id("extra/query"));
        let asked = start.start("wait".into()).task_queue("tq-extra").await?;
        assert_eq!(asked.q().await?, Vec::<String>::new());
        asked.go("x".into()).await?;
        assert_eq!(asked.result().await?, "x");
        assert_eq!(asked.q().await?, ["x"]);
        run(&asked).await
    });
}

/// The limits of the first activity of a history.
fn limits(history: &History) -> Option<[Duration; 3]> {
    history.attributes().find_map(|event| match event {
        EventAttributes::ActivityTaskScheduled(it) => Some([
            it.schedule_to_close_timeout,
            it.schedule_to_start_timeout,
            it.start_to_close_timeout,
        ]),
        _ => None,
    })
}

#[test]
fn the_time_of_a_run_limits_its_activities() {
    let story = "policy/activity_run_timeout";
    check(story, async |env| {
        env.activities(echo);
        let start = env.workflow::<Limited>(workflow_id(story));
        let start = start.start("acttimeouts".into()).task_queue("tq-policy");
        let limited = start.run_timeout(10 * SECOND).await?;
        limited.result().await?;
        let history = limited.history().await?;
        if let Some(theirs) = history_of(story, "run1") {
            assert_eq!(limits(&history), limits(&theirs));
        }
        Ok(Told::from([("run1".to_owned(), history)]))
    });
}

/// Starts a run that ends, or goes on, as a story says of the one before.
async fn one_before(env: &TestEnvironment, id: &str, state: &str) -> Outcome<WorkflowHandle<Pol>> {
    let how = match state {
        "completed" => "ok",
        "failed" => "fail",
        _ => "sleep",
    };
    let before = env.workflow::<Pol>(id).start(how.to_owned()).await?;
    match state {
        "terminated" => before.terminate("").await?,
        "running" => {}
        _ => drop(before.result().await),
    }
    Ok(before)
}

/// What comes of a start beside another run, in the words of the story.
async fn started(
    env: &TestEnvironment,
    (state, reuse, conflict): (&str, &str, &str),
) -> Outcome<&'static str> {
    let id = format!("{state}-{reuse}-{conflict}");
    let before = one_before(env, &id, state).await?;
    let start = env.workflow::<Pol>(id.as_str()).start("sleep".to_owned());
    let start = start.id_reuse_policy(match reuse {
        "ALLOW_DUPLICATE" => Reuse::AllowDuplicate,
        "ALLOW_DUPLICATE_FAILED_ONLY" => Reuse::AllowDuplicateFailedOnly,
        _ => Reuse::RejectDuplicate,
    });
    let start = match conflict {
        "UNSPECIFIED" => start,
        "FAIL" => start.id_conflict_policy(Conflict::Fail),
        "USE_EXISTING" => start.id_conflict_policy(Conflict::UseExisting),
        _ => start.id_conflict_policy(Conflict::TerminateExisting),
    };
    Ok(match start.await {
        Ok(run) if run.run_id() == before.run_id() => "same run",
        Ok(_) => "new run",
        Err(StartWorkflowError::AlreadyStarted { .. }) => "WorkflowAlreadyStartedError",
        Err(_) => "RPCError",
    })
}

#[test]
fn the_policies_of_an_id_decide_as_they_do_there() {
    outcome("policy/id_policies", async |env, notes| {
        let mut compared = 0;
        for (case, note) in notes {
            let words: Vec<&str> = case.split('/').collect();
            let [state, reuse, conflict] = *words else {
                return Err(format!("no case: {case}").into());
            };
            // A policy that Temporal has given up.
            if reuse == "TERMINATE_IF_RUNNING" {
                continue;
            }
            let theirs = note.get("ok").or_else(|| note.get("type"));
            let ours = started(&env, (state, reuse, conflict)).await?;
            assert_eq!(Some(ours), theirs.and_then(Value::as_str), "{case}");
            compared += 1;
        }
        assert_eq!(compared, 48);
        Ok(())
    });
}

#[test]
fn a_request_that_comes_again_gets_the_run_that_it_has_started() {
    outcome("policy/id_request_id", async |env, notes| {
        let run_of = |name: &str| notes.get(name)?.get("ok")?.get("run")?.as_str();
        let start = |request: &str| {
            let start = env.workflow::<Pol>("id").start("ok".to_owned());
            start.request_id(request)
        };
        let first = start("one").await?;
        first.result().await?;
        let (same, other) = (start("one").await?, start("two").await?);
        let is_theirs = |name: &str| run_of(name) == run_of("first");
        assert_eq!(same.run_id() == first.run_id(), is_theirs("same"));
        assert_eq!(other.run_id() == first.run_id(), is_theirs("other"));
        Ok(())
    });
}

/// What comes of asking a run for everything, in the words of the story.
async fn asked_for_everything(handle: &WorkflowHandle<Asked>) -> BTreeMap<&'static str, bool> {
    BTreeMap::from([
        ("signal", handle.go("x".into()).await.is_ok()),
        ("cancel", handle.cancel("").await.is_ok()),
        ("terminate", handle.terminate("").await.is_ok()),
        ("describe", handle.describe().await.is_ok()),
    ])
}

#[test]
fn a_closed_run_and_one_that_never_was_answer_as_they_do_there() {
    outcome("external/signal_closed_from_client", async |env, notes| {
        let closed = env.workflow::<Asked>("closed").start("wait".into()).await?;
        closed.go("x".into()).await?;
        closed.result().await?;
        let missing = env.engine().await.workflow::<Asked>("no-such-id");
        for (which, handle) in [("closed", closed), ("missing", missing)] {
            for (what, is_ok) in asked_for_everything(&handle).await {
                let note = notes.get(&format!("{which}_{what}"));
                let theirs = note.is_some_and(|note| note.get("ok").is_some());
                assert_eq!(is_ok, theirs, "{which}_{what}");
            }
        }
        Ok(())
    });
}
