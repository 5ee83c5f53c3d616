//! Queues, permits and locks between the parts of a workflow: who is served, and when.

use futures::FutureExt as _;

use super::fixture::{Greet, SECOND, note, noted, run, workflow};
use crate::workflow::{
    channel::Channel,
    combinator::{join, select},
    mutex::Mutex,
    semaphore::Semaphore,
};

workflow!(Receiving, |ctx| {
    let numbers = Channel::new();
    numbers.send(0);
    assert_eq!(numbers.len(), 1);
    assert_eq!(numbers.receive(&ctx).await?, 0, "it is there");
    assert_eq!(numbers.try_receive(), None);
    let receive = async |name: &'static str| {
        let number = numbers.receive(&ctx).await.unwrap_or_default();
        note(&ctx, format!("{name} {number}"));
    };
    let send = async {
        ctx.sleep(SECOND).await.ok();
        (1..=3).for_each(|number| numbers.send(number));
        assert_eq!(numbers.try_receive(), None, "others wait");
    };
    join!(send, receive("Ada"), receive("Grace"));
    assert_eq!(numbers.try_receive(), Some(3));
    assert!(numbers.is_empty());
    Ok(String::new())
});

#[test]
fn those_who_wait_for_values_are_served_in_the_order_in_which_they_came() {
    let mut run = run::<Receiving>();
    assert_eq!(run.task(), ["StartTimer 1 1s"]);
    run.history.fire_timer("1");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution """#]);
    assert_eq!(noted(&mut run), ["Ada 1", "Grace 2"]);
}

workflow!(Leaving, |ctx| {
    let numbers = Channel::new();
    let impatient = async {
        select! {
            number = numbers.receive(&ctx) => number.map(Some),
            _ = ctx.sleep(SECOND) => Ok(None),
        }
    };
    let patient = async {
        // Behind the one that leaves.
        numbers.receive(&ctx).await
    };
    let send = async {
        ctx.sleep(2 * SECOND).await.ok();
        numbers.send(1);
    };
    let (first, second, ()) = join!(impatient, patient, send);
    Ok(format!("{:?} {}", first?, second?))
});

#[test]
fn who_is_dropped_in_line_is_passed_and_takes_nothing() {
    let mut run = run::<Leaving>();
    run.task();
    run.history.fire_timer("1");
    assert!(run.task().is_empty());
    run.history.fire_timer("2");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution "None 1""#]);
}

workflow!(LeavingLate, |ctx| {
    let numbers = Channel::new();
    let first = ctx.scope();
    let canceled = async { numbers.receive(&first).await };
    let served = async { numbers.receive(&ctx).await };
    let send = async {
        ctx.sleep(SECOND).await.ok();
        // The value is there, and whoever is woken for it goes before taking it.
        numbers.send(1);
        first.cancel("enough");
    };
    let (canceled, served, ()) = join!(canceled, served, send);
    Ok(format!("{:?} {:?}", canceled.is_ok(), served.is_ok()))
});

#[test]
fn a_value_whose_taker_is_canceled_goes_to_one_of_them_and_is_not_lost() {
    let mut run = run::<LeavingLate>();
    run.task();
    run.history.fire_timer("1");
    // The one at the head takes it before it looks at its cancellation; the other waits.
    assert!(run.task().is_empty());
    run.history.request_cancel();
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution "true false""#]);
}

workflow!(Sharing, |ctx| {
    let permits = Semaphore::new(2);
    let greet = async |name: &'static str, wanted: u32| {
        let permit = permits.acquire_many(&ctx, wanted).await;
        note(&ctx, name);
        ctx.activity(Greet, name.into())
            .activity_id(name)
            .await
            .ok();
        drop(permit);
    };
    assert!(permits.try_acquire().is_some());
    join!(
        greet("Ada", 1),
        greet("Grace", 1),
        greet("Joan", 9),
        greet("Mary", 1)
    );
    assert_eq!(permits.available(), 2);
    Ok(String::new())
});

#[test]
fn nobody_is_passed_in_line_for_permits_and_more_than_all_are_all() {
    let mut run = run::<Sharing>();
    assert_eq!(
        run.task(),
        [
            "ScheduleActivityTask Ada greet",
            "ScheduleActivityTask Grace greet"
        ]
    );
    run.history.complete_activity("Grace", &"");
    assert!(
        run.task().is_empty(),
        "Joan waits for both, and Mary for Joan"
    );
    run.history.complete_activity("Ada", &"");
    assert_eq!(run.task(), ["ScheduleActivityTask Joan greet"]);
    run.history.complete_activity("Joan", &"");
    assert_eq!(run.task(), ["ScheduleActivityTask Mary greet"]);
    run.history.complete_activity("Mary", &"");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution """#]);
    assert_eq!(noted(&mut run), ["Ada", "Grace", "Joan", "Mary"]);
}

workflow!(Locking, |ctx| {
    let shared = Mutex::new(Vec::new());
    let append = async |name: &'static str| {
        let mut names = shared.lock(&ctx).await?;
        let greeting = ctx.activity(Greet, name.into()).await.unwrap_or_default();
        names.push(greeting);
        Ok::<(), crate::Canceled>(())
    };
    assert_eq!(shared.try_lock().map(|names| names.len()), Some(0));
    let look = async {
        ctx.sleep(SECOND).await.ok();
        assert!(shared.is_locked());
        assert!(shared.try_lock().is_none());
    };
    let (one, other, ()) = join!(append("Ada"), append("Grace"), look);
    one?;
    other?;
    let names = shared.lock(&ctx).now_or_never();
    let names = names.and_then(Result::ok).map(|names| names.join(" "));
    Ok(names.unwrap_or_default())
});

#[test]
fn a_lock_is_held_over_waits() {
    let mut run = run::<Locking>();
    assert_eq!(
        run.task(),
        ["ScheduleActivityTask 1 greet", "StartTimer 1 1s"]
    );
    run.history.fire_timer("1");
    assert!(run.task().is_empty());
    run.history.complete_activity("1", &"a");
    assert_eq!(run.task(), ["ScheduleActivityTask 2 greet"]);
    run.history.complete_activity("2", &"b");
    assert_eq!(run.task(), [r#"CompleteWorkflowExecution "a b""#]);
}

workflow!(Canceling, |ctx| {
    let lock = Mutex::<()>::default();
    let held = lock.lock(&ctx).await?;
    let waited = lock.lock(&ctx).await;
    drop(held);
    let begun_canceled = lock.lock(&ctx).await;
    let detached = lock.lock(&ctx.detached()).await;
    Ok(format!(
        "{} {} {}",
        waited.is_err(),
        begun_canceled.is_err(),
        detached.is_ok()
    ))
});

#[test]
fn a_wait_in_line_ends_with_its_scope() {
    let mut run = run::<Canceling>();
    assert!(run.task().is_empty());
    run.history.request_cancel();
    assert_eq!(
        run.task(),
        [r#"CompleteWorkflowExecution "true true true""#]
    );
}
