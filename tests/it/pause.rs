//! Runs and activities that operators pause: what stands still, what is recorded, what goes on.

use std::time::Duration;

use futures::FutureExt as _;
use sempre::{
    client::{RequestOutcome, SteerWorkflowError, UpdateError},
    model::{
        ActivityOptionsChange, EventAttributes, EventType, ExecutionStatus, History, RetryPolicy,
    },
    runtime::TaskQueueOptions,
};
use sempre_tests::{
    Outcome, Scenario,
    workflow::{
        Alarm, Board, BoardHandle as _, Call, Caller, Steps, StepsHandle as _, Till,
        TillHandle as _,
    },
};

fn types(history: &History) -> Vec<EventType> {
    history
        .attributes()
        .map(EventAttributes::event_type)
        .collect()
}

fn inputs(inputs: &[&str]) -> Vec<String> {
    inputs.iter().map(ToString::to_string).collect()
}

#[test]
fn a_run_that_is_paused_goes_on_where_it_was() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        board.post("before".into()).await?;
        board.pause("the wall is painted").await?;
        let stand = board.describe().await?;
        assert_eq!(stand.status, ExecutionStatus::Paused);
        let pause = stand.pause.ok_or("it is paused")?;
        assert_eq!(pause.reason, "the wall is painted");
        board.post("meanwhile".into()).await?;
        board.close().await?;
        assert_eq!(board.notes().await?, ["before"], "it was told of no more");
        let paused = world.engine().list("ExecutionStatus = 'Paused'").await?;
        assert_eq!(paused.runs.len(), 1);
        board.unpause("it is dry").await?;
        assert_eq!(board.result().await?, ["before", "meanwhile"]);
        assert_eq!(
            types(&board.history().await?)[8..],
            [
                EventType::WorkflowExecutionPaused,
                EventType::WorkflowExecutionSignaled,
                EventType::WorkflowExecutionSignaled,
                EventType::WorkflowExecutionUnpaused,
                EventType::WorkflowTaskScheduled,
                EventType::WorkflowTaskStarted,
                EventType::WorkflowTaskCompleted,
                EventType::WorkflowExecutionCompleted,
            ]
        );
        Ok(())
    })
}

#[test]
fn a_pause_outlives_the_process() -> Outcome {
    Scenario::of::<Steps>().run(async |world| {
        let start = world.workflow::<Steps>("steps");
        let steps = start.start(inputs(&["one", "two"])).await?;
        let first = world.stage.attempt().await;
        steps.pause("the bank is down").await?;
        first.complete("1");
        world
            .until(&steps, |steps| steps.activities.is_empty())
            .await?;
        world.crash_and_restart().await?;
        let steps = world.workflow::<Steps>("steps");
        let stand = steps.describe().await?;
        assert_eq!(stand.status, ExecutionStatus::Paused);
        assert!(stand.workflow_task.is_none());
        assert!(world.stage.started_attempt().is_none());
        steps.unpause("it is back").await?;
        world.stage.attempt().await.complete("2");
        assert_eq!(steps.result().await?, ["1", "2"]);
        Ok(())
    })
}

#[test]
fn no_attempt_begins_while_a_run_is_paused_and_others_have_its_turn() -> Outcome {
    let options = TaskQueueOptions::default().max_concurrent_attempts(1);
    let scenario = Scenario::of::<Caller>();
    let scenario = scenario.with(move |engine| engine.task_queue("default", options.clone()));
    scenario.run(async |world| {
        let start = |name: &'static str| world.workflow::<Caller>(name).start(Call::of(name));
        let first = start("first").await?;
        let running = world.stage.attempt().await;
        let (second, third) = (start("second").await?, start("third").await?);
        second.pause("not now").await?;
        running.complete("1");
        let next = world.stage.attempt().await;
        assert_eq!(next.input, "third");
        next.complete("3");
        assert_eq!(third.result().await?, "3");
        assert_eq!(first.result().await?, "1");
        assert!(world.stage.started_attempt().is_none());
        second.unpause("now").await?;
        world.stage.attempt().await.complete("2");
        assert_eq!(second.result().await?, "2");
        Ok(())
    })
}

#[test]
fn timers_fire_while_a_run_is_paused_and_are_told_when_it_goes_on() -> Outcome {
    Scenario::of::<Alarm>().run(async |world| {
        let alarm = world.workflow::<Alarm>("alarm").start(60).await?;
        alarm.pause("hush").await?;
        world.pass_seconds(60).await;
        world
            .until(&alarm, |alarm| alarm.pending_timers == 0)
            .await?;
        let mut result = Box::pin(alarm.result());
        assert!((&mut result).now_or_never().is_none());
        alarm.unpause("well").await?;
        assert_eq!(result.await?, "it rang");
        Ok(())
    })
}

#[test]
fn a_paused_run_takes_no_update_and_refuses_to_be_paused_again() -> Outcome {
    Scenario::of::<Till>().run(async |world| {
        let till = world.workflow::<Till>("till").start(()).await?;
        till.add(1).await?;
        let unpaused = till.unpause("why not").await.unwrap_err();
        assert!(matches!(unpaused, SteerWorkflowError::NotPaused { .. }));
        till.pause("counting").await?;
        let refused = till.add(2).await.unwrap_err();
        let UpdateError::Request(error) = &refused else {
            return Err(format!("{refused:?}").into());
        };
        assert!(error.to_string().contains("paused"), "{error}");
        assert_eq!(error.outcome(), RequestOutcome::NotDone);
        let again = till.pause("counting twice").await.unwrap_err();
        assert_eq!(again, SteerWorkflowError::AlreadyPaused);
        assert_eq!(again.outcome(), RequestOutcome::NotDone);
        till.unpause("counted").await?;
        assert_eq!(till.add(2).await?, 3);
        till.close().await?;
        assert_eq!(till.result().await?, 3);
        let closed = till.pause("too late").await.unwrap_err();
        assert!(matches!(closed, SteerWorkflowError::Closed { .. }));
        Ok(())
    })
}

#[test]
fn a_paused_run_can_be_terminated_canceled_and_reset() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let start = |name: &'static str| world.workflow::<Board>(name).start(());
        let ended = start("ended").await?;
        ended.pause("why").await?;
        ended.terminate("enough").await?;
        assert_eq!(ended.describe().await?.status, ExecutionStatus::Terminated);
        let canceled = start("canceled").await?;
        canceled.pause("why").await?;
        canceled.cancel("enough").await?;
        canceled.unpause("well").await?;
        assert!(canceled.result().await.is_err_and(|it| it.is_canceled()));
        let reset = start("reset").await?;
        reset.post("one".into()).await?;
        reset.pause("why").await?;
        let again = reset.reset(sempre::model::ResetPoint::FirstTask).await?;
        assert_eq!(again.describe().await?.status, ExecutionStatus::Running);
        again.close().await?;
        assert_eq!(again.result().await?, ["one"]);
        Ok(())
    })
}

#[test]
fn an_activity_that_is_paused_waits_and_the_attempt_that_runs_is_told() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let call = Call {
            retry: Some(RetryPolicy::default()),
            ..Call::of("tea")
        };
        let caller = world.workflow::<Caller>("caller").start(call).await?;
        let attempt = world.stage.attempt().await;
        assert!(!attempt.ctx.is_paused());
        caller.pause_activity("1", "no water").await?;
        attempt.ctx.paused().await;
        assert!(!attempt.ctx.is_canceled());
        attempt.fail("spilled");
        let waits = world
            .until(&caller, |it| {
                it.activities.iter().any(|it| it.started_at.is_none())
            })
            .await?;
        let pause = waits.activities[0].pause.clone().ok_or("it is paused")?;
        assert_eq!(pause.reason, "no water");
        world.clock.set(world.seconds_from_now(100));
        world.crash_and_restart().await?;
        let caller = world.workflow::<Caller>("caller");
        caller.describe().await?;
        assert!(world.stage.started_attempt().is_none());
        caller.unpause_activity("1").await?;
        let second = world.stage.attempt().await;
        assert_eq!(second.number(), 2);
        assert!(!second.ctx.is_paused());
        second.complete("tea");
        assert_eq!(caller.result().await?, "tea");
        Ok(())
    })
}

#[test]
fn attempts_that_are_counted_anew_have_numbers_from_one() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let call = Call {
            retry: Some(RetryPolicy::default().max_attempts(2)),
            ..Call::of("tea")
        };
        let caller = world.workflow::<Caller>("caller").start(call).await?;
        world.stage.attempt().await.fail("spilled");
        world
            .until(&caller, |it| it.activities[0].attempt == 2)
            .await?;
        caller.pause_activity("1", "no water").await?;
        caller.unpause_activity("1").reset_attempts().await?;
        let first = world.stage.attempt().await;
        assert_eq!(first.number(), 1);
        first.fail("spilled");
        world
            .until(&caller, |it| it.activities[0].attempt == 2)
            .await?;
        caller.reset_activity("1").await?;
        let first = world.stage.attempt().await;
        assert_eq!(first.number(), 1);
        first.complete("tea");
        assert_eq!(caller.result().await?, "tea");
        Ok(())
    })
}

#[test]
fn an_activity_that_waits_in_vain_is_given_another_queue() -> Outcome {
    let scenario = Scenario::of::<Caller>();
    scenario.run(async |world| {
        let call = Call {
            task_queue: Some("nobody".into()),
            ..Call::of("tea")
        };
        let caller = world.workflow::<Caller>("caller").start(call).await?;
        assert!(world.stage.started_attempt().is_none());
        let change = ActivityOptionsChange::default().task_queue("default");
        let change = change.start_to_close(Duration::from_secs(7));
        caller.update_activity_options("1", change).await?;
        let attempt = world.stage.attempt().await;
        assert_eq!(attempt.ctx.info().task_queue.as_str(), "default");
        attempt.complete("tea");
        assert_eq!(caller.result().await?, "tea");
        let unknown = caller.pause_activity("2", "why").await.unwrap_err();
        assert!(matches!(unknown, SteerWorkflowError::Closed { .. }));
        Ok(())
    })
}

#[test]
fn steps_that_were_done_before_a_pause_are_not_done_again() -> Outcome {
    Scenario::of::<Steps>().run(async |world| {
        let start = world.workflow::<Steps>("steps");
        let steps = start.start(inputs(&["one", "two"])).await?;
        world.stage.attempt().await.complete("1");
        let second = world.stage.attempt().await;
        for turn in 0..3 {
            steps.pause(format!("turn {turn}")).await?;
            assert_eq!(steps.done().await?, ["1"]);
            steps.unpause("on").await?;
        }
        second.complete("2");
        assert_eq!(steps.result().await?, ["1", "2"]);
        Ok(())
    })
}
