//! The life of activities: how attempts end, and what their end leads to.
//!
//! Attempts leave no event. When the last one ends, `ActivityTaskStarted` is recorded together
//! with the event that says how it ended.

use std::time::Duration;

use crate::{
    machine::execution::{
        ActivityState, Draft, ExecutionState, FailedAttempt, PendingActivity, Rejection, close,
        retry::{self, Decision, type_name},
    },
    model::{
        AttemptFailure, EventAttributes, EventId, Failure, FailureInfo, Identity, RetryPolicy,
        RetryState, TimeoutType, event::activity_task, transition::AttemptFailed,
    },
};

impl ExecutionState {
    /// The activity whose attempt with this number runs.
    pub(super) fn running_attempt(
        &self,
        scheduled_event_id: EventId,
        attempt: u32,
    ) -> Result<&PendingActivity, Rejection> {
        self.check_open()?;
        let activity = self.pending_activity(scheduled_event_id);
        let activity = activity.ok_or(Rejection::NotFound { what: "activity" })?;
        if activity.is_started() && activity.attempt == attempt {
            Ok(activity)
        } else {
            Err(Rejection::StaleAttempt { attempt })
        }
    }

    /// That the run has been started and has not closed.
    pub fn check_open(&self) -> Result<(), Rejection> {
        if self.started().is_none() {
            return Err(Rejection::NotStarted);
        }
        if self.status().is_open() {
            Ok(())
        } else {
            Err(Rejection::AlreadyClosed {
                status: self.status(),
            })
        }
    }
}

impl PendingActivity {
    /// What the history says of the start of the current attempt, once that is the last.
    pub(super) fn start_event(&self) -> Option<activity_task::Started> {
        match &self.state {
            ActivityState::Scheduled { .. } => None,
            ActivityState::Started {
                identity,
                request_id,
                ..
            } => Some(activity_task::Started {
                scheduled_event_id: self.scheduled_event_id,
                identity: identity.clone(),
                request_id: request_id.clone(),
                attempt: self.number(),
                last_failure: self
                    .last_failure
                    .as_ref()
                    .map(|last| Box::new(last.failure.clone())),
            }),
        }
    }
}

impl Draft<'_> {
    /// Records that an activity has ended for good.
    ///
    /// `start` says that its last attempt had started, if it had; `end` makes the event that says
    /// how it ended, from the id of that start.
    pub(super) fn end_activity(
        &mut self,
        start: Option<activity_task::Started>,
        end: impl FnOnce(EventId) -> EventAttributes,
    ) {
        let started_event_id = start.map_or(EventId::NONE, |start| self.record(start));
        self.record(end(started_event_id));
    }

    /// Ends a running attempt as failed: another one follows, or the activity has failed.
    pub(super) fn fail_attempt(
        &mut self,
        activity: &PendingActivity,
        policy: &RetryPolicy,
        failure: AttemptFailure,
    ) {
        let Some(state) = self.retry(activity, policy, &failure) else {
            return;
        };
        let scheduled_event_id = activity.scheduled_event_id;
        self.end_activity(activity.start_event(), |started_event_id| {
            EventAttributes::ActivityTaskFailed(activity_task::Failed {
                failure: Box::new(failure.failure),
                scheduled_event_id,
                started_event_id,
                identity: failure.identity,
                retry_state: state,
            })
        });
        self.follow_up();
    }

    /// Ends the current attempt, or its wait to be started, because a clock has run out.
    pub(super) fn time_out_activity(&mut self, activity: &PendingActivity, clock: TimeoutType) {
        let timeout = AttemptFailure {
            failure: with_heartbeat(timeout_failure(clock), activity),
            identity: Identity::default(),
        };
        self.release(if activity.is_started() {
            close::abandon(activity)
        } else {
            close::withdraw(activity.scheduled_event_id)
        });
        let Some(state) = self.retry(activity, &activity.scheduled.retry_policy, &timeout) else {
            return;
        };
        let failure = Box::new(final_timeout(timeout.failure, clock, state, activity));
        let scheduled_event_id = activity.scheduled_event_id;
        self.end_activity(activity.start_event(), |started_event_id| {
            EventAttributes::ActivityTaskTimedOut(activity_task::TimedOut {
                failure,
                scheduled_event_id,
                started_event_id,
                retry_state: state,
            })
        });
        self.follow_up();
    }

    /// Schedules another attempt; if there is to be none, says why.
    fn retry(
        &mut self,
        activity: &PendingActivity,
        policy: &RetryPolicy,
        failure: &AttemptFailure,
    ) -> Option<RetryState> {
        let decision = retry::decide(
            policy,
            activity.counted(),
            &failure.failure,
            self.now(),
            activity.expiration(),
            activity.cancel_requested.is_some(),
        );
        let decision = match decision {
            // Bound: an activity that is tried for ever would leave records for ever.
            Decision::Retry { .. } if self.state().is_past_eventless_limit() => Decision::GiveUp {
                state: RetryState::MaximumAttemptsReached,
            },
            decision => decision,
        };
        self.note_failed(FailedAttempt {
            activity_id: activity.scheduled.activity_id.clone(),
            activity_type: activity.scheduled.activity_type.clone(),
            attempt: activity.number(),
            failure: failure.failure.clone(),
            retry_state: match decision {
                Decision::GiveUp { state } => state,
                Decision::Retry { .. } => RetryState::InProgress,
            },
        });
        match decision {
            Decision::GiveUp { state } => Some(state),
            Decision::Retry { at } => {
                self.change(AttemptFailed {
                    scheduled_event_id: activity.scheduled_event_id,
                    failure: failure.clone(),
                    next_attempt: activity.attempt.saturating_add(1),
                    next_attempt_at: at,
                });
                None
            }
        }
    }
}

/// The same policy without any wait between attempts.
pub(super) fn at_once(policy: &RetryPolicy) -> RetryPolicy {
    RetryPolicy {
        initial_interval: Duration::ZERO,
        max_interval: None,
        ..policy.clone()
    }
}

fn timeout_failure(clock: TimeoutType) -> Failure {
    Failure::engine_timeout(format!("activity {} timeout", type_name(clock)), clock)
}

/// The failure of an activity that has timed out for good.
///
/// With no time left for another attempt it is reported as what it comes down to: the activity as
/// a whole ran out of time. The cause is what the attempt before failed with; of a first attempt,
/// the clock that actually ran out if it was another one. An attempt that nobody has taken in time
/// says so.
fn final_timeout(
    timeout: Failure,
    clock: TimeoutType,
    state: RetryState,
    activity: &PendingActivity,
) -> Failure {
    let earlier = activity.last_failure.clone().map(|last| last.failure);
    let had_started = clock != TimeoutType::ScheduleToStart;
    let (mut failure, cause) = if had_started && state == RetryState::Timeout {
        let is_whole = clock == TimeoutType::ScheduleToClose;
        let whole = Failure::engine_timeout(
            "Not enough time to schedule next retry before activity ScheduleToClose timeout, \
             giving up retrying",
            TimeoutType::ScheduleToClose,
        );
        (
            with_heartbeat(whole, activity),
            earlier.or((!is_whole).then_some(timeout)),
        )
    } else {
        (timeout, earlier)
    };
    failure.cause = cause.map(Box::new);
    failure
}

fn with_heartbeat(mut failure: Failure, activity: &PendingActivity) -> Failure {
    if let FailureInfo::Timeout(info) = &mut failure.info {
        info.last_heartbeat_details = activity.heartbeat_details.clone();
    }
    failure
}
