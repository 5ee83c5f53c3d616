//! Several things at once: in which order they begin, and what becomes of those that lose.

use futures::FutureExt as _;

use super::fixture::{Greet, SECOND, run, workflow};
use crate::{
    model::Failure,
    workflow::combinator::{join, join_all, map_concurrent, select, try_join, try_join_all},
};

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

workflow!(LastRace, |ctx| {
    let mut spare = ctx.sleep(SECOND * 90);
    Ok(select! {
        greeting = ctx.activity(Greet, "Ada".into()).start() => greeting?,
        () = async { ctx.sleep(SECOND * 60).await.unwrap() }.fuse() => return Ok("a minute".into()),
        _ = spare => { "spare".to_owned() }
        slept = ctx.sleep(SECOND) => {
            slept?;
            "too late".to_owned()
        }
        complete => unreachable!("one of them is ready first"),
    })
});

#[test]
fn the_branches_that_lose_are_canceled_even_if_the_run_closes() {
    let mut run = run::<LastRace>();
    assert_eq!(
        run.task(),
        [
            "StartTimer 1 90s",
            "ScheduleActivityTask 1 greet",
            "StartTimer 2 1s",
            "StartTimer 3 60s"
        ]
    );
    run.history.fire_timer("2");
    // What was only named in its branch is dropped by returning.
    assert_eq!(
        run.task(),
        [
            "CancelTimer 3",
            "RequestCancelActivityTask 6",
            r#"CompleteWorkflowExecution "too late""#
        ]
    );
}

#[test]
fn a_branch_that_returns_cancels_the_others_too() {
    let mut run = run::<LastRace>();
    run.task();
    run.history.fire_timer("3");
    assert_eq!(
        run.task(),
        [
            "CancelTimer 2",
            "RequestCancelActivityTask 6",
            r#"CompleteWorkflowExecution "a minute""#
        ]
    );
}

workflow!(Undecided, |ctx| {
    let mut racing = Box::pin(
        async {
            select! {
                _ = ctx.sleep(SECOND * 60) => (),
                _ = ctx.sleep(SECOND * 90) => (),
            }
        }
        .fuse(),
    );
    select! {
        () = racing => (),
        _ = ctx.sleep(SECOND) => (),
    }
    Ok(String::new())
});

#[test]
fn a_race_that_is_dropped_undecided_is_left_to_the_close() {
    let mut run = run::<Undecided>();
    run.task();
    run.history.fire_timer("1");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution """#]);
}

workflow!(Trying, |ctx| {
    let (greeting, ()) = try_join!(ctx.activity(Greet, "Ada".into()), async {
        select! {
            _ = ctx.sleep(SECOND * 60) => Ok(()),
            _ = ctx.sleep(SECOND * 90) => Ok(()),
        }
    })?;
    Ok(greeting)
});

#[test]
fn what_is_given_up_for_a_failure_is_canceled_even_if_the_run_closes() {
    let mut run = run::<Trying>();
    run.task();
    run.history
        .fail_activity("1", Failure::application("away", "GreetError"));
    assert_eq!(
        run.task(),
        [
            "CancelTimer 2",
            "CancelTimer 1",
            "FailWorkflowExecution activity failed: away"
        ]
    );
}

workflow!(Mapping, |ctx| {
    let greet = |name: &'static str| ctx.activity(Greet, name.into()).activity_id(name);
    let greetings = map_concurrent(["Ada", "Grace", "Joan", "Mary"], 2, greet).await;
    let greetings: Result<Vec<String>, _> = greetings.into_iter().collect();
    Ok(greetings?.join(" "))
});

#[test]
fn the_next_item_begins_when_any_of_those_under_way_is_done() {
    let mut run = run::<Mapping>();
    assert_eq!(
        run.task(),
        [
            "ScheduleActivityTask Ada greet",
            "ScheduleActivityTask Grace greet"
        ]
    );
    run.history.complete_activity("Grace", &"b");
    assert_eq!(run.task(), ["ScheduleActivityTask Joan greet"]);
    run.history.complete_activity("Joan", &"c");
    assert_eq!(run.task(), ["ScheduleActivityTask Mary greet"]);
    run.history.complete_activity("Mary", &"d");
    assert!(run.task().is_empty());
    run.history.complete_activity("Ada", &"a");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution "a b c d""#]);
}

workflow!(MappingRace, |ctx| {
    let names = ["Ada", "Grace", "Joan"];
    select! {
        _ = map_concurrent(names, 2, |name| ctx.activity(Greet, name.into())).boxed_local().fuse() => (),
        _ = ctx.sleep(SECOND) => (),
    }
    ctx.sleep(SECOND).await?;
    Ok(String::new())
});

#[test]
fn what_is_under_way_is_canceled_with_the_whole_and_nothing_else_begins() {
    let mut run = run::<MappingRace>();
    assert_eq!(run.task().len(), 3);
    run.history.fire_timer("1");
    let commands = run.task();
    let canceled = |it: &&String| it.starts_with("RequestCancelActivityTask");
    assert_eq!(commands.iter().filter(canceled).count(), 2, "{commands:?}");
    assert_eq!(commands.len(), 3, "{commands:?}");
}
