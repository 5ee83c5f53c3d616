//! Whether and when a failed attempt is followed by another (2.2).

use std::time::Duration;

use crate::{
    machine::execution::{
        activity::at_once,
        retry::{Decision, decide, interval},
        tests::script::{START, declined, secs},
    },
    model::{
        ApplicationFailureInfo, Failure, FailureInfo, Payloads, RetryPolicy, RetryState,
        ServerFailureInfo, TerminatedFailureInfo, TimeoutType,
    },
};

const DAY: u64 = 86_400;

#[track_caller]
fn check(policy: &RetryPolicy, attempt: u32, failure: &Failure, expected: Decision) {
    let decision = decide(policy, attempt, failure, START, None, false);
    assert_eq!(decision, expected);
}

fn retry_after(interval: Duration) -> Decision {
    Decision::Retry {
        at: START.after(interval),
    }
}

fn give_up(state: RetryState) -> Decision {
    Decision::GiveUp { state }
}

#[test]
fn the_interval_grows_by_the_coefficient_up_to_the_longest() {
    let plain = RetryPolicy::default();
    let slow = RetryPolicy::default().max_interval(secs(5));
    let steady = RetryPolicy::default().backoff(1.0);
    let fine = RetryPolicy::default()
        .initial_interval(Duration::from_millis(100))
        .backoff(1.5);
    let endless = RetryPolicy::default()
        .initial_interval(Duration::MAX)
        .backoff(f64::MAX);
    let table = [
        (&plain, 1, secs(1)),
        (&plain, 2, secs(2)),
        (&plain, 3, secs(4)),
        (&plain, 7, secs(64)),
        (&plain, 8, secs(100)),
        (&plain, 2_000, secs(100)),
        (&plain, u32::MAX, secs(100)),
        (&slow, 3, secs(4)),
        (&slow, 4, secs(5)),
        (&steady, 1_000_000, secs(1)),
        (&fine, 1, Duration::from_millis(100)),
        (&fine, 3, Duration::from_millis(225)),
        (&endless, 1, Duration::MAX),
        (&endless, 9, Duration::MAX),
    ];
    for (policy, attempt, expected) in table {
        assert_eq!(interval(policy, attempt), expected, "{policy:?} {attempt}");
    }
    for attempt in [1, 2, 9_999] {
        assert_eq!(interval(&at_once(&plain), attempt), Duration::ZERO);
    }
}

#[test]
fn the_maximum_of_attempts_ends_the_retries() {
    let policy = RetryPolicy::default().max_attempts(3);
    check(&policy, 1, &declined(), retry_after(secs(1)));
    check(&policy, 2, &declined(), retry_after(secs(2)));
    check(
        &policy,
        3,
        &declined(),
        give_up(RetryState::MaximumAttemptsReached),
    );
    check(
        &policy,
        4,
        &declined(),
        give_up(RetryState::MaximumAttemptsReached),
    );
    check(
        &RetryPolicy::none(),
        1,
        &declined(),
        give_up(RetryState::MaximumAttemptsReached),
    );
    // Zero is no limit.
    check(
        &RetryPolicy::default(),
        9_999,
        &declined(),
        retry_after(secs(100)),
    );
}

#[test]
fn no_attempt_begins_after_the_expiration() {
    let decision = |expiration: u64| {
        let expiration = Some(START.after(secs(expiration)));
        decide(
            &RetryPolicy::default(),
            2,
            &declined(),
            START,
            expiration,
            false,
        )
    };
    assert_eq!(decision(3), retry_after(secs(2)));
    assert_eq!(decision(2), retry_after(secs(2)));
    assert_eq!(decision(1), give_up(RetryState::Timeout));
}

#[test]
fn a_failure_can_say_when_to_try_again() {
    let info = ApplicationFailureInfo {
        next_retry_delay: Some(secs(DAY)),
        ..ApplicationFailureInfo::default()
    };
    let failure = Failure::new("come back tomorrow", FailureInfo::Application(info));
    let policy = RetryPolicy::default().max_interval(secs(2));
    check(&policy, 1, &failure, retry_after(secs(DAY)));
    let expiration = Some(START.after(secs(DAY - 1)));
    let decision = decide(&policy, 1, &failure, START, expiration, false);
    assert_eq!(decision, give_up(RetryState::Timeout));
    let policy = policy.max_attempts(1);
    check(
        &policy,
        1,
        &failure,
        give_up(RetryState::MaximumAttemptsReached),
    );
}

#[test]
fn a_cancellation_request_comes_before_every_other_reason() {
    let policy = RetryPolicy::none();
    let decision = decide(&policy, 1, &declined(), START, None, true);
    assert_eq!(decision, give_up(RetryState::CancelRequested));
}

#[test]
fn the_kind_of_failure_decides_whether_it_is_retried() {
    let application = |error_type: &str, non_retryable| {
        let info = ApplicationFailureInfo {
            error_type: error_type.into(),
            non_retryable,
            ..ApplicationFailureInfo::default()
        };
        Failure::new("", FailureInfo::Application(info))
    };
    let server = |non_retryable| {
        let info = ServerFailureInfo { non_retryable };
        Failure::new("", FailureInfo::Server(info))
    };
    let terminated = FailureInfo::Terminated(TerminatedFailureInfo::default());
    let retried = retry_after(secs(1));
    let useless = give_up(RetryState::NonRetryableFailure);
    let too_late = give_up(RetryState::Timeout);
    let table = [
        (application("Declined", false), retried),
        (application("Declined", true), useless),
        (application("Listed", false), useless),
        (server(false), retried),
        (server(true), useless),
        (Failure::canceled("", Payloads::EMPTY), useless),
        (Failure::new("", terminated), useless),
        (Failure::timeout("", TimeoutType::StartToClose), retried),
        (Failure::timeout("", TimeoutType::Heartbeat), retried),
        (Failure::timeout("", TimeoutType::ScheduleToStart), too_late),
        (Failure::timeout("", TimeoutType::ScheduleToClose), too_late),
    ];
    let policy = RetryPolicy::default().non_retryable("Listed");
    for (failure, expected) in table {
        check(&policy, 1, &failure, expected);
    }
}

#[test]
fn a_policy_can_list_timeouts_that_are_not_retried() {
    let start_to_close = Failure::timeout("", TimeoutType::StartToClose);
    let heartbeat = Failure::timeout("", TimeoutType::Heartbeat);
    let policy = RetryPolicy::default().non_retryable("TemporalTimeout:StartToClose");
    check(
        &policy,
        1,
        &start_to_close,
        give_up(RetryState::NonRetryableFailure),
    );
    check(&policy, 1, &heartbeat, retry_after(secs(1)));
    let policy = RetryPolicy::default().non_retryable("TemporalTimeout:Heartbeat");
    check(&policy, 1, &start_to_close, retry_after(secs(1)));
    check(
        &policy,
        1,
        &heartbeat,
        give_up(RetryState::NonRetryableFailure),
    );
}
