//! What an operator reads in the log: each problem when it appears and when it is over, failed
//! attempts, and the life of the engine.

use std::{convert::Infallible, time::Duration};

use sempre::{
    ActivityError, Engine, Failure, Workflow, WorkflowContext, activity, handlers,
    model::{RetryPolicy, RunId},
    runtime::EngineBuilder,
    storage::MemoryStore,
    workflow::log,
};
use sempre_tests::{
    Line, Log, Outcome, Scenario, block_on, problems,
    workflow::{Board, BoardHandle as _, Call, Caller, Echo},
};

/// The lines about a run, as level, message and the field that says most.
fn told(log: Log, run_id: RunId) -> Vec<String> {
    let lines = log.of_run(run_id).into_iter();
    let worth = |line: &Line| line.level <= tracing::Level::INFO;
    let text = |line: Line| {
        let what = format!("{}{}", line.field("problem"), line.field("failure"));
        format!("{} {}: {what}", line.level, line.message)
    };
    lines.filter(worth).map(text).collect()
}

const APPEARED: &str = "WARN a workflow execution has a problem";
const OVER: &str = "INFO a problem of a workflow execution is over";

#[activity(timeout = "at_call")]
async fn unlimited() {}

#[activity(start_to_close = "10s")]
async fn forgotten() {}

#[activity(start_to_close = "10s")]
async fn swallow(_bytes: String) {}

/// Gets stuck in the way that its input names.
#[derive(Workflow, Default)]
struct Stuck;

#[handlers]
impl Stuck {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, how: String) -> Result<(), ActivityError<Infallible>> {
        match how.as_str() {
            "timeout" => ctx.activity(unlimited, ()).await,
            "input" => ctx.activity(swallow, "x".repeat(3 << 20)).await,
            "type" => ctx.activity(forgotten, ()).await,
            "queue" => {
                ctx.activity(swallow, String::new())
                    .task_queue("elsewhere")
                    .await
            }
            other => {
                assert_eq!(other, "well", "that was frightening");
                Ok(())
            }
        }
    }
}

#[test]
fn each_way_to_get_stuck_is_told_once_with_its_ids_and_is_over_when_the_run_closes() -> Outcome {
    let cases = [
        (
            "timeout",
            "neither schedule_to_close nor start_to_close is set activity_type=unlimited",
        ),
        ("input", "activity input is too large limit=2097152"),
        (
            "type",
            "activity type is not registered activity_type=forgotten task_queue=default",
        ),
        (
            "queue",
            "activity type is not registered activity_type=swallow task_queue=elsewhere",
        ),
        ("panic", ": that was frightening"),
    ];
    let scenario = Scenario::of::<Stuck>();
    let scenario = scenario.with(|engine| engine.activities(unlimited).activities(swallow));
    scenario.run_unchecked(async |world| {
        for (how, what) in cases {
            let log = Log::open();
            let stuck = world.workflow::<Stuck>(how).start(how.into()).await?;
            let run_id = stuck.run_id().ok_or("a run")?;
            let described = world.until(&stuck, |run| !run.problems.is_empty()).await?;
            assert!(
                problems(&described).join("\n").contains(what),
                "{how}: {described:?}"
            );
            // Asking loads it again where executions are evicted, and tells nothing twice.
            stuck.describe().await?;
            let lines = log.of_run(run_id);
            let appeared: Vec<&Line> = lines
                .iter()
                .filter(|line| line.level == tracing::Level::WARN)
                .collect();
            let [line] = appeared.as_slice() else {
                return Err(format!("{how}: {lines:?}").into());
            };
            assert!(line.field("problem").contains(what), "{line}");
            assert_eq!(line.field("workflow_id"), how);
            assert_eq!(line.field("workflow_type"), "Stuck");
            let attention = world.engine().needs_attention();
            let [found] = attention.as_slice() else {
                return Err(format!("{how}: {attention:?}").into());
            };
            assert_eq!(found.execution.run_id, run_id);
            assert_eq!(found.workflow_type.as_str(), "Stuck");
            assert!(found.problem.to_string().contains(what), "{found:?}");
            stuck.terminate("seen").await?;
            assert_eq!(world.engine().needs_attention(), []);
            let last = told(log, run_id).pop().unwrap_or_default();
            assert!(last.starts_with(OVER), "{how}: {last}");
        }
        Ok(())
    })
}

#[test]
fn a_workflow_type_without_code_is_told_at_its_start_and_by_the_next_process() -> Outcome {
    Scenario::of::<Board>().run_unchecked(async |world| {
        let log = Log::open();
        let echo = world
            .workflow::<Echo>("lost-echo")
            .start("x".into())
            .await?;
        let run_id = echo.run_id().ok_or("a run")?;
        let expected = format!("{APPEARED}: workflow type is not registered workflow_type=Echo");
        assert_eq!(told(log, run_id), std::slice::from_ref(&expected));
        let log = Log::open();
        world.crash_and_restart().await?;
        let found = log.lines().into_iter().any(|line| {
            line.message
                .contains("the workflow type of open executions is not registered")
                && line.field("workflow_type") == "Echo"
        });
        assert!(found, "{:?}", log.lines());
        world.workflow::<Echo>("lost-echo").describe().await?;
        assert_eq!(told(log, run_id), [expected]);
        world.restart_with(EngineBuilder::workflow::<Echo>).await?;
        assert_eq!(world.workflow::<Echo>("lost-echo").result().await?, "x");
        Ok(())
    })
}

#[test]
fn every_attempt_that_fails_has_a_line_and_their_end_too() -> Outcome {
    Scenario::of::<Caller>().run_unchecked(async |world| {
        let log = Log::open();
        let call = Call {
            retry: Some(RetryPolicy::default().max_attempts(3)),
            ..Call::of("tea")
        };
        let caller = world.workflow::<Caller>("caller").start(call).await?;
        let run_id = caller.run_id().ok_or("a run")?;
        world.stage.attempt().await.fail("spilled");
        let described = world.until(&caller, |run| !run.problems.is_empty()).await?;
        assert_eq!(
            problems(&described),
            ["activity attempts fail activity_type=perform activity_id=1 attempt=1: not now: spilled"]
        );
        world.pass_seconds(1).await;
        world.stage.attempt().await.fail("burnt");
        world.pass_seconds(2).await;
        world.stage.attempt().await.complete("tea");
        caller.result().await?;
        assert_eq!(
            told(log, run_id),
            [
                "INFO an activity attempt failed: not now: spilled",
                "INFO an activity attempt failed: not now: burnt",
                "INFO a problem of a workflow execution is over: activity attempts fail \
                 activity_type=perform activity_id=1",
            ]
        );
        Ok(())
    })
}

#[test]
fn the_last_attempt_that_fails_has_a_line_although_nothing_is_pending_any_more() -> Outcome {
    Scenario::of::<Caller>().run_unchecked(async |world| {
        let log = Log::open();
        let call = Call {
            retry: Some(RetryPolicy::default().max_attempts(1)),
            ..Call::of("tea")
        };
        let caller = world.workflow::<Caller>("caller").start(call).await?;
        world.stage.attempt().await.fail("spilled");
        assert!(caller.result().await.is_err());
        let lines = log.of_run(caller.run_id().ok_or("a run")?);
        let line = lines.first().ok_or("the attempt")?;
        assert_eq!(line.field("is_last"), "true");
        assert_eq!(line.field("activity_type"), "perform");
        assert_eq!(line.field("attempt"), "1");
        Ok(())
    })
}

#[test]
fn a_dropped_signal_is_a_problem_and_a_warning() -> Outcome {
    Scenario::of::<Board>().run_unchecked(async |world| {
        let log = Log::open();
        let board = world.workflow::<Board>("board").start(()).await?;
        let run_id = board.run_id().ok_or("a run")?;
        board
            .signal::<crate::redeploy::Shout>("hello".into())
            .await?;
        let expected = "signal is dropped signal_name=shout count=1: the workflow has no handler \
                        for it";
        let described = world.until(&board, |run| !run.problems.is_empty()).await?;
        assert_eq!(problems(&described), [expected]);
        assert_eq!(told(log, run_id), [format!("{APPEARED}: {expected}")]);
        board.close().await?;
        board.result().await?;
        Ok(())
    })
}

#[test]
fn the_life_of_an_engine_is_told_in_a_line_each() -> Outcome {
    let log = Log::open();
    block_on(async {
        let store = std::sync::Arc::new(MemoryStore::new());
        let engine = Engine::on_store(store).identity("the-life").start().await?;
        engine.shutdown().await;
        Outcome::Ok(())
    })?;
    let said = |message: &str| log.lines().iter().any(|line| line.message == message);
    for message in [
        "open workflow executions were found",
        "the engine has started",
        "the engine is shutting down",
        "the engine has shut down",
    ] {
        assert!(said(message), "{message}");
    }
    Ok(())
}

/// Tells how it goes.
#[derive(Workflow, Default)]
struct Teller;

#[handlers]
impl Teller {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, cups: u32) {
        log::trace!(ctx, "this nobody collects");
        log::info!(ctx, cups, "the water boils");
        let _canceled = ctx.sleep(Duration::from_secs(60)).await;
        log::warn!(ctx, cups = cups + 1, drawn = ?"well", "it has drawn for {} minute", 1);
        let _canceled = ctx.sleep(Duration::from_secs(60)).await;
        log::debug!(ctx, "the pot is empty");
        log::error!(ctx, "no more tea");
    }
}

#[test]
fn workflow_code_tells_each_line_once_and_with_whose_it_is() -> Outcome {
    Scenario::of::<Teller>().run(async |world| {
        let log = Log::open();
        let teller = world.workflow::<Teller>("teller").start(2).await?;
        let run_id = teller.run_id().ok_or("a run")?;
        world.pass_seconds(60).await;
        world.pass_seconds(60).await;
        teller.result().await?;
        let lines = log.of_run(run_id).into_iter();
        let lines: Vec<Line> = lines.filter(|line| line.target == "it::log").collect();
        let shown: Vec<String> = lines
            .iter()
            .map(|line| format!("{} {} {}", line.level, line.message, line.field("cups")))
            .collect();
        assert_eq!(
            shown,
            [
                "INFO the water boils 2",
                "WARN it has drawn for 1 minute 3",
                "DEBUG the pot is empty ",
                "ERROR no more tea "
            ]
        );
        for line in lines {
            assert_eq!(line.field("workflow_id"), "teller");
            assert_eq!(line.field("workflow_type"), "Teller");
        }
        Ok(())
    })
}

/// Why nothing is there.
#[derive(Debug, Failure, derive_more::Display, derive_more::Error)]
enum NothingThere {
    /// It comes later.
    #[display("not yet")]
    #[failure(benign)]
    NotYet,
    /// Nobody knows why.
    #[display("broken")]
    Broken,
}

#[activity(start_to_close = "10s", retry(initial_interval = "1h"))]
fn poll(breaks: bool) -> Result<(), NothingThere> {
    Err(if breaks {
        NothingThere::Broken
    } else {
        NothingThere::NotYet
    })
}

/// Polls until something is there.
#[derive(Workflow, Default)]
struct Poller;

#[handlers]
impl Poller {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, breaks: bool) {
        let _polled = ctx.activity(poll, breaks).await;
    }
}

#[test]
fn a_benign_failure_is_no_problem_and_its_line_is_one_for_those_who_look_for_faults() -> Outcome {
    let scenario = Scenario::of::<Poller>().with(|engine| engine.activities(poll));
    scenario.run_unchecked(async |world| {
        for (breaks, expected) in [(false, tracing::Level::DEBUG), (true, tracing::Level::INFO)] {
            let log = Log::open();
            let poller = world.workflow::<Poller>(format!("poller-{breaks}"));
            let poller = poller.start(breaks).await?;
            let run_id = poller.run_id().ok_or("a run")?;
            let failed = |run: &sempre::client::WorkflowDescription| {
                run.activities.iter().any(|it| it.last_failure.is_some())
            };
            let described = world.until(&poller, failed).await?;
            assert_eq!(described.problems.is_empty(), !breaks, "{described:?}");
            let lines = log.of_run(run_id).into_iter();
            let levels: Vec<tracing::Level> = lines
                .filter(|line| line.message == "an activity attempt failed")
                .map(|line| line.level)
                .collect();
            assert_eq!(levels, [expected]);
        }
        Ok(())
    })
}
