//! Children as workflow code sees them.

use super::fixture::{RunError, SECOND, note, noted, run, workflow};
use crate::workflow::{ChildCancellationType as Way, ChildError, ChildHandle, combinator::select};

workflow!(Kid, |ctx, input: u32| -> u32 {
    let _unused = ctx;
    Ok(input)
});

/// What came of a child, in a word.
fn said(outcome: Result<u32, ChildError<RunError>>) -> String {
    match outcome {
        Ok(result) => result.to_string(),
        Err(ChildError::Canceled { .. }) => "canceled".into(),
        Err(ChildError::AlreadyStarted { .. }) => "already started".into(),
        Err(error) => format!("{error:?}"),
    }
}

workflow!(Parent, |ctx| {
    let kid: ChildHandle<Kid> = match ctx.child::<Kid>("ada").start(1).await {
        Ok(kid) => kid,
        Err(error) => return Ok(said(Err(error))),
    };
    note(&ctx, format!("{} has started", kid.workflow_id()));
    let twice = (kid.result().await, kid.result().await);
    Ok(format!("{} {}", said(twice.0), said(twice.1)))
});

#[test]
fn a_child_is_started_and_its_result_comes_as_often_as_it_is_asked_for() {
    let mut run = run::<Parent>();
    assert_eq!(run.task(), ["StartChildWorkflowExecution ada Kid"]);
    run.history.start_child("ada");
    assert_eq!(run.task(), [""; 0]);
    assert_eq!(noted(&mut run), ["ada has started"]);
    run.history.complete_child("ada", &7_u32);
    assert_eq!(run.task(), ["CompleteWorkflowExecution \"7 7\""]);
}

#[test]
fn start_and_end_may_come_together() {
    let mut run = run::<Parent>();
    run.task();
    run.history.start_child("ada");
    run.history.complete_child("ada", &7_u32);
    assert_eq!(run.task(), ["CompleteWorkflowExecution \"7 7\""]);
}

#[test]
fn a_child_whose_id_is_taken_is_an_error_of_its_own() {
    let mut run = run::<Parent>();
    run.task();
    run.history.refuse_child("ada");
    assert_eq!(
        run.task(),
        ["CompleteWorkflowExecution \"already started\""]
    );
}

workflow!(Nameless, |ctx| {
    let one = ctx.child::<Kid>(..).run(1);
    let two = ctx.child::<Kid>(..).run(2);
    Ok(format!("{} {}", said(one.await), said(two.await)))
});

#[test]
fn a_child_without_an_id_gets_one_from_the_run_and_its_number() {
    let mut run = run::<Nameless>();
    let asked = run.task();
    let id = "00000000-0000-0000-0000-00000000002a";
    assert_eq!(
        asked,
        [1, 2].map(|number| format!("StartChildWorkflowExecution {id}_{number} Kid"))
    );
}

/// A run that cancels a child of this type when the timer fires, and waits for it.
macro_rules! canceling {
    ($name:ident, $way:ident) => {
        workflow!($name, |ctx| {
            let kid = ctx.child::<Kid>("ada").cancellation(Way::$way).run(1);
            let _slept = ctx.sleep(SECOND).await;
            kid.cancel();
            kid.cancel();
            Ok(said(kid.await))
        });
    };
}

canceling!(Waiting, WaitCancellationCompleted);
canceling!(Requesting, WaitCancellationRequested);
canceling!(Trying, TryCancel);
canceling!(Abandoning, Abandon);

fn begin<W: super::fixture::Noting<Input = ()>>() -> crate::machine::replay::tests::journal::Journal
{
    let mut run = run::<W>();
    run.task();
    run.history.start_child("ada");
    run.history.fire_timer("1");
    run
}

#[test]
fn a_canceled_child_is_asked_to_stop_and_waited_for() {
    for mut run in [begin::<Waiting>(), begin::<Requesting>()] {
        assert_eq!(run.task(), ["RequestCancelExternalWorkflowExecution ada"]);
        run.history.cancel_child("ada");
        assert_eq!(run.task(), ["CompleteWorkflowExecution \"canceled\""]);
    }
}

#[test]
fn a_canceled_child_may_have_completed_all_the_same() {
    let mut run = begin::<Waiting>();
    run.task();
    run.history.complete_child("ada", &7_u32);
    assert_eq!(run.task(), ["CompleteWorkflowExecution \"7\""]);
}

#[test]
fn a_child_that_is_not_waited_for_is_given_up_at_once() {
    assert_eq!(
        begin::<Trying>().task(),
        [
            "RequestCancelExternalWorkflowExecution ada",
            "CompleteWorkflowExecution \"canceled\""
        ]
    );
    assert_eq!(
        begin::<Abandoning>().task(),
        ["CompleteWorkflowExecution \"canceled\""]
    );
}

workflow!(Impatient, |ctx| {
    let outcome = select! {
        kid = ctx.child::<Kid>("ada").run(1) => said(kid),
        _ = ctx.sleep(SECOND) => "too slow".to_owned(),
    };
    let _slept = ctx.sleep(SECOND).await;
    Ok(outcome)
});

#[test]
fn a_child_that_loses_a_race_is_asked_to_stop() {
    let mut run = run::<Impatient>();
    run.task();
    run.history.start_child("ada");
    run.task();
    run.history.fire_timer("1");
    assert_eq!(
        run.task(),
        [
            "RequestCancelExternalWorkflowExecution ada",
            "StartTimer 2 1s"
        ]
    );
}

workflow!(Careless, |ctx| {
    drop(ctx.child::<Kid>("never").run(1));
    drop(ctx.child::<Kid>("unasked"));
    let kid = ctx.child::<Kid>("ada").start(1).await;
    // A handle is a name, and no part of its child.
    drop(kid);
    let _slept = ctx.sleep(SECOND).await;
    Ok(String::new())
});

#[test]
fn what_is_dropped_before_it_left_leaves_no_trace_and_a_handle_does_not_hold_its_child() {
    let mut run = run::<Careless>();
    assert_eq!(run.task(), ["StartChildWorkflowExecution ada Kid"]);
    run.history.start_child("ada");
    assert_eq!(run.task(), ["StartTimer 1 1s"]);
}

#[test]
fn the_cancellation_of_the_run_reaches_its_children_started_or_not() {
    let mut run = run::<Parent>();
    run.task();
    run.history.request_cancel();
    assert_eq!(run.task(), ["RequestCancelExternalWorkflowExecution ada"]);
    run.history.start_child("ada");
    run.history.cancel_child("ada");
    assert_eq!(
        run.task(),
        ["CompleteWorkflowExecution \"canceled canceled\""]
    );
}

workflow!(Late, |ctx| {
    let _slept = ctx.sleep(SECOND).await;
    Ok(said(ctx.child::<Kid>("ada").run(1).await))
});

#[test]
fn a_child_of_a_canceled_run_is_never_asked_for() {
    let mut run = run::<Late>();
    run.task();
    run.history.request_cancel();
    assert_eq!(
        run.task(),
        ["CancelTimer 1", "CompleteWorkflowExecution \"canceled\""]
    );
}
