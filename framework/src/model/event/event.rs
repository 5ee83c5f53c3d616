//! The event envelope and the list of all event types.

use derive_more::From;
use serde::{Deserialize, Serialize};

use super::{
    activity_task as activity, child_workflow as child, external_workflow as external, foreign,
    property, timer, update, workflow_execution as execution, workflow_task,
};
use crate::model::{
    EventId, RunId, Timestamp,
    wire::{wire_enum, wire_tagged},
};

/// One event of a history.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct HistoryEvent {
    /// Its position in the history.
    pub id: EventId,
    /// When it was recorded.
    pub time: Timestamp,
    /// What happened.
    pub attributes: EventAttributes,
}

impl HistoryEvent {
    /// What kind of event it is.
    pub fn event_type(&self) -> EventType {
        self.attributes.event_type()
    }
}

macro_rules! events {
    ($( $(#[$meta:meta])* $number:literal $name:ident($attributes:path), )+) => {
        /// What happened, one variant per event type.
        #[derive(Clone, PartialEq, Debug, From)]
        #[non_exhaustive]
        pub enum EventAttributes { $( $(#[$meta])* $name($attributes), )+ }

        wire_tagged!(EventAttributes { $( $number => $name($attributes), )+ });

        impl EventAttributes {
            /// What kind of event it is.
            pub const fn event_type(&self) -> EventType {
                match self { $( Self::$name(_) => EventType::$name, )+ }
            }
        }
    };
}

events! {
    /// Something that this release does not model; only imported histories hold such events.
    0 Foreign(foreign::Foreign),
    /// The run exists.
    1 WorkflowExecutionStarted(execution::Started),
    /// The program returned a result.
    2 WorkflowExecutionCompleted(execution::Completed),
    /// The program returned an error.
    3 WorkflowExecutionFailed(execution::Failed),
    /// The run's or the execution's time ran out.
    4 WorkflowExecutionTimedOut(execution::TimedOut),
    /// The program has something to do.
    5 WorkflowTaskScheduled(workflow_task::Scheduled),
    /// The program was given what has happened.
    6 WorkflowTaskStarted(workflow_task::Started),
    /// The program answered with commands.
    7 WorkflowTaskCompleted(workflow_task::Completed),
    /// The program did not answer in time.
    8 WorkflowTaskTimedOut(workflow_task::TimedOut),
    /// The program, or its answer, was faulty.
    9 WorkflowTaskFailed(workflow_task::Failed),
    /// The program asked for an activity.
    10 ActivityTaskScheduled(activity::Scheduled),
    /// The last attempt of an activity had started; recorded together with its end.
    11 ActivityTaskStarted(activity::Started),
    /// An activity returned a result.
    12 ActivityTaskCompleted(activity::Completed),
    /// An activity failed for good.
    13 ActivityTaskFailed(activity::Failed),
    /// An activity ran out of time for good.
    14 ActivityTaskTimedOut(activity::TimedOut),
    /// The program asked an activity to stop.
    15 ActivityTaskCancelRequested(activity::CancelRequested),
    /// An activity stopped because it was asked to.
    16 ActivityTaskCanceled(activity::Canceled),
    /// The program asked to be woken later.
    17 TimerStarted(timer::Started),
    /// The time has come.
    18 TimerFired(timer::Fired),
    /// The program gave a timer up.
    19 TimerCanceled(timer::Canceled),
    /// Somebody asked the run to stop.
    20 WorkflowExecutionCancelRequested(execution::CancelRequested),
    /// The program stopped because it was asked to.
    21 WorkflowExecutionCanceled(execution::Canceled),
    /// The program asked for the wish that another execution stops.
    22 RequestCancelExternalWorkflowExecutionInitiated(external::CancelInitiated),
    /// That wish found nobody.
    23 RequestCancelExternalWorkflowExecutionFailed(external::CancelFailed),
    /// That wish was delivered.
    24 ExternalWorkflowExecutionCancelRequested(external::CancelRequested),
    /// The program made a note to itself.
    25 MarkerRecorded(property::MarkerRecorded),
    /// A signal arrived.
    26 WorkflowExecutionSignaled(execution::Signaled),
    /// Somebody ended the run.
    27 WorkflowExecutionTerminated(execution::Terminated),
    /// The program asked for a child workflow.
    29 StartChildWorkflowExecutionInitiated(child::Initiated),
    /// That child was not started.
    30 StartChildWorkflowExecutionFailed(child::StartFailed),
    /// That child was started.
    31 ChildWorkflowExecutionStarted(child::Started),
    /// A child returned a result.
    32 ChildWorkflowExecutionCompleted(child::Completed),
    /// A child failed for good.
    33 ChildWorkflowExecutionFailed(child::Failed),
    /// A child stopped because it was asked to.
    34 ChildWorkflowExecutionCanceled(child::Canceled),
    /// A child's time ran out for good.
    35 ChildWorkflowExecutionTimedOut(child::TimedOut),
    /// Somebody ended a child.
    36 ChildWorkflowExecutionTerminated(child::Terminated),
    /// The program asked for a signal to another execution.
    37 SignalExternalWorkflowExecutionInitiated(external::SignalInitiated),
    /// That signal was not delivered.
    38 SignalExternalWorkflowExecutionFailed(external::SignalFailed),
    /// That signal was delivered.
    39 ExternalWorkflowExecutionSignaled(external::Signaled),
    /// The program changed search attributes of the run.
    40 UpsertWorkflowSearchAttributes(property::SearchAttributesUpserted),
    /// The program agreed to carry an update out.
    41 WorkflowExecutionUpdateAccepted(update::Accepted),
    /// The program has carried an update out.
    43 WorkflowExecutionUpdateCompleted(update::Completed),
    /// The program changed the memo of the run.
    46 WorkflowPropertiesModified(property::Modified),
    /// An update is asked for again, after a reset.
    47 WorkflowExecutionUpdateAdmitted(update::Admitted),
    /// Somebody has paused the run.
    58 WorkflowExecutionPaused(execution::Paused),
    /// Somebody lets the run go on that was paused.
    59 WorkflowExecutionUnpaused(execution::Unpaused),
    /// The program asked for a new run in the place of this one.
    28 WorkflowExecutionContinuedAsNew(execution::ContinuedAsNew),
}

wire_enum! {
    /// The kinds of history event, with Temporal's numbers and names.
    pub enum EventType {
        /// Something that this release does not model.
        Foreign = 0 => "Foreign",
        /// The run exists.
        #[default]
        WorkflowExecutionStarted = 1 => "WorkflowExecutionStarted",
        /// The program returned a result.
        WorkflowExecutionCompleted = 2 => "WorkflowExecutionCompleted",
        /// The program returned an error.
        WorkflowExecutionFailed = 3 => "WorkflowExecutionFailed",
        /// The run's or the execution's time ran out.
        WorkflowExecutionTimedOut = 4 => "WorkflowExecutionTimedOut",
        /// The program has something to do.
        WorkflowTaskScheduled = 5 => "WorkflowTaskScheduled",
        /// The program was given what has happened.
        WorkflowTaskStarted = 6 => "WorkflowTaskStarted",
        /// The program answered with commands.
        WorkflowTaskCompleted = 7 => "WorkflowTaskCompleted",
        /// The program did not answer in time.
        WorkflowTaskTimedOut = 8 => "WorkflowTaskTimedOut",
        /// The program, or its answer, was faulty.
        WorkflowTaskFailed = 9 => "WorkflowTaskFailed",
        /// The program asked for an activity.
        ActivityTaskScheduled = 10 => "ActivityTaskScheduled",
        /// The last attempt of an activity had started.
        ActivityTaskStarted = 11 => "ActivityTaskStarted",
        /// An activity returned a result.
        ActivityTaskCompleted = 12 => "ActivityTaskCompleted",
        /// An activity failed for good.
        ActivityTaskFailed = 13 => "ActivityTaskFailed",
        /// An activity ran out of time for good.
        ActivityTaskTimedOut = 14 => "ActivityTaskTimedOut",
        /// The program asked an activity to stop.
        ActivityTaskCancelRequested = 15 => "ActivityTaskCancelRequested",
        /// An activity stopped because it was asked to.
        ActivityTaskCanceled = 16 => "ActivityTaskCanceled",
        /// The program asked to be woken later.
        TimerStarted = 17 => "TimerStarted",
        /// The time has come.
        TimerFired = 18 => "TimerFired",
        /// The program gave a timer up.
        TimerCanceled = 19 => "TimerCanceled",
        /// Somebody asked the run to stop.
        WorkflowExecutionCancelRequested = 20 => "WorkflowExecutionCancelRequested",
        /// The program stopped because it was asked to.
        WorkflowExecutionCanceled = 21 => "WorkflowExecutionCanceled",
        /// The program asked for the wish that another execution stops.
        RequestCancelExternalWorkflowExecutionInitiated = 22 => "RequestCancelExternalWorkflowExecutionInitiated",
        /// That wish found nobody.
        RequestCancelExternalWorkflowExecutionFailed = 23 => "RequestCancelExternalWorkflowExecutionFailed",
        /// That wish was delivered.
        ExternalWorkflowExecutionCancelRequested = 24 => "ExternalWorkflowExecutionCancelRequested",
        /// The program made a note to itself.
        MarkerRecorded = 25 => "MarkerRecorded",
        /// A signal arrived.
        WorkflowExecutionSignaled = 26 => "WorkflowExecutionSignaled",
        /// Somebody ended the run.
        WorkflowExecutionTerminated = 27 => "WorkflowExecutionTerminated",
        /// The program asked for a child workflow.
        StartChildWorkflowExecutionInitiated = 29 => "StartChildWorkflowExecutionInitiated",
        /// That child was not started.
        StartChildWorkflowExecutionFailed = 30 => "StartChildWorkflowExecutionFailed",
        /// That child was started.
        ChildWorkflowExecutionStarted = 31 => "ChildWorkflowExecutionStarted",
        /// A child returned a result.
        ChildWorkflowExecutionCompleted = 32 => "ChildWorkflowExecutionCompleted",
        /// A child failed for good.
        ChildWorkflowExecutionFailed = 33 => "ChildWorkflowExecutionFailed",
        /// A child stopped because it was asked to.
        ChildWorkflowExecutionCanceled = 34 => "ChildWorkflowExecutionCanceled",
        /// A child's time ran out for good.
        ChildWorkflowExecutionTimedOut = 35 => "ChildWorkflowExecutionTimedOut",
        /// Somebody ended a child.
        ChildWorkflowExecutionTerminated = 36 => "ChildWorkflowExecutionTerminated",
        /// The program asked for a signal to another execution.
        SignalExternalWorkflowExecutionInitiated = 37 => "SignalExternalWorkflowExecutionInitiated",
        /// That signal was not delivered.
        SignalExternalWorkflowExecutionFailed = 38 => "SignalExternalWorkflowExecutionFailed",
        /// That signal was delivered.
        ExternalWorkflowExecutionSignaled = 39 => "ExternalWorkflowExecutionSignaled",
        /// The program changed search attributes of the run.
        UpsertWorkflowSearchAttributes = 40 => "UpsertWorkflowSearchAttributes",
        /// The program agreed to carry an update out.
        WorkflowExecutionUpdateAccepted = 41 => "WorkflowExecutionUpdateAccepted",
        /// The program has carried an update out.
        WorkflowExecutionUpdateCompleted = 43 => "WorkflowExecutionUpdateCompleted",
        /// The program changed the memo of the run.
        WorkflowPropertiesModified = 46 => "WorkflowPropertiesModified",
        /// An update is asked for again, after a reset.
        WorkflowExecutionUpdateAdmitted = 47 => "WorkflowExecutionUpdateAdmitted",
        /// Somebody has paused the run.
        WorkflowExecutionPaused = 58 => "WorkflowExecutionPaused",
        /// Somebody lets the run go on that was paused.
        WorkflowExecutionUnpaused = 59 => "WorkflowExecutionUnpaused",
        /// The program asked for a new run in the place of this one.
        WorkflowExecutionContinuedAsNew = 28 => "WorkflowExecutionContinuedAsNew",
    }
}

impl EventType {
    /// Whether the event is written only as the direct result of a command.
    pub const fn is_command_event(self) -> bool {
        matches!(
            self,
            Self::WorkflowExecutionCompleted
                | Self::WorkflowExecutionFailed
                | Self::WorkflowExecutionCanceled
                | Self::WorkflowExecutionContinuedAsNew
                | Self::ActivityTaskScheduled
                | Self::ActivityTaskCancelRequested
                | Self::TimerStarted
                | Self::TimerCanceled
                | Self::RequestCancelExternalWorkflowExecutionInitiated
                | Self::StartChildWorkflowExecutionInitiated
                | Self::SignalExternalWorkflowExecutionInitiated
                | Self::MarkerRecorded
                | Self::UpsertWorkflowSearchAttributes
                | Self::WorkflowPropertiesModified
                | Self::WorkflowExecutionUpdateAccepted
                | Self::WorkflowExecutionUpdateCompleted
        )
    }

    /// Whether the event ends the run.
    pub const fn closes_the_run(self) -> bool {
        matches!(
            self,
            Self::WorkflowExecutionCompleted
                | Self::WorkflowExecutionFailed
                | Self::WorkflowExecutionTimedOut
                | Self::WorkflowExecutionCanceled
                | Self::WorkflowExecutionTerminated
                | Self::WorkflowExecutionContinuedAsNew
        )
    }
}

impl EventAttributes {
    /// Whether the event is the direct result of a command of the program.
    pub const fn is_command_event(&self) -> bool {
        match self {
            Self::Foreign(it) => it.workflow_task_completed_event_id.is_some(),
            _ => self.event_type().is_command_event(),
        }
    }

    /// Whether the event ends the run.
    pub const fn closes_the_run(&self) -> bool {
        match self {
            Self::Foreign(it) => it.closes_the_run,
            _ => self.event_type().closes_the_run(),
        }
    }

    /// The run that follows the one which this event closes, if one does.
    pub const fn new_execution_run_id(&self) -> Option<RunId> {
        match self {
            Self::WorkflowExecutionCompleted(it) => it.new_execution_run_id,
            Self::WorkflowExecutionFailed(it) => it.new_execution_run_id,
            Self::WorkflowExecutionTimedOut(it) => it.new_execution_run_id,
            Self::WorkflowExecutionContinuedAsNew(it) => it.new_execution_run_id,
            _ => None,
        }
    }

    /// The `ActivityTaskScheduled` of the activity that this event says has ended for good.
    pub const fn ended_activity(&self) -> Option<EventId> {
        match self {
            Self::ActivityTaskCompleted(it) => Some(it.scheduled_event_id),
            Self::ActivityTaskFailed(it) => Some(it.scheduled_event_id),
            Self::ActivityTaskTimedOut(it) => Some(it.scheduled_event_id),
            Self::ActivityTaskCanceled(it) => Some(it.scheduled_event_id),
            _ => None,
        }
    }

    /// The `StartChildWorkflowExecutionInitiated` of the child whose chain of runs this event says
    /// has ended.
    pub const fn ended_child(&self) -> Option<EventId> {
        match self {
            Self::ChildWorkflowExecutionCompleted(it) => Some(it.initiated_event_id),
            Self::ChildWorkflowExecutionFailed(it) => Some(it.initiated_event_id),
            Self::ChildWorkflowExecutionCanceled(it) => Some(it.initiated_event_id),
            Self::ChildWorkflowExecutionTimedOut(it) => Some(it.initiated_event_id),
            Self::ChildWorkflowExecutionTerminated(it) => Some(it.initiated_event_id),
            _ => None,
        }
    }

    /// The `WorkflowTaskCompleted` whose command this event is the direct result of, if it says so:
    /// those of updates do not.
    pub const fn workflow_task_completed_event_id(&self) -> Option<EventId> {
        Some(match self {
            Self::WorkflowExecutionCompleted(it) => it.workflow_task_completed_event_id,
            Self::WorkflowExecutionFailed(it) => it.workflow_task_completed_event_id,
            Self::WorkflowExecutionCanceled(it) => it.workflow_task_completed_event_id,
            Self::WorkflowExecutionContinuedAsNew(it) => it.workflow_task_completed_event_id,
            Self::ActivityTaskScheduled(it) => it.workflow_task_completed_event_id,
            Self::ActivityTaskCancelRequested(it) => it.workflow_task_completed_event_id,
            Self::TimerStarted(it) => it.workflow_task_completed_event_id,
            Self::TimerCanceled(it) => it.workflow_task_completed_event_id,
            Self::RequestCancelExternalWorkflowExecutionInitiated(it) => {
                it.workflow_task_completed_event_id
            }
            Self::StartChildWorkflowExecutionInitiated(it) => it.workflow_task_completed_event_id,
            Self::SignalExternalWorkflowExecutionInitiated(it) => {
                it.workflow_task_completed_event_id
            }
            Self::MarkerRecorded(it) => it.workflow_task_completed_event_id,
            Self::UpsertWorkflowSearchAttributes(it) => it.workflow_task_completed_event_id,
            Self::WorkflowPropertiesModified(it) => it.workflow_task_completed_event_id,
            Self::Foreign(it) => return it.workflow_task_completed_event_id,
            _ => return None,
        })
    }
}
