//! Every report about a living attempt counts; only what is late, or comes twice, is refused.

use crate::{
    machine::execution::{
        Rejection,
        decide::{self, AttemptOutcome, CANCELED, LastWords, ReportAttempt},
        tests::script::{
            Run, activity, bulky, cancel_activity, declined, payloads, secs, start_timer, worker,
        },
    },
    model::{
        ActivityFailureInfo, EventAttributes, EventId, Failure, FailureInfo, Payloads, RetryPolicy,
        RetryState, limits,
    },
};

/// How the activity of a case has ended.
#[derive(PartialEq, Debug)]
enum End {
    Completed,
    Canceled,
    /// For good, for this reason.
    Failed(RetryState),
    /// There will be another attempt.
    Retried,
}

/// A run whose only activity runs its first attempt, and may have been asked to stop.
fn running(asked_to_stop: bool) -> (Run, EventId) {
    let mut run = Run::started();
    let scheduled = run.schedule(activity("a"));
    run.start_activity(scheduled);
    if asked_to_stop {
        run.signal("stop");
        run.task(vec![cancel_activity(scheduled)]);
    }
    (run, scheduled)
}

fn end(run: &Run, scheduled: EventId) -> End {
    if run.state.pending_activity(scheduled).is_some() {
        return End::Retried;
    }
    run.find(|attributes| match attributes {
        EventAttributes::ActivityTaskCompleted(_) => Some(End::Completed),
        EventAttributes::ActivityTaskCanceled(_) => Some(End::Canceled),
        EventAttributes::ActivityTaskFailed(it) => Some(End::Failed(it.retry_state)),
        _ => None,
    })
}

fn result(bytes: usize) -> AttemptOutcome {
    AttemptOutcome::Completed(bulky(bytes))
}

fn failure(failure: Failure) -> AttemptOutcome {
    AttemptOutcome::Failed(Box::new(failure))
}

fn canceled(details: Payloads) -> Failure {
    Failure::canceled("gave up", details)
}

/// A failure of the user's, with a cancellation two causes deep.
fn caused_by_a_cancellation() -> Failure {
    let inner = Failure::new(
        "inner",
        FailureInfo::Activity(ActivityFailureInfo::default()),
    );
    declined().with_cause(inner.with_cause(canceled(payloads("half"))))
}

fn too_long_a_chain() -> Failure {
    (0..limits::FAILURE_CHAIN_MAX).fold(declined(), |cause, _| declined().with_cause(cause))
}

#[test]
fn every_outcome_of_a_living_attempt_ends_it() {
    use End::{Canceled, Completed, Failed, Retried};
    let (most, more) = (limits::PAYLOAD_BYTES_MAX, limits::PAYLOAD_BYTES_MAX + 1);
    let non_retryable = RetryState::NonRetryableFailure;
    let asked = RetryState::CancelRequested;
    let cases = [
        (result(most), Completed, Completed),
        (result(more), Failed(non_retryable), Failed(asked)),
        (failure(declined()), Retried, Failed(asked)),
        (failure(canceled(Payloads::EMPTY)), Retried, Canceled),
        (failure(canceled(bulky(most))), Retried, Canceled),
        (failure(canceled(bulky(more))), Retried, Failed(asked)),
        (failure(caused_by_a_cancellation()), Retried, Canceled),
        (failure(too_long_a_chain()), Retried, Failed(asked)),
        (
            failure(Failure::application("x".repeat(more), "Long")),
            Retried,
            Failed(asked),
        ),
    ];
    for (number, (outcome, not_asked, asked)) in cases.into_iter().enumerate() {
        for (asked_to_stop, expected) in [(false, not_asked), (true, asked)] {
            for last_heartbeat in [None, Some(payloads("50 %")), Some(bulky(more))] {
                let (mut run, scheduled) = running(asked_to_stop);
                let message = ReportAttempt {
                    scheduled_event_id: scheduled,
                    attempt: 1,
                    outcome: outcome.clone(),
                    last_words: LastWords {
                        heartbeat: last_heartbeat.clone(),
                        progress: None,
                    },
                    identity: worker(),
                };
                run.decide(|draft| decide::report_attempt(draft, message))
                    .expect("a living attempt");
                let details = last_heartbeat.map(|details| details.size());
                let case = format!("case {number} asked={asked_to_stop} details={details:?}");
                assert_eq!(end(&run, scheduled), expected, "{case}");
            }
        }
    }
}

#[test]
fn a_cancellation_that_nobody_asked_for_is_told_to_nobody_as_one() {
    let mut run = Run::started();
    let mut once = activity("a");
    once.retry_policy = Some(RetryPolicy {
        max_attempts: 1,
        ..RetryPolicy::default()
    });
    let scheduled = run.schedule(once);
    run.start_activity(scheduled);
    run.fail_activity(scheduled, 1, canceled(payloads("half")))
        .expect("a living attempt");
    let failed = run.find(|attributes| match attributes {
        EventAttributes::ActivityTaskFailed(it) => Some(it.clone()),
        _ => None,
    });
    assert_eq!(failed.retry_state, RetryState::MaximumAttemptsReached);
    assert_eq!(
        failed.failure.message,
        "canceled without being asked to stop: gave up"
    );
    let FailureInfo::Application(info) = failed.failure.info else {
        panic!("{:?}", failed.failure);
    };
    assert_eq!(info.error_type, CANCELED);
    assert_eq!(info.details, payloads("half"));
}

#[test]
fn a_retry_policy_can_name_the_cancellation_that_nobody_asked_for() {
    let mut run = Run::started();
    let mut named = activity("a");
    named.retry_policy = Some(RetryPolicy {
        non_retryable: vec![CANCELED.to_owned()],
        ..RetryPolicy::default()
    });
    let scheduled = run.schedule(named);
    run.start_activity(scheduled);
    run.fail_activity(scheduled, 1, canceled(Payloads::EMPTY))
        .expect("a living attempt");
    assert_eq!(
        end(&run, scheduled),
        End::Failed(RetryState::NonRetryableFailure)
    );
}

#[test]
fn details_that_are_too_large_are_dropped_and_the_heartbeat_counts() {
    let (mut run, scheduled) = running(false);
    run.heartbeat(scheduled, 1, "a quarter").expect("it runs");
    run.wait(secs(5));
    let bulk = "x".repeat(limits::PAYLOAD_BYTES_MAX + 1);
    for _ in 0..2 {
        run.heartbeat(scheduled, 1, &bulk).expect("it runs");
    }
    let pending = run.state.pending_activity(scheduled).expect("it runs");
    assert_eq!(pending.heartbeat_details, payloads("a quarter"));
    assert_eq!(pending.last_heartbeat_at, Some(run.now.into()));
    let dropped = run.state.dropped_details().expect("some were dropped");
    assert_eq!(dropped.count, 2);
    assert_eq!(dropped.bytes, 2_097_153);
    assert_eq!(dropped.activity_id.as_str(), "a");
    run.complete_activity(scheduled, 1).expect("it runs");
    let after = run.state.dropped_details();
    assert!(after.is_some(), "the run has lost them for good");
}

#[test]
fn a_report_that_is_late_or_comes_twice_is_refused_and_changes_nothing() {
    let stale = |attempt| Err(Rejection::StaleAttempt { attempt });
    let outcomes = || {
        [
            result(1),
            result(limits::PAYLOAD_BYTES_MAX + 1),
            failure(declined()),
            failure(canceled(Payloads::EMPTY)),
            AttemptOutcome::Heartbeat(payloads("late")),
            AttemptOutcome::Heartbeat(bulky(limits::PAYLOAD_BYTES_MAX + 1)),
        ]
    };
    for late in outcomes() {
        let (mut run, scheduled) = running(false);
        assert_eq!(run.report(scheduled, 2, late.clone()), stale(2), "early");
        run.fail_activity(scheduled, 1, declined())
            .expect("it runs");
        assert_eq!(run.report(scheduled, 1, late.clone()), stale(1), "twice");
        run.wait(secs(1));
        run.start_activity(scheduled);
        assert_eq!(run.report(scheduled, 1, late.clone()), stale(1), "late");
        run.complete_activity(scheduled, 2).expect("it runs");
        let gone = Err(Rejection::NotFound { what: "activity" });
        assert_eq!(run.report(scheduled, 2, late), gone, "ended");
        run.task(vec![start_timer("1", 5)]);
    }
}
