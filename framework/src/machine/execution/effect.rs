//! What is done once a transition is durable.

use std::time::Duration;

use crate::model::{
    ActivityId, ActivityType, EventId, Header, Payloads, TaskQueue, Timestamp, UpdateId,
    WorkflowExecution, WorkflowType, event::update,
};

/// Something that the caller does once the transition is durable, and never before.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Effect {
    /// An attempt of an activity has started: run it.
    RunActivity(Box<ActivityTask>),
    /// The workflow asks a running attempt to stop; it still counts.
    CancelActivity {
        /// The event that scheduled the activity.
        scheduled_event_id: EventId,
        /// The attempt that runs.
        attempt: u32,
    },
    /// A running attempt is told that its activity is paused; it may go on.
    PauseActivity {
        /// The event that scheduled the activity.
        scheduled_event_id: EventId,
        /// The attempt that runs.
        attempt: u32,
    },
    /// The workflow has a message for a running attempt.
    ControlActivity {
        /// The event that scheduled the activity.
        scheduled_event_id: EventId,
        /// The attempt that runs.
        attempt: u32,
        /// How many messages to the activity came before it.
        position: usize,
        /// The message.
        message: Payloads,
    },
    /// A running attempt no longer counts: it timed out, or the run has closed.
    AbandonActivity {
        /// The event that scheduled the activity.
        scheduled_event_id: EventId,
        /// The attempt that runs.
        attempt: u32,
    },
    /// An attempt that waits to be started never will be: it was canceled, or ran out of time.
    WithdrawActivity {
        /// The event that scheduled the activity.
        scheduled_event_id: EventId,
    },
    /// An update that was accepted is completed.
    CompleteUpdate {
        /// Which one.
        update_id: UpdateId,
        /// What came of it.
        outcome: update::Outcome,
    },
    /// The run has closed. None of its activities waits to be started any more.
    Closed,
}

/// One attempt of an activity, with all that running it takes.
#[derive(Clone, PartialEq, Debug)]
pub struct ActivityTask {
    /// The run that asked for the activity.
    pub execution: WorkflowExecution,
    /// The program of that run.
    pub workflow_type: WorkflowType,
    /// The event that scheduled the activity.
    pub scheduled_event_id: EventId,
    /// The activity's id within the run.
    pub activity_id: ActivityId,
    /// The activity's type.
    pub activity_type: ActivityType,
    /// The queue it is dispatched from.
    pub task_queue: TaskQueue,
    /// Its arguments.
    pub input: Payloads,
    /// Which attempt this is, from 1: never again another one of the activity.
    pub attempt: u32,
    /// Which attempt this is since the attempts were last counted anew, from 1.
    pub number: u32,
    /// When the activity was first scheduled.
    pub scheduled_at: Timestamp,
    /// When this attempt started.
    pub started_at: Timestamp,
    /// When this attempt has to be over, if there is a limit; heartbeats aside.
    pub deadline: Option<Timestamp>,
    /// The longest time between two heartbeats, if there is a limit.
    pub heartbeat_timeout: Option<Duration>,
    /// What the last heartbeat of an earlier attempt said.
    pub heartbeat_details: Payloads,
    /// What the workflow has told the activity so far.
    pub controls: Vec<Payloads>,
    /// What came with the call.
    pub header: Header,
}
