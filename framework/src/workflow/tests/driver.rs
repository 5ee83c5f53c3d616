//! How programs begin, close, fail and are asked.

use std::{cell::Cell, task::Poll};

use expect_test::{Expect, expect};
use futures::future;

use super::fixture::{Greet, SECOND, note, noted, run, run_with, workflow};
use crate::{
    ApplicationFailure, Canceled,
    machine::{
        replay::{Program, QueryFailure, Replayer, tests::journal::Journal},
        task::WorkflowTask,
    },
    model::{Payloads, WorkflowId, event::workflow_task::FailedCause},
    workflow::{Driver, combinator::join},
};

workflow!(Hello, |ctx, name: String| -> String {
    let greeting = ctx.activity(Greet, name).await?;
    ctx.sleep(SECOND).await?;
    Ok(format!("{greeting}!"))
});

#[test]
fn a_workflow_runs_from_start_to_result() {
    let mut run = run_with::<Hello, _>(&"Ada");
    assert_eq!(run.task(), ["ScheduleActivityTask 1 greet"]);
    run.history.complete_activity("1", &"Hello Ada");
    assert_eq!(run.task(), ["StartTimer 1 1s"]);
    run.history.fire_timer("1");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution "Hello Ada!""#]);
}

workflow!(Failing, |ctx| {
    ctx.sleep(SECOND).await?;
    Err(ApplicationFailure::new("no stock left", "OutOfStock").into())
});

#[test]
fn a_returned_error_fails_the_run() {
    let mut run = run::<Failing>();
    run.task();
    run.history.fire_timer("1");
    assert_eq!(run.task(), ["FailWorkflowExecution no stock left"]);
}

#[test]
fn an_error_after_a_cancel_request_that_is_not_about_it_fails_the_run() {
    let mut run = run::<Failing>();
    run.task();
    run.history.fire_timer("1");
    run.history.request_cancel();
    assert_eq!(run.task(), ["FailWorkflowExecution no stock left"]);
}

#[test]
fn a_cancellation_error_after_a_cancel_request_cancels_the_run() {
    let mut run = run::<Failing>();
    run.task();
    run.history.request_cancel();
    assert_eq!(run.task(), ["CancelTimer 1", "CancelWorkflowExecution"]);
}

workflow!(Quitting, |_ctx| { Err(Canceled::default().into()) });

#[test]
fn a_cancellation_error_without_a_cancel_request_fails_the_run() {
    assert_eq!(run::<Quitting>().task(), ["FailWorkflowExecution canceled"]);
}

workflow!(Leaving, |ctx| {
    let _activity = ctx.activity(Greet, "Ada".into()).start();
    let _timer = ctx.sleep(SECOND);
    ctx.wait_until(|state: &Self| state.0.approved).await?;
    let _late = ctx.sleep(SECOND);
    Ok("left".into())
});

#[test]
fn what_is_dropped_by_returning_is_left_to_the_close() {
    let mut run = run::<Leaving>();
    assert_eq!(
        run.task(),
        ["ScheduleActivityTask 1 greet", "StartTimer 1 1s"]
    );
    run.history.signal("approve", &());
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution "left""#]);
}

workflow!(Tidying, |ctx| {
    let greeting = ctx.activity(Greet, "Ada".into()).start();
    let _left = ctx.activity(Greet, "Grace".into()).start();
    let limited = ctx
        .wait_until(|state: &Self| state.0.approved)
        .timeout(SECOND);
    limited.await?;
    greeting.cancel();
    Ok("tidy".into())
});

#[test]
fn what_is_canceled_before_returning_is_recorded() {
    let mut run = run::<Tidying>();
    run.task();
    run.history.signal("approve", &());
    assert_eq!(
        run.task(),
        [
            "CancelTimer 1",
            "RequestCancelActivityTask 5",
            r#"CompleteWorkflowExecution "tidy""#
        ]
    );
}

workflow!(Relaying, |ctx| {
    let relayed = async {
        let _left = ctx.sleep(SECOND);
        ctx.wait_until(|state: &Self| state.0.approved).await.ok();
        note(&ctx, "relayed");
    };
    let noted = ctx.wait_until(|state: &Self| !state.0.notes.is_empty());
    // The condition is looked at, and holds only when the other branch is done.
    let (noted, ()) = join!(noted, relayed);
    noted?;
    Ok("left".into())
});

#[test]
fn what_is_dropped_before_the_last_wait_is_canceled() {
    let mut run = run::<Relaying>();
    assert_eq!(run.task(), ["StartTimer 1 1s"]);
    run.history.signal("approve", &());
    assert_eq!(
        run.task(),
        ["CancelTimer 1", r#"CompleteWorkflowExecution "left""#]
    );
}

#[test]
fn a_dropped_program_asks_for_nothing_and_does_not_panic() {
    let mut run = run::<Leaving>();
    run.task();
    drop(run);
}

#[track_caller]
fn check_fails(run: &mut Journal, expected: &Expect) {
    let failure = run.failing_task();
    assert_eq!(failure.cause, FailedCause::WorkflowWorkerUnhandledFailure);
    expected.assert_eq(&failure.failure.to_string());
}

#[test]
fn a_malformed_input_fails_the_workflow_task() {
    let mut run = run_with::<Hello, _>(&7);
    check_fails(
        &mut run,
        &expect![
            "input of workflow Hello is malformed: payload does not decode: invalid type: integer `7`, expected a string at line 1 column 1"
        ],
    );
}

#[test]
fn a_malformed_activity_result_fails_the_workflow_task() {
    let mut run = run_with::<Hello, _>(&"Ada");
    run.task();
    run.history.complete_activity("1", &7);
    check_fails(
        &mut run,
        &expect![
            "result of activity greet is malformed: payload does not decode: invalid type: integer `7`, expected a string at line 1 column 1"
        ],
    );
}

workflow!(Panicking, |ctx| {
    let _timer = ctx.sleep(SECOND);
    let empty: Vec<String> = Vec::new();
    Ok(empty[0].clone())
});

#[test]
fn a_panic_fails_the_workflow_task() {
    check_fails(
        &mut run::<Panicking>(),
        &expect!["workflow code panicked: index out of bounds: the len is 0 but the index is 0"],
    );
}

workflow!(Reentrant, |ctx| {
    ctx.update(|_| note(&ctx, "inside"));
    Ok(String::new())
});

#[test]
fn changing_the_state_while_it_is_changed_fails_the_workflow_task() {
    check_fails(
        &mut run::<Reentrant>(),
        &expect![
            "workflow code panicked: ctx.update was called while the workflow's state is in use; call it outside of ctx.update and ctx.state"
        ],
    );
}

workflow!(Restless, |_ctx| {
    future::poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    })
    .await;
    Ok(String::new())
});

#[test]
fn a_program_that_does_not_come_to_rest_fails_the_workflow_task() {
    let mut run = run::<Restless>();
    run.history.task();
    let failure = Replayer::new(Box::new(Driver::<Restless>::new()))
        .handle_workflow_task(&WorkflowTask::from(run.history.events))
        .unwrap_err();
    expect!["workflow Restless (order-42) does not come to rest: it wakes itself again and again without waiting for anything"].assert_eq(&failure.failure.to_string());
}

#[test]
fn queries_are_answered_from_the_state_open_or_closed() {
    let mut run = run_with::<Hello, _>(&"Ada");
    run.history.signal("note", &"first");
    run.task();
    assert_eq!(noted(&mut run), ["first"]);
    run.history.complete_activity("1", &"Hello");
    run.task();
    run.history.fire_timer("1");
    run.task();
    let mut closed = Replayer::new(Box::new(Driver::<Hello>::new()));
    closed.handle_history(&run.history.events).unwrap();
    let answer = closed.query(&"notes".into(), &Payloads::EMPTY).unwrap();
    assert_eq!(answer.decode::<Vec<String>>().unwrap(), ["first"]);
}

#[test]
fn queries_without_an_answer_say_why() {
    let mut run = run_with::<Hello, _>(&"Ada");
    run.task();
    let unknown = run.resident.query(&"price".into(), &Payloads::EMPTY);
    assert_eq!(
        unknown,
        Err(QueryFailure::UnknownQuery {
            known: "notes, panic".into()
        })
    );
    let panicked = run.resident.query(&"panic".into(), &Payloads::EMPTY);
    let Err(QueryFailure::HandlerFailed { message }) = panicked else {
        panic!("{panicked:?}");
    };
    let place = format!("at {}", file!().replace("driver.rs", "fixture.rs"));
    assert!(
        message.starts_with(&format!("the query is broken {place}:")),
        "{message}"
    );
    assert!(noted(&mut run).is_empty());
    let unbegun = Driver::<Hello>::new().query(&"notes".into(), &Payloads::EMPTY);
    assert!(matches!(unbegun, Err(QueryFailure::HandlerFailed { .. })));
}

thread_local! {
    static REPLAYS: Cell<u32> = const { Cell::new(0) };
}

workflow!(Facts, |ctx| {
    if ctx.is_replaying() {
        REPLAYS.set(REPLAYS.get() + 1);
    }
    let info = ctx.info();
    assert_eq!(info.execution.workflow_id, WorkflowId::from("order-42"));
    assert_eq!(info.attempt, 1);
    note(&ctx, format!("{} {}", ctx.now(), ctx.history_length()));
    ctx.sleep(SECOND).await?;
    note(&ctx, format!("{} {}", ctx.now(), ctx.history_length()));
    assert!(!ctx.suggest_continue_as_new());
    Ok(info.task_queue.to_string())
});

#[test]
fn facts_are_those_of_the_workflow_task() {
    let mut run = run::<Facts>();
    run.task();
    assert_eq!(REPLAYS.get(), 0);
    run.history.fire_timer("1");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution "orders""#]);
    assert_eq!(
        REPLAYS.get(),
        2,
        "the full replay and the one after eviction"
    );
    assert_eq!(
        noted(&mut run),
        ["1970-01-01T00:00:03.000Z 3", "1970-01-01T00:00:08.000Z 8"]
    );
}
