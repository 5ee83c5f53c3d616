//! The door between authority and program: a workflow task, and how it ended.

use std::collections::BTreeMap;

use crate::model::{
    Command, Failure, HistoryEvent, SignalName, UpdateId,
    event::{
        update,
        workflow_task::{FailedCause, SdkMetadata},
    },
    transition::SignalDropped,
};

/// A workflow task: what the program has not seen yet, up to `WorkflowTaskStarted`.
///
/// Of a program that is resident the events begin after the last `WorkflowTaskStarted` it was
/// given; of one that is not, they begin at the first event of the history.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct WorkflowTask {
    /// The events; the last one is the `WorkflowTaskStarted` of this task.
    pub events: Vec<HistoryEvent>,
    /// The updates that are asked for, in order; the history says nothing of them yet.
    pub updates: Vec<update::Request>,
}

impl From<Vec<HistoryEvent>> for WorkflowTask {
    fn from(events: Vec<HistoryEvent>) -> Self {
        Self {
            events,
            updates: Vec::new(),
        }
    }
}

/// The program's answer to a workflow task.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct WorkflowTaskCompletion {
    /// What the program asks for, in order.
    pub commands: Vec<Command>,
    /// By which rules it was run.
    pub sdk_metadata: SdkMetadata,
    /// All signals so far that the program did not take.
    pub dropped_signals: BTreeMap<SignalName, SignalDropped>,
    /// The updates of the task that the program rejects. They leave no trace.
    pub rejected_updates: Vec<RejectedUpdate>,
}

/// An update that the program rejects.
#[derive(Clone, PartialEq, Debug)]
pub struct RejectedUpdate {
    /// Which one.
    pub update_id: UpdateId,
    /// Why.
    pub failure: Failure,
}

/// Why the program has no answer to a workflow task. The task fails; the run stays open.
#[derive(Clone, PartialEq, Debug)]
pub struct WorkflowTaskFailure {
    /// What was wrong, as a kind.
    pub cause: FailedCause,
    /// What was wrong, in detail.
    pub failure: Failure,
}
