//! Calls of activities: their options, and what dropping and canceling them does.

use std::time::Duration;

use expect_test::expect;

use super::fixture::{Greet, GreetError, SECOND, note, noted, run, workflow};
use crate::{
    ActivityError, CancellationType,
    definition::{Activity, Failure as _},
    machine::{replay::Replayer, task::WorkflowTask},
    model::{self, ActivityOptions, Command, RetryPolicy, RetryState, TimeoutType},
    workflow::Driver,
};

workflow!(Choosy, |ctx| {
    let greeting = ctx
        .activity(Greet, "Ada".into())
        .start_to_close(Duration::from_secs(30))
        .schedule_to_close(Duration::from_secs(300))
        .schedule_to_start(Duration::from_secs(60))
        .retry(RetryPolicy::none())
        .task_queue("greeters")
        .activity_id("ada")
        .await?;
    Ok(greeting)
});

#[test]
fn options_of_the_call_go_over_those_of_the_definition() {
    let mut run = run::<Choosy>();
    run.history.task();
    let answer = Replayer::new(Box::new(Driver::<Choosy>::new()))
        .handle_workflow_task(&WorkflowTask::from(run.history.events))
        .unwrap();
    let [Command::ScheduleActivityTask(asked)] = &answer.commands[..] else {
        panic!("one activity is scheduled");
    };
    expect![[r#"
        ScheduleActivityTask {
            activity_id: "ada",
            activity_type: "greet",
            task_queue: "greeters",
            input: Payloads(
                [
                    Payload {
                        encoding: JsonPlain,
                        data: b"\"Ada\"",
                        metadata: {},
                    },
                ],
            ),
            schedule_to_close_timeout: Some(
                300s,
            ),
            schedule_to_start_timeout: Some(
                60s,
            ),
            start_to_close_timeout: Some(
                30s,
            ),
            heartbeat_timeout: Some(
                2s,
            ),
            retry_policy: Some(
                RetryPolicy {
                    initial_interval: 1s,
                    backoff: 2.0,
                    max_interval: None,
                    max_attempts: 1,
                    non_retryable: [],
                },
            ),
            header: None,
            priority: None,
            user_metadata: None,
        }
    "#]]
    .assert_debug_eq(asked);
}

workflow!(Fickle, |ctx| {
    drop(ctx.activity(Greet, "nobody".into()).start());
    let kept = ctx.activity(Greet, "Ada".into()).start();
    drop(ctx.activity(Greet, "unawaited".into()));
    ctx.sleep(SECOND).await?;
    drop(kept);
    ctx.sleep(SECOND).await?;
    Ok(String::new())
});

#[test]
fn what_is_dropped_at_once_takes_no_number_and_what_is_dropped_later_is_canceled() {
    let mut run = run::<Fickle>();
    assert_eq!(
        run.task(),
        ["ScheduleActivityTask 1 greet", "StartTimer 1 1s"]
    );
    run.history.fire_timer("1");
    assert_eq!(
        run.task(),
        ["RequestCancelActivityTask 5", "StartTimer 2 1s"]
    );
    run.history.cancel_activity("1");
    assert!(run.task().is_empty());
}

workflow!(Abandoning, |ctx| {
    drop(
        ctx.activity(Greet, "Ada".into())
            .cancellation(CancellationType::Abandon)
            .start(),
    );
    ctx.sleep(SECOND).await?;
    ctx.sleep(SECOND).await?;
    Ok(String::new())
});

#[test]
fn an_abandoned_activity_goes_its_own_way() {
    let mut run = run::<Abandoning>();
    assert_eq!(
        run.task(),
        ["ScheduleActivityTask 1 greet", "StartTimer 1 1s"]
    );
    run.history.complete_activity("1", &"Hello");
    assert!(run.task().is_empty());
}

workflow!(Impatient, |ctx| {
    let greeting = ctx.activity(Greet, "Ada".into()).start();
    ctx.wait_until(|state: &Self| state.0.approved).await?;
    drop(greeting);
    ctx.sleep(SECOND).await?;
    Ok(String::new())
});

#[test]
fn dropping_what_has_ended_in_the_same_activation_asks_for_nothing() {
    let mut run = run::<Impatient>();
    run.task();
    run.history.signal("approve", &());
    run.history.complete_activity("1", &"Hello");
    assert_eq!(run.task(), ["StartTimer 1 1s"]);
}

workflow!(Canceling, |ctx| {
    let handles = [
        CancellationType::TryCancel,
        CancellationType::WaitCancellationCompleted,
        CancellationType::Abandon,
    ]
    .map(|cancellation| {
        ctx.activity(Greet, "Ada".into())
            .cancellation(cancellation)
            .start()
    });
    ctx.wait_until(|state: &Self| state.0.approved).await?;
    for handle in &handles {
        handle.cancel();
        handle.cancel();
    }
    let unsent = ctx.activity(Greet, "nobody".into()).start();
    unsent.cancel();
    assert!(unsent.await.is_err_and(|error| error.is_canceled()));
    for handle in handles {
        let error = handle.await.expect_err("it was canceled");
        assert!(error.is_canceled());
        assert_eq!(error.retry_state(), RetryState::CancelRequested);
        note(&ctx, error.activity().unwrap().activity_id.as_str());
    }
    Ok(String::new())
});

#[test]
fn a_canceled_activity_resolves_by_its_cancellation_type() {
    let mut run = run::<Canceling>();
    run.task();
    run.history.signal("approve", &());
    assert_eq!(
        run.task(),
        ["RequestCancelActivityTask 5", "RequestCancelActivityTask 6"]
    );
    assert_eq!(noted(&mut run), ["1"]);
    run.history.cancel_activity("2");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution """#]);
    assert_eq!(noted(&mut run), ["1", "2", "3"]);
}

workflow!(Telling, |ctx| {
    let (first, second, third) = (
        ctx.activity(Greet, "Ada".into()).start(),
        ctx.activity(Greet, "Grace".into()).start(),
        ctx.activity(Greet, "Joan".into()).start(),
    );
    let error = first.await.unwrap_err();
    assert_eq!(
        error.application(),
        Some(&GreetError { name: "Ada".into() })
    );
    assert_eq!(error.retry_state(), RetryState::MaximumAttemptsReached);
    note(&ctx, error.to_string());
    let error = second.await.unwrap_err();
    assert!(matches!(
        error,
        ActivityError::Timeout {
            timeout_type: TimeoutType::StartToClose,
            ..
        }
    ));
    note(&ctx, error.to_string());
    let error = third.await.unwrap_err();
    assert!(matches!(error, ActivityError::Unrecognized { .. }));
    note(&ctx, error.to_string());
    Err(error.into())
});

#[test]
fn an_activity_that_fails_comes_back_as_what_it_failed_with() {
    let mut run = run::<Telling>();
    run.task();
    let away = GreetError { name: "Ada".into() }.to_failure();
    run.history.fail_activity("1", away);
    let slow = model::Failure::timeout("too slow", TimeoutType::StartToClose);
    run.history.time_out_activity("2", slow);
    let foreign = model::Failure::application("index out of bounds", "Panic");
    run.history.fail_activity("3", foreign);
    assert_eq!(
        run.task(),
        ["FailWorkflowExecution activity failed: index out of bounds"]
    );
    assert_eq!(
        noted(&mut run),
        [
            "activity failed: Ada is away",
            "activity timed out: too slow",
            "activity failed: index out of bounds"
        ]
    );
}

/// An activity whose input JSON cannot hold.
struct Unwritable;

impl Activity for Unwritable {
    type Input = std::collections::BTreeMap<Vec<u8>, u8>;
    type Output = ();
    type Error = std::convert::Infallible;

    const TYPE: &'static str = "unwritable";

    fn options() -> ActivityOptions {
        ActivityOptions::default()
    }
}

workflow!(Unspeakable, |ctx| {
    let input = [(vec![1], 1)].into();
    ctx.activity(Unwritable, input).await.ok();
    Ok(String::new())
});

#[test]
fn an_input_that_cannot_be_written_fails_the_workflow_task() {
    let failure = run::<Unspeakable>().failing_task();
    expect![
        "input of activity unwritable is malformed: value cannot be written: key must be a string"
    ]
    .assert_eq(&failure.failure.to_string());
}
