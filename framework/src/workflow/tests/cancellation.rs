//! What a cancel request does to what is pending, to what begins after it, and to clean-up.

use super::fixture::{Greet, SECOND, note, noted, run, workflow};
use crate::{Canceled, CancellationType, WaitError, workflow::combinator::join};

workflow!(Pending, |ctx| {
    let waiting = ctx
        .activity(Greet, "Ada".into())
        .cancellation(CancellationType::WaitCancellationCompleted);
    let abandoned = ctx
        .activity(Greet, "Grace".into())
        .cancellation(CancellationType::Abandon);
    let tried = ctx.activity(Greet, "Joan".into());
    let limited = ctx
        .wait_until(|state: &Self| state.0.approved)
        .timeout(SECOND);
    let (wait, abandon, tried, slept, waited, limited, _) = join!(
        waiting,
        abandoned,
        tried,
        ctx.sleep(SECOND),
        ctx.wait_until(|state: &Self| state.0.approved),
        limited,
        ctx.canceled(),
    );
    assert!(abandon.is_err_and(|error| error.is_canceled()));
    assert!(tried.is_err_and(|error| error.is_canceled()));
    assert_eq!(slept, Err(Canceled::default()));
    assert_eq!(waited, Err(Canceled::default()));
    assert_eq!(limited, Err(WaitError::Canceled(Canceled::default())));
    Ok(wait?)
});

#[test]
fn a_cancel_request_reaches_everything_that_is_pending() {
    let mut run = run::<Pending>();
    // The limited wait is made before `join!` begins the activities.
    assert_eq!(
        run.task(),
        [
            "StartTimer 1 1s",
            "ScheduleActivityTask 1 greet",
            "ScheduleActivityTask 2 greet",
            "ScheduleActivityTask 3 greet",
            "StartTimer 2 1s",
        ]
    );
    run.history.request_cancel();
    assert_eq!(
        run.task(),
        [
            "CancelTimer 1",
            "RequestCancelActivityTask 6",
            "RequestCancelActivityTask 8",
            "CancelTimer 2",
        ]
    );
    // It was asked to stop, and finished all the same.
    run.history.complete_activity("1", &"Hello Ada");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution "Hello Ada""#]);
}

workflow!(Cleaning, |ctx| {
    let slept = ctx.sleep(SECOND).await;
    assert_eq!(slept, Err(Canceled::default()));
    assert!(ctx.is_canceled());
    assert_eq!(ctx.sleep(SECOND).await, Err(Canceled::default()));
    assert_eq!(ctx.wait_until(|_| true).await, Err(Canceled::default()));
    let late = ctx.activity(Greet, "late".into()).await;
    assert!(late.is_err_and(|error| error.is_canceled()));
    ctx.canceled().await;

    let cleanup = ctx.detached();
    assert!(!cleanup.is_canceled());
    let parting = cleanup.activity(Greet, "Ada".into()).await?;
    note(&ctx, parting);
    cleanup.sleep(SECOND).await?;
    slept?;
    Ok(String::new())
});

#[test]
fn what_begins_in_a_canceled_scope_fails_at_once_and_clean_up_goes_on() {
    let mut run = run::<Cleaning>();
    run.task();
    run.history.request_cancel();
    assert_eq!(
        run.task(),
        ["CancelTimer 1", "ScheduleActivityTask 1 greet"]
    );
    run.history.complete_activity("1", &"Goodbye Ada");
    run.history.request_cancel();
    assert_eq!(run.task(), ["StartTimer 2 1s"]);
    run.history.fire_timer("2");
    assert_eq!(run.task(), ["CancelWorkflowExecution"]);
    assert_eq!(noted(&mut run), ["Goodbye Ada"]);
}

workflow!(Finishing, |ctx| {
    match ctx.activity(Greet, "Ada".into()).await {
        Ok(greeting) => Ok(greeting),
        Err(error) => Err(error.into()),
    }
});

#[test]
fn a_result_that_comes_with_the_cancel_request_counts() {
    let mut run = run::<Finishing>();
    run.task();
    run.history.request_cancel();
    run.history.complete_activity("1", &"Hello Ada");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution "Hello Ada""#]);
}

#[test]
fn an_activity_error_of_a_canceled_run_cancels_it() {
    let mut run = run::<Finishing>();
    run.task();
    run.history.request_cancel();
    assert_eq!(
        run.task(),
        ["RequestCancelActivityTask 5", "CancelWorkflowExecution"]
    );
}

#[test]
fn a_cancel_request_before_the_first_task_lets_nothing_begin() {
    let mut run = run::<Finishing>();
    run.history.request_cancel();
    assert_eq!(run.task(), ["CancelWorkflowExecution"]);
}
