//! What a run waits for: its workflow task, its activities and its timers.

use std::time::Duration;

use crate::{
    machine::execution::{Pause, Since},
    model::{
        ActivityId, ActivityType, AttemptFailure, EventId, Failure, Identity, Payloads, RequestId,
        TimeoutType, TimerId, Timestamp, UserMetadata,
        event::{activity_task, workflow_task::FailedCause},
    },
};

/// A workflow task that is scheduled or has started. A run has at most one.
#[derive(Clone, PartialEq, Debug)]
pub struct PendingWorkflowTask {
    /// Which attempt it is, from 1. From 2 on it is transient: the history does not show it yet.
    pub attempt: u32,
    /// The event that scheduled it; of a transient one the id that event will have.
    pub scheduled_event_id: EventId,
    /// When it was scheduled.
    pub scheduled_at: Timestamp,
    /// What its backoff counts from.
    pub since: Since,
    /// How long after that it may be started.
    pub backoff: Duration,
    /// How long it may take once started.
    pub start_to_close_timeout: Duration,
    /// Its start, once it has started.
    pub started: Option<WorkflowTaskStart>,
    /// Why the last workflow task failed, unless one has completed since.
    ///
    /// Boxed, because it is large and most tasks have none.
    pub last_failure: Option<Box<WorkflowTaskProblem>>,
}

/// The start of a workflow task.
#[derive(Clone, PartialEq, Debug)]
pub struct WorkflowTaskStart {
    /// The event that recorded it; of a transient task the id that event will have.
    pub started_event_id: EventId,
    /// When it started.
    pub at: Since,
    /// Who runs it.
    pub identity: Identity,
    /// The id that makes the start idempotent.
    pub request_id: RequestId,
}

/// Why a workflow task failed, for operators and for the next attempt.
#[derive(Clone, PartialEq, Debug)]
pub struct WorkflowTaskProblem {
    /// The attempt that failed.
    pub attempt: u32,
    /// What was wrong, as a kind.
    pub cause: FailedCause,
    /// What was wrong, in detail.
    pub failure: Option<Box<Failure>>,
    /// Before this time the next attempt is not made.
    pub next_attempt_at: Timestamp,
}

impl std::fmt::Display for WorkflowTaskProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.failure {
            Some(failure) => write!(f, "{}: {}", self.cause, failure.with_place()),
            None => self.cause.fmt(f),
        }
    }
}

impl WorkflowTaskProblem {
    /// The problem of an attempt that did not answer in time; the next one is made at once.
    pub(super) fn timed_out(attempt: u32, clock: TimeoutType, at: Timestamp) -> Self {
        Self {
            attempt,
            cause: FailedCause::Unspecified,
            failure: Some(Box::new(Failure::engine_timeout(
                "workflow task timed out",
                clock,
            ))),
            next_attempt_at: at,
        }
    }
}

impl PendingWorkflowTask {
    /// Whether the history does not show the task until it completes.
    pub fn is_transient(&self) -> bool {
        self.attempt > 1
    }

    /// Before this time it is not started.
    pub fn not_before(&self) -> Timestamp {
        self.since.after(self.backoff)
    }

    /// When the task times out, once it has started.
    pub fn deadline(&self) -> Option<Timestamp> {
        let started = self.started.as_ref()?;
        Some(started.at.after(self.start_to_close_timeout))
    }
}

/// An activity that has been asked for and has not ended for good.
#[derive(Clone, PartialEq, Debug)]
pub struct PendingActivity {
    /// The event that scheduled it.
    pub scheduled_event_id: EventId,
    /// How it was scheduled.
    pub scheduled: activity_task::Scheduled,
    /// When it was scheduled.
    pub scheduled_at: Since,
    /// The current attempt, from 1. It names the attempt, so no later one has this number.
    pub attempt: u32,
    /// How many attempts do not count any more; see [`number`](Self::number).
    pub attempts_before: u32,
    /// Who has paused it, if somebody has.
    pub pause: Option<Box<Pause>>,
    /// Whether the current attempt has started.
    pub state: ActivityState,
    /// The last event that asked it to stop.
    pub cancel_requested: Option<EventId>,
    /// Why the attempt before the current one failed.
    ///
    /// Boxed, because it is large and most attempts have none before them.
    pub last_failure: Option<Box<AttemptFailure>>,
    /// What the last heartbeat of any attempt said.
    pub heartbeat_details: Payloads,
    /// When the current attempt last reported that it is alive.
    pub last_heartbeat_at: Option<Since>,
    /// How many reports of progress the current attempt has made, as far as they are recorded.
    pub progress: u32,
    /// What its workflow has told it, in order. Each attempt is told all of it.
    pub controls: Vec<Payloads>,
}

/// Heartbeat details that a run could not keep, because they were too large.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DroppedDetails {
    /// How often that happened to the run.
    pub count: u64,
    /// The activity whose heartbeat it was, the last time.
    pub activity_id: ActivityId,
    /// Its type.
    pub activity_type: ActivityType,
    /// How many bytes the details had.
    pub bytes: u64,
}

/// Where the current attempt of an activity stands.
#[derive(Clone, PartialEq, Debug)]
pub enum ActivityState {
    /// It waits to be started.
    Scheduled {
        /// What its backoff counts from: when it was scheduled, or the attempt before failed.
        since: Since,
        /// How long after that it may be started.
        backoff: Duration,
        /// Before which time it is not started, and after which others.
        turn: LinePlace,
    },
    /// It runs.
    Started {
        /// When it started.
        at: Since,
        /// Who runs it.
        identity: Identity,
        /// The id that makes the start idempotent.
        request_id: RequestId,
        /// Whether its code has returned and somebody else completes it.
        handed_over: bool,
    },
}

/// The place of an attempt in the line of those of its run that wait to be started; the default is
/// before all of them.
///
/// An attempt that begins to wait gets a place behind every attempt that could be started before.
/// Whoever looks through the line has to remember only how far.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct LinePlace {
    /// Before this time the attempt is not started.
    pub not_before: Timestamp,
    /// Counts the attempts of the run that have waited.
    pub number: u64,
}

impl PendingActivity {
    /// Which attempt the current one is, from 1, since somebody has had them counted anew. It is what
    /// people are told, and what the retry policy counts.
    pub fn number(&self) -> u32 {
        self.counted().max(1)
    }

    /// The same; 0 if the attempt that runs is not counted any more.
    pub(super) fn counted(&self) -> u32 {
        self.attempt.saturating_sub(self.attempts_before)
    }

    /// Whether the current attempt runs.
    pub fn is_started(&self) -> bool {
        matches!(self.state, ActivityState::Started { .. })
    }

    /// Whether the current attempt is completed by somebody else, and no process runs it.
    pub fn is_handed_over(&self) -> bool {
        matches!(
            self.state,
            ActivityState::Started {
                handed_over: true,
                ..
            }
        )
    }

    /// Whether the current attempt may be started.
    pub(super) fn may_start(&self, now: Timestamp) -> bool {
        let is_due =
            matches!(self.state, ActivityState::Scheduled { turn, .. } if turn.not_before <= now);
        is_due && self.cancel_requested.is_none() && self.pause.is_none()
    }

    /// When no further attempt may begin or end, if there is such a limit.
    pub fn expiration(&self) -> Option<Timestamp> {
        limit(self.scheduled.schedule_to_close_timeout)
            .map(|timeout| self.scheduled_at.after(timeout))
    }

    /// The clock that runs out first, and when.
    ///
    /// Of clocks that run out together the one that spans most wins: it is the one the user set.
    pub fn next_timeout(&self) -> Option<(Timestamp, TimeoutType)> {
        let scheduled = &self.scheduled;
        let [first, second] = match &self.state {
            // The clock of a later attempt starts when its backoff is over.
            ActivityState::Scheduled { turn, .. } => {
                let start = limit(scheduled.schedule_to_start_timeout);
                let start = start.map(|timeout| turn.not_before.after(timeout));
                [start.map(|at| (at, TimeoutType::ScheduleToStart)), None]
            }
            ActivityState::Started { at, .. } => {
                let close = limit(scheduled.start_to_close_timeout);
                let close = close.map(|timeout| at.after(timeout));
                let alive = self.last_heartbeat_at.unwrap_or(*at);
                let beat = limit(scheduled.heartbeat_timeout);
                let beat = beat.map(|timeout| alive.after(timeout));
                [
                    close.map(|at| (at, TimeoutType::StartToClose)),
                    beat.map(|at| (at, TimeoutType::Heartbeat)),
                ]
            }
        };
        let whole = self.expiration();
        let whole = whole.map(|at| (at, TimeoutType::ScheduleToClose));
        [whole, first, second]
            .into_iter()
            .flatten()
            .min_by_key(|(at, _)| *at)
    }
}

/// A timer that has been started and has neither fired nor been canceled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PendingTimer {
    /// The timer's id.
    pub timer_id: TimerId,
    /// The event that started it.
    pub started_event_id: EventId,
    /// When it was started.
    pub started_at: Since,
    /// How long after that it fires.
    pub duration: Duration,
    /// What the program said of it to people.
    pub user_metadata: Option<Box<UserMetadata>>,
}

impl PendingTimer {
    /// When it fires.
    pub fn fires_at(&self) -> Timestamp {
        self.started_at.after(self.duration)
    }
}

/// A timeout as an option: zero stands for "no limit" in events.
pub(super) fn limit(timeout: Duration) -> Option<Duration> {
    (!timeout.is_zero()).then_some(timeout)
}
