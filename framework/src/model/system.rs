//! The names of the engine's own workflows, activities and task queues: schedules, and what operators
//! have set. All begin as those of a Temporal server do.

use crate::model::{TaskQueue, WorkflowId, WorkflowType};

/// What they begin with.
pub const SYSTEM_PREFIX: &str = "temporal-sys-";

/// The type of the workflow that keeps what operators have done.
pub const OPERATOR_TYPE: &str = "temporal-sys-operator-workflow";
/// The id of that workflow.
pub const OPERATOR_ID: &str = "temporal-sys-operator";

/// Whether a workflow is the engine's own, by its type.
pub fn is_system_type(workflow_type: &WorkflowType) -> bool {
    workflow_type.as_str().starts_with(SYSTEM_PREFIX)
}

/// Whether a workflow is the engine's own, by its id.
pub fn is_system_id(workflow_id: &WorkflowId) -> bool {
    workflow_id.as_str().starts_with(SYSTEM_PREFIX)
}

/// Whether a task queue is the engine's own.
pub fn is_system_queue(task_queue: &TaskQueue) -> bool {
    task_queue.as_str().starts_with(SYSTEM_PREFIX)
}
