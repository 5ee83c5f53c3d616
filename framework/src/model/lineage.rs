//! Where a run comes from: its parent, the run before it, the chain that it belongs to, and what all of
//! them hand on.
//!
//! A *chain* is the runs of one execution that follow one another without anybody starting them
//! anew: by continue-as-new, by a retry policy or by a cron schedule. Its first run gives it its
//! name, the `first_execution_run_id`.

use serde::{Deserialize, Serialize};

use crate::model::{
    EventId, Failure, Header, Payloads, Priority, RunId, WorkflowExecution, WorkflowVersion,
    wire::wire_enum,
};

wire_enum! {
    /// Why a run follows another.
    pub enum ContinueAsNewInitiator {
        /// It follows none, or nobody said why.
        #[default]
        Unspecified = 0 => "UNSPECIFIED",
        /// The program of the run before asked for it.
        Workflow = 1 => "WORKFLOW",
        /// The run before failed or ran out of time, and its retry policy has it tried again.
        Retry = 2 => "RETRY",
        /// The cron schedule of the execution.
        CronSchedule = 3 => "CRON_SCHEDULE",
    }
}

/// Where a run comes from, and what it was handed; attributes of `WorkflowExecutionStarted`.
///
/// The default is that of a run that nothing is known about; a run that somebody outside started
/// has [`Lineage::first_run`].
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Lineage {
    /// The run this one was reset from, or its own id; randomness is seeded from it.
    pub original_execution_run_id: RunId,
    /// The first run of the chain.
    pub first_execution_run_id: RunId,
    /// The run before it in the chain, if there is one.
    pub continued_execution_run_id: Option<RunId>,
    /// Why it follows that run.
    pub initiator: ContinueAsNewInitiator,
    /// What the run before failed with, if it did and this one is to know.
    pub continued_failure: Option<Box<Failure>>,
    /// What the last run of the chain that completed has returned.
    pub last_completion_result: Payloads,
    /// The workflow whose child it is, if it is one.
    pub parent_workflow_execution: Option<Box<WorkflowExecution>>,
    /// The event of the parent that asked for it; [`EventId::NONE`] without a parent.
    pub parent_initiated_event_id: EventId,
    /// The workflow at the root of the tree of children; `None` if it is this one.
    pub root_workflow_execution: Option<Box<WorkflowExecution>>,
    /// The version of the code that it begins with because the run before it stated that; `None` if it
    /// begins with the newest.
    pub inherited_pinned_version: Option<WorkflowVersion>,
    /// What has come with the start, and travels on to everything that the run asks for.
    pub header: Header,
    /// Which of its work is to be done first, and whose it is.
    pub priority: Option<Box<Priority>>,
}

impl Lineage {
    /// The lineage of a run that follows no other and is nobody's child.
    pub fn first_run(run_id: RunId) -> Self {
        Self {
            original_execution_run_id: run_id,
            first_execution_run_id: run_id,
            ..Self::default()
        }
    }

    /// The lineage of the first run of a child that this run has asked for.
    pub fn of_child(run_id: RunId, parent: Parent) -> Self {
        Self {
            parent_workflow_execution: Some(Box::new(parent.execution)),
            parent_initiated_event_id: parent.initiated_event_id,
            root_workflow_execution: Some(Box::new(parent.root)),
            ..Self::first_run(run_id)
        }
    }

    /// The run that has asked for this one, if one has.
    pub fn parent(&self) -> Option<Parent> {
        let execution = self.parent_workflow_execution.as_deref()?;
        let root = self.root_workflow_execution.as_deref();
        Some(Parent {
            execution: execution.clone(),
            initiated_event_id: self.parent_initiated_event_id,
            root: root.unwrap_or(execution).clone(),
        })
    }

    /// Whether the run is a child of that one, or follows one that is.
    pub fn is_child_of(&self, parent: &WorkflowExecution) -> bool {
        self.parent_workflow_execution.as_deref() == Some(parent)
    }

    /// Bytes of the user's data in it.
    pub fn size(&self) -> usize {
        let failure = self.continued_failure.as_ref();
        failure.map_or(0, |it| it.size()) + self.last_completion_result.size() + self.header.size()
    }
}

/// The run that asks for a child.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Parent {
    /// That run.
    pub execution: WorkflowExecution,
    /// The event by which it asks.
    pub initiated_event_id: EventId,
    /// The workflow at the root of the tree that it belongs to.
    pub root: WorkflowExecution,
}
