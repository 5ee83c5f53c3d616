//! Futures that sempre did not make: seen at the task that begins to wait for them, unless the
//! workflow vouches for them; and what looks like one and is none.

use std::cell::RefCell;

use expect_test::expect;
use futures::{
    FutureExt as _, StreamExt as _,
    channel::oneshot,
    future::{self, LocalBoxFuture},
    poll,
    stream::{self, FuturesUnordered},
};

use super::fixture::{Greet, SECOND, note, noted, run, workflow};
use crate::{
    CancellationType,
    machine::{
        replay::{Replayer, tests::journal::Journal},
        task::WorkflowTask,
    },
    model::{Failure, FailureInfo},
    workflow::{
        Driver, WorkflowHandlers,
        combinator::{join, join_all, select},
    },
};

thread_local! {
    static SENDERS: RefCell<Vec<oneshot::Sender<()>>> = const { RefCell::new(Vec::new()) };
}

/// A channel whose other end is outside of the workflow.
fn outside() -> oneshot::Receiver<()> {
    let (sender, receiver) = oneshot::channel();
    SENDERS.with_borrow_mut(|senders| senders.push(sender));
    receiver
}

/// Runs a workflow task that fails with an error of this type; returns its message.
#[track_caller]
fn check_fails(run: &mut Journal, error_type: &str) -> String {
    let failure = run.failing_task().failure;
    check_type(&failure, error_type);
    failure.message
}

#[track_caller]
fn check_type(failure: &Failure, error_type: &str) {
    assert!(
        matches!(&failure.info, FailureInfo::Application(info) if info.error_type == error_type),
        "{failure}"
    );
}

#[track_caller]
fn check_foreign(run: &mut Journal) {
    check_fails(run, "sempre.ForeignFuture");
}

workflow!(Stuck, |_ctx| {
    future::pending::<()>().await;
    Ok(String::new())
});

#[test]
fn a_main_routine_that_nothing_can_wake_is_stuck() {
    let message = check_fails(&mut run::<Stuck>(), "sempre.Stuck");
    expect!["workflow Stuck (order-42) is stuck: its main routine waits for something that nothing can ever wake it for. Wait for an activity, for ctx.sleep or for ctx.wait_until instead"].assert_eq(&message);
}

workflow!(StuckLater, |ctx| {
    let _unawaited = ctx.activity(Greet, "Ada".into()).start();
    ctx.sleep(SECOND).await?;
    future::pending::<()>().await;
    Ok(String::new())
});

#[test]
fn a_stuck_main_routine_is_seen_at_the_task_that_leads_to_it() {
    let mut run = run::<StuckLater>();
    run.task();
    run.history.fire_timer("1");
    // An activity that nobody awaits wakes nobody.
    check_fails(&mut run, "sempre.Stuck");
}

workflow!(StuckBesideHandler, |_ctx| {
    future::pending::<()>().await;
    Ok(String::new())
});

#[test]
fn a_stuck_main_routine_is_seen_although_a_handler_waits() {
    let mut run = run::<StuckBesideHandler>();
    run.history.signal("greet", &"Ada");
    check_fails(&mut run, "sempre.Stuck");
}

workflow!(StuckBehind, |ctx| {
    let abandoned = ctx.activity(Greet, "Ada".into());
    let mut abandoned = abandoned.cancellation(CancellationType::Abandon).start();
    assert!(poll!(&mut abandoned).is_pending());
    drop(abandoned);
    let mut met = ctx.wait_until(|state: &Self| state.0.approved);
    assert!(poll!(&mut met).is_pending());
    ctx.update(|state| state.0.approved = true);
    met.await?;
    future::pending::<()>().await;
    Ok(String::new())
});

#[test]
fn a_wait_that_is_over_or_was_given_up_wakes_nobody() {
    check_fails(&mut run::<StuckBehind>(), "sempre.Stuck");
}

workflow!(Alone, |_ctx| {
    outside().await.ok();
    Ok(String::new())
});

#[test]
fn a_foreign_future_alone_fails_the_task_that_begins_to_wait_for_it() {
    let message = check_fails(&mut run::<Alone>(), "sempre.ForeignFuture");
    expect!["workflow Alone (order-42) awaits, in its main routine, a future that sempre did not make, such as a timer, a socket or a channel of tokio. Use an activity, ctx.sleep or ctx.wait_until instead, and ctx.foreign(…) around what only this workflow wakes, such as a channel between its own branches"].assert_eq(&message);
}

workflow!(Joined, |ctx| {
    ctx.sleep(SECOND).await?;
    let (_, _) = join!(ctx.sleep(SECOND), outside());
    Ok(String::new())
});

#[test]
fn a_foreign_future_that_is_joined_fails_the_task_that_begins_to_wait_for_it() {
    let mut run = run::<Joined>();
    assert_eq!(run.task(), ["StartTimer 1 1s"]);
    run.history.fire_timer("1");
    check_foreign(&mut run);
}

workflow!(Selected, |ctx| {
    select! {
        _ = ctx.wait_until(|state: &Self| state.0.approved) => {}
        _ = outside().fuse() => {}
    }
    Ok(String::new())
});

#[test]
fn a_foreign_future_that_is_selected_fails_the_task_that_begins_to_wait_for_it() {
    check_foreign(&mut run::<Selected>());
}

workflow!(Buffered, |ctx| {
    let mut foreign: FuturesUnordered<_> = std::iter::repeat_with(outside).take(3).collect();
    let (_, _) = join!(ctx.sleep(SECOND), foreign.next());
    Ok(String::new())
});

#[test]
fn a_combinator_around_foreign_futures_alone_hides_none() {
    check_foreign(&mut run::<Buffered>());
}

workflow!(AfterCombinator, |ctx| {
    join_all((0..40).map(|_| ctx.sleep(SECOND))).await;
    outside().await.ok();
    Ok(String::new())
});

#[test]
fn a_foreign_future_alone_is_seen_behind_a_combinator() {
    let mut run = run::<AfterCombinator>();
    run.task();
    for timer in 1..=40 {
        run.history.fire_timer(&timer.to_string());
    }
    check_foreign(&mut run);
}

workflow!(Hidden, |ctx| {
    let timers = join_all((0..40).map(|_| ctx.sleep(SECOND)));
    let (_, _) = join!(timers, outside());
    Ok(String::new())
});

workflow!(Betrayed, |ctx| {
    let (_, _) = join!(ctx.sleep(SECOND), ctx.foreign(outside()));
    Ok(String::new())
});

/// Runs a workflow task, lets something wake the program, and runs another task, which fails.
#[track_caller]
fn check_woken_from_outside<W: WorkflowHandlers>(
    wake: impl FnOnce(oneshot::Sender<()>),
) -> Failure {
    let mut history = run::<W>().history;
    let mut replayer = Replayer::new(Box::new(Driver::<W>::new()));
    history.task();
    let task = WorkflowTask::from(history.events.clone());
    let answer = replayer.handle_workflow_task(&task).unwrap();
    wake(SENDERS.take().pop().unwrap());

    history.completed(answer.sdk_metadata);
    for command in &answer.commands {
        history.command(command);
    }
    let known = history.events.len() - answer.commands.len() - 1;
    history.signal("note", &"wake up");
    history.task();
    let task = WorkflowTask::from(history.events[known..].to_vec());
    let failure = replayer.handle_workflow_task(&task).unwrap_err().failure;
    check_type(&failure, "sempre.ForeignFuture");
    failure
}

#[test]
fn a_wake_between_two_workflow_tasks_fails_the_next_one() {
    let failure = check_woken_from_outside::<Hidden>(|sender| sender.send(()).unwrap());
    expect!["workflow Hidden (order-42) was woken from outside, between two workflow tasks or from another thread: it awaits a future that sempre did not make, such as a timer, a socket or a channel of tokio, and would go another way on replay. Use an activity, ctx.sleep or ctx.wait_until instead; ctx.foreign(…) is for what only this workflow wakes"].assert_eq(&failure.message);
}

#[test]
fn a_wake_from_another_thread_fails_the_next_workflow_task() {
    check_woken_from_outside::<Hidden>(|sender| {
        let thread = std::thread::spawn(move || sender.send(()));
        thread.join().unwrap().unwrap();
    });
}

#[test]
fn a_wake_from_outside_fails_the_next_workflow_task_although_the_workflow_vouched() {
    check_woken_from_outside::<Betrayed>(|sender| sender.send(()).unwrap());
}

workflow!(Interrupted, |ctx| {
    let timers = join_all((0..40).map(|_| ctx.sleep(SECOND)));
    let (sender, receiver) = oneshot::channel();
    let elsewhere = async { std::thread::spawn(move || sender.send(())).join().is_ok() };
    let (_, _, _) = join!(timers, receiver, elsewhere);
    Ok(String::new())
});

#[test]
fn a_wake_from_another_thread_while_the_workflow_runs_fails_that_task() {
    check_foreign(&mut run::<Interrupted>());
}

workflow!(Vouched, |ctx| {
    let (sender, receiver) = oneshot::channel();
    let feed = async {
        ctx.sleep(SECOND).await.ok();
        sender.send("fed".to_owned()).ok();
    };
    let (item, ()) = join!(ctx.foreign(receiver), feed);
    Ok(item.unwrap_or_default())
});

#[test]
fn a_channel_between_two_branches_works_where_the_workflow_vouches_for_it() {
    let mut run = run::<Vouched>();
    run.task();
    run.history.fire_timer("1");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution "fed""#]);
}

workflow!(PingPong, |ctx| {
    let (ping, pinged) = oneshot::channel();
    let (pong, ponged) = oneshot::channel();
    let one = async {
        ping.send(()).ok();
        ctx.foreign(ponged).await.ok();
        note(&ctx, "ponged");
    };
    let two = async {
        ctx.foreign(pinged).await.ok();
        note(&ctx, "pinged");
        pong.send(()).ok();
    };
    // Each has to be polled again because the other one woke it, in the same workflow task.
    join!(two, one);
    Ok(String::new())
});

#[test]
fn branches_that_wake_each_other_get_on_in_one_workflow_task() {
    let mut run = run::<PingPong>();
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution """#]);
    assert_eq!(noted(&mut run), ["pinged", "ponged"]);
}

workflow!(BehindCombinator, |ctx| {
    let (sender, receiver) = oneshot::channel();
    let feed = async {
        ctx.sleep(SECOND).await.ok();
        sender.send(()).ok();
    };
    let eat = async {
        ctx.foreign(receiver).await.ok();
        note(&ctx, "eaten");
    };
    let mut branches: Vec<LocalBoxFuture<'_, ()>> = vec![eat.boxed_local(), feed.boxed_local()];
    branches.resize_with(40, || future::ready(()).boxed_local());
    join_all(branches).await;
    Ok(String::new())
});

#[test]
fn a_channel_that_the_workflow_vouches_for_works_behind_a_combinator() {
    let mut run = run::<BehindCombinator>();
    assert_eq!(run.task(), ["StartTimer 1 1s"]);
    run.history.fire_timer("1");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution """#]);
    assert_eq!(noted(&mut run), ["eaten"]);
}

workflow!(Streaming, |ctx| {
    let jobs = stream::unfold(0, |job| {
        let pause = ctx.sleep(SECOND * 9);
        async move { (job < 2 && pause.await.is_ok()).then_some(((), job + 1)) }
    });
    // While nothing has been in flight yet, its queue looks like a foreign future.
    let work = jobs.for_each_concurrent(2, |()| async {
        ctx.sleep(SECOND).await.ok();
    });
    ctx.foreign(work).await;
    Ok(String::new())
});

#[test]
fn a_stream_that_the_workflow_vouches_for_may_begin_with_nothing_in_flight() {
    let mut run = run::<Streaming>();
    let mut commands = run.task();
    for timer in 1..=4 {
        assert!(
            !commands
                .iter()
                .any(|command| command.starts_with("Complete"))
        );
        run.history.fire_timer(&timer.to_string());
        commands = run.task();
    }
    assert_eq!(commands, [r#"CompleteWorkflowExecution """#]);
}

workflow!(Exchanged, |ctx| {
    let first = ctx.foreign(async { ctx.sleep(SECOND).await.is_ok() });
    let second = ctx.foreign(future::join(ctx.sleep(SECOND), ctx.sleep(SECOND * 2)));
    let (_, _) = join!(first, second);
    // None of those is behind a combinator, so this one is still seen.
    let (_, _) = join!(ctx.sleep(SECOND), outside());
    Ok(String::new())
});

#[test]
fn waits_of_sempre_inside_of_what_is_vouched_for_are_known() {
    let mut run = run::<Exchanged>();
    assert_eq!(
        run.task(),
        ["StartTimer 1 1s", "StartTimer 2 2s", "StartTimer 3 1s"]
    );
    for timer in ["1", "2", "3"] {
        run.history.fire_timer(timer);
    }
    check_foreign(&mut run);
}

workflow!(Unvouched, |ctx| {
    let (sender, receiver) = oneshot::channel::<()>();
    let feed = async {
        ctx.sleep(SECOND).await.ok();
        sender.send(()).ok();
    };
    let (_, ()) = join!(receiver, feed);
    Ok(String::new())
});

#[test]
fn a_channel_between_two_branches_that_nobody_vouches_for_is_foreign() {
    check_foreign(&mut run::<Unvouched>());
}
