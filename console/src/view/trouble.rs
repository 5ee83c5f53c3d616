//! What is wrong with a run, in words for people.

use sempre::client::ProblemKind;

/// What is wrong.
pub(super) fn in_words(kind: &ProblemKind) -> String {
    match kind {
        ProblemKind::Quarantined => "Quarantined".to_owned(),
        ProblemKind::WorkflowTypeNotRegistered { workflow_type } => {
            format!("No code for workflow {workflow_type}")
        }
        ProblemKind::WorkflowVersionNotRegistered {
            workflow_type,
            version,
        } => format!("No code for version {version} of workflow {workflow_type}"),
        ProblemKind::WorkflowTypePaused { workflow_type } => {
            format!("Workflow type {workflow_type} is paused")
        }
        ProblemKind::TaskQueuePaused { task_queue } => {
            format!("Task queue {task_queue} is paused")
        }
        ProblemKind::WorkflowTaskFails => "Its workflow task fails".to_owned(),
        ProblemKind::ActivityTypeNotRegistered {
            activity_type,
            task_queue,
            ..
        } => format!("No code for activity {activity_type} on task queue {task_queue}"),
        ProblemKind::ActivityFails { activity_type, .. } => {
            format!("Activity {activity_type} fails")
        }
        ProblemKind::AttemptBlocks { activity_type, .. } => {
            format!("Activity {activity_type} blocks its thread")
        }
        ProblemKind::ManyRecords => {
            "Heartbeats and failed attempts take up a lot of space".to_owned()
        }
        ProblemKind::SignalDropped { signal_name } => {
            format!("Signal {signal_name} was dropped")
        }
        ProblemKind::RecordsLost => "Records were lost".to_owned(),
        ProblemKind::HeartbeatDetailsDropped { activity_type, .. } => {
            format!("Heartbeat details of activity {activity_type} were dropped")
        }
        other => super::layout::capitalized(&other.to_string()),
    }
}
