//! Events of the run as a whole.
//!
//! The request ids of its start and of its cancellation, and what its start says to people, are no
//! attributes of Temporal's; they travel in the envelope.

use sempre::model::event::workflow_execution as execution;
use temporalio_protos::temporal::api::history::v1 as proto;

use super::attributes;

attributes!(execution::Started => WorkflowExecutionStartedEventAttributes {
    workflow_id, workflow_type, task_queue, input, workflow_execution_timeout,
    workflow_run_timeout, workflow_task_timeout, workflow_execution_expiration_time, identity,
    attempt, retry_policy, cron_schedule, first_workflow_task_backoff, memo, search_attributes,
} lineage {
    original_execution_run_id, first_execution_run_id, continued_execution_run_id, initiator,
    continued_failure, last_completion_result, parent_workflow_execution,
    parent_initiated_event_id, root_workflow_execution, inherited_pinned_version, header,
    priority,
});

attributes!(execution::Completed => WorkflowExecutionCompletedEventAttributes {
    result, workflow_task_completed_event_id, new_execution_run_id,
});

attributes!(execution::Failed => WorkflowExecutionFailedEventAttributes {
    failure, retry_state, workflow_task_completed_event_id, new_execution_run_id,
});

attributes!(execution::TimedOut => WorkflowExecutionTimedOutEventAttributes {
    retry_state, new_execution_run_id,
});

attributes!(execution::ContinuedAsNew => WorkflowExecutionContinuedAsNewEventAttributes {
    new_execution_run_id, workflow_type, task_queue, input, workflow_run_timeout,
    workflow_task_timeout, workflow_task_completed_event_id, memo, search_attributes,
    initial_versioning_behavior, header,
});

attributes!(execution::CancelRequested => WorkflowExecutionCancelRequestedEventAttributes {
    cause, identity, external_initiated_event_id, external_workflow_execution,
});

attributes!(execution::Canceled => WorkflowExecutionCanceledEventAttributes {
    details, workflow_task_completed_event_id,
});

attributes!(execution::Signaled => WorkflowExecutionSignaledEventAttributes {
    signal_name, input, identity, request_id, external_workflow_execution, header,
});

attributes!(execution::Terminated => WorkflowExecutionTerminatedEventAttributes {
    reason, details, identity,
});

attributes!(execution::Paused => WorkflowExecutionPausedEventAttributes {
    identity, reason, request_id,
});

attributes!(execution::Unpaused => WorkflowExecutionUnpausedEventAttributes {
    identity, reason, request_id,
});
