//! Several things at once: in which order they begin, and what becomes of those that lose.

use super::fixture::{Greet, SECOND, run, workflow};
use crate::workflow::combinator::{join, join_all, select, try_join, try_join_all};

workflow!(Joining, |ctx| {
    let (first, second) = join!(
        ctx.activity(Greet, "Ada".into()),
        ctx.activity(Greet, "Grace".into()).activity_id("grace"),
    );
    let (third, ()) = try_join!(ctx.activity(Greet, "Joan".into()), async {
        ctx.sleep(SECOND).await.ok();
        Ok(())
    })?;
    Ok(format!("{} {} {third}", first?, second?))
});

#[test]
fn joined_calls_begin_in_the_order_in_which_they_are_written() {
    let mut run = run::<Joining>();
    assert_eq!(
        run.task(),
        [
            "ScheduleActivityTask 1 greet",
            "ScheduleActivityTask grace greet"
        ]
    );
    run.history.complete_activity("grace", &"b");
    assert!(run.task().is_empty());
    run.history.complete_activity("1", &"a");
    assert_eq!(
        run.task(),
        ["ScheduleActivityTask 3 greet", "StartTimer 1 1s"]
    );
    run.history.fire_timer("1");
    run.history.complete_activity("3", &"c");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution "a b c""#]);
}

workflow!(Racing, |ctx| {
    let winner = select! {
        greeting = ctx.activity(Greet, "Ada".into()).start() => greeting?,
        slept = ctx.sleep(SECOND) => {
            slept?;
            "too late".to_owned()
        }
    };
    ctx.sleep(SECOND).await?;
    Ok(winner)
});

#[test]
fn the_branches_that_lose_are_canceled() {
    let mut run = run::<Racing>();
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
fn where_both_are_ready_the_one_written_first_wins() {
    let mut run = run::<Racing>();
    run.task();
    run.history.fire_timer("1");
    run.history.complete_activity("1", &"Hello");
    assert_eq!(run.task(), ["StartTimer 2 1s"]);
    run.history.fire_timer("2");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution "Hello""#]);
}

workflow!(FanningOut, |ctx, count: usize| -> Vec<String> {
    let calls = (0..count).map(|n| ctx.activity(Greet, n.to_string()));
    let greetings = join_all(calls).await;
    let calls = (0..2).map(|n| ctx.activity(Greet, n.to_string()));
    let more = try_join_all(calls).await?;
    Ok(greetings.into_iter().flatten().chain(more).collect())
});

#[test]
fn many_calls_begin_in_order_and_return_in_order_whichever_ends_first() {
    // More than 30 of them are polled by what was woken.
    let mut run = super::fixture::run_with::<FanningOut, _>(&40);
    assert_eq!(run.task().len(), 40);
    for n in (1..=40).rev() {
        run.history
            .complete_activity(&n.to_string(), &n.to_string());
        if n % 7 == 0 {
            run.task();
        }
    }
    assert_eq!(
        run.task(),
        [
            "ScheduleActivityTask 41 greet",
            "ScheduleActivityTask 42 greet"
        ]
    );
    run.history.complete_activity("42", &"42");
    run.history.complete_activity("41", &"41");
    let numbers: Vec<String> = (1..=42).map(|n| format!("\"{n}\"")).collect();
    let expected = format!("CompleteWorkflowExecution [{}]", numbers.join(","));
    assert_eq!(run.task(), [expected]);
}
