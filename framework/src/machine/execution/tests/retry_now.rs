//! Backoffs that an operator, or a new process, puts an end to.

use crate::{
    machine::execution::{
        Rejection,
        decide::{self, RetryNow},
        tests::script::{Run, activity, declined, schedule, secs, task_start},
    },
    model::EventAttributes,
};

fn of(activity_id: &str) -> RetryNow {
    RetryNow {
        activity_id: Some(activity_id.into()),
    }
}

#[test]
fn a_workflow_task_that_backs_off_can_be_started_at_once() {
    let mut run = Run::started();
    run.start_task();
    run.fail_task();
    run.start_task();
    run.fail_task();
    assert!(!run.state.workflow_task_is_startable(run.now));
    assert!(run.decide(decide::retry_workflow_task));
    assert!(run.state.workflow_task_is_startable(run.now));
    assert!(!run.decide(decide::retry_workflow_task));
    assert_eq!(run.task_attempt(), 3);
    run.decide(|draft| decide::start_workflow_task(draft, task_start()))
        .expect("it is due");
}

#[test]
fn an_activity_that_backs_off_can_be_started_at_once() {
    let mut run = Run::started();
    run.task(vec![schedule(activity("a")), schedule(activity("b"))]);
    let first = run.state.pending_activities().next();
    let scheduled = first.expect("an activity").scheduled_event_id;
    run.start_activity(scheduled);
    run.fail_activity(scheduled, 1, declined())
        .expect("a running attempt");
    assert!(!run.state.is_startable(scheduled, run.now));
    assert_eq!(
        run.decide(|draft| decide::retry_now(draft, &of("b"))),
        Ok(0)
    );
    assert_eq!(
        run.decide(|draft| decide::retry_now(draft, &of("a"))),
        Ok(1)
    );
    assert!(run.state.is_startable(scheduled, run.now));
    assert_eq!(
        run.decide(|draft| decide::retry_now(draft, &of("a"))),
        Ok(0)
    );
    assert_eq!(run.state.next_deadline_after(run.now.after(secs(1))), None);
}

#[test]
fn without_an_id_everything_is_tried_again() {
    let mut run = Run::started();
    let scheduled = run.schedule(activity("a"));
    run.start_activity(scheduled);
    run.fail_activity(scheduled, 1, declined())
        .expect("a running attempt");
    run.signal("go");
    for _ in 0..3 {
        run.start_task();
        run.fail_task();
    }
    let everything = RetryNow::default();
    assert_eq!(
        run.decide(|draft| decide::retry_now(draft, &everything)),
        Ok(2)
    );
    assert!(run.state.workflow_task_is_startable(run.now));
    assert!(run.state.is_startable(scheduled, run.now));
}

#[test]
fn what_does_not_exist_is_not_tried_again() {
    let mut run = Run::started();
    let unknown = run.decide(|draft| decide::retry_now(draft, &of("nobody")));
    assert_eq!(unknown, Err(Rejection::NotFound { what: "activity" }));
    run.terminate();
    assert!(matches!(
        run.last(),
        EventAttributes::WorkflowExecutionTerminated(_)
    ));
    let closed = run.decide(|draft| decide::retry_now(draft, &RetryNow::default()));
    assert!(
        matches!(closed, Err(Rejection::AlreadyClosed { .. })),
        "{closed:?}"
    );
}
