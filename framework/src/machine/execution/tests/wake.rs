//! What recovery is told about a run without folding it.

use crate::{
    machine::execution::tests::script::{
        Run, START, activity, declined, schedule, secs, start_timer,
    },
    model::{StartOptions, Wake},
};

#[track_caller]
fn check(run: &Run, deadline: Option<u64>, at_once: bool) {
    let deadline = deadline.map(|secs_after| START.after(secs(secs_after)));
    let expected = Wake {
        deadline,
        at_once,
        closed: false,
    };
    assert_eq!(run.state.wake(), expected);
}

#[test]
fn a_run_with_a_workflow_task_to_run_is_woken_at_once() {
    let mut run = Run::started();
    check(&run, None, true);
    run.start_task();
    // A task that has started is in the hands of a process that may be gone.
    check(&run, Some(10), true);
    run.complete_task(vec![]);
    check(&run, None, false);
}

#[test]
fn a_run_is_woken_for_its_earliest_deadline() {
    let mut run = Run::started_with(StartOptions {
        run_timeout: Some(secs(100)),
        ..StartOptions::default()
    });
    run.task(vec![start_timer("1", 30), start_timer("2", 20)]);
    check(&run, Some(20), false);
    run.pass(secs(20));
    run.task(vec![]);
    check(&run, Some(30), false);
    run.pass(secs(10));
    run.task(vec![]);
    check(&run, Some(100), false);
}

#[test]
fn a_run_is_woken_at_once_for_attempts_to_start_or_to_declare_lost() {
    let mut run = Run::started();
    let scheduled = run.schedule(activity("a"));
    check(&run, None, true);
    run.start_activity(scheduled);
    check(&run, Some(60), true);
    run.fail_activity(scheduled, 1, declined())
        .expect("a running attempt");
    check(&run, Some(1), false);
}

#[test]
fn a_backoff_that_is_over_does_not_hide_later_deadlines() {
    let mut run = Run::started();
    run.task(vec![schedule(activity("a")), start_timer("1", 30)]);
    // The attempt waits for a free slot.
    assert_eq!(run.state.next_deadline(), Some(START.after(secs(30))));
    let pending = run.state.pending_activities().next();
    let scheduled = pending.expect("an activity").scheduled_event_id;
    run.start_activity(scheduled);
    run.fail_activity(scheduled, 1, declined())
        .expect("a running attempt");
    assert_eq!(run.state.next_deadline(), Some(START.after(secs(1))));
    run.pass(secs(2));
    let state = &run.state;
    assert_eq!(
        state.next_deadline_after(run.now),
        Some(START.after(secs(30)))
    );
}
