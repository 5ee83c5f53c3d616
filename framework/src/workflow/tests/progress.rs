//! Progress and control of a running activity, told live, replayed and replayed half-way.

use std::time::Duration;

use futures::future::FusedFuture as _;

use super::fixture::{Greet, SECOND, note, noted, run, workflow};
use crate::{
    CancellationType,
    model::{Control, FailureInfo, Payloads},
    workflow::combinator::join,
};

workflow!(Following, |ctx| {
    let greeting = ctx.activity(Greet, "Ada".into()).start();
    while let Some(words) = greeting.progress::<u32>().await {
        note(&ctx, words.to_string());
    }
    note(&ctx, "the end");
    let after = greeting.progress::<u32>();
    assert!(!after.is_terminated());
    assert_eq!(after.await, None);
    Ok(greeting.await?)
});

#[test]
fn a_report_takes_the_place_of_one_that_nobody_has_awaited_and_there_is_none_after_the_end() {
    let mut run = run::<Following>();
    assert_eq!(run.task(), ["ScheduleActivityTask 1 greet"]);
    run.history.progress("1", 1, &1);
    assert!(run.task().is_empty());
    assert_eq!(noted(&mut run), ["1"]);
    run.history.progress("1", 2, &2);
    run.history.progress("1", 3, &3);
    assert!(run.task().is_empty());
    assert_eq!(noted(&mut run), ["1", "3"]);
    run.history.progress("1", 4, &4);
    run.history.complete_activity("1", &"hello");
    assert_eq!(run.task(), ["CompleteWorkflowExecution \"hello\""]);
    assert_eq!(noted(&mut run), ["1", "3", "4", "the end"]);
}

#[test]
fn a_report_that_is_something_else_fails_the_workflow_task() {
    let mut run = run::<Following>();
    run.task();
    run.history.progress("1", 1, &"one");
    let failed = run.failing_task().failure;
    let FailureInfo::Application(info) = &failed.info else {
        panic!("{failed:?}");
    };
    assert_eq!(info.error_type, "sempre.MalformedProgress");
    assert!(
        failed
            .message
            .contains("progress of activity greet is malformed")
    );
}

workflow!(Deaf, |ctx| {
    let greeting = ctx.activity(Greet, "Ada".into()).start();
    Ok(greeting.await?)
});

#[test]
fn reports_that_nobody_awaits_and_those_after_a_drop_change_nothing() {
    let mut run = run::<Deaf>();
    run.task();
    run.history.progress("1", 1, &1);
    assert!(run.task().is_empty());
    run.history.complete_activity("1", &"hello");
    assert_eq!(run.task(), ["CompleteWorkflowExecution \"hello\""]);
}

workflow!(Leaving, |ctx| {
    let greeting = ctx
        .activity(Greet, "Ada".into())
        .cancellation(CancellationType::Abandon)
        .start();
    let (first, second) = (greeting.progress::<u32>(), greeting.progress::<u32>());
    drop(greeting);
    let (first, second) = join!(first, second);
    note(&ctx, format!("{first:?} {second:?}"));
    let given_up = ctx.activity(Greet, "Bob".into()).start();
    let progress = given_up.progress::<u32>();
    ctx.sleep(SECOND).await?;
    given_up.control("too early to know");
    drop(given_up);
    note(&ctx, format!("{:?}", progress.await));
    ctx.sleep(SECOND).await?;
    Ok(String::new())
});

#[test]
fn each_of_several_takes_a_report_and_what_is_given_up_has_none() {
    let mut run = run::<Leaving>();
    assert_eq!(run.task(), ["ScheduleActivityTask 1 greet"]);
    run.history.progress("1", 1, &1);
    assert!(run.task().is_empty());
    run.history.progress("1", 2, &2);
    assert_eq!(
        run.task(),
        ["ScheduleActivityTask 2 greet", "StartTimer 1 1s"]
    );
    run.history.fire_timer("1");
    let asked = run.task();
    assert_eq!(asked[0], "RecordMarker sempre.activity_control");
    assert!(
        asked[1].starts_with("RequestCancelActivityTask"),
        "{asked:?}"
    );
    assert_eq!(asked[2..], ["StartTimer 2 1s"]);
    assert_eq!(noted(&mut run), ["Some(1) Some(2)", "None"]);
}

workflow!(Steering, |ctx| {
    let greeting = ctx.activity(Greet, "Ada".into()).start();
    greeting.control("softly");
    let unsent = ctx.activity(Greet, "Bob".into()).start();
    unsent.control("never");
    drop(unsent);
    if greeting.progress::<u32>().await.is_some() {
        greeting.control(&7);
    }
    greeting.cancel();
    greeting.control("too late");
    ctx.sleep(Duration::from_secs(9)).await?;
    Ok(String::new())
});

#[test]
fn messages_are_recorded_as_markers_behind_what_they_are_about() {
    let mut run = run::<Steering>();
    let marker = "RecordMarker sempre.activity_control";
    assert_eq!(run.task(), ["ScheduleActivityTask 1 greet", marker]);
    run.history.progress("1", 1, &1);
    let asked = run.task();
    assert_eq!(asked[0], marker);
    assert!(asked[1].starts_with("RequestCancelActivityTask"));
    assert_eq!(asked[2..], ["StartTimer 1 9s"]);
    run.history.cancel_activity("1");
    run.history.fire_timer("1");
    assert!(run.task()[0].starts_with("CompleteWorkflowExecution"));
}

#[test]
fn a_message_is_read_back_from_its_marker() {
    let control = Control {
        activity_id: "7".into(),
        message: Payloads::encode("softly").unwrap(),
    };
    let marker = control.clone().into_marker();
    assert_eq!(
        Control::of(&marker.marker_name, &marker.details),
        Some(control)
    );
    assert_eq!(Control::of("another", &marker.details), None);
}
