//! The four clocks of an activity (2.2).

use std::time::Duration;

use crate::{
    machine::execution::{
        Effect,
        tests::script::{Run, activity, declined, payloads, schedule, secs, start_timer},
    },
    model::{
        EventAttributes, EventId, EventType, FailureInfo, RetryPolicy, RetryState,
        ScheduleActivityTask, TimeoutType, event::activity_task,
    },
};

fn timed_out(run: &Run) -> activity_task::TimedOut {
    run.find(|attributes| match attributes {
        EventAttributes::ActivityTaskTimedOut(it) => Some(it.clone()),
        _ => None,
    })
}

#[track_caller]
fn check(run: &Run, clock: TimeoutType, message: &str, state: RetryState) {
    let timed_out = timed_out(run);
    assert_eq!(timed_out.failure.timeout_type(), Some(clock));
    assert_eq!(timed_out.failure.message, message);
    assert_eq!(timed_out.retry_state, state);
}

fn with(timeouts: [u64; 4], max_attempts: u32) -> ScheduleActivityTask {
    let [whole, start, close, heartbeat] =
        timeouts.map(|secs| (secs > 0).then(|| Duration::from_secs(secs)));
    ScheduleActivityTask {
        schedule_to_close_timeout: whole,
        schedule_to_start_timeout: start,
        start_to_close_timeout: close,
        heartbeat_timeout: heartbeat,
        retry_policy: Some(RetryPolicy::default().max_attempts(max_attempts)),
        ..activity("a")
    }
}

const NO_TIME_LEFT: &str = "Not enough time to schedule next retry before activity \
                            ScheduleToClose timeout, giving up retrying";

fn check_no_time_left(run: &Run) {
    check(
        run,
        TimeoutType::ScheduleToClose,
        NO_TIME_LEFT,
        RetryState::Timeout,
    );
}

#[test]
fn schedule_to_start_runs_out_while_the_attempt_waits() {
    let mut run = Run::started();
    let scheduled = run.schedule(with([0, 5, 10, 0], 0));
    let mark = run.mark();
    run.pass(secs(4));
    assert_eq!(run.since(mark), []);
    run.pass(secs(1));
    assert_eq!(
        run.since(mark),
        [
            EventType::ActivityTaskTimedOut,
            EventType::WorkflowTaskScheduled
        ]
    );
    let message = "activity ScheduleToStart timeout";
    check(
        &run,
        TimeoutType::ScheduleToStart,
        message,
        RetryState::Timeout,
    );
    assert_eq!(timed_out(&run).started_event_id, EventId::NONE);
    assert_eq!(
        run.effects,
        [Effect::WithdrawActivity {
            scheduled_event_id: scheduled
        }]
    );
}

#[test]
fn schedule_to_start_is_measured_anew_for_each_attempt() {
    let mut run = Run::started();
    let scheduled = run.schedule(with([0, 5, 10, 0], 0));
    run.wait(secs(4));
    run.start_activity(scheduled);
    run.wait(secs(4));
    run.fail_activity(scheduled, 1, declined())
        .expect("a running attempt");
    // From the end of the backoff of 1 s.
    run.pass(secs(5));
    assert_eq!(run.state.pending_activities().count(), 1);
    run.pass(secs(1));
    let message = "activity ScheduleToStart timeout";
    check(
        &run,
        TimeoutType::ScheduleToStart,
        message,
        RetryState::Timeout,
    );
    assert_eq!(timed_out(&run).failure.cause, Some(Box::new(declined())));
}

#[test]
fn start_to_close_is_retried_and_the_attempt_abandoned() {
    let mut run = Run::started();
    let scheduled = run.schedule(with([0, 0, 10, 0], 2));
    run.start_activity(scheduled);
    let mark = run.mark();
    run.pass(secs(10));
    assert_eq!(run.since(mark), []);
    let abandoned = |attempt| Effect::AbandonActivity {
        scheduled_event_id: scheduled,
        attempt,
    };
    assert_eq!(run.effects, [abandoned(1)]);
    run.wait(secs(1));
    assert_eq!(run.start_activity(scheduled), 2);
    run.pass(secs(10));
    assert_eq!(
        run.since(mark),
        [
            EventType::ActivityTaskStarted,
            EventType::ActivityTaskTimedOut,
            EventType::WorkflowTaskScheduled
        ]
    );
    assert_eq!(run.effects, [abandoned(2)]);
    let message = "activity StartToClose timeout";
    let state = RetryState::MaximumAttemptsReached;
    check(&run, TimeoutType::StartToClose, message, state);
    // What the attempt before failed with is the cause.
    let cause = timed_out(&run).failure.cause.expect("a cause");
    assert_eq!(cause.timeout_type(), Some(TimeoutType::StartToClose));
}

#[test]
fn a_heartbeat_is_awaited_from_the_start_or_the_last_one() {
    let mut run = Run::started();
    let scheduled = run.schedule(with([0, 0, 60, 5], 1));
    run.start_activity(scheduled);
    run.wait(secs(4));
    run.heartbeat(scheduled, 1, "one")
        .expect("a running attempt");
    run.pass(secs(4));
    run.heartbeat(scheduled, 1, "two")
        .expect("a running attempt");
    run.pass(secs(4));
    assert_eq!(run.state.pending_activities().count(), 1);
    run.pass(secs(1));
    let message = "activity Heartbeat timeout";
    let state = RetryState::MaximumAttemptsReached;
    check(&run, TimeoutType::Heartbeat, message, state);
    let FailureInfo::Timeout(info) = timed_out(&run).failure.info else {
        panic!("{:?}", timed_out(&run));
    };
    assert_eq!(info.last_heartbeat_details, payloads("two"));
}

#[test]
fn schedule_to_close_spans_all_attempts() {
    let mut run = Run::started();
    let scheduled = run.schedule(with([8, 0, 0, 0], 0));
    run.start_activity(scheduled);
    run.wait(secs(4));
    run.fail_activity(scheduled, 1, declined())
        .expect("a running attempt");
    run.wait(secs(1));
    run.start_activity(scheduled);
    run.pass(secs(3));
    check_no_time_left(&run);
    assert_eq!(timed_out(&run).failure.cause, Some(Box::new(declined())));
}

#[test]
fn schedule_to_close_alone_ends_a_first_attempt_without_a_cause() {
    let mut run = Run::started();
    let scheduled = run.schedule(with([8, 0, 0, 0], 0));
    run.start_activity(scheduled);
    run.pass(secs(8));
    check_no_time_left(&run);
    assert_eq!(timed_out(&run).failure.cause, None);
}

#[test]
fn without_time_for_another_attempt_a_timeout_becomes_schedule_to_close() {
    let mut run = Run::started();
    let scheduled = run.schedule(with([20, 0, 9, 0], 0));
    run.start_activity(scheduled);
    run.heartbeat(scheduled, 1, "50 %")
        .expect("a running attempt");
    run.fail_activity(scheduled, 1, declined())
        .expect("a running attempt");
    run.wait(secs(10));
    run.start_activity(scheduled);
    run.pass(secs(9));
    // At 19 s an interval of 2 s no longer fits.
    check_no_time_left(&run);
    let failure = timed_out(&run).failure;
    assert_eq!(failure.cause, Some(Box::new(declined())));
    let FailureInfo::Timeout(info) = failure.info else {
        panic!("{failure:?}");
    };
    assert_eq!(info.last_heartbeat_details, payloads("50 %"));
}

#[test]
fn a_converted_timeout_of_a_first_attempt_names_the_clock_that_ran_out() {
    let mut run = Run::started();
    let scheduled = run.schedule(with([9, 0, 8, 0], 0));
    run.wait(Duration::from_millis(500));
    run.start_activity(scheduled);
    run.pass(secs(8));
    check_no_time_left(&run);
    let cause = timed_out(&run).failure.cause.expect("a cause");
    assert_eq!(cause.timeout_type(), Some(TimeoutType::StartToClose));
}

#[test]
fn what_is_due_happens_in_the_order_of_time() {
    let mut run = Run::started();
    run.task(vec![
        start_timer("late", 9),
        schedule(with([0, 5, 10, 0], 0)),
        start_timer("early", 3),
        start_timer("together", 5),
    ]);
    let mark = run.mark();
    run.pass(secs(60));
    assert_eq!(
        run.since(mark),
        [
            EventType::TimerFired,
            EventType::WorkflowTaskScheduled,
            EventType::ActivityTaskTimedOut,
            EventType::TimerFired,
            EventType::TimerFired,
        ]
    );
    let fired = run
        .history()
        .attributes()
        .filter_map(|attributes| match attributes {
            EventAttributes::TimerFired(it) => Some(it.timer_id.as_str()),
            _ => None,
        });
    let fired: Vec<_> = fired.collect();
    assert_eq!(fired, ["early", "together", "late"]);
}
