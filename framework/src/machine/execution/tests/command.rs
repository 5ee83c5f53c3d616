//! Commands that are not what they should be fail their workflow task, all of it (1.2, 2.1).

use std::time::Duration;

use crate::{
    machine::execution::{
        decide::WorkflowTaskOutcome,
        tests::script::{
            Run, activity, bulky, cancel_activity, cancel_timer, complete_run, schedule, secs,
            start_timer,
        },
    },
    model::{
        Command, EventAttributes, EventId, EventType, Failure, RetryPolicy, ScheduleActivityTask,
        event::workflow_task::FailedCause, limits,
    },
};

/// A run in which the timer `t` and the activity `a` are pending, and a workflow task is due.
fn waiting() -> Run {
    let mut run = Run::started();
    run.task(vec![start_timer("t", 5), schedule(activity("a"))]);
    run.signal("go");
    run
}

/// What these commands fail with.
#[track_caller]
fn refusal(commands: Vec<Command>) -> (FailedCause, String) {
    let mut run = waiting();
    let mark = run.mark();
    let outcome = run.task(commands);
    let failed = run.find(|attributes| match attributes {
        EventAttributes::WorkflowTaskFailed(it) => Some(it.clone()),
        _ => None,
    });
    let cause = failed.cause;
    assert_eq!(outcome, WorkflowTaskOutcome::Failed { cause });
    // Nothing of the task holds, not even the commands before the faulty one.
    assert_eq!(
        run.since(mark),
        [
            EventType::WorkflowTaskStarted,
            EventType::WorkflowTaskFailed,
            EventType::WorkflowTaskScheduled
        ]
    );
    (cause, failed.failure.expect("a failure").message)
}

#[track_caller]
fn check(commands: Vec<Command>, cause: FailedCause, message: &str) {
    assert_eq!(refusal(commands), (cause, message.to_owned()));
}

fn with(change: impl FnOnce(&mut ScheduleActivityTask)) -> Command {
    let mut asked = activity("b");
    change(&mut asked);
    schedule(asked)
}

fn with_policy(change: impl FnOnce(&mut RetryPolicy)) -> Command {
    let mut policy = RetryPolicy::default();
    change(&mut policy);
    with(|asked| asked.retry_policy = Some(policy))
}

#[test]
fn bad_schedule_activity_attributes() {
    let cause = FailedCause::BadScheduleActivityAttributes;
    check(
        vec![with(|asked| asked.start_to_close_timeout = None)],
        cause,
        "ScheduleActivityTask: neither schedule_to_close nor start_to_close is set \
         activity_type=charge command_index=0",
    );
    check(
        vec![
            start_timer("u", 1),
            with(|asked| asked.activity_id = "".into()),
        ],
        cause,
        "ScheduleActivityTask: activity id is empty command_index=1",
    );
    check(
        vec![with(|asked| asked.activity_type = "".into())],
        cause,
        "ScheduleActivityTask: activity type is empty command_index=0",
    );
    let long = "x".repeat(limits::ID_BYTES_MAX + 1);
    check(
        vec![with(|asked| asked.activity_id = long.clone().into())],
        cause,
        "ScheduleActivityTask: activity id is too large limit=1000 actual=1001 command_index=0",
    );
    check(
        vec![with(|asked| asked.task_queue = long.into())],
        cause,
        "ScheduleActivityTask: task queue is too large limit=1000 actual=1001 command_index=0",
    );
    check(
        vec![with(|asked| {
            asked.input = bulky(limits::PAYLOAD_BYTES_MAX + 1);
        })],
        cause,
        "ScheduleActivityTask: activity input is too large limit=2097152 actual=2097153 \
         activity_type=charge command_index=0",
    );
}

#[test]
fn bad_retry_policies() {
    let cause = FailedCause::BadScheduleActivityAttributes;
    for coefficient in [0.5, 0.0, -1.0, f64::NAN, f64::INFINITY] {
        let command = with_policy(|policy| policy.backoff = coefficient);
        let (found, message) = refusal(vec![command]);
        assert_eq!(found, cause);
        assert!(message.contains("backoff"), "{message}");
    }
    check(
        vec![with_policy(|policy| {
            policy.initial_interval = secs(5);
            policy.max_interval = Some(secs(4));
        })],
        cause,
        "ScheduleActivityTask: max_interval of the retry policy is below its \
         initial_interval max_interval=4s initial_interval=5s command_index=0",
    );
}

#[test]
fn a_retry_policy_that_says_nothing_has_the_defaults() {
    let mut run = waiting();
    run.task(vec![with_policy(|policy| {
        policy.initial_interval = Duration::ZERO;
        policy.max_interval = Some(Duration::ZERO);
    })]);
    let policy = run.find(|attributes| match attributes {
        EventAttributes::ActivityTaskScheduled(it) => Some(it.retry_policy.clone()),
        _ => None,
    });
    assert_eq!(policy, RetryPolicy::default());
    // With a single attempt there are no intervals to be wrong about.
    run.signal("go");
    let outcome = run.task(vec![with_policy(|policy| {
        policy.max_attempts = 1;
        policy.backoff = 0.0;
    })]);
    let cause = FailedCause::ScheduleActivityDuplicateId;
    assert_eq!(outcome, WorkflowTaskOutcome::Failed { cause });
}

#[test]
fn an_activity_without_a_task_queue_goes_to_that_of_its_workflow() {
    let run = waiting();
    let mut pending = run.state.pending_activities();
    let activity = pending.next().expect("an activity");
    assert_eq!(activity.scheduled.task_queue.as_str(), "default");
}

#[test]
fn schedule_activity_duplicate_id() {
    let cause = FailedCause::ScheduleActivityDuplicateId;
    check(
        vec![schedule(activity("a"))],
        cause,
        "ScheduleActivityTask: activity id is taken by a pending activity activity_id=a \
         command_index=0",
    );
    let (found, _) = refusal(vec![schedule(activity("b")), schedule(activity("b"))]);
    assert_eq!(found, cause);
}

#[test]
fn pending_activities_limit_exceeded() {
    let mut run = Run::started();
    let many = |from: usize, to: usize| {
        let ids = from..to;
        ids.map(|id| schedule(activity(&id.to_string()))).collect()
    };
    let outcome = run.task(many(0, limits::PENDING_ACTIVITIES_MAX));
    assert_eq!(outcome, WorkflowTaskOutcome::Completed);
    run.signal("more");
    let end = limits::PENDING_ACTIVITIES_MAX + 1;
    let outcome = run.task(many(limits::PENDING_ACTIVITIES_MAX, end));
    let cause = FailedCause::PendingActivitiesLimitExceeded;
    assert_eq!(outcome, WorkflowTaskOutcome::Failed { cause });
    let task = run.state.workflow_task();
    let problem = task.and_then(|task| task.last_failure.as_ref());
    assert!(problem.is_some_and(|it| it.to_string().contains("limit=2000")));
    // Canceling one that has not started makes room for another.
    let first = run.state.pending_activities().next();
    let first = first.expect("an activity").scheduled_event_id;
    let outcome = run.task(vec![cancel_activity(first), schedule(activity("more"))]);
    assert_eq!(outcome, WorkflowTaskOutcome::Completed);
    let pending = run.state.pending_activities().count();
    assert_eq!(pending, limits::PENDING_ACTIVITIES_MAX);
}

#[test]
fn bad_request_cancel_activity_attributes() {
    check(
        vec![cancel_activity(EventId::new(99))],
        FailedCause::BadRequestCancelActivityAttributes,
        "RequestCancelActivityTask: no such activity is pending scheduled_event_id=99 \
         command_index=0",
    );
}

#[test]
fn bad_start_timer_attributes() {
    let cause = FailedCause::BadStartTimerAttributes;
    check(
        vec![start_timer("", 1)],
        cause,
        "StartTimer: timer id is empty command_index=0",
    );
    check(
        vec![start_timer("u", 0)],
        cause,
        "StartTimer: start_to_fire_timeout is zero timer_id=u command_index=0",
    );
    let (found, _) = refusal(vec![start_timer(&"x".repeat(limits::ID_BYTES_MAX + 1), 1)]);
    assert_eq!(found, cause);
}

#[test]
fn start_timer_duplicate_id() {
    let cause = FailedCause::StartTimerDuplicateId;
    check(
        vec![start_timer("t", 1)],
        cause,
        "StartTimer: timer id is taken by a pending timer timer_id=t command_index=0",
    );
    let (found, _) = refusal(vec![start_timer("u", 1), start_timer("u", 1)]);
    assert_eq!(found, cause);
}

#[test]
fn bad_cancel_timer_attributes() {
    let cause = FailedCause::BadCancelTimerAttributes;
    check(
        vec![cancel_timer("u")],
        cause,
        "CancelTimer: no such timer is pending timer_id=u command_index=0",
    );
    let (found, _) = refusal(vec![cancel_timer("t"), cancel_timer("t")]);
    assert_eq!(found, cause);
}

#[test]
fn closing_commands_with_too_large_payloads() {
    let bulk = || bulky(limits::PAYLOAD_BYTES_MAX + 1);
    let complete = Command::CompleteWorkflowExecution { result: bulk() };
    check(
        vec![complete],
        FailedCause::BadCompleteWorkflowExecutionAttributes,
        "CompleteWorkflowExecution: workflow result is too large limit=2097152 actual=2097153 \
         command_index=0",
    );
    let failure = Failure::canceled("", bulk());
    let (cause, _) = refusal(vec![Command::FailWorkflowExecution { failure }]);
    assert_eq!(cause, FailedCause::BadFailWorkflowExecutionAttributes);
    let (cause, _) = refusal(vec![Command::CancelWorkflowExecution { details: bulk() }]);
    assert_eq!(cause, FailedCause::BadCancelWorkflowExecutionAttributes);
}

#[test]
fn nothing_comes_after_a_command_that_closes_the_run() {
    check(
        vec![complete_run(), start_timer("u", 1)],
        FailedCause::BadStartTimerAttributes,
        "StartTimer: comes after CompleteWorkflowExecution, which closes the run \
         command_index=1",
    );
}

#[test]
fn faulty_commands_of_a_transient_workflow_task_leave_no_event() {
    let mut run = waiting();
    for _ in 0..2 {
        run.task(vec![cancel_timer("u")]);
    }
    assert_eq!(run.task_attempt(), 2);
    let mark = run.mark();
    run.task(vec![cancel_timer("u")]);
    assert_eq!(run.since(mark), []);
    assert_eq!(run.task_attempt(), 3);
    assert!(!run.state.workflow_task_is_startable(run.now));
}
