//! A workflow that was changed and no longer fits its history: the task fails and says how, and the
//! run goes on when the old code is back.

use std::time::Duration;

use sempre::{
    ActivityError, Canceled, Workflow, WorkflowContext,
    client::{ResultError, WorkflowDescription, WorkflowFailure},
    handlers,
    model::{EventAttributes, ExecutionStatus, event::workflow_task::FailedCause},
    runtime::EngineBuilder,
};
use sempre_tests::{Actors, Outcome, Scenario, StageError, World};

/// Sleeps, then asks for tea.
#[derive(Workflow, Default)]
#[workflow(name = "Changing")]
struct Before;

#[handlers]
impl Before {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, ActivityError<StageError>> {
        // The run is never canceled.
        let _rested: Result<(), Canceled> = ctx.sleep(Duration::from_secs(60)).await;
        ctx.activity(Actors::perform, "tea".to_owned()).await
    }
}

/// The same workflow, changed: it asks for tea first.
#[derive(Workflow, Default)]
#[workflow(name = "Changing")]
struct After;

#[handlers]
impl After {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, ActivityError<StageError>> {
        ctx.activity(Actors::perform, "tea".to_owned()).await
    }
}

/// The same workflow, changed in a way that its history does not show: it sleeps for longer.
#[derive(Workflow, Default)]
#[workflow(name = "Changing")]
struct Slower;

#[handlers]
impl Slower {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, ActivityError<StageError>> {
        // The run is never canceled.
        let _rested: Result<(), Canceled> = ctx.sleep(Duration::from_secs(120)).await;
        ctx.activity(Actors::perform, "tea".to_owned()).await
    }
}

/// Starts the workflow with its old code; it sleeps.
async fn begin(world: &World) -> Outcome {
    world
        .restart_with(EngineBuilder::workflow::<Before>)
        .await?;
    let changing = world.workflow::<Before>("changing").start(()).await?;
    assert_eq!(changing.describe().await?.pending_timers, 1);
    Ok(())
}

fn diverges(run: &WorkflowDescription) -> bool {
    let mut problems = run.problems.iter();
    problems.any(|problem| problem.cause.contains("[TMPRL1100]"))
}

#[test]
fn a_changed_workflow_fails_its_task_stays_open_and_goes_on_with_the_old_code() -> Outcome {
    Scenario::default().run_unchecked(async |world| {
        begin(world).await?;
        world.restart_with(EngineBuilder::workflow::<After>).await?;
        world.pass_seconds(60).await;
        let changing = world.workflow::<After>("changing");
        let run = world.until(&changing, diverges).await?;
        assert_eq!(run.status, ExecutionStatus::Running);
        let reason = sempre_tests::problems(&run).join("\n");
        for part in ["TimerStarted", "ScheduleActivityTask", "perform"] {
            assert!(reason.contains(part), "{part}: {reason}");
        }
        assert!(world.stage.started_attempt().is_none());
        let history = changing.history().await?;
        let failed = history.attributes().find_map(|event| match event {
            EventAttributes::WorkflowTaskFailed(failed) => Some(failed.cause),
            _ => None,
        });
        assert_eq!(failed, Some(FailedCause::NonDeterministicError));

        world
            .restart_with(EngineBuilder::workflow::<Before>)
            .await?;
        let changing = world.workflow::<Before>("changing");
        // The new process tries the task at once: the clock stands still.
        world.stage.attempt().await.complete("tea");
        assert_eq!(changing.result().await?, "tea");
        let history = changing.history().await?;
        history.check_grammar()?;
        Ok(())
    })
}

#[test]
fn a_change_that_leaves_the_commands_as_they_are_does_no_harm() -> Outcome {
    Scenario::default().run_unchecked(async |world| {
        begin(world).await?;
        world
            .restart_with(EngineBuilder::workflow::<Slower>)
            .await?;
        // The timer that is recorded counts.
        world.pass_seconds(60).await;
        world.stage.attempt().await.complete("tea");
        let changing = world.workflow::<Slower>("changing");
        assert_eq!(changing.result().await?, "tea");
        Ok(())
    })
}

#[test]
fn a_run_that_does_not_fit_its_code_can_still_be_terminated() -> Outcome {
    Scenario::default().run_unchecked(async |world| {
        begin(world).await?;
        world.restart_with(EngineBuilder::workflow::<After>).await?;
        world.pass_seconds(60).await;
        let changing = world.workflow::<After>("changing");
        world.until(&changing, diverges).await?;
        changing.terminate("given up").await?;
        let failure = changing.result().await;
        assert!(
            matches!(
                failure,
                Err(ResultError::Workflow(WorkflowFailure::Terminated { .. }))
            ),
            "{failure:?}"
        );
        Ok(())
    })
}
