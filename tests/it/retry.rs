//! When a failed attempt is tried again, and when not.

use std::time::Duration;

use sempre::{
    client::{ResultError, WorkflowFailure},
    model::{EventAttributes, RetryPolicy, RetryState},
};
use sempre_tests::{
    Outcome, Scenario, StageError, World,
    workflow::{Call, Caller},
};

const SECOND: Duration = Duration::from_secs(1);

fn call(policy: RetryPolicy) -> Call {
    Call {
        retry: Some(policy),
        ..Call::of("tea")
    }
}

/// Lets every attempt fail; returns the seconds from each start to the next, and why it ended.
async fn fail_all(
    world: &World,
    call: Call,
    error: StageError,
) -> Result<(Vec<u64>, RetryState), Box<dyn std::error::Error>> {
    let caller = world.workflow::<Caller>("caller").start(call).await?;
    let mut intervals = Vec::new();
    loop {
        let attempt = world.stage.attempt().await;
        assert_eq!(attempt.number() as usize, intervals.len() + 1);
        let failed_at = world.seconds_from_now(0);
        attempt.end(Err(error.clone()));
        let over = |run: &sempre::client::WorkflowDescription| {
            let next = run.activities.first();
            next.is_none_or(|next| next.next_attempt_at.is_some())
        };
        let description = world.until(&caller, over).await?;
        let next = description.activities.first();
        let Some(at) = next.and_then(|next| next.next_attempt_at) else {
            break;
        };
        intervals.push(at.since(failed_at).as_secs());
        world.clock.sleeping_until(at).await;
        world.clock.set(at);
    }
    match caller.result().await {
        Err(ResultError::Workflow(WorkflowFailure::Failed(failed))) => {
            assert_eq!(failed.application(), Some(&error));
            Ok((intervals, failed.retry_state()))
        }
        other => Err(format!("the workflow fails: {other:?}").into()),
    }
}

fn transient() -> StageError {
    StageError::Transient {
        reason: "spilled".into(),
    }
}

#[test]
fn the_interval_doubles_until_the_last_attempt_is_made() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let policy = RetryPolicy::default().max_attempts(5);
        let (intervals, why) = fail_all(world, call(policy), transient()).await?;
        assert_eq!(intervals, [1, 2, 4, 8]);
        assert_eq!(why, RetryState::MaximumAttemptsReached);
        Ok(())
    })
}

#[test]
fn the_interval_grows_as_the_policy_says_and_no_further() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let policy = RetryPolicy::default()
            .initial_interval(2 * SECOND)
            .backoff(3.0)
            .max_interval(10 * SECOND)
            .max_attempts(5);
        let (intervals, _) = fail_all(world, call(policy), transient()).await?;
        assert_eq!(intervals, [2, 6, 10, 10]);
        Ok(())
    })
}

#[test]
fn an_error_that_is_final_by_its_definition_is_not_tried_again() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let reason = "broken".to_owned();
        let fatal = StageError::Fatal { reason };
        let (intervals, why) = fail_all(world, Call::of("tea"), fatal).await?;
        assert_eq!(intervals, Vec::<u64>::new());
        assert_eq!(why, RetryState::NonRetryableFailure);
        Ok(())
    })
}

#[test]
fn an_error_that_is_final_by_the_policy_is_not_tried_again() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let policy = RetryPolicy::default().non_retryable("Transient");
        let (intervals, why) = fail_all(world, call(policy), transient()).await?;
        assert_eq!(intervals, Vec::<u64>::new());
        assert_eq!(why, RetryState::NonRetryableFailure);
        Ok(())
    })
}

#[test]
fn an_error_can_say_when_to_try_again() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let policy = RetryPolicy::default().max_attempts(3);
        let (intervals, _) = fail_all(world, call(policy), StageError::Busy).await?;
        assert_eq!(intervals, [5, 5]);
        Ok(())
    })
}

#[test]
fn no_attempt_begins_after_the_time_for_all_of_them() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let call = Call {
            schedule_to_close: Some(4 * SECOND),
            ..Call::of("tea")
        };
        let (intervals, why) = fail_all(world, call, transient()).await?;
        assert_eq!(intervals, [1, 2]);
        assert_eq!(why, RetryState::Timeout);
        Ok(())
    })
}

#[test]
fn between_two_attempts_it_is_told_which_comes_next_when_and_why() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let caller = world.workflow::<Caller>("caller").start(Call::of("tea"));
        let caller = caller.await?;
        world.stage.attempt().await.fail("spilled");
        let failed = world
            .until(&caller, |run| {
                run.activities.first().is_some_and(|next| next.attempt == 2)
            })
            .await?;
        let next = failed.activities.first().ok_or("it is pending")?;
        assert_eq!(next.last_failure.as_deref(), Some("not now: spilled"));
        assert_eq!(next.started_at, None);
        assert_eq!(next.next_attempt_at, Some(world.seconds_from_now(1)));

        world.pass_seconds(1).await;
        world.stage.attempt().await.complete("tea");
        caller.result().await?;
        let history = caller.history().await?;
        let started = history.attributes().find_map(|event| match event {
            EventAttributes::ActivityTaskStarted(started) => Some(started),
            _ => None,
        });
        let started = started.ok_or("the last attempt is recorded")?;
        assert_eq!(started.attempt, 2);
        let last = started.last_failure.as_ref().map(ToString::to_string);
        assert_eq!(last.as_deref(), Some("not now: spilled"));
        Ok(())
    })
}
