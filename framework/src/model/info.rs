//! Which run is meant, and what workflow code may know about its own run.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::{
    Header, Lineage, Memo, RetryPolicy, RunId, SearchAttributes, TaskQueue, Timestamp, WorkflowId,
    WorkflowType, wire::wire_enum,
};

/// One run, by the id its users gave and the id the engine gave.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkflowExecution {
    /// The users' id.
    pub workflow_id: WorkflowId,
    /// The engine's id.
    pub run_id: RunId,
}

/// What workflow code may know about its own run; the same in every replay.
#[derive(Clone, PartialEq, Debug, Default)]
#[non_exhaustive]
pub struct WorkflowInfo {
    /// The run.
    pub execution: WorkflowExecution,
    /// Its program.
    pub workflow_type: WorkflowType,
    /// Its task queue.
    pub task_queue: TaskQueue,
    /// How many times the execution has been tried, from 1.
    pub attempt: u32,
    /// When the run started.
    pub started_at: Timestamp,
    /// The limit of the run, if there is one.
    pub run_timeout: Option<Duration>,
    /// The limit of the whole execution, if there is one.
    pub execution_timeout: Option<Duration>,
    /// Where the run comes from: its parent, the run before it, and what that left.
    pub lineage: Box<Lineage>,
    /// Whether and when the execution is tried again, if it is.
    pub retry_policy: Option<RetryPolicy>,
    /// When the execution is run again and again, in the words of cron; empty if it is not.
    pub cron_schedule: String,
    /// What it carries for people and tools, with what the program has changed.
    pub memo: Memo,
    /// What it can be found by, with what the program has changed.
    pub search_attributes: SearchAttributes,
}

impl WorkflowInfo {
    /// What has come with the start of the run, and travels on to everything that it asks for.
    pub fn header(&self) -> &Header {
        &self.lineage.header
    }
}

wire_enum! {
    /// Whether a run is open, and how it closed if it is not.
    pub enum ExecutionStatus {
        /// Not started.
        #[default]
        Unspecified = 0 => "UNSPECIFIED",
        /// Open.
        Running = 1 => "RUNNING",
        /// Closed: the program returned a result.
        Completed = 2 => "COMPLETED",
        /// Closed: the program returned an error.
        Failed = 3 => "FAILED",
        /// Closed: the program stopped because it was asked to.
        Canceled = 4 => "CANCELED",
        /// Closed: somebody ended it.
        Terminated = 5 => "TERMINATED",
        /// Closed: the program asked for a new run in its place.
        ContinuedAsNew = 6 => "CONTINUED_AS_NEW",
        /// Closed: its time ran out.
        TimedOut = 7 => "TIMED_OUT",
        /// Open, and somebody has paused it.
        Paused = 8 => "PAUSED",
    }
}

impl ExecutionStatus {
    /// Whether the run has started and has not closed.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }
}
