//! Succession: which run follows one that closes, and how that begins.
//!
//! | the run closes because | the next run | its first workflow task waits |
//! |---|---|---|
//! | its program continues as new | as the program says, attempt 1 | until this run is a second old |
//! | it failed or its time ran out, and its retry policy says so | as this one, the next attempt | for the policy's interval |
//! | it has come to its end otherwise, and has a cron schedule | as this one, attempt 1, with what it returned | until the schedule's next time |
//!
//! A run that is canceled or terminated is the last one.
//!
//! The close of the one and the start of the other are one commit, so the event that closes the
//! run names the next one, and nobody ever sees an execution between two runs of its chain. The id
//! of the next run follows from this one's, and from the time so that runs sort by their start.
//!
//! Memo and search attributes are those of the run's end where it continues as new, and those of its
//! start where the same is tried again or comes round again.
//!
//! Which version of the code the next run begins with is Temporal's rule: one that continues as new
//! keeps the version if its code states one, unless it says otherwise or the type is another; one that is tried
//! again begins as its run did, so with the newest if that did; a turn of a schedule always begins
//! with the newest.
//!
//! What goes on over a chain: its first run, the request id that started it, parent and root, the
//! retry policy, and the time at which the whole execution ends.

use std::time::Duration;

use crate::{
    machine::execution::{ExecutionState, cron::Schedule, retry, retry::Decision},
    model::{
        ContinueAsNewInitiator, ContinueAsNewVersioningBehavior, EventAttributes, Failure, Lineage,
        RetryState, RunId, TimeoutType, Timestamp, WorkflowVersion,
        event::workflow_execution::{ContinuedAsNew, Started},
        limits,
    },
};

/// The run that the cron schedule has follow this one, whatever it has come to.
pub(super) fn after_completion(state: &ExecutionState, now: Timestamp) -> Option<RunId> {
    next_turn(state, now)?;
    Some(state.run_id().successor(now))
}

/// How long the run waits that the cron schedule begins after this one, if there is one and the
/// execution has the time.
fn next_turn(state: &ExecutionState, now: Timestamp) -> Option<Duration> {
    let schedule = &state.started()?.cron_schedule;
    if schedule.is_empty() {
        return None;
    }
    let schedule = Schedule::read(schedule).ok()?;
    let begun = now.before(state.age(now));
    let wait = schedule.backoff(begun, now).ok()?;
    let expiration = state.execution_deadline();
    expiration
        .is_none_or(|expiration| now.after(wait) < expiration)
        .then_some(wait)
}

/// Whether a run that failed is tried again, and why not if it is not.
///
/// One that is not may be followed by the next run of a cron schedule.
pub(super) fn after_failure(
    state: &ExecutionState,
    failure: &Failure,
    now: Timestamp,
) -> (RetryState, Option<RunId>) {
    match retry_at(state, failure, now) {
        Ok(_) => (RetryState::InProgress, Some(state.run_id().successor(now))),
        Err(reason) => (reason, after_completion(state, now)),
    }
}

/// The same of a run whose time ran out.
pub(super) fn after_timeout(state: &ExecutionState, now: Timestamp) -> (RetryState, Option<RunId>) {
    let expiration = state.execution_deadline();
    if expiration.is_some_and(|expiration| expiration <= now) {
        return (RetryState::Timeout, None);
    }
    after_failure(state, &timed_out(), now)
}

fn retry_at(
    state: &ExecutionState,
    failure: &Failure,
    now: Timestamp,
) -> Result<Timestamp, RetryState> {
    let started = state.started();
    let policy = started.and_then(|started| Some((started.retry_policy.as_deref()?, started)));
    let (policy, started) = policy.ok_or(RetryState::RetryPolicyNotSet)?;
    let expiration = state.execution_deadline();
    match retry::decide(policy, started.attempt, failure, now, expiration, false) {
        Decision::Retry { at } => Ok(at),
        Decision::GiveUp { state } => Err(state),
    }
}

/// What the run after one whose time ran out is told of that.
fn timed_out() -> Failure {
    Failure::engine_timeout("workflow timeout", TimeoutType::StartToClose)
}

/// How the run begins that follows this one, which closes with this event; `None` if none does.
pub(super) fn successor(
    state: &ExecutionState,
    close: &EventAttributes,
    now: Timestamp,
) -> Option<Started> {
    let run_id = close.new_execution_run_id()?;
    let next = Next::new(state, run_id)?;
    Some(match close {
        EventAttributes::WorkflowExecutionContinuedAsNew(it) => next.continued(state, it, now),
        EventAttributes::WorkflowExecutionFailed(it) => next.after_failure(state, &it.failure, now),
        EventAttributes::WorkflowExecutionTimedOut(_) => {
            next.after_failure(state, &timed_out(), now)
        }
        EventAttributes::WorkflowExecutionCompleted(it) => {
            let mut next = next.scheduled(state, now);
            next.lineage.last_completion_result.clone_from(&it.result);
            next
        }
        _ => return None,
    })
}

/// The version that a run begins with which continues this one.
fn inherited(state: &ExecutionState, close: &ContinuedAsNew) -> Option<WorkflowVersion> {
    let last = state.started()?;
    let stays = close.workflow_type == last.workflow_type
        && close.initial_versioning_behavior != ContinueAsNewVersioningBehavior::AutoUpgrade;
    state.version.filter(|_| stays)
}

/// A run that is to follow another, with what both have in common.
struct Next(Started);

impl Next {
    fn new(state: &ExecutionState, run_id: RunId) -> Option<Self> {
        let last = state.started()?;
        Some(Self(Started {
            lineage: Box::new(Lineage {
                original_execution_run_id: run_id,
                continued_execution_run_id: Some(state.run_id()),
                continued_failure: None,
                ..(*last.lineage).clone()
            }),
            // Nobody asked for it but the run before.
            identity: crate::model::Identity::default(),
            attempt: 1,
            // The clock may have been set: what is left of the execution's time is what counts.
            workflow_execution_expiration_time: state.execution_deadline(),
            first_workflow_task_backoff: Duration::ZERO,
            ..last.clone()
        }))
    }

    fn continued(self, state: &ExecutionState, close: &ContinuedAsNew, now: Timestamp) -> Started {
        let mut next = self.0;
        next.lineage.initiator = ContinueAsNewInitiator::Workflow;
        next.workflow_type.clone_from(&close.workflow_type);
        next.task_queue.clone_from(&close.task_queue);
        next.input.clone_from(&close.input);
        next.workflow_run_timeout = close.workflow_run_timeout;
        next.workflow_task_timeout = close.workflow_task_timeout;
        next.memo.clone_from(&close.memo);
        next.search_attributes.clone_from(&close.search_attributes);
        next.lineage.header.clone_from(&close.header);
        next.lineage.inherited_pinned_version = inherited(state, close);
        // Bound: a program that continues as new without doing anything gets one run a second.
        next.first_workflow_task_backoff =
            limits::CONTINUE_AS_NEW_INTERVAL_MIN.saturating_sub(state.age(now));
        next
    }

    /// The next attempt, or the next turn of the cron schedule where there is none.
    fn after_failure(self, state: &ExecutionState, failure: &Failure, now: Timestamp) -> Started {
        let mut next = match retry_at(state, failure, now) {
            Ok(at) => {
                let mut next = self.0;
                let last = state.started();
                next.attempt = last.map_or(1, |last| last.attempt.saturating_add(1));
                next.first_workflow_task_backoff = at.since(now);
                next.lineage.initiator = ContinueAsNewInitiator::Retry;
                next
            }
            Err(_) => self.scheduled(state, now),
        };
        next.lineage.continued_failure = Some(Box::new(failure.clone()));
        next
    }

    fn scheduled(self, state: &ExecutionState, now: Timestamp) -> Started {
        let mut next = self.0;
        next.first_workflow_task_backoff = next_turn(state, now).unwrap_or_default();
        next.lineage.initiator = ContinueAsNewInitiator::CronSchedule;
        next.lineage.inherited_pinned_version = None;
        next
    }
}
