//! Stopping an engine: what has begun may end, nothing else begins, nothing is lost.

use std::{convert::Infallible, time::Duration};

use futures::FutureExt as _;
use sempre::{
    ActivityContext, ActivityError, Workflow, WorkflowContext, activity,
    client::{
        RequestError, ResultError, SignalWorkflowError, StartWorkflowError, WorkflowDescription,
    },
    handlers,
    model::ExecutionStatus,
};
use sempre_tests::{
    Outcome, Scenario,
    workflow::{Board, BoardHandle as _, Call, Caller, Steps},
};

const GRACE: Duration = Duration::from_secs(7);

/// A story on an engine that waits seven seconds for running attempts.
fn patient(scenario: Scenario) -> Scenario {
    scenario.with(|engine| engine.shutdown_grace(GRACE))
}

#[test]
fn an_attempt_that_runs_may_end_and_its_end_is_kept() -> Outcome {
    patient(Scenario::of::<Steps>()).run(async |world| {
        let start = world.workflow::<Steps>("steps");
        start.start(vec!["one".into(), "two".into()]).await?;
        let attempt = world.stage.attempt().await;
        let engine = world.engine();
        let mut stopping = std::pin::pin!(engine.shutdown());
        assert!(stopping.as_mut().now_or_never().is_none());
        attempt.complete("1");
        stopping.await;
        // The next attempt is left to the next process, and is its first.
        assert!(world.stage.started_attempt().is_none());
        world.crash_and_restart().await?;
        let attempt = world.stage.attempt().await;
        assert_eq!((&*attempt.input, attempt.number()), ("two", 1));
        attempt.complete("2");
        let steps = world.workflow::<Steps>("steps");
        assert_eq!(steps.result().await?, ["1", "2"]);
        Ok(())
    })
}

#[test]
fn an_attempt_that_outlasts_the_grace_period_is_repeated_by_the_next_process() -> Outcome {
    patient(Scenario::of::<Caller>()).run(async |world| {
        let call = Call::of("tea");
        world.workflow::<Caller>("caller").start(call).await?;
        let attempt = world.stage.attempt().await;
        let engine = world.engine();
        let mut stopping = std::pin::pin!(engine.shutdown());
        assert!(stopping.as_mut().now_or_never().is_none());
        world.pass_seconds(GRACE.as_secs()).await;
        stopping.await;
        assert!(attempt.is_gone());
        world.crash_and_restart().await?;
        let again = world.stage.attempt().await;
        assert_eq!(again.number(), 2);
        again.complete("tea");
        let caller = world.workflow::<Caller>("caller");
        assert_eq!(caller.result().await?, "tea");
        Ok(())
    })
}

#[test]
fn an_attempt_learns_that_the_engine_shuts_down_and_its_last_words_count() -> Outcome {
    patient(Scenario::of::<Caller>()).run(async |world| {
        let call = Call {
            heartbeat: Some(Duration::from_secs(5)),
            ..Call::of("tea")
        };
        world.workflow::<Caller>("caller").start(call).await?;
        let attempt = world.stage.attempt().await;
        let ctx = attempt.ctx.clone();
        let mut told = std::pin::pin!(ctx.shutting_down());
        assert!(told.as_mut().now_or_never().is_none());
        assert!(!attempt.ctx.is_shutting_down());
        let engine = world.engine();
        let mut stopping = std::pin::pin!(engine.shutdown());
        assert!(stopping.as_mut().now_or_never().is_none());
        told.await;
        assert!(attempt.ctx.is_shutting_down());
        assert!(!attempt.ctx.is_canceled(), "it may still finish");
        attempt.ctx.heartbeat("half of it")?;
        attempt.fail("the engine shuts down");
        stopping.await;

        world.crash_and_restart().await?;
        world.pass_seconds(1).await;
        let again = world.stage.attempt().await;
        assert_eq!(again.number(), 2);
        let details = again.ctx.heartbeat_details::<String>()?;
        assert_eq!(details.as_deref(), Some("half of it"));
        assert!(!again.ctx.is_shutting_down());
        again.complete("tea");
        let caller = world.workflow::<Caller>("caller");
        assert_eq!(caller.result().await?, "tea");
        Ok(())
    })
}

/// Blocks its thread until the engine shuts down; says whether it was told both ways.
#[activity(start_to_close = "1h")]
fn last(ctx: ActivityContext) -> bool {
    tokio::runtime::Handle::current().block_on(ctx.shutting_down());
    ctx.is_shutting_down()
}

#[derive(Workflow, Default)]
struct Lasting;

#[handlers]
impl Lasting {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<bool, ActivityError<Infallible>> {
        ctx.activity(last, ()).await
    }
}

#[test]
fn a_blocking_attempt_learns_that_the_engine_shuts_down() -> Outcome {
    let scenario = Scenario::of::<Lasting>().with(|engine| engine.activities(last));
    patient(scenario).run(async |world| {
        let lasting = world.workflow::<Lasting>("lasting").start(()).await?;
        let begun = |run: &WorkflowDescription| {
            let mut activities = run.activities.iter();
            activities.any(|activity| activity.started_at.is_some())
        };
        world.until(&lasting, begun).await?;
        world.engine().shutdown().await;
        world.crash_and_restart().await?;
        let lasting = world.workflow::<Lasting>("lasting");
        assert!(lasting.result().await?);
        Ok(())
    })
}

#[test]
fn an_engine_that_has_stopped_refuses_everything_and_its_callers_learn_it() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let mut result = std::pin::pin!(board.result());
        assert!(result.as_mut().now_or_never().is_none());
        world.engine().shutdown().await;
        // A second time, there is nothing left to stop.
        world.engine().shutdown().await;

        let result = result.await;
        assert!(
            matches!(
                result,
                Err(ResultError::Request(RequestError::Unavailable { .. }))
            ),
            "{result:?}"
        );
        let start = world.workflow::<Board>("other").start(()).await;
        assert!(
            matches!(&start, Err(StartWorkflowError::Request(RequestError::Unavailable { reason }))
                if reason.contains("shutting down")),
            "{start:?}"
        );
        let signal = board.post("too late".into()).await;
        assert!(
            matches!(
                signal,
                Err(SignalWorkflowError::Request(
                    RequestError::Unavailable { .. }
                ))
            ),
            "{signal:?}"
        );
        let described = board.describe().await;
        assert!(
            matches!(described, Err(RequestError::Unavailable { .. })),
            "{described:?}"
        );
        assert_eq!(world.engine().quarantined(), []);

        world.crash_and_restart().await?;
        let board = world.workflow::<Board>("board");
        assert_eq!(board.describe().await?.status, ExecutionStatus::Running);
        Ok(())
    })
}

#[test]
fn everything_that_was_acknowledged_is_there_after_a_shutdown() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        for number in 0..20 {
            let board = world.workflow::<Board>(format!("board {number}"));
            board.start(()).await?.post(number.to_string()).await?;
        }
        world.engine().shutdown().await;
        world.crash_and_restart().await?;
        for number in 0..20 {
            let board = world.workflow::<Board>(format!("board {number}"));
            assert_eq!(board.notes().await?, [number.to_string()]);
        }
        Ok(())
    })
}
