//! How a schedule stands.

use crate::{
    model::{ExecutionStatus, Timestamp, WorkflowExecution},
    schedule::{
        Schedule,
        desk::{Desk, RecentAction},
        times::Times,
    },
};

/// How many of the next times are told.
const NEXT: usize = 10;

/// How a schedule stands.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct ScheduleDescription {
    /// Its id.
    pub schedule_id: String,
    /// What it is; changed, it can be handed to [`update`](crate::schedule::ScheduleHandle::update).
    pub schedule: Schedule,
    /// Which version of it this is.
    pub conflict_token: ConflictToken,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was updated the last time.
    pub updated_at: Option<Timestamp>,
    /// How many actions it has started.
    pub started_actions: u64,
    /// How many it has left out because one before them still ran.
    pub skipped_actions: u64,
    /// How many it has left out because they were later than the catch-up window lets them be.
    pub missed_actions: u64,
    /// How many it has left out because too many waited.
    pub dropped_actions: u64,
    /// How many wait for one before them to end.
    pub waiting_actions: usize,
    /// The actions that run, those that may overlap (`AllowAll`) left out.
    pub running: Vec<WorkflowExecution>,
    /// The last ten actions, the latest last.
    pub recent: Vec<ScheduledAction>,
    /// The next ten times, jitter left out; of a schedule that is paused as if it were not.
    pub next: Vec<Timestamp>,
    /// What kept it from doing something the last time, if something did.
    pub problem: Option<String>,
}

/// An action that a schedule has started.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ScheduledAction {
    /// The time it was due.
    pub time: Timestamp,
    /// When it was started.
    pub started_at: Timestamp,
    /// Its run; the last one once its chain of runs has ended.
    pub execution: WorkflowExecution,
    /// Whether it runs, and how it has ended.
    pub status: ExecutionStatus,
}

/// Which version of a schedule somebody has seen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ConflictToken(pub(super) u64);

impl ScheduleDescription {
    pub(super) fn new(desk: Desk, now: Timestamp) -> Self {
        Self {
            next: next(&desk.schedule, now),
            schedule_id: desk.schedule_id,
            schedule: desk.schedule,
            conflict_token: ConflictToken(desk.token),
            created_at: desk.created_at.unwrap_or(now),
            updated_at: desk.updated_at,
            started_actions: desk.counts.started,
            skipped_actions: desk.counts.skipped,
            missed_actions: desk.counts.missed,
            dropped_actions: desk.counts.dropped,
            waiting_actions: desk.waiting.len(),
            running: desk.running.into_iter().map(|it| it.execution).collect(),
            recent: desk.recent.into_iter().map(ScheduledAction::from).collect(),
            problem: desk.problem,
        }
    }
}

impl From<RecentAction> for ScheduledAction {
    fn from(action: RecentAction) -> Self {
        Self {
            time: action.time,
            started_at: action.started_at,
            execution: action.execution,
            status: action.status,
        }
    }
}

/// The next times of a schedule, as far as it will act.
fn next(schedule: &Schedule, now: Timestamp) -> Vec<Timestamp> {
    let left = schedule.remaining_actions.unwrap_or(u64::MAX);
    let left = usize::try_from(left).unwrap_or(NEXT).min(NEXT);
    let Ok(times) = Times::of(&schedule.spec) else {
        return Vec::new();
    };
    let first = times.next(now);
    let next = std::iter::successors(first, |time| times.next(*time));
    next.take(left).collect()
}
