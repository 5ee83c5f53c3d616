//! The desk of a schedule: what it has done, what waits, and what is to be done next. Pure.
//!
//! The desk is told the time and what happened, and says one [`Step`] after the other: to plan
//! further times, to start an action, to stop those that run, or to wait. Which times there are it
//! does not work out itself, because the rules of time zones may differ from one process to the
//! next: they are planned by an activity, whose result the history keeps.
//!
//! * D1: an action has its request id before it is started, so a start that is repeated finds its
//!   run, and an end that is told before the start is answered finds its action.
//! * D2: times that pass while the schedule is paused, or that are later than the catch-up window
//!   lets them be, are counted or dropped and never come back.
//! * D3: what waits is looked at in the order of its times.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::{
    model::{
        ExecutionStatus, RequestId, Timestamp, WorkflowExecution, WorkflowId,
        schedule::{ActionEnded, action_request_id},
    },
    schedule::{OverlapPolicy, Schedule, ScheduleSpec},
};

/// Bound: actions that wait; further ones are dropped and counted.
const WAITING_MAX: usize = 1_000;
/// Bound: actions that are remembered.
const RECENT_MAX: usize = 10;

/// The whole state of a schedule, which its runs hand on.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Desk {
    pub(super) schedule_id: String,
    pub(super) schedule: Schedule,
    /// Counts the changes of the schedule.
    pub(super) token: u64,
    pub(super) created_at: Option<Timestamp>,
    pub(super) updated_at: Option<Timestamp>,
    /// Times up to this one are in `upcoming`, or have been dealt with.
    planned_until: Timestamp,
    upcoming: VecDeque<Planned>,
    /// Whether the spec has no further times.
    is_exhausted: bool,
    pub(super) waiting: VecDeque<Waiting>,
    backfills: VecDeque<Backfill>,
    /// Those that others may overlap.
    pub(super) running: Vec<RunningAction>,
    pub(super) recent: VecDeque<RecentAction>,
    pub(super) counts: Counts,
    /// Counts what was asked for by hand.
    occasions: u64,
    pub(super) last_completed: Option<WorkflowExecution>,
    /// The action before, if it has failed.
    pub(super) last_failed: Option<WorkflowExecution>,
    /// What went wrong the last time, if it did.
    pub(super) problem: Option<String>,
}

/// A time that is still ahead.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Planned {
    /// The time itself.
    pub(super) time: Timestamp,
    /// When the action is carried out, jitter included.
    pub(super) at: Timestamp,
}

/// An action that is due and has not been started.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Waiting {
    time: Timestamp,
    /// That of the schedule unless another was asked for.
    overlap: Option<OverlapPolicy>,
    /// Tells those apart that were asked for by hand; empty for those that were not.
    occasion: String,
}

/// A stretch of time whose actions are carried out now.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Backfill {
    after: Timestamp,
    until: Timestamp,
    overlap: Option<OverlapPolicy>,
    occasion: String,
}

/// An action that runs.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct RunningAction {
    pub(super) request_id: RequestId,
    /// Without a run id while the start is not answered.
    pub(super) execution: WorkflowExecution,
    /// Whether it has been asked to stop.
    is_stopping: bool,
}

/// An action that was started, or could not be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct RecentAction {
    pub(super) request_id: RequestId,
    pub(super) time: Timestamp,
    pub(super) started_at: Timestamp,
    pub(super) execution: WorkflowExecution,
    pub(super) status: ExecutionStatus,
}

/// What has been counted since the schedule was created.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(super) started: u64,
    pub(super) skipped: u64,
    pub(super) missed: u64,
    pub(super) dropped: u64,
}

/// What a schedule is to do next.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Step {
    /// Find further times.
    Plan(PlanRequest),
    /// Start an action.
    Start(RecentAction),
    /// Stop these, by asking them or without.
    Stop(Vec<WorkflowExecution>, Stop),
    /// Wait until this time, or until something happens.
    Wait(Option<Timestamp>),
}

/// How running actions are stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Stop {
    Cancel,
    Terminate,
}

/// The wish for further times.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct PlanRequest {
    pub(super) schedule_id: String,
    pub(super) spec: ScheduleSpec,
    pub(super) after: Timestamp,
    pub(super) now: Timestamp,
    /// Times before it are only counted.
    pub(super) not_before: Timestamp,
    /// The end of a backfill; `None` plans ahead.
    pub(super) until: Option<Timestamp>,
}

/// Further times.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(super) times: Vec<Planned>,
    /// How many were too early to count.
    pub(super) missed: u64,
    /// Whether there are no more.
    pub(super) is_last: bool,
}

/// What a schedule is asked to do.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) enum Change {
    /// Become this one, if it still is as it was seen.
    Replace(Box<Schedule>, Option<u64>),
    /// Act no more, or again.
    Pause(bool, String),
    /// Act now.
    Trigger(Option<OverlapPolicy>),
    /// Carry out now what was due between these times, both included.
    Backfill(Timestamp, Timestamp, Option<OverlapPolicy>),
}

impl Desk {
    pub(super) fn new(schedule_id: String, schedule: Schedule) -> Self {
        Self {
            schedule_id,
            schedule,
            token: 1,
            created_at: None,
            updated_at: None,
            planned_until: Timestamp::EPOCH,
            upcoming: VecDeque::new(),
            is_exhausted: false,
            waiting: VecDeque::new(),
            backfills: VecDeque::new(),
            running: Vec::new(),
            recent: VecDeque::new(),
            counts: Counts::default(),
            occasions: 0,
            last_completed: None,
            last_failed: None,
            problem: None,
        }
    }

    /// Begins, if it has not begun before.
    pub(super) fn open(&mut self, now: Timestamp) {
        if self.created_at.is_none() {
            self.created_at = Some(now);
            self.planned_until = now;
        }
    }

    /// Changes the schedule, or what it has to do.
    pub(super) fn change(&mut self, change: Change, now: Timestamp) {
        match change {
            Change::Replace(schedule, _) => {
                self.schedule = *schedule;
                self.updated_at = Some(now);
                self.token += 1;
                self.plan_anew(now);
            }
            Change::Pause(paused, note) => {
                if self.schedule.paused && !paused {
                    self.plan_anew(now);
                }
                self.schedule.paused = paused;
                self.schedule.note = note;
                self.token += 1;
            }
            Change::Trigger(overlap) => {
                let occasion = self.next_occasion();
                self.wait(Waiting {
                    time: now,
                    overlap,
                    occasion,
                });
            }
            Change::Backfill(from, until, overlap) => {
                let occasion = self.next_occasion();
                self.backfills.push_back(Backfill {
                    // Times are whole seconds, so this is before the first of them.
                    after: from.before(std::time::Duration::from_nanos(1)),
                    until,
                    overlap,
                    occasion,
                });
            }
        }
    }

    /// Forgets what was planned; times up to now are over.
    fn plan_anew(&mut self, now: Timestamp) {
        self.upcoming.clear();
        self.is_exhausted = false;
        self.planned_until = now;
    }

    /// Request ids of an earlier schedule with the same id must not come again.
    fn next_occasion(&mut self) -> String {
        self.occasions += 1;
        let created_at = self.created_at.unwrap_or_default().as_nanos();
        format!("/{created_at}/{}", self.occasions)
    }

    fn wait(&mut self, waiting: Waiting) {
        if self.waiting.len() < WAITING_MAX {
            self.waiting.push_back(waiting);
        } else {
            self.counts.dropped += 1;
        }
    }

    /// Whether times bring actions.
    fn is_acting(&self) -> bool {
        !self.schedule.paused && self.schedule.remaining_actions != Some(0)
    }

    /// What is to be done next; called again once that is done.
    pub(super) fn next_step(&mut self, now: Timestamp) -> Step {
        if self.is_acting() {
            self.take_due(now);
            if self.upcoming.is_empty() && !self.is_exhausted && self.waiting.is_empty() {
                return Step::Plan(self.plan_ahead(now));
            }
        }
        if let Some(step) = self.act(now) {
            return step;
        }
        if self.waiting.len() < WAITING_MAX
            && let Some(backfill) = self.backfills.front()
        {
            return Step::Plan(PlanRequest {
                schedule_id: self.schedule_id.clone(),
                spec: self.schedule.spec.clone(),
                after: backfill.after,
                now,
                not_before: Timestamp::EPOCH,
                until: Some(backfill.until),
            });
        }
        if self.is_acting() && self.upcoming.is_empty() && !self.is_exhausted {
            return Step::Plan(self.plan_ahead(now));
        }
        let next = self.upcoming.front().filter(|_| self.is_acting());
        Step::Wait(next.map(|planned| planned.at))
    }

    fn plan_ahead(&self, now: Timestamp) -> PlanRequest {
        PlanRequest {
            schedule_id: self.schedule_id.clone(),
            spec: self.schedule.spec.clone(),
            after: self.planned_until,
            now,
            not_before: now.before(self.schedule.catchup_window),
            until: None,
        }
    }

    /// Takes the times that were planned; `spec` is what they were planned for.
    pub(super) fn take_plan(&mut self, request: &PlanRequest, plan: Plan) {
        let last = plan.times.last().map(|planned| planned.time);
        if request.until.is_some() {
            let Some(mut backfill) = self.backfills.pop_front() else {
                return;
            };
            for planned in plan.times {
                self.wait(Waiting {
                    time: planned.time,
                    overlap: backfill.overlap,
                    occasion: backfill.occasion.clone(),
                });
            }
            if let Some(last) = last.filter(|_| !plan.is_last) {
                backfill.after = last;
                self.backfills.push_front(backfill);
            }
            return;
        }
        if request.after != self.planned_until || request.spec != self.schedule.spec {
            // The schedule was changed meanwhile.
            return;
        }
        self.counts.missed += plan.missed;
        self.is_exhausted = plan.is_last;
        self.planned_until = last.unwrap_or(self.planned_until).max(self.planned_until);
        self.upcoming.extend(plan.times);
    }

    /// No times are to be found: that is a matter for people.
    pub(super) fn give_up_planning(&mut self, note: String) {
        self.backfills.clear();
        self.schedule.paused = true;
        self.schedule.note = note;
        self.token += 1;
    }

    /// The times that have come wait for their turn.
    fn take_due(&mut self, now: Timestamp) {
        while let Some(planned) = self.upcoming.front().copied() {
            if planned.at > now {
                return;
            }
            self.upcoming.pop_front();
            if planned.at.after(self.schedule.catchup_window) < now {
                self.counts.missed += 1;
                continue;
            }
            self.wait(Waiting {
                time: planned.time,
                overlap: None,
                occasion: String::new(),
            });
        }
    }

    /// Starts the first of those that wait which may start, or stops what is in its way.
    fn act(&mut self, now: Timestamp) -> Option<Step> {
        let mut kept = VecDeque::new();
        let mut stop = None;
        let mut step = None;
        while let Some(waiting) = self.waiting.pop_front() {
            let is_by_hand = !waiting.occasion.is_empty();
            if !is_by_hand && !self.is_acting() {
                continue;
            }
            let overlap = waiting.overlap.unwrap_or(self.schedule.overlap);
            if overlap == OverlapPolicy::AllowAll || self.running.is_empty() {
                if !is_by_hand && let Some(remaining) = &mut self.schedule.remaining_actions {
                    *remaining -= 1;
                    self.token += 1;
                }
                step = Some(Step::Start(self.begin(&waiting, overlap, now)));
                break;
            }
            let of_policy = |other: &Waiting| {
                let other = other.overlap.unwrap_or(self.schedule.overlap);
                other == overlap
            };
            match overlap {
                OverlapPolicy::BufferAll => kept.push_back(waiting),
                OverlapPolicy::BufferOne if !kept.iter().any(of_policy) => kept.push_back(waiting),
                OverlapPolicy::Skip | OverlapPolicy::BufferOne => self.counts.skipped += 1,
                OverlapPolicy::CancelOther | OverlapPolicy::TerminateOther => {
                    // Only the last of them is carried out.
                    let before = kept.len();
                    kept.retain(|other| !of_policy(other));
                    self.counts.skipped += u64::from(kept.len() < before);
                    kept.push_back(waiting);
                    stop = Some(if overlap == OverlapPolicy::CancelOther {
                        Stop::Cancel
                    } else {
                        Stop::Terminate
                    });
                }
                // It has been started above.
                OverlapPolicy::AllowAll => {}
            }
        }
        kept.append(&mut self.waiting);
        self.waiting = kept;
        step.or_else(|| self.stop_running(stop?))
    }

    /// Has those stopped that run and have not been asked to.
    fn stop_running(&mut self, stop: Stop) -> Option<Step> {
        let running = self.running.iter_mut().filter(|it| !it.is_stopping);
        let stopped = running.map(|action| {
            action.is_stopping = true;
            action.execution.clone()
        });
        let stopped: Vec<_> = stopped.collect();
        (!stopped.is_empty()).then_some(Step::Stop(stopped, stop))
    }

    /// Takes note of an action that is about to be started.
    fn begin(&mut self, waiting: &Waiting, overlap: OverlapPolicy, now: Timestamp) -> RecentAction {
        let time = waiting.time;
        let execution = WorkflowExecution {
            workflow_id: workflow_id(&self.schedule.action.workflow_id, time),
            ..WorkflowExecution::default()
        };
        let action = RecentAction {
            request_id: action_request_id(&self.schedule_id, time, &waiting.occasion),
            time,
            started_at: now,
            execution: execution.clone(),
            status: ExecutionStatus::Running,
        };
        if overlap != OverlapPolicy::AllowAll {
            self.running.push(RunningAction {
                request_id: action.request_id.clone(),
                execution,
                is_stopping: false,
            });
        }
        self.recent.push_back(action.clone());
        if self.recent.len() > RECENT_MAX {
            self.recent.pop_front();
        }
        self.counts.started += 1;
        action
    }

    /// Takes note of the run that an action has become.
    pub(super) fn started(&mut self, request_id: &RequestId, execution: &WorkflowExecution) {
        self.problem = None;
        let running = self.running.iter_mut();
        for action in running.filter(|it| it.request_id == *request_id) {
            action.execution = execution.clone();
        }
        let recent = self.recent.iter_mut();
        for action in recent.filter(|it| it.request_id == *request_id && it.is_open()) {
            action.execution = execution.clone();
        }
    }

    /// Takes note of an action that could not be started.
    pub(super) fn not_started(&mut self, request_id: &RequestId, problem: String) {
        self.running.retain(|it| it.request_id != *request_id);
        self.recent.retain(|it| it.request_id != *request_id);
        self.counts.started = self.counts.started.saturating_sub(1);
        self.problem = Some(problem);
    }

    /// Takes note of the end of an action.
    pub(super) fn ended(&mut self, ended: ActionEnded) {
        let running = self.running.len();
        self.running.retain(|it| it.request_id != ended.request_id);
        // As on Temporal's server, what begins beside others hands nothing on.
        let hands_on = self.running.len() < running;
        let recent = self.recent.iter_mut();
        for action in recent.filter(|it| it.request_id == ended.request_id) {
            action.status = ended.status;
            action.execution = ended.execution.clone();
        }
        let has_failed = matches!(
            ended.status,
            ExecutionStatus::Failed | ExecutionStatus::TimedOut
        );
        if hands_on {
            if ended.status == ExecutionStatus::Completed {
                self.last_completed = Some(ended.execution.clone());
            }
            self.last_failed = has_failed.then(|| ended.execution.clone());
        }
        if has_failed && self.schedule.pause_on_failure && !self.schedule.paused {
            let what = if ended.status == ExecutionStatus::TimedOut {
                "timeout"
            } else {
                "failure"
            };
            let workflow_id = ended.execution.workflow_id;
            let failure = ended.failure.unwrap_or_default();
            self.schedule.paused = true;
            self.schedule.note = format!("paused due to workflow {what}: {workflow_id}: {failure}");
            self.token += 1;
        }
    }
}

impl RecentAction {
    fn is_open(&self) -> bool {
        self.status == ExecutionStatus::Running
    }
}

/// The id of the workflow that is started for a time.
fn workflow_id(base: &WorkflowId, time: Timestamp) -> WorkflowId {
    let time = humantime::format_rfc3339_seconds(time.into());
    WorkflowId::from(format!("{base}-{time}"))
}
