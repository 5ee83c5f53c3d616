//! Pauses: when they start a timer, and what dropping them does.

use std::time::Duration;

use super::fixture::{SECOND, run, workflow};
use crate::model::Timestamp;

workflow!(Pausing, |ctx| {
    drop(ctx.sleep(SECOND));
    ctx.sleep(Duration::ZERO).await?;
    let long = ctx.sleep(SECOND * 60);
    ctx.sleep(SECOND * 2).await?;
    drop(long);
    ctx.sleep(SECOND * 3).await?;
    Ok(String::new())
});

#[test]
fn only_pauses_with_a_length_that_are_kept_start_timers() {
    let mut run = run::<Pausing>();
    assert_eq!(run.task(), ["StartTimer 1 60s", "StartTimer 2 2s"]);
    run.history.fire_timer("2");
    assert_eq!(run.task(), ["CancelTimer 1", "StartTimer 3 3s"]);
    run.history.fire_timer("3");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution """#]);
}

workflow!(Dropping, |ctx| {
    let sleep = ctx.sleep(SECOND);
    ctx.wait_until(|state: &Self| state.0.approved).await?;
    drop(sleep);
    ctx.sleep(SECOND).await?;
    Ok(String::new())
});

#[test]
fn dropping_a_timer_that_has_fired_meanwhile_asks_for_nothing() {
    let mut run = run::<Dropping>();
    run.task();
    run.history.signal("approve", &());
    run.history.fire_timer("1");
    assert_eq!(run.task(), ["StartTimer 2 1s"]);
}

workflow!(Waiting, |ctx| {
    let begun = ctx.now();
    ctx.sleep_until(Timestamp::EPOCH).await?;
    ctx.sleep_until(begun).await?;
    ctx.sleep_until(begun.after(SECOND * 60)).await?;
    ctx.sleep_until(ctx.now()).await?;
    ctx.sleep_until(begun.after(SECOND * 90)).await?;
    Ok(String::new())
});

#[test]
fn a_pause_until_a_point_in_time_lasts_for_what_is_left() {
    let mut run = run::<Waiting>();
    assert_eq!(run.task(), ["StartTimer 1 60s"]);
    run.history.fire_timer("1");
    // In this history a second passes with each event, and the task starts with the eighth.
    assert_eq!(run.task(), ["StartTimer 2 85s"]);
    run.history.fire_timer("2");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution """#]);
}
