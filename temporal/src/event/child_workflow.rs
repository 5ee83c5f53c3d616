//! Events of child workflows.

use sempre::model::event::child_workflow as child;
use temporalio_protos::temporal::api::history::v1 as proto;

use super::attributes;

attributes!(child::Initiated => StartChildWorkflowExecutionInitiatedEventAttributes {
    workflow_id, workflow_type, task_queue, input, workflow_execution_timeout,
    workflow_run_timeout, workflow_task_timeout, parent_close_policy,
    workflow_task_completed_event_id, workflow_id_reuse_policy, retry_policy, cron_schedule,
    header, memo, search_attributes, priority,
});

attributes!(child::StartFailed => StartChildWorkflowExecutionFailedEventAttributes {
    workflow_id, workflow_type, cause, initiated_event_id, workflow_task_completed_event_id,
});

attributes!(child::Started => ChildWorkflowExecutionStartedEventAttributes {
    initiated_event_id, workflow_execution, workflow_type, header,
});

attributes!(child::Completed => ChildWorkflowExecutionCompletedEventAttributes {
    result, workflow_execution, workflow_type, initiated_event_id, started_event_id,
});

attributes!(child::Failed => ChildWorkflowExecutionFailedEventAttributes {
    failure, workflow_execution, workflow_type, initiated_event_id, started_event_id, retry_state,
});

attributes!(child::Canceled => ChildWorkflowExecutionCanceledEventAttributes {
    details, workflow_execution, workflow_type, initiated_event_id, started_event_id,
});

attributes!(child::TimedOut => ChildWorkflowExecutionTimedOutEventAttributes {
    workflow_execution, workflow_type, initiated_event_id, started_event_id, retry_state,
});

attributes!(child::Terminated => ChildWorkflowExecutionTerminatedEventAttributes {
    workflow_execution, workflow_type, initiated_event_id, started_event_id,
});
