//! Limits: what becomes of the timer, and of what takes too long.

use std::future::ready;

use super::fixture::{Greet, SECOND, run, workflow};
use crate::workflow::{CancellationType, TimedOut};

workflow!(Limited, |ctx| {
    let greeting = ctx.activity(Greet, "Ada".into());
    let greeting = match ctx.timeout(SECOND, greeting).await {
        Ok(greeting) => greeting?,
        Err(TimedOut) => "too late".into(),
    };
    ctx.sleep(SECOND).await?;
    Ok(greeting)
});

#[test]
fn a_future_that_is_ready_in_time_gives_up_its_timer() {
    let mut run = run::<Limited>();
    assert_eq!(
        run.task(),
        ["ScheduleActivityTask 1 greet", "StartTimer 1 1s"]
    );
    run.history.complete_activity("1", &"Hello");
    assert_eq!(run.task(), ["CancelTimer 1", "StartTimer 2 1s"]);
    run.history.fire_timer("2");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution "Hello""#]);
}

#[test]
fn a_future_whose_time_is_up_is_canceled() {
    let mut run = run::<Limited>();
    run.task();
    run.history.fire_timer("1");
    assert_eq!(
        run.task(),
        ["RequestCancelActivityTask 5", "StartTimer 2 1s"]
    );
    run.history.fire_timer("2");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution "too late""#]);
}

#[test]
fn where_both_come_at_once_the_future_counts() {
    let mut run = run::<Limited>();
    run.task();
    run.history.fire_timer("1");
    run.history.complete_activity("1", &"Hello");
    assert_eq!(run.task(), ["StartTimer 2 1s"]);
}

workflow!(AtOnce, |ctx| {
    let number = ctx.timeout(SECOND, ready(7)).await;
    assert_eq!(number, Ok(7));
    let greeting = ctx.activity(Greet, "Ada".into());
    let never = ctx.timeout(std::time::Duration::ZERO, greeting).await;
    assert_eq!(never.err(), Some(TimedOut));
    let dropped = ctx.timeout(SECOND, ctx.sleep(SECOND));
    drop(dropped);
    Ok(String::new())
});

#[test]
fn what_is_ready_at_once_or_has_no_time_starts_no_timer() {
    assert_eq!(run::<AtOnce>().task(), [r#"CompleteWorkflowExecution """#]);
}

workflow!(Last, |ctx| {
    let greeting = ctx.activity(Greet, "Ada".into());
    let late = ctx.timeout(SECOND, greeting).await.is_err();
    Ok(late.to_string())
});

#[test]
fn a_limit_cancels_also_in_the_task_that_closes_the_run() {
    let mut run = run::<Last>();
    run.task();
    run.history.fire_timer("1");
    assert_eq!(
        run.task(),
        [
            "RequestCancelActivityTask 5",
            r#"CompleteWorkflowExecution "true""#
        ]
    );
}

workflow!(Lifted, |ctx| {
    let patient = ctx
        .activity(Greet, "Ada".into())
        .cancellation(CancellationType::WaitCancellationCompleted);
    let ended = ctx.timeout(SECOND, patient).await;
    let ended = ended.map(|greeting| greeting.is_err_and(|error| error.is_canceled()));
    Ok(format!("{ended:?}"))
});

#[test]
fn a_cancellation_lifts_the_limit_and_the_future_says_how_it_ends() {
    let mut run = run::<Lifted>();
    run.task();
    run.history.request_cancel();
    assert_eq!(run.task(), ["RequestCancelActivityTask 5", "CancelTimer 1"]);
    run.history.cancel_activity("1");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution "Ok(true)""#]);
}
