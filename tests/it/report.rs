//! Reports of attempts: whatever a living attempt says counts, and ends it if it is an end.

use std::time::Duration;

use sempre::{
    Canceled,
    client::{ResultError, WorkflowDescription, WorkflowFailure},
    model::{EventType, RetryPolicy, limits},
};
use sempre_tests::{
    Outcome, Scenario, StageError,
    workflow::{Call, Caller},
};

/// Whether the run says that something is wrong in these words.
fn says(run: &WorkflowDescription, words: &str) -> bool {
    run.problems
        .iter()
        .any(|problem| problem.to_string().contains(words))
}

fn call() -> Call {
    Call {
        start_to_close: Some(Duration::from_secs(3_600)),
        heartbeat: Some(Duration::from_secs(10)),
        ..Call::of("tea")
    }
}

/// A text of more bytes than a payload may have.
fn too_large() -> String {
    "x".repeat(limits::PAYLOAD_BYTES_MAX)
}

#[test]
fn an_activity_that_stops_without_being_asked_is_tried_again() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let caller = world.workflow::<Caller>("caller").start(call()).await?;
        let first = world.stage.attempt().await;
        first.end(Err(StageError::Stopped(Canceled::default())));
        world
            .until(&caller, |run| says(run, "stopped: canceled"))
            .await?;
        world.pass_seconds(1).await;
        let second = world.stage.attempt().await;
        assert_eq!(second.number(), 2);
        second.complete("tea");
        assert_eq!(caller.result().await?, "tea");
        Ok(())
    })
}

#[test]
fn an_activity_that_stops_without_being_asked_fails_once_it_may_not_be_tried_again() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let once = RetryPolicy::default().max_attempts(1);
        let call = Call {
            retry: Some(once),
            ..call()
        };
        let caller = world.workflow::<Caller>("caller").start(call).await?;
        let attempt = world.stage.attempt().await;
        attempt.end(Err(StageError::Stopped(Canceled::default())));
        let failed = caller.result().await;
        let Err(ResultError::Workflow(WorkflowFailure::Failed(error))) = failed else {
            panic!("{failed:?}");
        };
        assert_eq!(
            error.application(),
            Some(&StageError::Stopped(Canceled::default()))
        );
        Ok(())
    })
}

#[test]
fn heartbeat_details_that_are_too_large_are_dropped_and_the_result_counts() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let caller = world.workflow::<Caller>("caller").start(call()).await?;
        let attempt = world.stage.attempt().await;
        attempt.ctx.heartbeat(&too_large())?;
        world
            .until(&caller, |run| says(run, "heartbeat details are dropped"))
            .await?;
        // This one is held back, and comes together with the result.
        attempt.ctx.heartbeat(&too_large())?;
        attempt.complete("tea");
        assert_eq!(caller.result().await?, "tea");
        let described = caller.describe().await?;
        assert!(says(&described, "limit=2097152"), "{described:?}");
        assert!(says(&described, "count=2"), "{described:?}");
        Ok(())
    })
}

#[test]
fn a_result_that_is_too_large_fails_its_activity_and_names_the_limit() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let caller = world.workflow::<Caller>("caller").start(call()).await?;
        world.stage.attempt().await.complete(too_large());
        let failed = caller.result().await;
        assert!(failed.is_err(), "{failed:?}");
        let history = caller.history().await?;
        let failed = history
            .events
            .iter()
            .find(|event| event.event_type() == EventType::ActivityTaskFailed);
        let failed = format!("{:?}", failed.ok_or("the activity has failed")?.attributes);
        assert!(failed.contains("activity result is too large limit=2097152"));
        Ok(())
    })
}
