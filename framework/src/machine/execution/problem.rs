//! What keeps a run from going on, or what it has lost: read off its state, in this one place.
//!
//! `describe` shows all of it, and the log tells of each when it appears and when it is gone.
//! Nothing here changes a run.

use std::collections::BTreeMap;

use derive_more::Display;

use crate::{
    machine::execution::{ExecutionState, PendingActivity},
    model::{
        ActivityId, ActivityType, Codecs, EventId, SignalName, TaskQueue, WorkflowType,
        WorkflowVersion, limits, transition::RecordsLost,
    },
};

/// What keeps a run from going on, or what it has lost.
#[derive(Clone, PartialEq, Eq, Debug, Display)]
#[display("{kind}{}", self.rest())]
#[non_exhaustive]
pub struct Problem {
    /// What is wrong, and with what. A run has at most one problem of a kind.
    pub kind: ProblemKind,
    /// How often that happened, if it can happen more than once; else 0.
    pub count: u64,
    /// Why, if there is more to say.
    pub cause: String,
}

/// What is wrong with a run, and which part of the run it is about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Display)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The execution was set aside: what it is told is recorded, and nothing is run.
    #[display("quarantined")]
    Quarantined,
    /// No code is registered in this process for the run.
    #[display("workflow type is not registered workflow_type={workflow_type}")]
    WorkflowTypeNotRegistered {
        /// The type.
        workflow_type: WorkflowType,
    },
    /// The run stays with a version of the workflow that is not registered in this process, while
    /// others are.
    #[display("workflow version is not registered workflow_type={workflow_type} version={version}")]
    WorkflowVersionNotRegistered {
        /// The type.
        workflow_type: WorkflowType,
        /// The version.
        version: WorkflowVersion,
    },
    /// An operator has paused all runs of the type: they go on when it is unpaused.
    #[display("workflow type is paused workflow_type={workflow_type}")]
    WorkflowTypePaused {
        /// The type.
        workflow_type: WorkflowType,
    },
    /// An operator has paused the task queue that the run is on: it goes on when that is unpaused.
    #[display("task queue is paused task_queue={task_queue}")]
    TaskQueuePaused {
        /// The queue.
        task_queue: TaskQueue,
    },
    /// The workflow task fails, and is tried again.
    #[display("workflow task fails")]
    WorkflowTaskFails,
    /// No code is registered in this process for pending activities of the run.
    #[display(
        "activity type is not registered activity_type={activity_type} task_queue={task_queue} activity_id={activity_id}"
    )]
    ActivityTypeNotRegistered {
        /// The type.
        activity_type: ActivityType,
        /// Where it is looked for.
        task_queue: TaskQueue,
        /// The first of the activities that wait for it.
        activity_id: ActivityId,
    },
    /// The attempts of an activity fail, and there will be another one.
    #[display("activity attempts fail activity_type={activity_type} activity_id={activity_id}")]
    ActivityFails {
        /// The event that scheduled it.
        scheduled_event_id: EventId,
        /// Its type.
        activity_type: ActivityType,
        /// Its id.
        activity_id: ActivityId,
    },
    /// An attempt of an async activity blocks its thread. Told of the run as it is at the moment.
    #[display(
        "activity attempt blocks its thread activity_type={activity_type} activity_id={activity_id}"
    )]
    AttemptBlocks {
        /// The activity's type.
        activity_type: ActivityType,
        /// The activity's id.
        activity_id: ActivityId,
    },
    /// The records of the run that leave no event are many: heartbeats, and attempts that fail.
    #[display("records without events take much room")]
    ManyRecords,
    /// Signals were delivered to nobody: the code has no handler for them, or cannot decode them.
    #[display("signal is dropped signal_name={signal_name}")]
    SignalDropped {
        /// Their name; empty for those of all names beyond the first
        /// [`DROPPED_SIGNAL_NAMES_MAX`](crate::model::limits::DROPPED_SIGNAL_NAMES_MAX).
        signal_name: SignalName,
    },
    /// The run has closed, and is to be deleted, but the archive does not take it. It is kept until it
    /// does.
    #[display("closed run cannot be archived")]
    NotArchived,
    /// Records of the run could not be read when it was terminated: its history has gaps.
    #[display("records are lost")]
    RecordsLost,
    /// Details of heartbeats were too large to keep. The heartbeats themselves counted.
    #[display(
        "heartbeat details are dropped activity_type={activity_type} activity_id={activity_id}"
    )]
    HeartbeatDetailsDropped {
        /// The type of the activity whose details were dropped last.
        activity_type: ActivityType,
        /// Its id.
        activity_id: ActivityId,
    },
}

impl ProblemKind {
    /// Whether it takes a person to mend it, as far as can be told.
    pub fn needs_operator(&self) -> bool {
        !matches!(
            self,
            // Whoever has paused something knows of it.
            Self::ActivityFails { .. }
                | Self::WorkflowTypePaused { .. }
                | Self::TaskQueuePaused { .. }
        )
    }
}

impl Problem {
    fn new(kind: ProblemKind, count: impl Into<u64>, cause: impl Into<String>) -> Self {
        Self {
            kind,
            count: count.into(),
            cause: cause.into(),
        }
    }

    /// That the execution was set aside for this reason.
    pub fn quarantined(cause: impl Into<String>) -> Self {
        Self::new(ProblemKind::Quarantined, 0_u64, cause)
    }

    /// That the archive does not take a closed run, for this reason.
    pub fn not_archived(cause: impl Into<String>) -> Self {
        Self::new(ProblemKind::NotArchived, 0_u64, cause)
    }

    /// That an attempt blocks its thread, at this place.
    pub fn attempt_blocks(
        activity_type: ActivityType,
        activity_id: ActivityId,
        place: impl Into<String>,
    ) -> Self {
        let kind = ProblemKind::AttemptBlocks {
            activity_type,
            activity_id,
        };
        Self::new(kind, 0_u64, place)
    }

    fn rest(&self) -> String {
        let count = match (&self.kind, self.count) {
            (_, 0) => String::new(),
            (ProblemKind::WorkflowTaskFails | ProblemKind::ActivityFails { .. }, count) => {
                format!(" attempt={count}")
            }
            (_, count) => format!(" count={count}"),
        };
        if self.cause.is_empty() {
            count
        } else {
            format!("{count}: {}", self.cause)
        }
    }
}

/// What a process knows of a run beside its state.
pub trait Surroundings {
    /// Why the run is left alone, if it is.
    fn quarantined(&self) -> Option<&str>;
    /// Whether there is code for this type of workflow, and in this version if one is given.
    fn has_workflow(&self, workflow_type: &WorkflowType, version: Option<WorkflowVersion>) -> bool;
    /// Why no run of this type on this queue is given a workflow task, if that is so.
    fn paused(&self, workflow_type: &WorkflowType, task_queue: &TaskQueue) -> Option<ProblemKind>;
    /// What failures have to be decoded with to be read.
    fn codecs(&self) -> &Codecs;
    /// Whether there is code for this type of activity on this queue.
    fn has_activity(&self, task_queue: &TaskQueue, activity_type: &ActivityType) -> bool;
}

impl ExecutionState {
    /// Everything that keeps the run from going on, or that it has lost.
    ///
    /// Of a closed run, what it has lost. Takes time that goes with what is pending.
    pub fn problems(&self, surroundings: &impl Surroundings) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.status.is_open() {
            problems.extend(surroundings.quarantined().map(Problem::quarantined));
            problems.extend(self.without_code(surroundings));
            problems.extend(self.held_back(surroundings));
            problems.extend(self.failing_task(surroundings));
            problems.extend(self.activities_without_code(surroundings));
            problems.extend(self.many_records());
            problems.extend(
                self.failing
                    .iter()
                    .filter_map(|id| self.failing_activity(*id, surroundings)),
            );
        }
        problems.extend(self.rare().dropped_signals.values().map(|dropped| {
            let signal_name = dropped.signal_name.clone();
            Problem::new(
                ProblemKind::SignalDropped { signal_name },
                dropped.count,
                &*dropped.cause,
            )
        }));
        problems.extend(self.lost_details());
        problems.extend(self.given_up_records());
        problems
    }

    fn given_up_records(&self) -> Option<Problem> {
        let first = self.rare().lost_records.first()?;
        let count = self.rare().lost_records.iter().map(RecordsLost::count);
        let count: u64 = count.map(u64::from).sum();
        Some(Problem::new(ProblemKind::RecordsLost, count, &*first.cause))
    }

    /// Whether the state has something to report whatever the surroundings are. Costs nothing.
    pub fn is_troubled(&self) -> bool {
        let task = self.workflow_task();
        task.is_some_and(|task| task.last_failure.is_some())
            || self.problem.is_some()
            || !self.failing.is_empty()
            || !self.rare().dropped_signals.is_empty()
            || self.dropped_details.is_some()
            || !self.rare().lost_records.is_empty()
            || self.eventless_bytes >= limits::EVENTLESS_BYTES_WARN
    }

    fn lost_details(&self) -> Option<Problem> {
        let dropped = self.dropped_details.as_ref()?;
        let kind = ProblemKind::HeartbeatDetailsDropped {
            activity_type: dropped.activity_type.clone(),
            activity_id: dropped.activity_id.clone(),
        };
        let cause = format!(
            "they are too large limit={} actual={}",
            limits::PAYLOAD_BYTES_MAX,
            dropped.bytes
        );
        Some(Problem::new(kind, dropped.count, cause))
    }

    fn many_records(&self) -> Option<Problem> {
        let limit = limits::EVENTLESS_BYTES_MAX;
        // What is said does not change with every record, so that the log is told twice at most.
        let cause = if self.is_past_eventless_limit() {
            "heartbeats are not recorded any more, an activity that fails is not tried again, and \
             at twice the limit the run is terminated"
        } else if self.eventless_bytes >= limits::EVENTLESS_BYTES_WARN {
            "half of the limit is reached"
        } else {
            return None;
        };
        let cause = format!("{cause} limit={limit}");
        Some(Problem::new(ProblemKind::ManyRecords, 0_u64, cause))
    }

    fn without_code(&self, surroundings: &impl Surroundings) -> Option<Problem> {
        let workflow_type = &self.started()?.workflow_type;
        if surroundings.has_workflow(workflow_type, self.version()) {
            return None;
        }
        let is_known = surroundings.has_workflow(workflow_type, None);
        let workflow_type = workflow_type.clone();
        let kind = match self.version().filter(|_| is_known) {
            Some(version) => ProblemKind::WorkflowVersionNotRegistered {
                workflow_type,
                version,
            },
            None => ProblemKind::WorkflowTypeNotRegistered { workflow_type },
        };
        Some(Problem::new(kind, 0_u64, ""))
    }

    fn held_back(&self, surroundings: &impl Surroundings) -> Option<Problem> {
        let started = self.started()?;
        let kind = surroundings.paused(&started.workflow_type, &started.task_queue)?;
        Some(Problem::new(kind, 0_u64, ""))
    }

    fn failing_task(&self, surroundings: &impl Surroundings) -> Option<Problem> {
        let task = self.workflow_task();
        let problem = self.problem.as_ref();
        let problem = problem.or_else(|| task.and_then(|task| task.last_failure.as_ref()))?;
        let kind = ProblemKind::WorkflowTaskFails;
        let mut readable = problem.clone();
        let workflow_id = self.execution().workflow_id;
        let codecs = surroundings.codecs();
        codecs.decode_leniently(&mut readable, &workflow_id);
        Some(Problem::new(kind, problem.attempt, readable.to_string()))
    }

    /// Types of activities that nobody here can run, each with the number of those who wait.
    fn activities_without_code(&self, surroundings: &impl Surroundings) -> Vec<Problem> {
        type Kind<'a> = (&'a TaskQueue, &'a ActivityType);
        let mut waiting: BTreeMap<Kind<'_>, (&PendingActivity, u64)> = BTreeMap::new();
        for activity in self.pending_activities().filter(|it| !it.is_started()) {
            let scheduled = &activity.scheduled;
            let kind = (&scheduled.task_queue, &scheduled.activity_type);
            let (_, count) = waiting.entry(kind).or_insert((activity, 0));
            *count += 1;
        }
        waiting.retain(|(queue, kind), _| !surroundings.has_activity(queue, kind));
        let without_code = waiting.into_iter().map(|((queue, kind), (first, count))| {
            let kind = ProblemKind::ActivityTypeNotRegistered {
                activity_type: kind.clone(),
                task_queue: queue.clone(),
                activity_id: first.scheduled.activity_id.clone(),
            };
            Problem::new(kind, if count > 1 { count } else { 0 }, "")
        });
        without_code.collect()
    }

    fn failing_activity(
        &self,
        scheduled_event_id: EventId,
        surroundings: &impl Surroundings,
    ) -> Option<Problem> {
        let activity = self.pending_activity(scheduled_event_id)?;
        let last = activity.last_failure.as_ref()?;
        if last.failure.is_benign() {
            return None;
        }
        let kind = ProblemKind::ActivityFails {
            scheduled_event_id,
            activity_type: activity.scheduled.activity_type.clone(),
            activity_id: activity.scheduled.activity_id.clone(),
        };
        let failed = activity.number().saturating_sub(1);
        let mut readable = last.failure.clone();
        let workflow_id = self.execution().workflow_id;
        let codecs = surroundings.codecs();
        codecs.decode_leniently(&mut readable, &workflow_id);
        Some(Problem::new(kind, failed, readable.with_place()))
    }
}
