//! Cancellation of activities (1.2, 2.2).

use crate::{
    machine::execution::{
        Effect, decide,
        tests::script::{
            Run, activity, cancel_activity, declined, payloads, schedule, start_timer,
        },
    },
    model::{EventAttributes, EventId, EventType, Failure, RetryState, event::activity_task},
};

fn canceled(run: &Run) -> activity_task::Canceled {
    run.find(|attributes| match attributes {
        EventAttributes::ActivityTaskCanceled(it) => Some(it.clone()),
        _ => None,
    })
}

/// A run that has asked its only activity, whose first attempt runs, to stop.
fn canceling() -> (Run, EventId) {
    let mut run = Run::started();
    let scheduled = run.schedule(activity("a"));
    run.start_activity(scheduled);
    run.signal("stop");
    run.task(vec![cancel_activity(scheduled)]);
    (run, scheduled)
}

#[test]
fn cancellation_of_an_activity_that_has_not_started_ends_it_at_once() {
    let mut run = Run::started();
    let scheduled = run.schedule(activity("a"));
    run.signal("stop");
    let mark = run.mark();
    run.task(vec![cancel_activity(scheduled), start_timer("1", 5)]);
    assert_eq!(
        run.since(mark),
        [
            EventType::WorkflowTaskStarted,
            EventType::WorkflowTaskCompleted,
            EventType::ActivityTaskCancelRequested,
            EventType::TimerStarted,
            EventType::ActivityTaskCanceled,
            EventType::WorkflowTaskScheduled,
        ]
    );
    let canceled = canceled(&run);
    let details: String = canceled.details.decode().expect("a text");
    assert_eq!(details, "ACTIVITY_ID_NOT_STARTED");
    assert_eq!(canceled.started_event_id, EventId::NONE);
    let requested = u64::try_from(mark).expect("small") + 3;
    let requested = EventId::new(requested);
    assert_eq!(canceled.latest_cancel_requested_event_id, requested);
    assert_eq!(
        run.effects,
        [Effect::WithdrawActivity {
            scheduled_event_id: scheduled
        }]
    );
    assert_eq!(run.state.pending_activities().count(), 0);
}

#[test]
fn cancellation_during_a_backoff_ends_the_activity_at_once() {
    let mut run = Run::started();
    let scheduled = run.schedule(activity("a"));
    run.start_activity(scheduled);
    run.fail_activity(scheduled, 1, declined())
        .expect("a running attempt");
    run.signal("stop");
    run.task(vec![cancel_activity(scheduled)]);
    assert_eq!(canceled(&run).scheduled_event_id, scheduled);
    assert_eq!(run.state.next_deadline(), None);
}

#[test]
fn the_id_of_an_activity_that_is_canceled_before_its_start_is_free_at_once() {
    let mut run = Run::started();
    let scheduled = run.schedule(activity("a"));
    run.signal("stop");
    run.task(vec![
        cancel_activity(scheduled),
        cancel_activity(scheduled),
        schedule(activity("a")),
    ]);
    let pending: Vec<_> = run.state.pending_activities().collect();
    assert_eq!(pending.len(), 1);
    assert!(pending[0].scheduled_event_id > scheduled);
    let ended = run.history().attributes();
    let ended = ended.filter(|attributes| attributes.ended_activity().is_some());
    assert_eq!(ended.count(), 1);
    // And it is taken again.
    run.signal("again");
    let outcome = run.task(vec![schedule(activity("a"))]);
    assert_ne!(outcome, decide::WorkflowTaskOutcome::Completed);
}

#[test]
fn a_running_attempt_is_asked_to_stop_and_still_counts() {
    let (mut run, scheduled) = canceling();
    let attempt = 1;
    assert_eq!(
        run.effects,
        [Effect::CancelActivity {
            scheduled_event_id: scheduled,
            attempt
        }]
    );
    let response = run.heartbeat(scheduled, 1, "").expect("a running attempt");
    assert!(response.cancel_requested);
    run.complete_activity(scheduled, 1)
        .expect("a running attempt");
}

#[test]
fn an_attempt_that_stops_when_asked_is_canceled() {
    let (mut run, scheduled) = canceling();
    let mark = run.mark();
    let stopped = Failure::canceled("stopped", payloads("half done"));
    run.fail_activity(scheduled, 1, stopped)
        .expect("a running attempt");
    assert_eq!(
        run.since(mark),
        [
            EventType::ActivityTaskStarted,
            EventType::ActivityTaskCanceled,
            EventType::WorkflowTaskScheduled
        ]
    );
    let canceled = canceled(&run);
    assert_eq!(canceled.details, payloads("half done"));
    assert_eq!(
        canceled.started_event_id,
        canceled.latest_cancel_requested_event_id.next()
    );
}

#[test]
fn an_activity_that_was_asked_to_stop_is_not_retried() {
    let (mut run, scheduled) = canceling();
    run.fail_activity(scheduled, 1, declined())
        .expect("a running attempt");
    let failed = run.find(|attributes| match attributes {
        EventAttributes::ActivityTaskFailed(it) => Some(it.clone()),
        _ => None,
    });
    assert_eq!(failed.retry_state, RetryState::CancelRequested);
}
