//! The state of one run: what is pending, and nothing of what is past.
//!
//! Its size goes with what is pending, never with the length of the history. Two indexes, of
//! deadlines and of attempts that wait to be started, keep every question about the earliest of
//! them independent of how many there are.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    engine::execution::{
        ActivityState, PendingActivity, PendingTimer, PendingWorkflowTask, WorkflowTaskProblem,
    },
    model::{
        ActivityId, EventAttributes, EventId, ExecutionStatus, RecordNumber, RequestId, TimerId,
        Timestamp, Wake, WorkflowExecution, event::workflow_execution, limits,
        transition::EventBuffered,
    },
};

/// The state of one run, as the fold of its transitions. The default is that of no run at all.
///
/// Written by [`apply`](Self::apply) and, through the same code, by a
/// [`Draft`](crate::engine::execution::Draft).
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ExecutionState {
    pub(super) started: Option<Box<workflow_execution::Started>>,
    pub(super) started_at: Timestamp,
    pub(super) close: Option<Box<EventAttributes>>,
    pub(super) closed_at: Option<Timestamp>,
    pub(super) status: ExecutionStatus,
    /// When the last transition was decided.
    pub(super) at: Timestamp,
    pub(super) last_event_id: EventId,
    pub(super) last_record: RecordNumber,
    pub(super) history_size_bytes: u64,
    pub(super) workflow_task: Option<PendingWorkflowTask>,
    pub(super) completed_workflow_task: bool,
    /// Why the last workflow task failed, between its failure and the next scheduling.
    pub(super) problem: Option<WorkflowTaskProblem>,
    /// Boxed: a map sets room for eleven values aside, and most runs have one.
    pub(super) activities: BTreeMap<EventId, Box<PendingActivity>>,
    pub(super) activity_ids: BTreeMap<ActivityId, EventId>,
    pub(super) timers: BTreeMap<EventId, PendingTimer>,
    pub(super) timer_ids: BTreeMap<TimerId, EventId>,
    /// The earliest deadline of each activity and timer that has one.
    pub(super) deadlines: BTreeSet<(Timestamp, EventId)>,
    /// The attempts that wait to be started, by the end of their backoff.
    pub(super) waiting: BTreeSet<(Timestamp, EventId)>,
    pub(super) buffer: Vec<EventBuffered>,
    pub(super) cancel_requested: bool,
    pub(super) signals: usize,
    pub(super) signal_request_ids: BTreeSet<RequestId>,
}

impl ExecutionState {
    /// How the run was started; `None` before it is.
    pub fn started(&self) -> Option<&workflow_execution::Started> {
        self.started.as_deref()
    }

    /// When the run was started.
    pub fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// The run; the default before it is started.
    pub fn execution(&self) -> WorkflowExecution {
        let Some(started) = self.started() else {
            return WorkflowExecution::default();
        };
        WorkflowExecution {
            workflow_id: started.workflow_id.clone(),
            run_id: started.original_execution_run_id,
        }
    }

    /// Whether the run is open, and how it closed if it is not.
    pub fn status(&self) -> ExecutionStatus {
        self.status
    }

    /// When the run closed, if it has.
    pub fn closed_at(&self) -> Option<Timestamp> {
        self.closed_at
    }

    /// What closed the run, if it has closed: its result, its failure.
    pub fn close(&self) -> Option<&EventAttributes> {
        self.close.as_deref()
    }

    /// The last event of the history; buffered events have no id yet.
    pub fn last_event_id(&self) -> EventId {
        self.last_event_id
    }

    /// Bytes of the history, as an estimate.
    pub fn history_size_bytes(&self) -> u64 {
        self.history_size_bytes
    }

    /// Whether the history has grown so long that continuing as new is advised.
    pub fn suggest_continue_as_new(&self) -> bool {
        self.last_event_id.get() >= limits::SUGGEST_CONTINUE_AS_NEW_EVENTS
            || self.history_size_bytes >= limits::SUGGEST_CONTINUE_AS_NEW_BYTES
    }

    /// The last transition.
    pub fn last_record(&self) -> RecordNumber {
        self.last_record
    }

    /// When the last transition was decided.
    pub fn updated_at(&self) -> Timestamp {
        self.at
    }

    /// The workflow task that is scheduled or has started.
    pub fn workflow_task(&self) -> Option<&PendingWorkflowTask> {
        self.workflow_task.as_ref()
    }

    /// Whether the program has answered a workflow task yet.
    pub fn has_completed_workflow_task(&self) -> bool {
        self.completed_workflow_task
    }

    /// Whether there is a workflow task that may be started now.
    pub fn workflow_task_is_startable(&self, now: Timestamp) -> bool {
        self.workflow_task()
            .is_some_and(|task| task.started.is_none() && task.not_before <= now)
    }

    /// Whether a workflow task runs, so that other events have to wait.
    pub(super) fn workflow_task_is_started(&self) -> bool {
        self.workflow_task()
            .is_some_and(|task| task.started.is_some())
    }

    /// The activities that have not ended for good, in the order they were scheduled.
    pub fn pending_activities(&self) -> impl Iterator<Item = &PendingActivity> {
        self.activities.values().map(|activity| &**activity)
    }

    /// The activity that an event scheduled, unless it has ended for good.
    pub fn pending_activity(&self, scheduled_event_id: EventId) -> Option<&PendingActivity> {
        self.activities
            .get(&scheduled_event_id)
            .map(|activity| &**activity)
    }

    /// The activities whose attempt may be started now, longest waiting first.
    pub fn startable_activities(&self, now: Timestamp) -> impl Iterator<Item = &PendingActivity> {
        self.waiting
            .range(..=(now, EventId::new(u64::MAX)))
            .filter_map(|(_, id)| self.pending_activity(*id))
            .filter(|activity| activity.cancel_requested.is_none())
    }

    /// The timers that have neither fired nor been canceled, in the order they were started.
    pub fn pending_timers(&self) -> impl Iterator<Item = &PendingTimer> {
        self.timers.values()
    }

    /// Whether somebody has asked the run to stop.
    pub fn cancel_requested(&self) -> bool {
        self.cancel_requested
    }

    /// How many signals the run has accepted.
    pub fn signal_count(&self) -> usize {
        let buffered = self.buffer.iter().filter(|waiting| {
            matches!(
                waiting.attributes,
                EventAttributes::WorkflowExecutionSignaled(_)
            )
        });
        self.signals + buffered.count()
    }

    /// How many events wait for the workflow task that runs.
    pub fn buffered_event_count(&self) -> usize {
        self.buffer.len()
    }

    /// The earliest time after the last transition at which something is due.
    ///
    /// Something is due when [`pass_deadlines`](crate::engine::execution::decide::pass_deadlines)
    /// has something to do, or when a backoff is over.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.next_deadline_after(self.at)
    }

    /// The earliest time at which something is due, backoffs that are over by `now` aside.
    ///
    /// A workflow task or an attempt whose backoff is over may have to wait for its turn; this is
    /// what to sleep until meanwhile.
    pub fn next_deadline_after(&self, now: Timestamp) -> Option<Timestamp> {
        if !self.status.is_open() {
            return None;
        }
        let after = (
            std::ops::Bound::Excluded((now, EventId::new(u64::MAX))),
            std::ops::Bound::Unbounded,
        );
        let task = self.workflow_task();
        [
            self.run_deadline(),
            self.deadlines.first().map(|(at, _)| *at),
            self.waiting.range(after).next().map(|(at, _)| *at),
            task.and_then(PendingWorkflowTask::deadline),
            task.filter(|task| task.started.is_none() && task.not_before > now)
                .map(|task| task.not_before),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// When the time of the run, or of the whole execution, is up.
    pub fn run_deadline(&self) -> Option<Timestamp> {
        let started = self.started()?;
        let run = started.workflow_run_timeout;
        let run = run.map(|timeout| self.started_at.after(timeout));
        let execution = started.workflow_execution_expiration_time;
        run.into_iter().chain(execution).min()
    }

    /// What recovery has to know about the run, as of its last transition.
    pub fn wake(&self) -> Wake {
        if !self.status.is_open() {
            return Wake {
                closed: self.closed_at.is_some(),
                ..Wake::default()
            };
        }
        let an_attempt_runs = self.activities.len() > self.waiting.len();
        let an_attempt_is_due = self.waiting.first().is_some_and(|(at, _)| *at <= self.at);
        Wake {
            deadline: self.next_deadline(),
            at_once: an_attempt_runs
                || an_attempt_is_due
                || self.workflow_task_is_startable(self.at),
            closed: false,
        }
    }

    pub(super) fn insert_activity(&mut self, activity: PendingActivity) {
        let id = activity.scheduled_event_id;
        self.activity_ids
            .insert(activity.scheduled.activity_id.clone(), id);
        self.index(&activity);
        self.activities.insert(id, Box::new(activity));
    }

    pub(super) fn change_activity(
        &mut self,
        scheduled_event_id: EventId,
        change: impl FnOnce(&mut PendingActivity),
    ) {
        let Some(mut activity) = self.activities.remove(&scheduled_event_id) else {
            return;
        };
        self.unindex(&activity);
        change(&mut activity);
        self.index(&activity);
        self.activities.insert(scheduled_event_id, activity);
    }

    pub(super) fn remove_activity(&mut self, scheduled_event_id: EventId) {
        let Some(activity) = self.activities.remove(&scheduled_event_id) else {
            return;
        };
        self.unindex(&activity);
        let activity_id = &activity.scheduled.activity_id;
        if self.activity_ids.get(activity_id) == Some(&scheduled_event_id) {
            self.activity_ids.remove(activity_id);
        }
    }

    fn index(&mut self, activity: &PendingActivity) {
        let id = activity.scheduled_event_id;
        if let Some((at, _)) = activity.next_timeout() {
            self.deadlines.insert((at, id));
        }
        if let ActivityState::Scheduled { not_before, .. } = activity.state {
            self.waiting.insert((not_before, id));
        }
    }

    fn unindex(&mut self, activity: &PendingActivity) {
        let id = activity.scheduled_event_id;
        if let Some((at, _)) = activity.next_timeout() {
            self.deadlines.remove(&(at, id));
        }
        if let ActivityState::Scheduled { not_before, .. } = activity.state {
            self.waiting.remove(&(not_before, id));
        }
    }

    pub(super) fn insert_timer(&mut self, timer: PendingTimer) {
        let id = timer.started_event_id;
        self.timer_ids.insert(timer.timer_id.clone(), id);
        self.deadlines.insert((timer.fires_at, id));
        self.timers.insert(id, timer);
    }

    pub(super) fn remove_timer(&mut self, started_event_id: EventId) {
        let Some(timer) = self.timers.remove(&started_event_id) else {
            return;
        };
        self.deadlines.remove(&(timer.fires_at, started_event_id));
        if self.timer_ids.get(&timer.timer_id) == Some(&started_event_id) {
            self.timer_ids.remove(&timer.timer_id);
        }
    }
}
