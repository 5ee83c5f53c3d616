//! Workflow code that goes wrong: its task fails and says why, its run stays open, nobody else is
//! harmed.

use sempre::{
    Canceled, Workflow, WorkflowContext,
    client::WorkflowDescription,
    handlers,
    model::{EventAttributes, ExecutionStatus, event::workflow_task::FailedCause},
};
use sempre_tests::{Outcome, Scenario, World, workflow::Echo};

/// Panics when it is told to.
#[derive(Workflow, Default)]
struct Nervous {
    word: Option<String>,
}

#[handlers]
impl Nervous {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, Canceled> {
        ctx.wait_until(|state| state.word.is_some()).await?;
        let word = ctx.state(|state| state.word.clone()).unwrap_or_default();
        assert_ne!(word, "boo", "that was frightening");
        Ok(word)
    }

    #[signal]
    fn say(&mut self, word: String) {
        self.word = Some(word);
    }

    #[query]
    fn word(&self) -> Option<String> {
        self.word.clone()
    }
}

/// Other executions go on as if nothing had happened.
pub(crate) async fn others_are_unharmed(world: &World) -> Outcome {
    let echo = world.workflow::<Echo>("echo").start("fine".into()).await?;
    assert_eq!(echo.result().await?, "fine");
    Ok(())
}

/// Whether a run is open and fails its workflow task for this reason.
pub(crate) fn fails(run: &WorkflowDescription, why: &str) -> bool {
    let open = run.status == ExecutionStatus::Running;
    open && run
        .problems
        .iter()
        .any(|problem| problem.cause.contains(why))
}

#[test]
fn workflow_code_that_panics_fails_its_task_and_says_where() -> Outcome {
    let scenario = Scenario::of::<Nervous>().and::<Echo>();
    scenario.run_unchecked(async |world| {
        let nervous = world.workflow::<Nervous>("nervous").start(()).await?;
        nervous.say("boo".into()).await?;
        let description = world
            .until(&nervous, |run| fails(run, "that was frightening"))
            .await?;
        let task = description.workflow_task.ok_or("a task is pending")?;
        assert!(task.attempt > 1);
        let history = nervous.history().await?;
        let failed = history.attributes().find_map(|event| match event {
            EventAttributes::WorkflowTaskFailed(failed) => Some(failed),
            _ => None,
        });
        let failed = failed.ok_or("the failed task is recorded")?;
        assert_eq!(failed.cause, FailedCause::WorkflowWorkerUnhandledFailure);
        let failure = failed.failure.as_ref().ok_or("it says why")?;
        assert!(failure.message.contains("that was frightening"));
        history.check_grammar()?;
        others_are_unharmed(world).await
    })
}

#[test]
fn a_run_whose_task_fails_goes_on_when_news_lead_it_another_way() -> Outcome {
    let scenario = Scenario::of::<Nervous>().and::<Echo>();
    scenario.run(async |world| {
        let nervous = world.workflow::<Nervous>("nervous").start(()).await?;
        nervous.say("boo".into()).await?;
        world
            .until(&nervous, |run| {
                let task = run.workflow_task.as_ref();
                task.is_some_and(|task| task.attempt > 2)
            })
            .await?;
        // The signal makes it a first attempt again, which is told both words at once.
        nervous.say("well done".into()).await?;
        assert_eq!(nervous.result().await?, "well done");
        Ok(())
    })
}

#[test]
fn a_failing_task_is_tried_again_with_patience() -> Outcome {
    Scenario::of::<Nervous>().run_unchecked(async |world| {
        let nervous = world.workflow::<Nervous>("nervous").start(()).await?;
        nervous.say("boo".into()).await?;
        let second = world
            .until(&nervous, |run| {
                let task = run.workflow_task.as_ref();
                task.is_some_and(|task| task.attempt > 2)
            })
            .await?;
        let task = second.workflow_task.ok_or("a task is pending")?;
        // The second attempt follows the first one at once, later ones wait.
        assert_eq!(task.not_before, world.seconds_from_now(10));
        let events = nervous.describe().await?.history_length;
        for attempt in task.attempt..task.attempt + 3 {
            let run = world
                .until(&nervous, |run| {
                    let task = run.workflow_task.as_ref();
                    task.is_some_and(|task| task.attempt >= attempt)
                })
                .await?;
            let task = run.workflow_task.ok_or("a task is pending")?;
            world.clock.sleeping_until(task.not_before).await;
            world.clock.set(task.not_before);
        }
        // Attempts after the first leave no events.
        assert_eq!(nervous.describe().await?.history_length, events);
        Ok(())
    })
}

#[test]
fn a_query_of_a_run_whose_task_fails_is_refused_with_the_reason() -> Outcome {
    let scenario = Scenario::of::<Nervous>().and::<Echo>();
    scenario.run_unchecked(async |world| {
        let nervous = world.workflow::<Nervous>("nervous").start(()).await?;
        nervous.say("boo".into()).await?;
        world
            .until(&nervous, |run| fails(run, "that was frightening"))
            .await?;
        let refused = nervous.word().await;
        assert!(
            matches!(&refused, Err(sempre::client::QueryWorkflowError::NotReady { reason })
                if reason.contains("that was frightening")),
            "{refused:?}"
        );
        others_are_unharmed(world).await
    })
}

#[test]
fn a_task_that_backs_off_is_tried_when_the_operator_says_so() -> Outcome {
    Scenario::of::<Nervous>().run_unchecked(async |world| {
        let nervous = world.workflow::<Nervous>("nervous").start(()).await?;
        nervous.say("boo".into()).await?;
        let backs_off = |run: &WorkflowDescription| {
            let task = run.workflow_task.as_ref();
            task.is_some_and(|task| task.attempt == 3)
        };
        world.until(&nervous, backs_off).await?;
        assert_eq!(nervous.retry_now().await?, 1);
        // The clock stands still, so nothing else lets it be tried again.
        world
            .until(&nervous, |run| {
                let task = run.workflow_task.as_ref();
                task.is_some_and(|task| task.attempt == 4)
            })
            .await?;
        Ok(())
    })
}
