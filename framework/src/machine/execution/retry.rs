//! Whether a failed attempt, of an activity or of a whole workflow, is followed by another, and when.

use std::time::Duration;

use crate::{
    machine::execution::Rejection,
    model::{Failure, FailureInfo, RetryPolicy, RetryState, TimeoutType, Timestamp},
};

/// What follows a failed attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// Another attempt.
    Retry {
        /// When it may start.
        at: Timestamp,
    },
    /// No other attempt.
    GiveUp {
        /// Why not.
        state: RetryState,
    },
}

/// Decides what follows attempt number `attempt`, or, if that is 0, one that does not count, which ended at `now` with `failure`.
///
/// No attempt begins after `expiration`.
pub fn decide(
    policy: &RetryPolicy,
    attempt: u32,
    failure: &Failure,
    now: Timestamp,
    expiration: Option<Timestamp>,
    cancel_requested: bool,
) -> Decision {
    if cancel_requested {
        return Decision::GiveUp {
            state: RetryState::CancelRequested,
        };
    }
    if let Some(state) = refusal(policy, failure) {
        return Decision::GiveUp { state };
    }
    if policy.max_attempts > 0 && attempt >= policy.max_attempts {
        return Decision::GiveUp {
            state: RetryState::MaximumAttemptsReached,
        };
    }
    let asked_for = match &failure.info {
        FailureInfo::Application(info) => info.next_retry_delay,
        _ => None,
    };
    let at = now.after(asked_for.unwrap_or_else(|| interval(policy, attempt)));
    if expiration.is_some_and(|expiration| at > expiration) {
        return Decision::GiveUp {
            state: RetryState::Timeout,
        };
    }
    Decision::Retry { at }
}

/// The policy with defaults filled in where it says nothing.
///
/// # Errors
/// [`Rejection`] if it says what cannot be.
pub fn checked(mut policy: RetryPolicy) -> Result<RetryPolicy, Rejection> {
    if policy.initial_interval.is_zero() {
        policy.initial_interval = RetryPolicy::default().initial_interval;
    }
    policy.max_interval = policy.max_interval.filter(|longest| !longest.is_zero());
    // A policy that allows one attempt says nothing else that matters.
    if policy.max_attempts == 1 {
        return Ok(policy);
    }
    let refused = |problem| Err(Rejection::RetryPolicy { problem });
    let backoff = policy.backoff;
    if !backoff.is_finite() || backoff < 1.0 {
        return refused(format!(
            "backoff of the retry policy is below 1 or not finite backoff={backoff}"
        ));
    }
    if let Some(longest) = policy.max_interval
        && longest < policy.initial_interval
    {
        return refused(format!(
            "max_interval of the retry policy is below its initial_interval \
             max_interval={longest:?} initial_interval={:?}",
            policy.initial_interval
        ));
    }
    Ok(policy)
}

/// The policy of a run, if it has one, with all defaults filled in.
pub(super) fn of_run(policy: Option<RetryPolicy>) -> Result<Option<Box<RetryPolicy>>, Rejection> {
    let Some(policy) = policy else {
        return Ok(None);
    };
    let mut policy = checked(policy)?;
    policy.max_interval = Some(longest_interval(&policy));
    Ok(Some(Box::new(policy)))
}

/// The longest interval of a policy.
pub(super) fn longest_interval(policy: &RetryPolicy) -> Duration {
    let default = || policy.initial_interval.saturating_mul(100);
    policy.max_interval.unwrap_or_else(default)
}

/// The interval after attempt number `attempt`.
pub fn interval(policy: &RetryPolicy, attempt: u32) -> Duration {
    let longest = longest_interval(policy);
    let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
    let factor = policy.backoff.powi(exponent);
    // What cannot be expressed as a duration is longer than the longest interval.
    Duration::try_from_secs_f64(policy.initial_interval.as_secs_f64() * factor)
        .map_or(longest, |interval| interval.min(longest))
}

/// The prefix by which a policy names timeouts among its non-retryable types.
const TIMEOUT_TYPE_PREFIX: &str = "TemporalTimeout:";

/// Why this failure is not followed by another attempt, whatever the number of attempts.
fn refusal(policy: &RetryPolicy, failure: &Failure) -> Option<RetryState> {
    let refused = match &failure.info {
        FailureInfo::Terminated(_) | FailureInfo::Canceled(_) => true,
        FailureInfo::Timeout(info) => match info.timeout_type {
            TimeoutType::StartToClose | TimeoutType::Heartbeat => {
                let mut types = policy.non_retryable.iter();
                types.any(|listed| {
                    listed.strip_prefix(TIMEOUT_TYPE_PREFIX) == Some(type_name(info.timeout_type))
                })
            }
            _ => return Some(RetryState::Timeout),
        },
        FailureInfo::Server(info) => info.non_retryable,
        FailureInfo::Application(info) => {
            info.non_retryable || policy.non_retryable.contains(&info.error_type)
        }
        FailureInfo::Activity(_)
        | FailureInfo::ChildWorkflow(_)
        | FailureInfo::ResetWorkflow(_) => false,
    };
    refused.then_some(RetryState::NonRetryableFailure)
}

/// The name of a clock, as messages and retry policies spell it.
pub(super) fn type_name(timeout_type: TimeoutType) -> &'static str {
    match timeout_type {
        TimeoutType::Unspecified => "Unspecified",
        TimeoutType::StartToClose => "StartToClose",
        TimeoutType::ScheduleToStart => "ScheduleToStart",
        TimeoutType::ScheduleToClose => "ScheduleToClose",
        TimeoutType::Heartbeat => "Heartbeat",
    }
}
