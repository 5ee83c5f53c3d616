//! Commands: what a completed workflow task asks for, in the terms of the wire.

use std::{collections::BTreeMap, time::Duration};

use crate::model::{
    ActivityId, ActivityType, ContinueAsNewVersioningBehavior, EventId, Failure, Header, Memo,
    ParentClosePolicy, Payloads, Priority, RetryPolicy, SearchAttributes, SignalName, TaskQueue,
    TimerId, UpdateId, UserMetadata, WorkflowExecution, WorkflowId, WorkflowIdReusePolicy,
    WorkflowType, event::update,
};

/// One thing that workflow code asked for; each becomes exactly one event.
///
/// A command that closes the run has to be the last one of its workflow task.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Command {
    /// Run an activity.
    ScheduleActivityTask(ScheduleActivityTask),
    /// Ask a pending activity to stop.
    RequestCancelActivityTask {
        /// The event that scheduled it.
        scheduled_event_id: EventId,
    },
    /// Wake the workflow later.
    StartTimer {
        /// The timer's id, unique among the pending ones.
        timer_id: TimerId,
        /// How much later.
        start_to_fire_timeout: Duration,
        /// What is said of it to people.
        user_metadata: Option<Box<UserMetadata>>,
    },
    /// Forget a timer.
    CancelTimer {
        /// The timer's id.
        timer_id: TimerId,
    },
    /// Start a child workflow.
    StartChildWorkflowExecution(Box<StartChildWorkflow>),
    /// Send a signal to another execution.
    SignalExternalWorkflowExecution(SignalExternalWorkflow),
    /// Ask another execution to stop.
    RequestCancelExternalWorkflowExecution(RequestCancelExternalWorkflow),
    /// Make a note that a replay finds again.
    RecordMarker(RecordMarker),
    /// Change search attributes of the run.
    UpsertWorkflowSearchAttributes {
        /// What changes.
        search_attributes: SearchAttributes,
    },
    /// Change the memo of the run.
    ModifyWorkflowProperties {
        /// What changes.
        upserted_memo: Memo,
    },
    /// Agree to carry an update out.
    AcceptUpdate {
        /// What was asked.
        request: Box<update::Request>,
    },
    /// Answer an update that was accepted.
    CompleteUpdate {
        /// Which one.
        update_id: UpdateId,
        /// What came of it.
        outcome: update::Outcome,
    },
    /// Close the run with its result.
    CompleteWorkflowExecution {
        /// The result.
        result: Payloads,
    },
    /// Close the run with a failure.
    FailWorkflowExecution {
        /// What went wrong.
        failure: Failure,
    },
    /// Close the run as canceled.
    CancelWorkflowExecution {
        /// What the workflow has to say about it.
        details: Payloads,
    },
    /// Close the run and begin another in its place.
    ContinueAsNewWorkflowExecution(ContinueAsNew),
}

/// A run that is to take the place of another, as workflow code asked for it; what is `None` is as
/// it was.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ContinueAsNew {
    /// Its program.
    pub workflow_type: Option<WorkflowType>,
    /// The queue of its workflow tasks.
    pub task_queue: Option<TaskQueue>,
    /// Its arguments.
    pub input: Payloads,
    /// The limit of the run.
    pub run_timeout: Option<Duration>,
    /// The limit of one of its workflow tasks.
    pub task_timeout: Option<Duration>,
    /// What it carries, instead of what this one does.
    pub memo: Option<Memo>,
    /// What it can be found by, instead of what this one can.
    pub search_attributes: Option<SearchAttributes>,
    /// Which version of the code it begins with.
    pub initial_versioning_behavior: ContinueAsNewVersioningBehavior,
    /// What travels on with it, instead of what came with this one.
    pub header: Option<Header>,
}

/// A note of a program to itself.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RecordMarker {
    /// What kind of note it is.
    pub marker_name: String,
    /// What it says.
    pub details: BTreeMap<String, Payloads>,
    /// What went wrong, if that is what it says.
    pub failure: Option<Box<Failure>>,
    /// What is said of it to people.
    pub user_metadata: Option<Box<UserMetadata>>,
}

/// An activity to run, as workflow code asked for it and before defaults are filled in.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ScheduleActivityTask {
    /// Its id, unique among the pending ones.
    pub activity_id: ActivityId,
    /// Its type.
    pub activity_type: ActivityType,
    /// The queue it is dispatched from.
    pub task_queue: TaskQueue,
    /// Its arguments.
    pub input: Payloads,
    /// From the first scheduling to the last attempt's end.
    pub schedule_to_close_timeout: Option<Duration>,
    /// From an attempt's scheduling to its start.
    pub schedule_to_start_timeout: Option<Duration>,
    /// From an attempt's start to its end.
    pub start_to_close_timeout: Option<Duration>,
    /// From a heartbeat to the next one.
    pub heartbeat_timeout: Option<Duration>,
    /// When a failed attempt is tried again; `None` is the default policy.
    pub retry_policy: Option<RetryPolicy>,
    /// What comes with the call; `None` is what came with the run.
    pub header: Option<Header>,
    /// Which activity is to be started first, and whose it is.
    pub priority: Option<Box<Priority>>,
    /// What is said of it to people.
    pub user_metadata: Option<Box<UserMetadata>>,
}

/// A child workflow to start, as workflow code asked for it and before defaults are filled in.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct StartChildWorkflow {
    /// Its id.
    pub workflow_id: WorkflowId,
    /// Its program.
    pub workflow_type: WorkflowType,
    /// The queue of its workflow tasks.
    pub task_queue: TaskQueue,
    /// Its arguments.
    pub input: Payloads,
    /// The limit of its whole execution.
    pub execution_timeout: Option<Duration>,
    /// The limit of one of its runs.
    pub run_timeout: Option<Duration>,
    /// The limit of one of its workflow tasks.
    pub task_timeout: Option<Duration>,
    /// What to do about a closed run of the same id.
    pub id_reuse_policy: WorkflowIdReusePolicy,
    /// What becomes of it when the run closes.
    pub parent_close_policy: ParentClosePolicy,
    /// Whether and when it is tried again; `None` is never.
    pub retry_policy: Option<RetryPolicy>,
    /// When it is run again and again, in the words of cron; empty is once.
    pub cron_schedule: String,
    /// What travels on with it; `None` is what came with the run.
    pub header: Option<Header>,
    /// What it carries for people and tools.
    pub memo: Memo,
    /// What it can be found by.
    pub search_attributes: SearchAttributes,
    /// Which of its work is to be done first, and whose it is.
    pub priority: Priority,
    /// What is said of it to people.
    pub user_metadata: UserMetadata,
}

/// A signal to another execution, as workflow code asked for it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct SignalExternalWorkflow {
    /// Whom it is for; without a run id, the latest run.
    pub workflow_execution: WorkflowExecution,
    /// Which signal it is.
    pub signal_name: SignalName,
    /// Its arguments.
    pub input: Payloads,
    /// Whether it is only for a child of the run.
    pub child_workflow_only: bool,
    /// What comes with it; `None` is what came with the run.
    pub header: Option<Header>,
}

/// The wish that another execution stops, as workflow code asked for it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RequestCancelExternalWorkflow {
    /// Who is to stop; without a run id, the latest run.
    pub workflow_execution: WorkflowExecution,
    /// The reason given.
    pub reason: String,
    /// Whether it is only for a child of the run.
    pub child_workflow_only: bool,
}

impl Command {
    /// Whether this command closes the run.
    pub fn is_closing(&self) -> bool {
        matches!(
            self,
            Self::CompleteWorkflowExecution { .. }
                | Self::FailWorkflowExecution { .. }
                | Self::CancelWorkflowExecution { .. }
                | Self::ContinueAsNewWorkflowExecution(_)
        )
    }

    /// The name Temporal gives this command.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ScheduleActivityTask(_) => "ScheduleActivityTask",
            Self::RequestCancelActivityTask { .. } => "RequestCancelActivityTask",
            Self::StartTimer { .. } => "StartTimer",
            Self::CancelTimer { .. } => "CancelTimer",
            Self::StartChildWorkflowExecution(_) => "StartChildWorkflowExecution",
            Self::SignalExternalWorkflowExecution(_) => "SignalExternalWorkflowExecution",
            Self::RequestCancelExternalWorkflowExecution(_) => {
                "RequestCancelExternalWorkflowExecution"
            }
            Self::RecordMarker(_) => "RecordMarker",
            Self::UpsertWorkflowSearchAttributes { .. } => "UpsertWorkflowSearchAttributes",
            Self::ModifyWorkflowProperties { .. } => "ModifyWorkflowProperties",
            Self::AcceptUpdate { .. } | Self::CompleteUpdate { .. } => "ProtocolMessage",
            Self::CompleteWorkflowExecution { .. } => "CompleteWorkflowExecution",
            Self::FailWorkflowExecution { .. } => "FailWorkflowExecution",
            Self::CancelWorkflowExecution { .. } => "CancelWorkflowExecution",
            Self::ContinueAsNewWorkflowExecution(_) => "ContinueAsNewWorkflowExecution",
        }
    }
}
