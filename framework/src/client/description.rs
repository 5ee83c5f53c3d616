//! How a workflow execution stands, for people and for monitoring.

use std::time::Duration;

use crate::{
    actor::Description,
    machine::execution::{
        ActivityState, ExecutionState, Pause, PendingActivity, PendingChild, PendingTimer,
        PendingWorkflowTask, Problem,
    },
    model::{
        ActivityId, ActivityType, EventId, ExecutionStatus, Header, Identity, Memo,
        ParentClosePolicy, Payloads, Priority, SearchAttributes, TaskQueue, TimerId, Timestamp,
        UserMetadata, WorkflowExecution, WorkflowType, WorkflowVersion,
    },
};

/// How a workflow execution stands.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct WorkflowDescription {
    /// The run.
    pub execution: WorkflowExecution,
    /// Its program.
    pub workflow_type: WorkflowType,
    /// The version of the program that it stays with; `None` until that has answered for it.
    pub version: Option<WorkflowVersion>,
    /// The queue of its workflow tasks.
    pub task_queue: TaskQueue,
    /// Whether it is open, and how it closed.
    pub status: ExecutionStatus,
    /// When it started.
    pub started_at: Timestamp,
    /// When it closed.
    pub closed_at: Option<Timestamp>,
    /// The number of events of its history.
    pub history_length: u64,
    /// Bytes of its history.
    pub history_size_bytes: u64,
    /// Bytes of all its records, as an estimate: of its history, and of attempts and heartbeats,
    /// which leave no event.
    pub recorded_size_bytes: u64,
    /// Whether it has been asked to stop.
    pub cancel_requested: bool,
    /// Who has paused it, when and why, if it is paused.
    pub pause: Option<PauseDescription>,
    /// The workflow task that is pending, if one is.
    pub workflow_task: Option<WorkflowTaskDescription>,
    /// The activities that are pending, oldest first.
    pub activities: Vec<ActivityDescription>,
    /// The child workflows that are pending, oldest first.
    pub children: Vec<ChildDescription>,
    /// The number of timers that are pending.
    pub pending_timers: usize,
    /// The timers that are pending, the one that fires first before the others.
    pub timers: Vec<TimerDescription>,
    /// What keeps the run from going on, and what it has lost; empty if all is well.
    ///
    /// The log has a line for each when it appears, and when it is over.
    pub problems: Vec<Problem>,
    /// What it carries for people and tools.
    pub memo: Memo,
    /// What it can be found by.
    pub search_attributes: SearchAttributes,
    /// What whoever started it said of it to people.
    pub user_metadata: UserMetadata,
    /// What travels on to everything that it asks for.
    pub header: Header,
    /// Which of its work is to be done first, and whose it is.
    pub priority: Priority,
}

/// A pause of a run, or of an activity.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct PauseDescription {
    /// Since when it is paused.
    pub at: Timestamp,
    /// Who has paused it.
    pub identity: Identity,
    /// The reason given.
    pub reason: String,
}

impl From<&Pause> for PauseDescription {
    fn from(pause: &Pause) -> Self {
        Self {
            at: pause.at,
            identity: pause.identity.clone(),
            reason: pause.reason.clone(),
        }
    }
}

/// A pending workflow task.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct WorkflowTaskDescription {
    /// Which attempt it is, from 1.
    pub attempt: u32,
    /// When it was scheduled.
    pub scheduled_at: Timestamp,
    /// Before this time it is not attempted.
    pub not_before: Timestamp,
    /// Why the last attempt failed.
    pub last_failure: Option<String>,
}

/// A pending activity.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct ActivityDescription {
    /// Its id.
    pub activity_id: ActivityId,
    /// Its type.
    pub activity_type: ActivityType,
    /// The event that scheduled it.
    pub scheduled_event_id: EventId,
    /// Which attempt is pending, from 1.
    pub attempt: u32,
    /// When that attempt started, if it has.
    pub started_at: Option<Timestamp>,
    /// When that attempt may start, if it has not.
    pub next_attempt_at: Option<Timestamp>,
    /// Whether that attempt's code has returned, and somebody else completes it.
    pub handed_over: bool,
    /// Whether it has been asked to stop.
    pub cancel_requested: bool,
    /// Who has paused it, when and why, if it is paused.
    pub pause: Option<PauseDescription>,
    /// Why the attempt before it failed.
    pub last_failure: Option<String>,
    /// What the last heartbeat said.
    pub heartbeat_details: Payloads,
    /// The longest time an attempt may take; zero is no limit.
    pub start_to_close_timeout: Duration,
    /// What the workflow said of it to people, in a line; empty if it said nothing.
    pub summary: String,
}

/// A pending child workflow.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ChildDescription {
    /// Its first run.
    pub execution: WorkflowExecution,
    /// Its type.
    pub workflow_type: WorkflowType,
    /// The event that asked for it.
    pub initiated_event_id: EventId,
    /// Whether it is known to have started.
    pub is_started: bool,
    /// What becomes of it when this run closes.
    pub parent_close_policy: ParentClosePolicy,
}

/// A pending timer.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct TimerDescription {
    /// Its id.
    pub timer_id: TimerId,
    /// The event that started it.
    pub started_event_id: EventId,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it fires.
    pub fires_at: Timestamp,
    /// What the workflow said of it to people, in a line; empty if it said nothing.
    pub summary: String,
}

impl From<&PendingTimer> for TimerDescription {
    fn from(timer: &PendingTimer) -> Self {
        Self {
            timer_id: timer.timer_id.clone(),
            started_event_id: timer.started_event_id,
            started_at: timer.started_at.at,
            fires_at: timer.fires_at(),
            summary: summary(timer.user_metadata.as_deref()),
        }
    }
}

impl From<&PendingChild> for ChildDescription {
    fn from(child: &PendingChild) -> Self {
        Self {
            execution: child.execution.clone(),
            workflow_type: child.workflow_type.clone(),
            initiated_event_id: child.initiated_event_id,
            is_started: child.started_event_id.is_some(),
            parent_close_policy: child.parent_close_policy,
        }
    }
}

impl From<Description> for WorkflowDescription {
    fn from(Description { state, problems }: Description) -> Self {
        let started = state.started();
        Self {
            execution: state.execution(),
            workflow_type: started
                .map(|it| it.workflow_type.clone())
                .unwrap_or_default(),
            version: state.version(),
            task_queue: started.map(|it| it.task_queue.clone()).unwrap_or_default(),
            status: state.status(),
            started_at: state.started_at(),
            closed_at: state.closed_at(),
            history_length: state.last_event_id().get(),
            history_size_bytes: state.history_size_bytes(),
            recorded_size_bytes: state.recorded_size_bytes(),
            cancel_requested: state.cancel_requested(),
            pause: state.pause().map(PauseDescription::from),
            workflow_task: state.workflow_task().map(WorkflowTaskDescription::from),
            activities: state
                .pending_activities()
                .map(ActivityDescription::from)
                .collect(),
            children: state
                .pending_children()
                .map(ChildDescription::from)
                .collect(),
            pending_timers: state.pending_timers().count(),
            timers: timers(&state),
            problems,
            memo: state.memo().clone(),
            search_attributes: state.search_attributes().clone(),
            user_metadata: started
                .and_then(|it| it.user_metadata.as_deref().cloned())
                .unwrap_or_default(),
            header: started
                .map(|it| it.lineage.header.clone())
                .unwrap_or_default(),
            priority: started
                .and_then(|it| it.lineage.priority.as_deref().cloned())
                .unwrap_or_default(),
        }
    }
}

fn summary(metadata: Option<&UserMetadata>) -> String {
    metadata.map(|it| it.summary.clone()).unwrap_or_default()
}

/// The timers that are pending, the one that fires first before the others.
fn timers(state: &ExecutionState) -> Vec<TimerDescription> {
    let timers = state.pending_timers().map(TimerDescription::from);
    let mut timers: Vec<_> = timers.collect();
    timers.sort_by_key(|timer| (timer.fires_at, timer.started_event_id));
    timers
}

impl From<&PendingWorkflowTask> for WorkflowTaskDescription {
    fn from(task: &PendingWorkflowTask) -> Self {
        let problem = task.last_failure.as_ref();
        Self {
            attempt: task.attempt,
            scheduled_at: task.scheduled_at,
            not_before: task.not_before(),
            last_failure: problem.map(ToString::to_string),
        }
    }
}

impl From<&PendingActivity> for ActivityDescription {
    fn from(activity: &PendingActivity) -> Self {
        let (started_at, next_attempt_at) = match activity.state {
            ActivityState::Scheduled { turn, .. } => (None, Some(turn.not_before)),
            ActivityState::Started { at, .. } => (Some(at.at), None),
        };
        Self {
            activity_id: activity.scheduled.activity_id.clone(),
            activity_type: activity.scheduled.activity_type.clone(),
            scheduled_event_id: activity.scheduled_event_id,
            attempt: activity.number(),
            started_at,
            next_attempt_at,
            handed_over: activity.is_handed_over(),
            cancel_requested: activity.cancel_requested.is_some(),
            pause: activity.pause.as_deref().map(PauseDescription::from),
            last_failure: activity
                .last_failure
                .as_ref()
                .map(|last| last.failure.with_place()),
            heartbeat_details: activity.heartbeat_details.clone(),
            start_to_close_timeout: activity.scheduled.start_to_close_timeout,
            summary: summary(activity.scheduled.user_metadata.as_deref()),
        }
    }
}
