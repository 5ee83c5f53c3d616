//! The clocks of activities and of runs.

use std::time::Duration;

use sempre::{
    ActivityError,
    client::{ResultError, WorkflowFailure},
    model::{EventType, Failure, RetryPolicy, RetryState, TimeoutType},
    runtime::TaskQueueOptions,
};
use sempre_tests::{
    Outcome, Scenario, StageError, World,
    workflow::{Board, Call, Caller},
};

const SECOND: Duration = Duration::from_secs(1);

/// A call that is attempted once.
fn once() -> Call {
    Call {
        retry: Some(RetryPolicy::none()),
        ..Call::of("tea")
    }
}

/// Which of its clocks an activity ran out of, with the failure as the workflow sees it.
async fn timed_out(
    world: &World,
) -> Result<(TimeoutType, RetryState, Failure), Box<dyn std::error::Error>> {
    match world.workflow::<Caller>("caller").result().await {
        Err(ResultError::Workflow(WorkflowFailure::Failed(
            ref error @ ActivityError::Timeout {
                timeout_type,
                ref failure,
            },
        ))) => Ok((timeout_type, error.retry_state(), (**failure).clone())),
        other => Err(format!("the activity times out: {other:?}").into()),
    }
}

#[test]
fn an_attempt_that_takes_too_long_is_given_up_and_tried_again() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let call = Call {
            start_to_close: Some(2 * SECOND),
            ..Call::of("tea")
        };
        let caller = world.workflow::<Caller>("caller").start(call).await?;
        let slow = world.stage.attempt().await;
        world.pass_seconds(2).await;
        slow.ctx.canceled().await;
        // What it has to say comes too late.
        slow.complete("cold tea");
        world.pass_seconds(1).await;
        let second = world.stage.attempt().await;
        assert_eq!(second.number(), 2);
        second.complete("tea");
        assert_eq!(caller.result().await?, "tea");
        Ok(())
    })
}

#[test]
fn an_attempt_that_takes_too_long_times_the_activity_out_if_it_was_the_last() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        world.workflow::<Caller>("caller").start(once()).await?;
        let _slow = world.stage.attempt().await;
        world.pass_seconds(10).await;
        let (clock, why, failure) = timed_out(world).await?;
        assert_eq!(clock, TimeoutType::StartToClose);
        assert_eq!(why, RetryState::MaximumAttemptsReached);
        assert!(
            failure
                .to_string()
                .contains("activity StartToClose timeout")
        );
        Ok(())
    })
}

#[test]
fn an_activity_that_waits_too_long_for_a_slot_times_out() -> Outcome {
    let one_at_a_time = TaskQueueOptions::default().max_concurrent_attempts(1);
    let scenario = Scenario::of::<Caller>()
        .with(move |engine| engine.task_queue("default", one_at_a_time.clone()));
    scenario.run(async |world| {
        let call = Call::of("first");
        let first = world.workflow::<Caller>("first").start(call).await?;
        let running = world.stage.attempt().await;
        let call = Call {
            schedule_to_start: Some(3 * SECOND),
            ..once()
        };
        world.workflow::<Caller>("caller").start(call).await?;
        world.pass_seconds(3).await;
        let (clock, why, _) = timed_out(world).await?;
        assert_eq!(clock, TimeoutType::ScheduleToStart);
        assert_eq!(why, RetryState::Timeout);
        running.complete("done");
        first.result().await?;
        assert!(world.stage.started_attempt().is_none());
        Ok(())
    })
}

#[test]
fn an_activity_that_takes_too_long_in_all_times_out_with_its_last_error_as_the_cause() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let call = Call {
            schedule_to_close: Some(4 * SECOND),
            ..Call::of("tea")
        };
        world.workflow::<Caller>("caller").start(call).await?;
        world.stage.attempt().await.fail("spilled");
        world.pass_seconds(1).await;
        let _slow = world.stage.attempt().await;
        world.pass_seconds(3).await;
        let (clock, why, failure) = timed_out(world).await?;
        assert_eq!(clock, TimeoutType::ScheduleToClose);
        assert_eq!(why, RetryState::Timeout);
        let cause = failure.chain().last().ok_or("it has a cause")?;
        let spilled = StageError::Transient {
            reason: "spilled".into(),
        };
        assert_eq!(
            <StageError as sempre::Failure>::from_failure(cause),
            Some(spilled)
        );
        Ok(())
    })
}

#[test]
fn an_attempt_that_is_silent_for_too_long_is_given_up() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let call = Call {
            heartbeat: Some(2 * SECOND),
            ..once()
        };
        let caller = world.workflow::<Caller>("caller").start(call).await?;
        let attempt = world.stage.attempt().await;
        world.clock.advance(SECOND);
        attempt.ctx.heartbeat("half done")?;
        world
            .until(&caller, |run| {
                let activity = run.activities.first();
                activity.is_some_and(|activity| !activity.heartbeat_details.is_empty())
            })
            .await?;
        // The clock began anew with the heartbeat.
        world.clock.advance(SECOND);
        world.pass_seconds(1).await;
        let (clock, _, failure) = timed_out(world).await?;
        assert_eq!(clock, TimeoutType::Heartbeat);
        let details = failure.chain().find_map(|failure| match &failure.info {
            sempre::model::FailureInfo::Timeout(info) => Some(&info.last_heartbeat_details),
            _ => None,
        });
        let details = details.ok_or("it timed out")?.decode::<String>()?;
        assert_eq!(details, "half done");
        Ok(())
    })
}

#[test]
fn a_run_whose_time_is_up_is_closed_and_its_attempts_are_told_to_stop() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let start = world.workflow::<Caller>("caller").start(Call::of("tea"));
        let caller = start.run_timeout(5 * SECOND).await?;
        let attempt = world.stage.attempt().await;
        assert_eq!(
            attempt.ctx.info().deadline,
            Some(world.seconds_from_now(5)),
            "no attempt has more time than its run"
        );
        world.pass_seconds(5).await;
        let result = caller.result().await;
        assert!(
            matches!(
                result,
                Err(ResultError::Workflow(WorkflowFailure::TimedOut))
            ),
            "{result:?}"
        );
        attempt.ctx.canceled().await;
        attempt.complete("too late");
        let history = caller.history().await?;
        let last = history
            .events
            .last()
            .map(sempre::model::HistoryEvent::event_type);
        assert_eq!(last, Some(EventType::WorkflowExecutionTimedOut));
        Ok(())
    })
}

#[test]
fn the_time_of_an_execution_limits_that_of_its_run() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let start = world.workflow::<Board>("board").start(());
        let start = start.run_timeout(60 * SECOND);
        let board = start.execution_timeout(30 * SECOND).await?;
        world.pass_seconds(30).await;
        let failure = board.result().await;
        assert!(failure.is_err_and(|failure| failure.is_timeout()));
        Ok(())
    })
}
