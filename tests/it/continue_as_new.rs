//! Runs that go on as others: what a chain has in common, and who follows it.

use std::{convert::Infallible, error::Error, time::Duration};

use sempre::{
    Canceled, Workflow, WorkflowContext,
    client::{ResultError, WorkflowDescription, WorkflowFailure},
    handlers,
    model::{
        ContinueAsNewInitiator, EventAttributes, EventType, ExecutionStatus, History, RunId,
        WorkflowIdConflictPolicy as Conflict,
    },
    testing::TestEnvironment,
};
use sempre_tests::{
    Outcome, Scenario,
    workflow::{Board, BoardHandle as _, Relay, RelayHandle as _, baton},
};

fn started(
    history: &History,
) -> Result<sempre::model::event::workflow_execution::Started, Box<dyn Error>> {
    match history.attributes().next() {
        Some(EventAttributes::WorkflowExecutionStarted(started)) => Ok(started.clone()),
        other => Err(format!("not a start: {other:?}").into()),
    }
}

fn types(history: &History) -> Vec<EventType> {
    history
        .events
        .iter()
        .map(|event| event.event_type())
        .collect()
}

#[test]
fn a_chain_of_runs_is_one_execution_with_several_histories() -> Outcome {
    Scenario::of::<Relay>().run(async |world| {
        let relay = world.workflow::<Relay>("relay").start(baton(2, 5)).await?;
        for _ in 0..3 {
            world.pass_seconds(5).await;
        }
        assert_eq!(relay.result().await?, Vec::<String>::new());
        let runs = world.started();
        assert_eq!(runs.len(), 3);
        let first = relay.run_id().ok_or("a start names its run")?;
        let mut before: Option<RunId> = None;
        for (index, run) in runs.iter().enumerate() {
            let history = world.history(run.clone()).await?;
            let started = started(&history)?;
            assert_eq!(history.execution, *run);
            assert_eq!(started.lineage.first_execution_run_id, first);
            assert_eq!(started.lineage.original_execution_run_id, run.run_id);
            assert_eq!(started.lineage.continued_execution_run_id, before);
            assert_eq!(started.attempt, 1);
            // Each was old enough for the next to begin at once.
            assert_eq!(started.first_workflow_task_backoff, Duration::ZERO);
            let initiator = if index == 0 {
                ContinueAsNewInitiator::Unspecified
            } else {
                ContinueAsNewInitiator::Workflow
            };
            assert_eq!(started.lineage.initiator, initiator);
            if let Some(next) = runs.get(index + 1) {
                let last = history.attributes().last();
                let Some(EventAttributes::WorkflowExecutionContinuedAsNew(last)) = last else {
                    return Err(format!("not continued: {last:?}").into());
                };
                assert_eq!(last.new_execution_run_id, Some(next.run_id));
                let run = world.workflow::<Relay>("relay").at_run(run.run_id);
                assert_eq!(
                    run.describe().await?.status,
                    ExecutionStatus::ContinuedAsNew
                );
                let alone = run.result().await;
                assert!(
                    matches!(
                        &alone,
                        Err(ResultError::Workflow(WorkflowFailure::ContinuedAsNew { run_id }))
                            if *run_id == next.run_id
                    ),
                    "{alone:?}"
                );
            }
            before = Some(run.run_id);
        }
        Ok(())
    })
}

#[test]
fn a_run_that_is_not_a_second_old_is_followed_by_one_that_waits() -> Outcome {
    Scenario::of::<Relay>().run(async |world| {
        let relay = world.workflow::<Relay>("relay").start(baton(2, 0)).await?;
        for _ in 0..2 {
            world.pass_seconds(1).await;
        }
        relay.result().await?;
        for (index, run) in world.started().into_iter().enumerate() {
            let history = world.history(run).await?;
            let backoff = Duration::from_secs(u64::from(index > 0));
            assert_eq!(started(&history)?.first_workflow_task_backoff, backoff);
            let scheduled = &history.events[1];
            assert_eq!(scheduled.event_type(), EventType::WorkflowTaskScheduled);
            assert_eq!(scheduled.time.since(history.events[0].time), backoff);
        }
        Ok(())
    })
}

#[test]
fn signals_queries_and_results_follow_the_chain_and_a_bound_handle_does_not() -> Outcome {
    Scenario::of::<Relay>().run(async |world| {
        let relay = world.workflow::<Relay>("relay").start(baton(2, 5)).await?;
        let first = relay.run_id().ok_or("a start names its run")?;
        let result = relay.result();
        relay.call("one".into()).await?;
        assert_eq!(relay.left().await?, 2);
        world.pass_seconds(5).await;
        world
            .until(&relay, |relay| relay.execution.run_id != first)
            .await?;
        assert_eq!(relay.left().await?, 1);
        relay.call("two".into()).await?;
        world
            .workflow::<Relay>("relay")
            .call("three".into())
            .await?;
        let bound = world.workflow::<Relay>("relay").at_run(first);
        assert!(bound.call("lost".into()).await.is_err());
        assert_eq!(bound.left().await?, 2);
        world.crash_and_restart().await?;
        let relay = world.workflow::<Relay>("relay");
        assert_eq!(relay.left().await?, 1);
        world.pass_seconds(5).await;
        world.pass_seconds(5).await;
        assert_eq!(relay.result().await?, ["one", "two", "three"]);
        drop(result);
        Ok(())
    })
}

#[test]
fn whoever_waits_for_the_first_run_waits_for_the_last() -> Outcome {
    Scenario::of::<Relay>().run(async |world| {
        let relay = world.workflow::<Relay>("relay").start(baton(3, 5)).await?;
        let waiting = futures::future::join(relay.result(), async {
            for _ in 0..4 {
                world.pass_seconds(5).await;
            }
        });
        let (result, ()) = waiting.await;
        assert_eq!(result?, Vec::<String>::new());
        // And so does whoever asks when all of it is over.
        assert_eq!(relay.result().await?, Vec::<String>::new());
        assert_eq!(relay.describe().await?.status, ExecutionStatus::Completed);
        Ok(())
    })
}

#[test]
fn a_canceled_chain_is_canceled_in_the_run_that_is_open() -> Outcome {
    Scenario::of::<Relay>().run(async |world| {
        let relay = world.workflow::<Relay>("relay").start(baton(9, 0)).await?;
        // The second run waits for its first workflow task, which the request brings on.
        relay.cancel("enough").await?;
        let ended = relay.result().await;
        assert!(
            matches!(
                &ended,
                Err(ResultError::Workflow(WorkflowFailure::Canceled(_)))
            ),
            "{ended:?}"
        );
        assert_eq!(world.started().len(), 2);
        Ok(())
    })
}

#[test]
fn the_time_of_the_execution_goes_on_over_the_chain() -> Outcome {
    Scenario::of::<Relay>().run(async |world| {
        let start = world.workflow::<Relay>("relay").start(baton(9, 4));
        let relay = start.execution_timeout(Duration::from_secs(10)).await?;
        for _ in 0..2 {
            world.pass_seconds(4).await;
        }
        // Its program has begun, too.
        let third = |run: &WorkflowDescription| world.started().get(2) == Some(&run.execution);
        world
            .until(&relay, |run| third(run) && has_timer(run))
            .await?;
        world.pass_seconds(2).await;
        let ended = relay.result().await;
        assert!(
            matches!(
                &ended,
                Err(ResultError::Workflow(WorkflowFailure::TimedOut))
            ),
            "{ended:?}"
        );
        assert_eq!(world.started().len(), 3);
        Ok(())
    })
}

#[test]
fn a_start_that_is_repeated_gives_the_chain_that_it_has_begun() -> Outcome {
    Scenario::of::<Relay>().run(async |world| {
        let start = || {
            let relay = world.workflow::<Relay>("relay");
            relay.start(baton(1, 5)).request_id("once")
        };
        let relay = start().await?;
        let first = relay.run_id();
        world.pass_seconds(5).await;
        world
            .until(&relay, |relay| Some(relay.execution.run_id) != first)
            .await?;
        let again = start().await?;
        assert_eq!(again.run_id(), first);
        assert_eq!(world.started().len(), 2);
        world.pass_seconds(5).await;
        assert_eq!(again.result().await?, Vec::<String>::new());
        assert_eq!(start().await?.run_id(), first);
        assert_eq!(world.started().len(), 2);
        Ok(())
    })
}

#[test]
fn an_execution_has_an_open_run_all_along() -> Outcome {
    Scenario::of::<Relay>()
        .and::<Board>()
        .run_unchecked(async |world| {
            let relay = world.workflow::<Relay>("relay").start(baton(1, 5)).await?;
            let first = relay.run_id();
            // The end of the first run and the start of the second are one commit that nobody writes.
            world.store().hold();
            world.pass_seconds(5).await;
            let other = world.workflow::<Board>("relay");
            let refused = other.start(());
            let described = world.workflow::<Relay>("relay");
            let described = described.describe();
            let released = async {
                tokio::task::yield_now().await;
                world.store().release();
            };
            let (refused, described, ()) =
                futures::future::join3(async { refused.await }, described, released).await;
            assert!(refused.is_err());
            assert_eq!(described?.status, ExecutionStatus::Running);
            let second = relay.describe().await?.execution.run_id;
            assert_ne!(Some(second), first);
            // A start that replaces the open run replaces the second.
            let board = other
                .start(())
                .id_conflict_policy(Conflict::TerminateExisting)
                .await?;
            let run = world.workflow::<Relay>("relay").at_run(second);
            assert_eq!(run.describe().await?.status, ExecutionStatus::Terminated);
            // The chain is over, and what was started in its place is no part of it.
            let ended = relay.result().await;
            assert!(
                matches!(
                    &ended,
                    Err(ResultError::Workflow(WorkflowFailure::Terminated { .. }))
                ),
                "{ended:?}"
            );
            assert!(relay.call("nobody".into()).await.is_err());
            board.close().await?;
            Ok(())
        })
}

/// Continues as another workflow, on another queue, with other limits.
#[derive(Workflow, Default)]
struct Changing;

#[handlers]
impl Changing {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<Vec<String>, Infallible> {
        let next = ctx.continue_as::<Relay>((0, 0, vec!["changed".into()]));
        let next = next
            .task_queue("elsewhere")
            .run_timeout(Duration::from_secs(50));
        match next.task_timeout(Duration::from_secs(7)).await {}
    }
}

#[test]
fn a_run_may_go_on_as_another_workflow_with_other_options() -> Outcome {
    Scenario::of::<Changing>()
        .and::<Relay>()
        .run(async |world| {
            let changing = world.workflow::<Changing>("w").start(()).await?;
            world.pass_seconds(1).await;
            assert_eq!(changing.result().await?, ["changed"]);
            let run = world.started().pop().ok_or("two runs")?;
            let started = started(&world.history(run).await?)?;
            assert_eq!(started.workflow_type.as_str(), "Relay");
            assert_eq!(started.task_queue.as_str(), "elsewhere");
            assert_eq!(started.workflow_run_timeout, Some(Duration::from_secs(50)));
            assert_eq!(started.workflow_task_timeout, Duration::from_secs(7));
            Ok(())
        })
}

/// Leaves a timer behind, and drops what it asks for after it has ended.
#[derive(Workflow, Default)]
struct Careless;

#[handlers]
impl Careless {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, again: bool) -> Result<(), Infallible> {
        let _left_behind = ctx.sleep(Duration::from_secs(3_600));
        if again {
            match ctx.continue_as_new(false).await {}
        }
        Ok(())
    }
}

#[test]
fn what_a_run_still_waits_for_ends_with_it() -> Outcome {
    Scenario::of::<Careless>().run(async |world| {
        let careless = world.workflow::<Careless>("w").start(true).await?;
        world.pass_seconds(1).await;
        careless.result().await?;
        let run = world.started().remove(0);
        let history = world.history(run).await?;
        assert_eq!(
            types(&history)[3..],
            [
                EventType::WorkflowTaskCompleted,
                EventType::TimerStarted,
                EventType::WorkflowExecutionContinuedAsNew,
            ]
        );
        Ok(())
    })
}

#[test]
fn a_chain_of_a_thousand_runs_takes_no_more_memory_than_one() -> Outcome {
    sempre_tests::block_on(async {
        let env = TestEnvironment::builder().start().await?;
        let relay = env
            .workflow::<Relay>("relay")
            .start(baton(1_000, 0))
            .await?;
        relay.call("early".into()).await?;
        assert_eq!(relay.result().await?, ["early"]);
        let health = env.engine().await.health().await;
        let resident: usize = health
            .threads
            .iter()
            .filter_map(|thread| Some(thread.load.as_ref()?.resident_executions))
            .sum();
        assert!(resident <= 2, "resident={resident}");
        Ok(())
    })
}

fn has_timer(run: &WorkflowDescription) -> bool {
    run.pending_timers > 0
}

#[test]
fn a_schedule_runs_a_workflow_until_it_is_canceled() -> Outcome {
    Scenario::of::<Relay>().run(async |world| {
        let start = world.workflow::<Relay>("relay").start(baton(0, 1));
        let relay = start.cron("@every 10s").await?;
        let workflow_id = relay.workflow_id().clone();
        let relay = || world.workflow::<Relay>(workflow_id.clone());
        // Each run takes a second, and the next one begins at the next ten.
        for (pause, runs) in [(10, 2), (9, 3), (9, 4)] {
            world.pass_seconds(pause).await;
            world.until(&relay(), has_timer).await?;
            if runs == 3 {
                world.crash_and_restart().await?;
                // The process before sleeps until then as well, so its sleep says nothing.
                world.until(&relay(), has_timer).await?;
            }
            world.pass_seconds(1).await;
            while world.started().len() < runs {
                tokio::task::yield_now().await;
            }
        }
        relay().cancel("enough").await?;
        let ended = relay().result().await;
        assert!(ended.is_err_and(|ended| ended.is_canceled()));
        assert_eq!(world.started().len(), 4);
        Ok(())
    })
}

#[test]
fn a_schedule_that_never_comes_is_refused_at_the_start() -> Outcome {
    Scenario::of::<Relay>().run(async |world| {
        for schedule in ["0 0 30 2 *", "tea time", "* * * *"] {
            let start = world.workflow::<Relay>("relay").start(baton(0, 1));
            let refused = start.cron(schedule).await;
            let refused = refused.expect_err("a schedule that makes no sense");
            assert!(refused.to_string().contains("cron schedule"), "{refused}");
        }
        assert!(world.started().is_empty());
        Ok(())
    })
}

/// Continues as new so many times in its first workflow task, and then waits.
#[derive(Workflow, Default)]
struct Hasty;

#[handlers]
impl Hasty {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, left: u32) -> Result<(), Canceled> {
        match left.checked_sub(1) {
            Some(left) => match ctx.continue_as_new(left).await {},
            None => ctx.sleep(Duration::from_secs(3_600)).await,
        }
    }
}

#[test]
fn a_run_that_replaces_another_and_continues_at_once_is_followed_by_one_run() -> Outcome {
    Scenario::of::<Hasty>().run(async |world| {
        let hasty = world.workflow::<Hasty>("hasty");
        hasty.start(0).await?;
        let replacing = hasty.start(1);
        let replacing = replacing.id_conflict_policy(Conflict::TerminateExisting);
        replacing.await?;
        // The run that is open is the one that has followed.
        let existing = hasty.start(0).id_conflict_policy(Conflict::UseExisting);
        existing.await?;
        let lineages = world.started();
        assert_eq!(lineages.len(), 3, "{lineages:?}");
        Ok(())
    })
}
