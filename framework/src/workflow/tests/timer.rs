//! Pauses: when they start a timer, and what dropping them does.

use std::time::Duration;

use super::fixture::{SECOND, run, workflow};

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
