//! Scopes that a program cancels itself: what they reach, in which order, and with which reason.

use std::time::Duration;

use super::fixture::{Greet, SECOND, note, noted, run, workflow};
use crate::{
    Canceled, CancellationType, WaitError,
    workflow::{combinator::join, scope::Scope},
};

/// The reason of whoever was canceled.
fn reason<T>(outcome: Result<T, Canceled>) -> String {
    match outcome {
        Ok(_) => "went well".into(),
        Err(canceled) => canceled.reason().unwrap_or("no reason").into(),
    }
}

workflow!(Branches, |ctx| {
    let scope = ctx.scope();
    let (inner, beside) = (scope.scope(), ctx.scope());
    let waiting = CancellationType::WaitCancellationCompleted;
    let limited = scope.wait_until(|state: &Self| state.0.approved);
    let (outside, first, second, third, kept, limited, other, told, ()) = join!(
        ctx.sleep(SECOND),
        scope.sleep(2 * SECOND),
        inner.activity(Greet, "Ada".into()),
        inner
            .activity(Greet, "Grace".into())
            .cancellation(CancellationType::Abandon),
        inner.activity(Greet, "Joan".into()).cancellation(waiting),
        limited.timeout(3 * SECOND),
        beside.sleep(4 * SECOND),
        inner.canceled(),
        async {
            ctx.wait_until(|state: &Self| state.0.approved).await.ok();
            scope.cancel("rush order");
            assert!(scope.is_canceled() && inner.is_canceled());
            assert!(!ctx.is_canceled() && !beside.is_canceled());
        },
    );
    assert_eq!((outside, other), (Ok(()), Ok(())));
    assert_eq!(first, Err(Canceled::new("rush order")));
    assert_eq!(told, Canceled::new("rush order"));
    assert_eq!(limited, Ok(()));
    for outcome in [second, third] {
        let failure = outcome.expect_err("it is canceled");
        let cause = failure.failure().cause.clone();
        assert_eq!(cause.unwrap().message, "canceled: rush order");
    }
    Ok(kept?)
});

#[test]
fn a_canceled_scope_cancels_what_is_below_it_and_nothing_else() {
    let mut run = run::<Branches>();
    assert_eq!(
        run.task(),
        [
            "StartTimer 1 1s",
            "StartTimer 2 2s",
            "ScheduleActivityTask 1 greet",
            "ScheduleActivityTask 2 greet",
            "ScheduleActivityTask 3 greet",
            "StartTimer 3 3s",
            "StartTimer 4 4s",
        ]
    );
    run.history.signal("approve", &());
    assert_eq!(
        run.task(),
        [
            // The limited wait has its condition, which counts for more than the cancellation.
            "CancelTimer 3",
            "CancelTimer 2",
            "RequestCancelActivityTask 7",
            "RequestCancelActivityTask 9",
        ]
    );
    run.history.complete_activity("3", &"Hello Joan");
    run.history.fire_timer("1");
    run.history.fire_timer("4");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution "Hello Joan""#]);
}

workflow!(Reasons, |ctx| {
    let outer = ctx.scope();
    let (early, late) = (outer.scope(), outer.scope());
    let (one, two, three) = join!(early.sleep(SECOND), late.sleep(SECOND), async {
        early.cancel("early");
        early.cancel("not any more");
        outer.cancel("outer");
        late.cancel("not any more");
        ctx.sleep(SECOND).await
    });
    three?;
    Ok([reason(one), reason(two)].join(", "))
});

#[test]
fn the_first_reason_counts_and_a_canceled_scope_is_not_canceled_again() {
    let mut run = run::<Reasons>();
    // What was canceled in the workflow task that began it has left no trace.
    assert_eq!(run.task(), ["StartTimer 1 1s"]);
    run.history.fire_timer("1");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution "early, outer""#]);
}

workflow!(TooLate, |ctx| {
    let scope = ctx.scope();
    scope.cancel("over");
    let below = scope.scope();
    assert_eq!(scope.canceled().await.reason(), Some("over"));
    for ctx in [&scope, &below] {
        assert_eq!(reason(ctx.sleep(SECOND).await), "over");
        assert_eq!(reason(ctx.sleep(Duration::ZERO).await), "over");
        assert_eq!(reason(ctx.wait_until(|_| true).await), "over");
        let limited = ctx.wait_until(|_| true).timeout(SECOND).await;
        assert_eq!(limited, Err(WaitError::Canceled(Canceled::new("over"))));
        let late = ctx.activity(Greet, "late".into()).await;
        assert!(late.is_err_and(|error| error.is_canceled()));
    }
    assert_eq!(below.detached().sleep(Duration::ZERO).await, Ok(()));
    ctx.sleep(SECOND).await?;
    Ok(String::new())
});

#[test]
fn nothing_begins_in_a_scope_that_is_canceled() {
    let mut run = run::<TooLate>();
    assert_eq!(run.task(), ["StartTimer 1 1s"]);
}

workflow!(InOrder, |ctx| {
    let scopes = [ctx.scope(), ctx.scope(), ctx.scope()];
    let [first, second, third] = &scopes;
    let (.., ()) = join!(
        first.sleep(SECOND),
        third.activity(Greet, "Ada".into()),
        second.sleep(SECOND),
        first.activity(Greet, "Grace".into()),
        third.sleep(SECOND),
        second.activity(Greet, "Joan".into()),
        async {
            ctx.wait_until(|state: &Self| state.0.approved).await.ok();
            third.cancel("third");
            first.cancel("first");
            note(&ctx, "two scopes");
            second.cancel("second");
        },
    );
    Ok(String::new())
});

#[test]
fn scopes_are_canceled_one_after_the_other_and_each_in_the_order_of_its_calls() {
    let mut run = run::<InOrder>();
    assert_eq!(
        run.task(),
        [
            "StartTimer 1 1s",
            "ScheduleActivityTask 1 greet",
            "StartTimer 2 1s",
            "ScheduleActivityTask 2 greet",
            "StartTimer 3 1s",
            "ScheduleActivityTask 3 greet",
        ]
    );
    run.history.signal("approve", &());
    assert_eq!(
        run.task(),
        [
            "RequestCancelActivityTask 6",
            "CancelTimer 3",
            "CancelTimer 1",
            "RequestCancelActivityTask 8",
            "CancelTimer 2",
            "RequestCancelActivityTask 10",
            r#"CompleteWorkflowExecution """#,
        ]
    );
}

workflow!(Detached, |ctx| {
    let outer = ctx.scope();
    let (cleanup, other) = (outer.detached(), outer.detached());
    let below = cleanup.scope();
    let (slept, cleaned, kept, ()) = join!(
        outer.sleep(SECOND),
        below.sleep(SECOND),
        other.sleep(SECOND),
        async {
            note(&ctx, reason::<()>(Err(ctx.canceled().await)));
            assert!(!cleanup.is_canceled() && !below.is_canceled());
            cleanup.cancel("clean enough");
            assert!(!other.is_canceled());
        },
    );
    note(&ctx, reason(slept));
    note(&ctx, reason(cleaned));
    kept?;
    Ok(String::new())
});

#[test]
fn a_detached_scope_is_canceled_by_itself_alone() {
    let mut run = run::<Detached>();
    assert_eq!(
        run.task(),
        ["StartTimer 1 1s", "StartTimer 2 1s", "StartTimer 3 1s"]
    );
    run.history.request_cancel();
    assert_eq!(run.task(), ["CancelTimer 1", "CancelTimer 2"]);
    run.history.fire_timer("3");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution """#]);
    assert_eq!(noted(&mut run), ["no reason", "no reason", "clean enough"]);
}

workflow!(GivesItselfUp, |ctx| {
    let asleep = ctx.sleep(SECOND);
    ctx.wait_until(|state: &Self| state.0.approved).await?;
    ctx.cancel("enough");
    asleep.await?;
    Ok(String::new())
});

#[test]
fn a_run_that_cancels_its_own_scope_closes_as_canceled() {
    let mut run = run::<GivesItselfUp>();
    assert_eq!(run.task(), ["StartTimer 1 1s"]);
    run.history.signal("approve", &());
    assert_eq!(run.task(), ["CancelTimer 1", "CancelWorkflowExecution"]);
}

workflow!(LetsAScopeFailIt, |ctx| {
    let scope = ctx.scope();
    scope.cancel("rush order");
    scope.sleep(SECOND).await?;
    Ok(String::new())
});

#[test]
fn the_cancellation_of_a_scope_fails_a_run_that_does_not_handle_it() {
    let mut run = run::<LetsAScopeFailIt>();
    assert_eq!(run.task(), ["FailWorkflowExecution canceled: rush order"]);
}

#[test]
fn a_scope_may_lie_below_a_hundred_thousand_others() {
    let root = Scope::new();
    let mut scope = root.clone();
    for _ in 0..100_000 {
        scope = scope.below();
    }
    assert!(scope.is_within(&root) && !root.is_within(&scope));
    assert!(root.cancel(Canceled::new("all of them")));
    assert!(!scope.cancel(Canceled::new("too late")));
    assert_eq!(scope.canceled(), Some(&Canceled::new("all of them")));
    drop(root);
    drop(scope);
}
