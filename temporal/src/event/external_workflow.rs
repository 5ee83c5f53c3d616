//! Events of messages to other workflow executions.

use sempre::model::event::external_workflow as external;
use temporalio_protos::temporal::api::history::v1 as proto;

use super::attributes;

attributes!(external::SignalInitiated
    => SignalExternalWorkflowExecutionInitiatedEventAttributes {
    workflow_task_completed_event_id, workflow_execution, signal_name, input, child_workflow_only,
    header,
});

attributes!(external::SignalFailed => SignalExternalWorkflowExecutionFailedEventAttributes {
    cause, workflow_execution, initiated_event_id,
});

attributes!(external::Signaled => ExternalWorkflowExecutionSignaledEventAttributes {
    initiated_event_id, workflow_execution,
});

attributes!(external::CancelInitiated
    => RequestCancelExternalWorkflowExecutionInitiatedEventAttributes {
    workflow_task_completed_event_id, workflow_execution, child_workflow_only, reason,
});

attributes!(external::CancelFailed
    => RequestCancelExternalWorkflowExecutionFailedEventAttributes {
    cause, workflow_execution, initiated_event_id,
});

attributes!(external::CancelRequested
    => ExternalWorkflowExecutionCancelRequestedEventAttributes {
    initiated_event_id, workflow_execution,
});
