//! Attempts that are completed by somebody else than their code.

use crate::{
    machine::execution::{
        Effect, Rejection,
        decide::{
            self, AttemptName, AttemptOutcome, HeartbeatResponse, ReportActivity, ReportedOutcome,
        },
        tests::script::{
            Run, activity, bulky, cancel_activity, complete_run, declined, payloads, secs, worker,
        },
    },
    model::{
        EventAttributes, EventId, EventType, ExecutionStatus, Payloads, RetryPolicy, RetryState,
        ScheduleActivityTask, TimeoutType, limits,
    },
};

const COMPLETED: [EventType; 3] = [
    EventType::ActivityTaskStarted,
    EventType::ActivityTaskCompleted,
    EventType::WorkflowTaskScheduled,
];

/// A run whose only activity has an attempt that was handed over.
fn handed_over(asked: ScheduleActivityTask) -> (Run, EventId) {
    let mut run = Run::started();
    let scheduled = run.schedule(asked);
    let attempt = run.start_activity(scheduled);
    run.report(scheduled, attempt, AttemptOutcome::HandedOver)
        .expect("a running attempt");
    (run, scheduled)
}

fn token(scheduled_event_id: EventId, attempt: u32) -> AttemptName {
    AttemptName::Token {
        scheduled_event_id,
        attempt,
    }
}

fn id(activity_id: &str) -> AttemptName {
    AttemptName::Id(activity_id.into())
}

#[track_caller]
fn report(
    run: &mut Run,
    attempt: AttemptName,
    outcome: ReportedOutcome,
) -> Result<HeartbeatResponse, Rejection> {
    let message = ReportActivity {
        attempt,
        outcome,
        identity: worker(),
    };
    run.decide(|draft| decide::report_activity(draft, message))
}

fn completed() -> ReportedOutcome {
    ReportedOutcome::Completed(payloads("done"))
}

#[test]
fn an_attempt_that_was_handed_over_is_completed_by_token_or_by_id() {
    for by_token in [true, false] {
        let (mut run, scheduled) = handed_over(activity("a"));
        let name = if by_token {
            token(scheduled, 1)
        } else {
            id("a")
        };
        let mark = run.mark();
        let response = report(&mut run, name.clone(), completed()).expect("an attempt that runs");
        assert!(!response.cancel_requested);
        assert_eq!(run.since(mark), COMPLETED);
        // There is no code to be stopped.
        assert!(run.effects.is_empty(), "{:?}", run.effects);
        let again = report(&mut run, name, completed());
        assert_eq!(again, Err(Rejection::NotFound { what: "activity" }));
    }
}

#[test]
fn an_attempt_that_was_handed_over_is_not_lost_with_its_process() {
    let (run, scheduled) = handed_over(activity("a"));
    // Nothing is to be done about it after a restart.
    assert!(!run.state.wake().at_once);
    let pending = run.state.pending_activity(scheduled).expect("an activity");
    assert!(pending.is_started() && pending.is_handed_over());
}

#[test]
fn an_attempt_is_completed_before_its_code_has_handed_it_over() {
    let mut run = Run::started();
    let scheduled = run.schedule(activity("a"));
    run.start_activity(scheduled);
    let mark = run.mark();
    report(&mut run, token(scheduled, 1), completed()).expect("an attempt that runs");
    assert_eq!(run.since(mark), COMPLETED);
    let attempt = 1;
    let stopped = Effect::AbandonActivity {
        scheduled_event_id: scheduled,
        attempt,
    };
    assert!(run.effects.contains(&stopped));
    // What the code says after that comes late.
    let late = run.report(scheduled, 1, AttemptOutcome::HandedOver);
    assert_eq!(late, Err(Rejection::NotFound { what: "activity" }));
}

#[test]
fn a_heartbeat_from_outside_keeps_the_attempt_alive_and_says_whether_to_stop() {
    let beating = ScheduleActivityTask {
        heartbeat_timeout: Some(secs(10)),
        ..activity("a")
    };
    let (mut run, scheduled) = handed_over(beating);
    for _ in 0..3 {
        run.pass(secs(9));
        let alive = ReportedOutcome::Heartbeat(payloads("alive"));
        let response = report(&mut run, id("a"), alive).expect("an attempt that runs");
        assert!(!response.cancel_requested);
    }
    run.signal("stop");
    run.task(vec![cancel_activity(scheduled)]);
    let alive = ReportedOutcome::Heartbeat(payloads("still alive"));
    let response = report(&mut run, token(scheduled, 1), alive).expect("an attempt that runs");
    assert!(response.cancel_requested);
    run.pass(secs(11));
    let timed_out = run.find(|attributes| match attributes {
        EventAttributes::ActivityTaskTimedOut(it) => Some(it.failure.timeout_type()),
        _ => None,
    });
    assert_eq!(timed_out, Some(TimeoutType::Heartbeat));
}

#[test]
fn an_attempt_that_was_handed_over_times_out_and_is_tried_again_by_code() {
    let (mut run, scheduled) = handed_over(activity("a"));
    run.pass(secs(60));
    let pending = run.state.pending_activity(scheduled).expect("an activity");
    assert_eq!((pending.attempt, pending.is_handed_over()), (2, false));
    // The token is that of the first attempt, and the second waits to be started.
    let late = report(&mut run, token(scheduled, 1), completed());
    assert_eq!(late, Err(Rejection::StaleAttempt { attempt: 1 }));
    let early = report(&mut run, id("a"), completed());
    assert_eq!(early, Err(Rejection::StaleAttempt { attempt: 2 }));
    run.pass(secs(1));
    assert_eq!(run.start_activity(scheduled), 2);
    assert!(run.state.wake().at_once, "it is lost if its process is");
    report(&mut run, id("a"), completed()).expect("an attempt that runs");
}

#[test]
fn a_failure_from_outside_is_tried_again_or_final_as_the_policy_says() {
    let (mut run, scheduled) = handed_over(activity("a"));
    let failed = ReportedOutcome::Failed(Box::new(declined()));
    report(&mut run, id("a"), failed.clone()).expect("an attempt that runs");
    let pending = run.state.pending_activity(scheduled).expect("an activity");
    assert_eq!(pending.attempt, 2);

    let (mut run, _) = handed_over(ScheduleActivityTask {
        retry_policy: Some(RetryPolicy::default().non_retryable("Declined")),
        ..activity("a")
    });
    report(&mut run, id("a"), failed).expect("an attempt that runs");
    let state = run.find(|attributes| match attributes {
        EventAttributes::ActivityTaskFailed(it) => Some(it.retry_state),
        _ => None,
    });
    assert_eq!(state, RetryState::NonRetryableFailure);
}

#[test]
fn only_an_activity_that_was_asked_to_stop_is_reported_as_canceled() {
    let (mut run, scheduled) = handed_over(activity("a"));
    let canceled = ReportedOutcome::Canceled(payloads("half done"));
    let refused = report(&mut run, id("a"), canceled.clone());
    assert_eq!(refused, Err(Rejection::CancelNotRequested));
    run.signal("stop");
    run.task(vec![cancel_activity(scheduled)]);
    let mark = run.mark();
    report(&mut run, id("a"), canceled).expect("an attempt that runs");
    assert_eq!(
        run.since(mark),
        [
            EventType::ActivityTaskStarted,
            EventType::ActivityTaskCanceled,
            EventType::WorkflowTaskScheduled
        ]
    );
    let details = run.find(|attributes| match attributes {
        EventAttributes::ActivityTaskCanceled(it) => Some(it.details.clone()),
        _ => None,
    });
    assert_eq!(details, payloads("half done"));
}

#[test]
fn what_cannot_be_recorded_is_refused_and_changes_nothing() {
    let (mut run, scheduled) = handed_over(activity("a"));
    let bulky = || bulky(limits::PAYLOAD_BYTES_MAX + 1);
    for outcome in [
        ReportedOutcome::Completed(bulky()),
        ReportedOutcome::Heartbeat(bulky()),
        ReportedOutcome::Failed(Box::new(crate::model::Failure::canceled("", bulky()))),
    ] {
        let refused = report(&mut run, id("a"), outcome);
        assert!(matches!(refused, Err(Rejection::TooLarge { .. })));
    }
    let unknown = report(&mut run, id("b"), completed());
    assert_eq!(unknown, Err(Rejection::NotFound { what: "activity" }));
    run.signal("close");
    run.task(vec![complete_run()]);
    let status = ExecutionStatus::Completed;
    let late = report(&mut run, token(scheduled, 1), completed());
    assert_eq!(late, Err(Rejection::AlreadyClosed { status }));
    let nothing = ReportedOutcome::Heartbeat(Payloads::EMPTY);
    let late = report(&mut run, id("a"), nothing);
    assert_eq!(late, Err(Rejection::AlreadyClosed { status }));
}
