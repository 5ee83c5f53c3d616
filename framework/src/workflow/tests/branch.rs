//! Branches: when they run, and what becomes of them when they are dropped.

use futures::{FutureExt as _, channel::oneshot};

use super::fixture::{Greet, SECOND, note, noted, run, workflow};
use crate::workflow::combinator::{join, select};

workflow!(Beside, |ctx| {
    let beside = ctx.clone();
    let branch = ctx.spawn(async move {
        note(&beside, "branch begins");
        let greeting = beside
            .activity(Greet, "Ada".into())
            .await
            .unwrap_or_default();
        note(&beside, "branch ends");
        greeting
    });
    note(&ctx, "main goes on");
    ctx.sleep(SECOND).await?;
    Ok(branch.await)
});

#[test]
fn a_branch_begins_when_the_code_that_begins_it_waits() {
    let mut run = run::<Beside>();
    assert_eq!(
        run.task(),
        ["StartTimer 1 1s", "ScheduleActivityTask 1 greet"]
    );
    assert_eq!(noted(&mut run), ["main goes on", "branch begins"]);
    run.history.complete_activity("1", &"Hello");
    assert!(run.task().is_empty());
    run.history.fire_timer("1");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution "Hello""#]);
    assert_eq!(
        noted(&mut run),
        ["main goes on", "branch begins", "branch ends"]
    );
}

workflow!(Dropping, |ctx| {
    let (one, other) = (ctx.clone(), ctx.clone());
    let never_begun = ctx.spawn(async move { other.sleep(3 * SECOND).await });
    drop(never_begun);
    select! {
        _ = ctx.spawn(async move { one.sleep(2 * SECOND).await }) => (),
        _ = ctx.sleep(SECOND) => (),
    }
    ctx.activity(Greet, "Ada".into()).await.ok();
    Ok(String::new())
});

#[test]
fn a_branch_whose_handle_is_dropped_is_dropped_with_what_it_waits_for() {
    let mut run = run::<Dropping>();
    assert_eq!(run.task(), ["StartTimer 1 1s", "StartTimer 2 2s"]);
    run.history.fire_timer("1");
    assert_eq!(
        run.task(),
        ["CancelTimer 2", "ScheduleActivityTask 1 greet"]
    );
    run.history.complete_activity("1", &"Hello");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution """#]);
}

workflow!(Detached, |ctx| {
    let branch = ctx.clone();
    ctx.spawn(async move {
        branch.sleep(SECOND).await.ok();
        note(&branch, "detached");
        branch.sleep(SECOND).await.ok();
        note(&branch, "never");
    })
    .detach();
    ctx.wait_until(|state| !state.0.notes.is_empty()).await?;
    Ok(String::new())
});

#[test]
fn a_detached_branch_goes_on_until_the_run_ends() {
    let mut run = run::<Detached>();
    assert_eq!(run.task(), ["StartTimer 1 1s"]);
    run.history.fire_timer("1");
    assert_eq!(
        run.task(),
        ["StartTimer 2 1s", r#"CompleteWorkflowExecution """#]
    );
    assert_eq!(noted(&mut run), ["detached"]);
}

workflow!(Nested, |ctx| {
    let outer = ctx.clone();
    let branch = ctx.spawn(async move {
        let inner = outer.clone();
        let inner = outer.spawn(async move { inner.sleep(SECOND).await.is_ok() });
        let slept = outer.sleep(2 * SECOND).await.is_ok();
        slept && inner.await
    });
    Ok(branch.await.to_string())
});

#[test]
fn a_branch_has_branches() {
    let mut run = run::<Nested>();
    assert_eq!(run.task(), ["StartTimer 1 2s", "StartTimer 2 1s"]);
    run.history.fire_timer("2");
    assert!(run.task().is_empty());
    run.history.fire_timer("1");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution "true""#]);
}

workflow!(Ready, |ctx| {
    let branches = (1..=3).map(|number| ctx.spawn(async move { number }));
    let branches: Vec<_> = branches.collect();
    let mut sum = 0;
    for branch in branches {
        sum += branch.await;
    }
    let last = ctx.spawn(async { 4 });
    ctx.sleep(SECOND).await?;
    assert!(last.is_finished());
    assert_eq!(last.now_or_never(), Some(4));
    Ok(sum.to_string())
});

#[test]
fn branches_that_do_not_wait_return_in_the_same_task() {
    let mut run = run::<Ready>();
    assert_eq!(run.task(), ["StartTimer 1 1s"]);
    run.history.fire_timer("1");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution "6""#]);
}

workflow!(DropsItself, |ctx| {
    let handle = std::rc::Rc::new(std::cell::RefCell::new(None));
    let (own, branch) = (std::rc::Rc::clone(&handle), ctx.clone());
    let spawned = ctx.spawn(async move {
        branch.sleep(SECOND).await.ok();
        drop(own.take());
        branch.sleep(SECOND).await.ok();
        note(&branch, "never");
    });
    *handle.borrow_mut() = Some(spawned);
    ctx.sleep(3 * SECOND).await?;
    Ok(String::new())
});

#[test]
fn a_branch_that_drops_its_own_handle_ends_where_it_waits_next() {
    let mut run = run::<DropsItself>();
    assert_eq!(run.task(), ["StartTimer 1 3s", "StartTimer 2 1s"]);
    run.history.fire_timer("2");
    assert!(run.task().is_empty());
    run.history.fire_timer("1");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution """#]);
    assert!(noted(&mut run).is_empty());
}

workflow!(ForeignBranch, |ctx| {
    let (sender, receiver) = oneshot::channel::<()>();
    let branch = ctx.spawn(async move {
        let _ = receiver.await;
    });
    let _kept = sender;
    branch.await;
    Ok(String::new())
});

#[test]
fn a_branch_that_awaits_what_sempre_did_not_make_fails_the_task() {
    let failure = run::<ForeignBranch>().failing_task().failure;
    assert!(
        failure.message.contains("in its branch, a future"),
        "{failure}"
    );
}

workflow!(Panicking, |ctx| {
    let branch = ctx.spawn(async { assert_eq!(1, 2, "the branch is broken") });
    join!(branch, ctx.sleep(SECOND)).1?;
    Ok(String::new())
});

#[test]
fn a_panic_in_a_branch_fails_the_task() {
    let failure = run::<Panicking>().failing_task().failure;
    assert!(
        failure.message.contains("the branch is broken"),
        "{failure}"
    );
}

workflow!(Continuing, |ctx| {
    let branch = ctx.clone();
    ctx.spawn(async move { match branch.continue_as_new(()).await {} })
        .detach();
    ctx.sleep(SECOND).await?;
    Ok(String::new())
});

#[test]
fn a_branch_can_continue_as_new() {
    let commands = run::<Continuing>().task();
    let last = commands.last().map(String::as_str).unwrap_or_default();
    assert!(last.starts_with("ContinueAsNew"), "{commands:?}");
}
