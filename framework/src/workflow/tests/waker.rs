//! What holds a clone of a waker and is innocent: combinators, in use or only still there.

use std::{cell::Cell, rc::Rc, task::Poll};

use futures::{
    FutureExt as _, StreamExt as _,
    future::{self, LocalBoxFuture, Shared},
    poll,
    stream::{self, FuturesOrdered, FuturesUnordered},
};

use super::fixture::{Greet, SECOND, noted, run, workflow};
use crate::{
    CancellationType,
    machine::replay::tests::journal::Journal,
    workflow::combinator::{join, join_all, select},
};

const DONE: &[&str] = &[r#"CompleteWorkflowExecution "done""#];

/// Fires these timers one after the other, with a workflow task each; the last one closes the run.
#[track_caller]
fn fire(run: &mut Journal, timers: impl IntoIterator<Item = u32>) {
    let mut commands = Vec::new();
    for timer in timers {
        assert_ne!(commands, DONE);
        run.history.fire_timer(&timer.to_string());
        commands = run.task();
    }
    assert_eq!(commands, DONE);
}

workflow!(Many, |ctx| {
    join_all((0..40).map(|_| ctx.sleep(SECOND))).await;
    Ok("done".into())
});

#[test]
fn a_combinator_of_many_futures() {
    let mut run = run::<Many>();
    run.task();
    fire(&mut run, (1..=40).rev());
}

workflow!(Drained, |ctx| {
    let mut timers: FuturesUnordered<_> = (0..2).map(|_| ctx.sleep(SECOND)).collect();
    while timers.next().await.is_some() {}
    ctx.sleep(SECOND).await?;
    drop(timers);
    Ok("done".into())
});

#[test]
fn a_queue_that_is_empty_and_still_there() {
    let mut run = run::<Drained>();
    run.task();
    fire(&mut run, 1..=3);
}

workflow!(NeverFilled, |ctx| {
    let mut timers = FuturesUnordered::new();
    if false {
        timers.push(ctx.sleep(SECOND));
    }
    assert!(timers.next().await.is_none());
    let mut ordered: FuturesOrdered<future::Ready<()>> = FuturesOrdered::new();
    assert!(ordered.next().await.is_none());
    ctx.sleep(SECOND).await?;
    drop((timers, ordered));
    Ok("done".into())
});

#[test]
fn a_queue_that_was_never_filled_and_is_still_there() {
    let mut run = run::<NeverFilled>();
    run.task();
    fire(&mut run, [1]);
}

workflow!(SetAside, |ctx| {
    let mut timers: FuturesUnordered<_> = (0..2).map(|_| ctx.sleep(SECOND)).collect();
    timers.next().await;
    ctx.sleep(SECOND * 2).await?;
    timers.next().await;
    Ok("done".into())
});

#[test]
fn a_queue_that_is_set_aside_and_taken_up_again() {
    let mut run = run::<SetAside>();
    run.task();
    fire(&mut run, 1..=3);
}

workflow!(Looping, |ctx| {
    let mut timers = FuturesUnordered::new();
    let mut left = 3;
    loop {
        select! {
            _ = timers.select_next_some() => left -= 1,
            _ = ctx.sleep(SECOND * 9) => timers.push(ctx.sleep(SECOND)),
        }
        if left == 0 {
            return Ok("done".into());
        }
    }
});

#[test]
fn a_queue_in_a_loop_of_select() {
    let mut run = run::<Looping>();
    // The first round begins with an empty queue.
    assert_eq!(run.task(), ["StartTimer 1 9s"]);
    run.history.fire_timer("1");
    assert_eq!(run.task(), ["StartTimer 2 1s", "StartTimer 3 9s"]);
    run.history.fire_timer("2");
    assert_eq!(run.task(), ["CancelTimer 3", "StartTimer 4 9s"]);
    for (at, within) in [(4, 5), (7, 8)] {
        run.history.fire_timer(&at.to_string());
        run.task();
        run.history.fire_timer(&within.to_string());
        let commands = run.task();
        let is_done = commands.last().is_some_and(|last| *last == DONE[0]);
        assert_eq!(is_done, within == 8, "{commands:?}");
    }
}

workflow!(Working, |ctx| {
    let jobs = stream::unfold(0, |job| {
        // The first job is there at once, the others come.
        let pause = ctx.sleep(SECOND * 9 * job.min(1));
        async move { (job < 3 && pause.await.is_ok()).then_some((job, job + 1)) }
    });
    jobs.for_each_concurrent(2, |_| async {
        ctx.sleep(SECOND).await.ok();
    })
    .await;
    Ok("done".into())
});

#[test]
fn a_stream_that_has_nothing_in_flight_and_waits_for_more() {
    let mut run = run::<Working>();
    assert_eq!(run.task(), ["StartTimer 1 1s", "StartTimer 2 9s"]);
    fire(&mut run, 1..=5);
}

workflow!(SharedWithin, |ctx| {
    let timer = ctx.sleep(SECOND).shared();
    let (_, _, _) = join!(timer.clone(), timer.clone(), timer.clone());
    // Still there, and resolved.
    ctx.sleep(SECOND).await?;
    drop(timer);
    Ok("done".into())
});

#[test]
fn several_handles_of_one_shared_future() {
    let mut run = run::<SharedWithin>();
    run.task();
    fire(&mut run, [1, 2]);
}

workflow!(SharedAcross, |ctx| {
    let timer: Shared<LocalBoxFuture<'_, bool>> = async { ctx.sleep(SECOND).await.is_ok() }
        .boxed_local()
        .shared();
    let mut tasks: FuturesUnordered<_> = (0..3).map(|_| timer.clone()).collect();
    assert!(poll!(tasks.next()).is_pending());
    // The queue has polled it last, and the handle that is awaited holds a clone of its own.
    let (alone, _) = join!(timer, ctx.sleep(SECOND * 2));
    assert!(alone);
    assert_eq!(tasks.next().await, Some(true));
    Ok("done".into())
});

#[test]
fn a_shared_future_that_is_awaited_here_and_there() {
    let mut run = run::<SharedAcross>();
    run.task();
    fire(&mut run, [1, 2]);
}

workflow!(Nested, |ctx| {
    let pair = || async { join!(ctx.sleep(SECOND), ctx.sleep(SECOND)) };
    let inner = || (0..2).map(|_| pair()).collect::<FuturesUnordered<_>>();
    let outer: FuturesUnordered<_> = (0..2).map(|_| inner().collect::<Vec<_>>()).collect();
    let all = outer.collect::<Vec<_>>();
    future::select(Box::pin(all), ctx.canceled()).await;
    Ok("done".into())
});

#[test]
fn combinators_inside_of_combinators() {
    let mut run = run::<Nested>();
    run.task();
    fire(&mut run, [8, 1, 7, 2, 6, 3, 5, 4]);
}

workflow!(Given, |ctx| {
    let mut polled_once = ctx.sleep(SECOND);
    assert!(poll!(&mut polled_once).is_pending());
    let mut looked_at = ctx.sleep(SECOND);
    assert!((&mut looked_at).now_or_never().is_none());
    assert!(ctx.sleep(SECOND).now_or_never().is_none());
    let lost = ctx.activity(Greet, "Ada".into());
    let mut lost = lost.cancellation(CancellationType::Abandon).start();
    assert!(poll!(&mut lost).is_pending());
    drop(lost);
    let mut condition = ctx.wait_until(|state: &Self| state.0.approved);
    (&mut condition).await?;
    // The condition is met and still there; both timers move into a queue.
    let mut timers: FuturesUnordered<_> = [polled_once, looked_at].into_iter().collect();
    while timers.next().await.is_some() {}
    ctx.sleep(SECOND).await?;
    drop(condition);
    Ok("done".into())
});

#[test]
fn futures_that_were_polled_and_moved_or_dropped() {
    let mut run = run::<Given>();
    assert_eq!(
        run.task(),
        [
            "StartTimer 1 1s",
            "StartTimer 2 1s",
            "ScheduleActivityTask 1 greet"
        ]
    );
    run.history.signal("approve", &());
    run.task();
    fire(&mut run, 1..=3);
}

workflow!(ForeignGone, |ctx| {
    let (_sender, mut receiver) = futures::channel::oneshot::channel::<()>();
    assert!(poll!(&mut receiver).is_pending());
    ctx.sleep(SECOND).await?;
    drop(receiver);
    Ok("done".into())
});

#[test]
fn a_foreign_future_that_was_polled_and_is_not_awaited() {
    let mut run = run::<ForeignGone>();
    run.task();
    fire(&mut run, [1]);
}

workflow!(Counting, |ctx| {
    let polls = Rc::new(Cell::new(0));
    let counting = || {
        let polls = Rc::clone(&polls);
        future::poll_fn(move |_| {
            polls.set(polls.get() + 1);
            Poll::<()>::Pending
        })
    };
    future::select(ctx.sleep(SECOND), counting()).await;
    let unsuspected = polls.take();
    let mut never_filled: FuturesUnordered<future::Ready<()>> = FuturesUnordered::new();
    never_filled.next().await;
    future::select(ctx.sleep(SECOND), counting()).await;
    drop(never_filled);
    Ok(format!("{unsuspected} {}", polls.take()))
});

#[test]
fn a_task_is_looked_at_a_second_time_if_it_is_suspected_and_then_not_again() {
    let mut run = run::<Counting>();
    for timer in ["1", "2"] {
        run.task();
        run.history.signal("note", &"nothing that concerns it");
        run.task();
        run.history.fire_timer(timer);
    }
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution "1 2""#]);
}

workflow!(Greeting, |ctx| {
    ctx.wait_until(|state: &Self| state.0.notes.len() == 6)
        .await?;
    Ok("done".into())
});

#[test]
fn handlers_with_wakers_of_their_own() {
    let mut run = run::<Greeting>();
    for name in ["Ada", "Grace", "Joan"] {
        run.history.signal("greet", &name);
    }
    run.task();
    for (activity, greeting) in [("3", "c"), ("1", "a")] {
        run.history.complete_activity(activity, &greeting);
        assert!(run.task().is_empty());
    }
    run.history.complete_activity("2", &"b");
    assert_eq!(run.task(), DONE);
    assert_eq!(noted(&mut run)[3..], ["c", "a", "b"]);
}
