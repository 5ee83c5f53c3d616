//! Events of workflow tasks: the program being told what happened, and answering.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{
    BuildId, EventId, Failure, Identity, RequestId, RunId, TaskQueue, TimeoutType, WorkflowVersion,
    wire::wire_enum,
};

/// Attributes of `WorkflowTaskScheduled`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Scheduled {
    /// The queue it is dispatched from.
    pub task_queue: TaskQueue,
    /// How long it may take once started.
    pub start_to_close_timeout: Duration,
    /// How many times it has been tried, from 1.
    pub attempt: u32,
}

/// Attributes of `WorkflowTaskStarted`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Started {
    /// The event that scheduled it.
    pub scheduled_event_id: EventId,
    /// Who runs it.
    pub identity: Identity,
    /// The id that makes the start idempotent.
    pub request_id: RequestId,
    /// Whether the history has grown so long that continuing as new is advised.
    pub suggest_continue_as_new: bool,
    /// Bytes of the history up to here.
    pub history_size_bytes: u64,
}

/// Attributes of `WorkflowTaskCompleted`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Completed {
    /// The event that scheduled it.
    pub scheduled_event_id: EventId,
    /// The event that started it.
    pub started_event_id: EventId,
    /// Who ran it.
    pub identity: Identity,
    /// What wrote it, and by which rules.
    pub sdk_metadata: SdkMetadata,
    /// The build of the program that ran it, if that has a name.
    pub worker_version: Option<BuildId>,
    /// The version of the workflow's code, if that states one.
    pub deployment_version: Option<WorkflowVersion>,
}

/// Which program library completed a workflow task, and by which of its rules.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SdkMetadata {
    /// Engine flags in force from this task on; see `machine::replay::EngineFlag`.
    pub core_used_flags: Vec<u32>,
    /// Flags of the language layer.
    pub lang_used_flags: Vec<u32>,
    /// The library, where it differs from that of the task before.
    pub sdk_name: String,
    /// Its version, where it differs from that of the task before.
    pub sdk_version: String,
}

/// Attributes of `WorkflowTaskTimedOut`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TimedOut {
    /// The event that scheduled it.
    pub scheduled_event_id: EventId,
    /// The event that started it.
    pub started_event_id: EventId,
    /// Which of its clocks ran out.
    pub timeout_type: TimeoutType,
}

/// Attributes of `WorkflowTaskFailed`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Failed {
    /// The event that scheduled it.
    pub scheduled_event_id: EventId,
    /// The event that started it.
    pub started_event_id: EventId,
    /// What was wrong, as a kind.
    pub cause: FailedCause,
    /// What was wrong, in detail.
    pub failure: Option<Box<Failure>>,
    /// Who ran it.
    pub identity: Identity,
    /// Where the run goes on from another one that was reset: that one.
    pub base_run_id: Option<RunId>,
    /// Where the run goes on from another one that was reset: the one that goes on.
    pub new_run_id: Option<RunId>,
}

impl Failed {
    /// Whether it is no failure of the program, but the point to which a run was reset.
    pub fn is_reset(&self) -> bool {
        self.cause == FailedCause::ResetWorkflow
    }

    /// Whether it is no failure of the program, but a task that was taken back: the run was paused
    /// before it had started.
    pub fn is_pause(&self) -> bool {
        self.cause == FailedCause::WorkflowPauseRequestedBeforeTaskStarted
    }
}

wire_enum! {
    /// Why a workflow task failed.
    pub enum FailedCause {
        /// Not said.
        #[default]
        Unspecified = 0 => "UNSPECIFIED",
        /// The run was to be closed while something it had not seen was waiting.
        UnhandledCommand = 1 => "UNHANDLED_COMMAND",
        /// An activity was scheduled with faulty attributes.
        BadScheduleActivityAttributes = 2 => "BAD_SCHEDULE_ACTIVITY_ATTRIBUTES",
        /// An unknown activity was to be canceled.
        BadRequestCancelActivityAttributes = 3 => "BAD_REQUEST_CANCEL_ACTIVITY_ATTRIBUTES",
        /// A timer was started with faulty attributes.
        BadStartTimerAttributes = 4 => "BAD_START_TIMER_ATTRIBUTES",
        /// An unknown timer was to be canceled.
        BadCancelTimerAttributes = 5 => "BAD_CANCEL_TIMER_ATTRIBUTES",
        /// A note was to be made with faulty attributes.
        BadRecordMarkerAttributes = 6 => "BAD_RECORD_MARKER_ATTRIBUTES",
        /// The run was to be completed with faulty attributes.
        BadCompleteWorkflowExecutionAttributes = 7 => "BAD_COMPLETE_WORKFLOW_EXECUTION_ATTRIBUTES",
        /// The run was to be failed with faulty attributes.
        BadFailWorkflowExecutionAttributes = 8 => "BAD_FAIL_WORKFLOW_EXECUTION_ATTRIBUTES",
        /// The run was to be canceled with faulty attributes.
        BadCancelWorkflowExecutionAttributes = 9 => "BAD_CANCEL_WORKFLOW_EXECUTION_ATTRIBUTES",
        /// Another execution was to be asked to stop with faulty attributes.
        BadRequestCancelExternalWorkflowExecutionAttributes = 10 => "BAD_REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_ATTRIBUTES",
        /// The run was to be continued as new with faulty attributes.
        BadContinueAsNewAttributes = 11 => "BAD_CONTINUE_AS_NEW_ATTRIBUTES",
        /// Two pending timers would have the same id.
        StartTimerDuplicateId = 12 => "START_TIMER_DUPLICATE_ID",
        /// The program's library failed or panicked.
        WorkflowWorkerUnhandledFailure = 14 => "WORKFLOW_WORKER_UNHANDLED_FAILURE",
        /// Another execution was to be signaled with faulty attributes.
        BadSignalWorkflowExecutionAttributes = 15 => "BAD_SIGNAL_WORKFLOW_EXECUTION_ATTRIBUTES",
        /// A child workflow was started with faulty attributes.
        BadStartChildExecutionAttributes = 16 => "BAD_START_CHILD_EXECUTION_ATTRIBUTES",
        /// The run was closed from outside while the task ran.
        ForceCloseCommand = 17 => "FORCE_CLOSE_COMMAND",
        /// The run goes on from here, after another one was reset.
        ResetWorkflow = 20 => "RESET_WORKFLOW",
        /// Two pending activities would have the same id.
        ScheduleActivityDuplicateId = 22 => "SCHEDULE_ACTIVITY_DUPLICATE_ID",
        /// Search attributes were to be changed that are unknown, of another type or too large.
        BadSearchAttributes = 23 => "BAD_SEARCH_ATTRIBUTES",
        /// The program did not ask for what its history says it asked for.
        NonDeterministicError = 24 => "NON_DETERMINISTIC_ERROR",
        /// The memo was to be changed, and would be too large.
        BadModifyWorkflowPropertiesAttributes = 25 => "BAD_MODIFY_WORKFLOW_PROPERTIES_ATTRIBUTES",
        /// More child workflows than allowed would be pending.
        PendingChildWorkflowsLimitExceeded = 26 => "PENDING_CHILD_WORKFLOWS_LIMIT_EXCEEDED",
        /// More activities than allowed would be pending.
        PendingActivitiesLimitExceeded = 27 => "PENDING_ACTIVITIES_LIMIT_EXCEEDED",
        /// More signals to other executions than allowed would be pending.
        PendingSignalsLimitExceeded = 28 => "PENDING_SIGNALS_LIMIT_EXCEEDED",
        /// More cancel requests to other executions than allowed would be pending.
        PendingRequestCancelLimitExceeded = 29 => "PENDING_REQUEST_CANCEL_LIMIT_EXCEEDED",
        /// An update was accepted twice, or completed without having been accepted.
        BadUpdateWorkflowExecutionMessage = 30 => "BAD_UPDATE_WORKFLOW_EXECUTION_MESSAGE",
        /// The run was paused before the task had started.
        WorkflowPauseRequestedBeforeTaskStarted = 39 => "WORKFLOW_PAUSE_REQUESTED_BEFORE_TASK_STARTED",
    }
}
