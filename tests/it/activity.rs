//! Activities: their results and errors, what they know, where they run.

use std::{convert::Infallible, thread, time::Duration};

use sempre::{
    ActivityContext, ActivityError, ApplicationFailure, Failure as _, Workflow, WorkflowContext,
    activity,
    client::{ResultError, WorkflowFailure},
    handlers,
    model::{EventType, RetryPolicy, RetryState, limits},
    runtime::TaskQueueOptions,
    workflow::combinator::join,
};
use sempre_tests::{
    Outcome, Scenario, StageError,
    workflow::{Call, Caller, Steps},
};

#[test]
fn activities_run_one_after_the_other_and_their_results_are_handed_back() -> Outcome {
    Scenario::of::<Steps>().run(async |world| {
        let inputs = vec!["tea".to_owned(), "cake".to_owned()];
        let steps = world.workflow::<Steps>("steps").start(inputs).await?;
        for expected in ["tea", "cake"] {
            let attempt = world.stage.attempt().await;
            assert_eq!((attempt.input.as_str(), attempt.number()), (expected, 1));
            attempt.complete(format!("{expected} is served"));
        }
        assert_eq!(steps.result().await?, ["tea is served", "cake is served"]);
        Ok(())
    })
}

#[test]
fn an_error_comes_back_as_the_enum_it_was() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let caller = world.workflow::<Caller>("caller").start(Call::of("tea"));
        let caller = caller.await?;
        let error = StageError::Fatal {
            reason: "the kettle is broken".into(),
        };
        world.stage.attempt().await.end(Err(error.clone()));
        let Err(ResultError::Workflow(WorkflowFailure::Failed(failed))) = caller.result().await
        else {
            return Err("the workflow fails with the activity's error".into());
        };
        assert_eq!(failed.application(), Some(&error));
        assert_eq!(failed.retry_state(), RetryState::NonRetryableFailure);
        let activity = failed.activity().ok_or("an activity has failed")?;
        assert_eq!(activity.activity_type.as_str(), "perform");
        assert_eq!(activity.activity_id.as_str(), "1");
        Ok(())
    })
}

#[test]
fn an_attempt_knows_what_it_is() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let caller = world.workflow::<Caller>("caller").start(Call::of("tea"));
        let caller = caller.await?;
        let attempt = world.stage.attempt().await;
        let info = attempt.ctx.info();
        let now = world.seconds_from_now(0);
        assert_eq!(info.execution.workflow_id.as_str(), "caller");
        assert_eq!(Some(info.execution.run_id), caller.run_id());
        assert_eq!(info.workflow_type.as_str(), "Caller");
        assert_eq!(info.activity_type.as_str(), "perform");
        assert_eq!(info.task_queue.as_str(), "default");
        assert_eq!((info.scheduled_at, info.started_at), (now, now));
        assert_eq!(info.deadline, Some(world.seconds_from_now(10)));
        assert!(!attempt.ctx.is_canceled());
        attempt.complete("");
        caller.result().await?;
        Ok(())
    })
}

#[test]
fn an_activity_runs_on_the_queue_it_is_called_on() -> Outcome {
    let elsewhere = |engine: sempre::runtime::EngineBuilder| {
        engine
            .task_queue("elsewhere", TaskQueueOptions::default())
            .activities_on("elsewhere", where_am_i)
    };
    Scenario::of::<Elsewhere>()
        .with(elsewhere)
        .run(async |world| {
            let started = world.workflow::<Elsewhere>("elsewhere").start(()).await?;
            assert_eq!(started.result().await?, "elsewhere");
            Ok(())
        })
}

#[activity(start_to_close = "10s", task_queue = "elsewhere")]
async fn where_am_i(ctx: ActivityContext) -> String {
    ctx.info().task_queue.to_string()
}

#[derive(Workflow, Default)]
struct Elsewhere;

#[handlers]
impl Elsewhere {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, ActivityError<Infallible>> {
        ctx.activity(where_am_i, ()).await
    }
}

/// Where the code runs; the name of a thread that may block.
#[activity(start_to_close = "10s")]
fn block() -> Option<String> {
    thread::current().name().map(str::to_owned)
}

#[activity(start_to_close = "10s", retry(max_attempts = 2))]
async fn panic_once(ctx: ActivityContext) -> u32 {
    assert!(ctx.info().attempt > 1, "the first attempt goes wrong");
    ctx.info().attempt
}

#[activity(start_to_close = "10s", retry(max_attempts = 1))]
#[expect(clippy::panic, reason = "that is what it is for")]
fn always_panic() {
    panic!("it always goes wrong");
}

#[activity(start_to_close = "10s")]
async fn inflate() -> String {
    "x".repeat(limits::PAYLOAD_BYTES_MAX + 1)
}

#[derive(Workflow, Default)]
struct Blocking;

#[handlers]
impl Blocking {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<Option<String>, ActivityError<Infallible>> {
        ctx.activity(block, ()).await
    }
}

#[test]
fn an_activity_that_is_not_async_runs_on_a_thread_that_may_block() -> Outcome {
    let scenario = Scenario::of::<Blocking>().with(|engine| engine.activities(block));
    scenario.run(async |world| {
        let blocking = world.workflow::<Blocking>("blocking").start(()).await?;
        let thread = blocking.result().await?;
        assert_eq!(thread.as_deref(), Some("sempre-blocking"));
        Ok(())
    })
}

/// Waits for a timer and for a task, as code under `spawn_blocking` may.
#[activity(start_to_close = "10s", retry(max_attempts = 1))]
fn wait_for_futures() -> Result<u32, ApplicationFailure> {
    let runtime = tokio::runtime::Handle::current();
    let spawned = tokio::spawn(async { 7 });
    runtime.block_on(async {
        tokio::time::sleep(Duration::from_millis(1)).await;
        let number = spawned.await;
        number.map_err(|error| ApplicationFailure::new(error.to_string(), "Join"))
    })
}

#[derive(Workflow, Default)]
struct Waiting;

#[handlers]
impl Waiting {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<u32, ActivityError<ApplicationFailure>> {
        ctx.activity(wait_for_futures, ()).await
    }
}

#[test]
fn a_blocking_activity_may_wait_for_timers_and_tasks_of_tokio() -> Outcome {
    let scenario = Scenario::of::<Waiting>().with(|engine| engine.activities(wait_for_futures));
    scenario.run(async |world| {
        let waiting = world.workflow::<Waiting>("waiting").start(()).await?;
        assert_eq!(waiting.result().await?, 7);
        Ok(())
    })
}

#[derive(Workflow, Default)]
struct Panicking;

#[handlers]
impl Panicking {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, ActivityError<Infallible>> {
        let attempts = ctx.activity(panic_once, ()).await?;
        assert_eq!(attempts, 2);
        let failed = ctx.activity(always_panic, ()).await;
        Ok(match failed {
            Err(error @ ActivityError::Unrecognized { .. }) => error.to_failure().to_string(),
            other => format!("{other:?}"),
        })
    }
}

#[test]
fn an_activity_that_panics_has_failed_and_is_tried_again() -> Outcome {
    let scenario = Scenario::of::<Panicking>()
        .with(|engine| engine.activities(panic_once).activities(always_panic));
    scenario.run(async |world| {
        let panicking = world.workflow::<Panicking>("panicking").start(()).await?;
        world.pass_seconds(1).await;
        assert_eq!(
            panicking.result().await?,
            "activity failed: activity panicked: it always goes wrong"
        );
        Ok(())
    })
}

#[derive(Workflow, Default)]
struct Inflating;

#[handlers]
impl Inflating {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, ActivityError<Infallible>> {
        ctx.activity(inflate, ()).await
    }
}

#[test]
fn a_result_that_is_too_large_fails_the_activity_for_good() -> Outcome {
    let scenario = Scenario::of::<Inflating>().with(|engine| engine.activities(inflate));
    scenario.run(async |world| {
        let inflating = world.workflow::<Inflating>("inflating").start(()).await?;
        let Err(ResultError::Workflow(WorkflowFailure::Failed(error))) = inflating.result().await
        else {
            return Err("the result does not fit".into());
        };
        let text = error.to_string();
        let limit = format!("limit={}", limits::PAYLOAD_BYTES_MAX);
        assert!(text.contains(&limit), "{text}");
        assert_eq!(error.retry_state(), RetryState::NonRetryableFailure);
        Ok(())
    })
}

/// Two activities side by side.
#[derive(Workflow, Default)]
struct Pair;

#[handlers]
impl Pair {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
    ) -> Result<(String, String), ActivityError<StageError>> {
        let perform = |input: &str| ctx.activity(sempre_tests::Actors::perform, input.to_owned());
        let (first, second) = join!(perform("first"), perform("second"));
        Ok((first?, second?))
    }
}

#[test]
fn activities_side_by_side_end_in_any_order() -> Outcome {
    Scenario::of::<Pair>().run(async |world| {
        let pair = world.workflow::<Pair>("pair").start(()).await?;
        let (first, second) = (world.stage.attempt().await, world.stage.attempt().await);
        assert_eq!((&*first.input, &*second.input), ("first", "second"));
        second.complete("2");
        world
            .until(&pair, |pair| {
                pair.activities.len() == 1 && pair.workflow_task.is_none()
            })
            .await?;
        first.complete("1");
        assert_eq!(pair.result().await?, ("1".into(), "2".into()));
        Ok(())
    })
}

#[derive(Workflow, Default)]
struct Late;

#[activity(start_to_close = "10s")]
async fn latecomer() -> String {
    "here I am".to_owned()
}

#[handlers]
impl Late {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, ActivityError<Infallible>> {
        ctx.activity(latecomer, ()).await
    }
}

#[test]
fn an_activity_type_that_nobody_registered_waits_and_says_so_until_somebody_does() -> Outcome {
    Scenario::of::<Late>().run(async |world| {
        let late = world.workflow::<Late>("late").start(()).await?;
        let description = late.describe().await?;
        assert_eq!(
            sempre_tests::problems(&description),
            ["activity type is not registered activity_type=latecomer task_queue=default activity_id=1"]
        );
        let pending = description.activities.first().ok_or("it is pending")?;
        assert_eq!((pending.attempt, pending.started_at), (1, None));

        world
            .restart_with(|engine| engine.activities(latecomer))
            .await?;
        let late = world.workflow::<Late>("late");
        assert_eq!(late.result().await?, "here I am");
        assert_eq!(late.describe().await?.problems, []);
        Ok(())
    })
}

#[test]
fn no_attempt_leaves_an_event_before_the_last_one() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let call = Call {
            retry: Some(RetryPolicy::default().max_attempts(2)),
            ..Call::of("tea")
        };
        let caller = world.workflow::<Caller>("caller").start(call).await?;
        let count = async |wanted| {
            let history = caller.history().await?;
            let events = history.events.iter();
            let found = events.filter(|event| event.event_type() == wanted).count();
            Ok::<_, Box<dyn std::error::Error>>(found)
        };
        let attempt = world.stage.attempt().await;
        assert_eq!(count(EventType::ActivityTaskStarted).await?, 0);
        attempt.fail("spilled");
        world.pass_seconds(1).await;
        world.stage.attempt().await.complete("tea");
        caller.result().await?;
        assert_eq!(count(EventType::ActivityTaskStarted).await?, 1);
        assert_eq!(count(EventType::ActivityTaskFailed).await?, 0);
        Ok(())
    })
}

#[test]
fn an_activity_without_a_time_limit_fails_the_workflow_task() -> Outcome {
    let scenario = Scenario::of::<Unlimited>().with(|engine| engine.activities(unlimited));
    scenario.run_unchecked(async |world| {
        let started = world.workflow::<Unlimited>("unlimited").start(()).await?;
        let problems = sempre_tests::problems(&started.describe().await?).join("\n");
        assert!(
            problems.contains("neither schedule_to_close nor start_to_close is set"),
            "{problems}"
        );
        Ok(())
    })
}

#[activity(timeout = "at_call")]
async fn unlimited() {}

#[derive(Workflow, Default)]
struct Unlimited;

#[handlers]
impl Unlimited {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(), ActivityError<Infallible>> {
        ctx.activity(unlimited, ()).await
    }
}
