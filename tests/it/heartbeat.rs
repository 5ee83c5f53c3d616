//! Heartbeats: what they hand on, how they are thinned out, what they bring back.

use std::time::Duration;

use sempre::{
    ActivityError, Canceled, CancellationType, Workflow, WorkflowContext, WorkflowHandle,
    client::{ResultError, WorkflowDescription, WorkflowFailure},
    handlers,
    model::{EventType, HistoryEvent},
};
use sempre_tests::{
    Actors, Outcome, Scenario, StageError,
    workflow::{Call, Caller},
};

fn call() -> Call {
    Call {
        start_to_close: Some(Duration::from_secs(3_600)),
        heartbeat: Some(Duration::from_secs(10)),
        ..Call::of("tea")
    }
}

/// What the last heartbeat said, as far as it is recorded.
fn details(run: &WorkflowDescription) -> Option<String> {
    let activity = run.activities.first()?;
    activity.heartbeat_details.decode().ok()
}

#[test]
fn the_next_attempt_reads_what_the_last_heartbeat_said() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let caller = world.workflow::<Caller>("caller").start(call()).await?;
        let first = world.stage.attempt().await;
        assert_eq!(first.ctx.heartbeat_details::<String>()?, None);
        first.ctx.heartbeat("a quarter")?;
        first.ctx.heartbeat("half")?;
        first.ctx.heartbeat("three quarters")?;
        // The latest is held back when the attempt ends, and is its last word.
        first.fail("spilled");
        world.pass_seconds(1).await;
        let second = world.stage.attempt().await;
        let said = second.ctx.heartbeat_details::<String>()?;
        assert_eq!(said.as_deref(), Some("three quarters"));
        second.complete("tea");
        assert_eq!(caller.result().await?, "tea");
        Ok(())
    })
}

#[test]
fn heartbeats_are_thinned_out_and_the_latest_one_wins() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let caller = world.workflow::<Caller>("caller").start(call()).await?;
        let attempt = world.stage.attempt().await;
        attempt.ctx.heartbeat("0")?;
        world
            .until(&caller, |run| details(run).as_deref() == Some("0"))
            .await?;
        let commits = world.store().commits();
        for number in 1..=1_000 {
            attempt.ctx.heartbeat(&number.to_string())?;
        }
        // They are held back for 80 % of the timeout, and go as one.
        world.pass_seconds(8).await;
        world
            .until(&caller, |run| details(run).as_deref() == Some("1000"))
            .await?;
        assert_eq!(world.store().commits(), commits + 1);
        attempt.complete("tea");
        caller.result().await?;
        Ok(())
    })
}

#[test]
fn heartbeats_leave_no_events() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let caller = world.workflow::<Caller>("caller").start(call()).await?;
        let attempt = world.stage.attempt().await;
        let before = caller.describe().await?.history_length;
        attempt.ctx.heartbeat("alive")?;
        let alive = world.until(&caller, |run| details(run).is_some()).await?;
        assert_eq!(alive.history_length, before);
        attempt.complete("tea");
        caller.result().await?;
        Ok(())
    })
}

/// Stops an activity when it is told to, and waits for what becomes of it.
#[derive(Workflow, Default)]
struct Stopping;

#[handlers]
impl Stopping {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, ActivityError<StageError>> {
        ctx.activity(Actors::perform, "tea".to_owned())
            .cancellation(CancellationType::WaitCancellationCompleted)
            .await
    }
}

async fn asked_to_stop(
    world: &sempre_tests::World,
) -> Result<(WorkflowHandle<Stopping>, sempre_tests::Attempt), Box<dyn std::error::Error>> {
    let stopping = world.workflow::<Stopping>("stopping").start(()).await?;
    let attempt = world.stage.attempt().await;
    assert!(!attempt.ctx.is_canceled());
    stopping.cancel("no time").await?;
    attempt.ctx.canceled().await;
    Ok((stopping, attempt))
}

#[test]
fn an_attempt_learns_that_it_should_stop_and_says_that_it_has() -> Outcome {
    Scenario::of::<Stopping>().run(async |world| {
        let (stopping, attempt) = asked_to_stop(world).await?;
        attempt.end(Err(StageError::Stopped(Canceled::default())));
        let result = stopping.result().await;
        assert!(
            matches!(
                result,
                Err(ResultError::Workflow(WorkflowFailure::Canceled(_)))
            ),
            "{result:?}"
        );
        let history = stopping.history().await?;
        let types: Vec<_> = history
            .events
            .iter()
            .map(HistoryEvent::event_type)
            .collect();
        assert!(types.contains(&EventType::ActivityTaskCancelRequested));
        assert!(types.contains(&EventType::ActivityTaskCanceled));
        Ok(())
    })
}

#[test]
fn an_attempt_that_is_asked_to_stop_may_finish_all_the_same() -> Outcome {
    Scenario::of::<Stopping>().run(async |world| {
        let (stopping, attempt) = asked_to_stop(world).await?;
        attempt.complete("tea");
        assert_eq!(stopping.result().await?, "tea");
        Ok(())
    })
}

#[test]
fn an_attempt_that_fails_after_it_was_asked_to_stop_is_not_tried_again() -> Outcome {
    Scenario::of::<Stopping>().run(async |world| {
        let (stopping, attempt) = asked_to_stop(world).await?;
        attempt.fail("spilled");
        let Err(ResultError::Workflow(WorkflowFailure::Failed(error))) = stopping.result().await
        else {
            return Err("the workflow fails".into());
        };
        assert_eq!(
            error.retry_state(),
            sempre::model::RetryState::CancelRequested
        );
        Ok(())
    })
}
