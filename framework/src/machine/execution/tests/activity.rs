//! Attempts of activities: start, result, failure, heartbeat, loss (2.2).

use crate::{
    machine::execution::{
        ActivityState, Effect, LinePlace, Rejection,
        decide::AttemptOutcome,
        tests::script::{Run, START, activity, bulky, declined, payloads, schedule, secs, worker},
    },
    model::{
        EventAttributes, EventType, FailureInfo, RetryPolicy, RetryState, StartOptions,
        event::activity_task, limits,
    },
};

fn failed(run: &Run) -> activity_task::Failed {
    run.find(|attributes| match attributes {
        EventAttributes::ActivityTaskFailed(it) => Some(it.clone()),
        _ => None,
    })
}

fn started(run: &Run) -> activity_task::Started {
    run.find(|attributes| match attributes {
        EventAttributes::ActivityTaskStarted(it) => Some(it.clone()),
        _ => None,
    })
}

#[test]
fn the_start_of_an_attempt_leaves_no_event_and_is_recorded_with_the_end() {
    let mut run = Run::started();
    let scheduled = run.schedule(activity("a"));
    let mark = run.mark();
    run.start_activity(scheduled);
    assert_eq!(run.since(mark), []);
    run.complete_activity(scheduled, 1)
        .expect("a running attempt");
    assert_eq!(
        run.since(mark),
        [
            EventType::ActivityTaskStarted,
            EventType::ActivityTaskCompleted,
            EventType::WorkflowTaskScheduled
        ]
    );
    assert_eq!(started(&run).attempt, 1);
    assert_eq!(started(&run).identity, worker());
    assert_eq!(run.state.pending_activities().count(), 0);
}

#[test]
fn a_started_attempt_carries_all_that_running_it_takes() {
    let mut run = Run::started_with(StartOptions {
        run_timeout: Some(secs(100)),
        ..StartOptions::default()
    });
    let mut asked = activity("a");
    asked.heartbeat_timeout = Some(secs(5));
    let scheduled = run.schedule(asked);
    run.wait(secs(70));
    run.start_activity(scheduled);
    let [Effect::RunActivity(task)] = run.effects.as_slice() else {
        panic!("{:?}", run.effects);
    };
    assert_eq!(task.execution, run.state.execution());
    assert_eq!(task.workflow_type.as_str(), "Fulfilment");
    assert_eq!(task.activity_type.as_str(), "charge");
    assert_eq!(task.task_queue.as_str(), "default");
    assert_eq!(task.input, payloads("card"));
    assert_eq!((task.scheduled_event_id, task.attempt), (scheduled, 1));
    assert_eq!((task.scheduled_at, task.started_at), (START, run.now));
    // The run ends before the attempt's own minute is over.
    assert_eq!(task.deadline, Some(START.after(secs(100))));
    assert_eq!(task.heartbeat_timeout, Some(secs(5)));
}

#[test]
fn an_attempt_starts_once_and_not_before_its_backoff_is_over() {
    let mut run = Run::started();
    let scheduled = run.schedule(activity("a"));
    run.start_activity(scheduled);
    let refused = run.try_start_activity(scheduled);
    let already = Rejection::TaskAlreadyStarted { what: "activity" };
    assert_eq!(refused, Err(already));
    run.fail_activity(scheduled, 1, declined())
        .expect("a running attempt");
    assert_eq!(
        run.state
            .startable_activities(LinePlace::default(), run.now)
            .count(),
        0
    );
    let not_before = run.now.after(secs(1));
    let refused = run.try_start_activity(scheduled);
    let what = "activity";
    assert_eq!(refused, Err(Rejection::NotDue { what, not_before }));
    assert_eq!(run.state.next_deadline(), Some(not_before));
    run.wait(secs(1));
    assert_eq!(
        run.state
            .startable_activities(LinePlace::default(), run.now)
            .count(),
        1
    );
    assert_eq!(run.start_activity(scheduled), 2);
}

#[test]
fn retries_leave_no_events_and_the_last_attempt_tells_the_failure_before_it() {
    let mut run = Run::started();
    let mut asked = activity("a");
    asked.retry_policy = Some(RetryPolicy::default().max_attempts(3));
    let scheduled = run.schedule(asked);
    let mark = run.mark();
    for (attempt, backoff) in [(1, 1), (2, 2)] {
        assert_eq!(run.start_activity(scheduled), attempt);
        run.fail_activity(scheduled, attempt, declined())
            .expect("a running attempt");
        let pending = run.state.pending_activity(scheduled).expect("it");
        assert_eq!(pending.attempt, attempt + 1);
        let not_before = run.now.after(secs(backoff));
        let since = run.now.into();
        let number = u64::from(attempt);
        let turn = LinePlace {
            not_before,
            number: number + 1,
        };
        let waits = ActivityState::Scheduled {
            since,
            backoff: secs(backoff),
            turn,
        };
        assert_eq!(pending.state, waits);
        run.wait(secs(backoff));
    }
    assert_eq!(run.since(mark), []);
    run.start_activity(scheduled);
    run.fail_activity(scheduled, 3, declined())
        .expect("a running attempt");
    assert_eq!(
        run.since(mark),
        [
            EventType::ActivityTaskStarted,
            EventType::ActivityTaskFailed,
            EventType::WorkflowTaskScheduled
        ]
    );
    assert_eq!(started(&run).attempt, 3);
    assert_eq!(started(&run).last_failure, Some(Box::new(declined())));
    assert_eq!(failed(&run).retry_state, RetryState::MaximumAttemptsReached);
    assert_eq!(*failed(&run).failure, declined());
}

#[test]
fn a_failure_without_time_for_another_attempt_is_reported_as_it_is() {
    let mut run = Run::started();
    let mut asked = activity("a");
    asked.schedule_to_close_timeout = Some(secs(60));
    asked.retry_policy = Some(RetryPolicy::default().initial_interval(secs(61)));
    let scheduled = run.schedule(asked);
    run.start_activity(scheduled);
    run.fail_activity(scheduled, 1, declined())
        .expect("a running attempt");
    assert_eq!(failed(&run).retry_state, RetryState::Timeout);
    assert_eq!(*failed(&run).failure, declined());
}

#[test]
fn reports_of_attempts_that_no_longer_count_are_refused() {
    let mut run = Run::started();
    let scheduled = run.schedule(activity("a"));
    let stale = |attempt| Err(Rejection::StaleAttempt { attempt });
    assert_eq!(run.complete_activity(scheduled, 1), stale(1));
    run.start_activity(scheduled);
    assert_eq!(run.complete_activity(scheduled, 2), stale(2));
    run.fail_activity(scheduled, 1, declined())
        .expect("a running attempt");
    assert_eq!(run.complete_activity(scheduled, 1), stale(1));
    run.wait(secs(1));
    run.start_activity(scheduled);
    assert_eq!(run.fail_activity(scheduled, 1, declined()), stale(1));
    assert_eq!(run.heartbeat(scheduled, 1, "50 %").map(|_| ()), stale(1));
    run.complete_activity(scheduled, 2)
        .expect("a running attempt");
    let gone = Err(Rejection::NotFound { what: "activity" });
    assert_eq!(run.complete_activity(scheduled, 2), gone);
}

#[test]
fn heartbeat_details_reach_the_next_attempt() {
    let mut run = Run::started();
    let scheduled = run.schedule(activity("a"));
    run.start_activity(scheduled);
    let mark = run.mark();
    let response = run
        .heartbeat(scheduled, 1, "50 %")
        .expect("a running attempt");
    assert!(!response.cancel_requested);
    assert_eq!(run.since(mark), []);
    run.fail_activity(scheduled, 1, declined())
        .expect("a running attempt");
    run.wait(secs(1));
    run.start_activity(scheduled);
    let [Effect::RunActivity(task)] = run.effects.as_slice() else {
        panic!("{:?}", run.effects);
    };
    assert_eq!(task.heartbeat_details, payloads("50 %"));
    let pending = run.state.pending_activity(scheduled).expect("it");
    assert_eq!(pending.last_heartbeat_at, None);
}

#[test]
fn a_result_that_is_too_large_fails_the_activity_for_good() {
    let mut run = Run::started();
    let scheduled = run.schedule(activity("a"));
    run.start_activity(scheduled);
    let result = AttemptOutcome::Completed(bulky(limits::PAYLOAD_BYTES_MAX + 1));
    run.report(scheduled, 1, result).expect("a running attempt");
    assert_eq!(failed(&run).retry_state, RetryState::NonRetryableFailure);
    assert_eq!(
        failed(&run).failure.message,
        "activity result is too large limit=2097152 actual=2097153"
    );
}

#[test]
fn a_failure_that_is_too_large_is_replaced() {
    let mut run = Run::started();
    let scheduled = run.schedule(activity("a"));
    run.start_activity(scheduled);
    let bulk = "x".repeat(limits::PAYLOAD_BYTES_MAX + 1);
    let mut failure = declined();
    failure.stack_trace = bulk;
    run.fail_activity(scheduled, 1, failure)
        .expect("a running attempt");
    let pending = run
        .state
        .pending_activity(scheduled)
        .expect("it is retried");
    let last = pending.last_failure.as_ref().expect("its failure");
    assert!(
        last.failure
            .message
            .starts_with("activity failure is too large")
    );
}

#[test]
fn attempts_that_ran_when_the_process_stopped_are_made_again_at_once() {
    let mut run = Run::started();
    let mut asked = activity("a");
    asked.retry_policy = Some(RetryPolicy::default().max_attempts(2));
    let scheduled = run.schedule(asked);
    run.start_activity(scheduled);
    assert!(run.state.wake().at_once, "it is to be declared lost");
    run.lose_all_attempts();
    assert_eq!(run.effects, []);
    // The attempt counts, and is not waited for.
    let startable: Vec<_> = run
        .state
        .startable_activities(LinePlace::default(), run.now)
        .collect();
    assert_eq!(startable[0].1.attempt, 2);
    assert_eq!(
        run.complete_activity(scheduled, 1),
        Err(Rejection::StaleAttempt { attempt: 1 })
    );
    run.start_activity(scheduled);
    run.lose_all_attempts();
    assert_eq!(failed(&run).retry_state, RetryState::MaximumAttemptsReached);
    assert!(matches!(failed(&run).failure.info, FailureInfo::Server(_)));
    run.lose_all_attempts();
}

#[test]
fn a_lost_attempt_is_not_repeated_once_its_activity_has_expired() {
    let mut run = Run::started();
    let mut asked = activity("a");
    asked.schedule_to_close_timeout = Some(secs(60));
    let scheduled = run.schedule(asked);
    run.start_activity(scheduled);
    run.wait(secs(61));
    run.lose_all_attempts();
    assert_eq!(failed(&run).retry_state, RetryState::Timeout);
}

#[test]
fn the_longest_waiting_attempt_is_started_first() {
    let mut run = Run::started();
    let first = run.schedule(activity("a"));
    run.start_activity(first);
    run.fail_activity(first, 1, declined())
        .expect("a running attempt");
    run.signal("go");
    let second = run.schedule(activity("b"));
    run.wait(secs(5));
    let startable = run
        .state
        .startable_activities(LinePlace::default(), run.now);
    let ids: Vec<_> = startable
        .map(|(_, activity)| activity.scheduled_event_id)
        .collect();
    assert_eq!(ids, [second, first]);
}

#[test]
fn whoever_has_seen_a_thousand_attempts_is_shown_the_next_alone() {
    let mut run = Run::started();
    let many = (0..1_000).map(|number| schedule(activity(&number.to_string())));
    run.task(many.collect());
    let startable = run
        .state
        .startable_activities(LinePlace::default(), run.now);
    assert_eq!(startable.count(), 1_000);
    let startable = run
        .state
        .startable_activities(LinePlace::default(), run.now);
    let (seen, _) = startable.last().expect("an attempt");
    run.signal("go");
    // No time has passed.
    let next = run.schedule(activity("next"));
    let shown: Vec<_> = run.state.startable_activities(seen, run.now).collect();
    let [(turn, shown)] = shown[..] else {
        panic!("one is new: {shown:?}");
    };
    assert_eq!(shown.scheduled_event_id, next);
    assert_eq!(run.state.startable_activities(turn, run.now).count(), 0);
    let later = run.now.after(secs(60));
    assert_eq!(run.state.startable_activities(turn, later).count(), 0);
}

#[test]
fn an_attempt_that_waits_again_is_shown_again() {
    let mut run = Run::started();
    let first = run.schedule(activity("a"));
    run.signal("go");
    run.schedule(activity("b"));
    run.start_activity(first);
    let startable = run
        .state
        .startable_activities(LinePlace::default(), run.now);
    let (seen, _) = startable.last().expect("an attempt");
    // It is made again at once, in the nanosecond of everything else.
    run.lose_all_attempts();
    let shown = run.state.startable_activities(seen, run.now);
    let ids: Vec<_> = shown.map(|(_, it)| it.scheduled_event_id).collect();
    assert_eq!(ids, [first]);
}

#[test]
fn a_clock_that_was_put_back_lets_no_attempt_be_overlooked() {
    let mut run = Run::started();
    let first = run.schedule(activity("a"));
    run.start_activity(first);
    run.fail_activity(first, 1, declined())
        .expect("a running attempt");
    let before = run.now;
    // Its next attempt is due, and whoever starts attempts has seen it.
    run.wait(secs(5));
    let startable = run
        .state
        .startable_activities(LinePlace::default(), run.now);
    let (seen, _) = startable.last().expect("an attempt");
    run.now = before;
    run.signal("go");
    let second = run.schedule(activity("b"));
    let shown = run.state.startable_activities(seen, run.now);
    let ids: Vec<_> = shown.map(|(_, it)| it.scheduled_event_id).collect();
    assert_eq!(ids, [second]);
}
