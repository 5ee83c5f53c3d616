//! Waiting for the workflow's own state.

use super::fixture::{SECOND, note, noted, run, workflow};
use crate::{WaitError, workflow::combinator::join};

workflow!(Approval, |ctx| {
    let approved = ctx
        .wait_until(|state: &Self| state.0.approved)
        .timeout(SECOND * 3);
    match approved.await {
        Ok(()) => {
            ctx.sleep(SECOND).await?;
            Ok("approved".into())
        }
        Err(error) => {
            assert_eq!(error, WaitError::TimedOut);
            Err(error.into())
        }
    }
});

#[test]
fn a_condition_that_holds_gives_the_timer_up() {
    let mut run = run::<Approval>();
    assert_eq!(run.task(), ["StartTimer 1 3s"]);
    run.history.signal("approve", &());
    assert_eq!(run.task(), ["CancelTimer 1", "StartTimer 2 1s"]);
    run.history.fire_timer("2");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution "approved""#]);
}

#[test]
fn a_condition_that_holds_at_once_starts_no_timer() {
    let mut run = run::<Approval>();
    run.history.signal("approve", &());
    assert_eq!(run.task(), ["StartTimer 1 1s"]);
}

#[test]
fn a_wait_whose_time_is_up_fails() {
    let mut run = run::<Approval>();
    run.task();
    run.history.fire_timer("1");
    assert_eq!(run.task(), ["FailWorkflowExecution wait timed out"]);
}

#[test]
fn the_condition_counts_where_it_comes_with_the_time() {
    let mut run = run::<Approval>();
    run.task();
    run.history.fire_timer("1");
    run.history.signal("approve", &());
    assert_eq!(run.task(), ["StartTimer 2 1s"]);
}

#[test]
fn a_signal_that_changes_something_else_wakes_and_waits_again() {
    let mut run = run::<Approval>();
    run.task();
    run.history.signal("note", &"not yet");
    assert!(run.task().is_empty());
    run.history.signal("approve", &());
    run.task();
    assert_eq!(noted(&mut run), ["not yet"]);
}

workflow!(Chain, |ctx| {
    let first = async {
        ctx.wait_until(|state: &Self| state.0.notes.len() == 1)
            .await?;
        note(&ctx, "second");
        Ok::<_, crate::Canceled>(())
    };
    let second = async {
        ctx.wait_until(|state: &Self| state.0.notes.len() == 2)
            .await?;
        note(&ctx, "third");
        Ok::<_, crate::Canceled>(())
    };
    let (second, first) = join!(second, first);
    second?;
    first?;
    Ok(ctx.state(|state| state.0.notes.join(" ")))
});

#[test]
fn a_change_by_one_waiter_wakes_the_next() {
    let mut run = run::<Chain>();
    run.task();
    run.history.signal("note", &"first");
    assert_eq!(
        run.task(),
        [r#"CompleteWorkflowExecution "first second third""#]
    );
}
