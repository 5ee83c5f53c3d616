//! Timers (2.3).

use crate::{
    machine::execution::tests::script::{
        Run, START, activity, cancel_timer, schedule, secs, start_timer, worker,
    },
    model::{EventAttributes, EventId, EventType, StartOptions, TimerId},
};

#[test]
fn a_timer_fires_late_but_never_early() {
    let mut run = Run::started();
    run.task(vec![start_timer("1", 5)]);
    assert_eq!(run.state.next_deadline(), Some(START.after(secs(5))));
    let mark = run.mark();
    run.pass(secs(4));
    assert_eq!(run.since(mark), []);
    run.pass(secs(60));
    assert_eq!(
        run.since(mark),
        [EventType::TimerFired, EventType::WorkflowTaskScheduled]
    );
    let fired = run.find(|attributes| match attributes {
        EventAttributes::TimerFired(it) => Some(it.clone()),
        _ => None,
    });
    assert_eq!(fired.timer_id, TimerId::new("1"));
    assert_eq!(fired.started_event_id, EventId::new(5));
    assert_eq!(run.state.pending_timers().count(), 0);
}

#[test]
fn timers_that_are_due_together_have_fired_before_the_program_is_told() {
    let mut run = Run::started();
    run.task(vec![
        start_timer("1", 7),
        schedule(activity("a")),
        start_timer("2", 5),
        start_timer("3", 60),
    ]);
    let mark = run.mark();
    run.pass(secs(8));
    assert_eq!(
        run.since(mark),
        [
            EventType::TimerFired,
            EventType::TimerFired,
            EventType::WorkflowTaskScheduled
        ]
    );
    assert!(matches!(&run.history().events[mark].attributes,
        EventAttributes::TimerFired(it) if it.timer_id == TimerId::new("2")));
    assert_eq!(run.state.pending_timers().count(), 1);
}

#[test]
fn a_canceled_timer_does_not_fire() {
    let mut run = Run::started();
    run.task(vec![start_timer("1", 5), start_timer("2", 9)]);
    run.signal("stop");
    run.task(vec![cancel_timer("1")]);
    assert!(matches!(run.last(), EventAttributes::TimerCanceled(it)
        if it.started_event_id == EventId::new(5) && it.identity == worker()));
    assert_eq!(run.state.next_deadline(), Some(START.after(secs(9))));
    let mark = run.mark();
    run.pass(secs(5));
    assert_eq!(run.since(mark), []);
}

#[test]
fn a_timer_can_be_canceled_by_the_task_that_starts_it() {
    let mut run = Run::started();
    run.task(vec![
        start_timer("1", 5),
        cancel_timer("1"),
        start_timer("1", 7),
    ]);
    assert_eq!(run.state.next_deadline(), Some(START.after(secs(7))));
}

#[test]
fn a_timer_beyond_the_end_of_the_run_is_never_waited_for() {
    let mut run = Run::started_with(StartOptions {
        run_timeout: Some(secs(10)),
        ..StartOptions::default()
    });
    run.task(vec![start_timer("1", 60)]);
    assert_eq!(run.state.next_deadline(), Some(START.after(secs(10))));
    run.pass(secs(60));
    let closed = EventType::WorkflowExecutionTimedOut;
    assert_eq!(run.last().event_type(), closed);
}
