//! Events of workflow tasks.

use sempre::model::event::workflow_task as task;
use temporalio_protos::temporal::api::history::v1 as proto;

use super::attributes;

attributes!(task::Scheduled => WorkflowTaskScheduledEventAttributes {
    task_queue, start_to_close_timeout, attempt,
});

attributes!(task::Started => WorkflowTaskStartedEventAttributes {
    scheduled_event_id, identity, request_id, suggest_continue_as_new, history_size_bytes,
});

attributes!(task::Completed => WorkflowTaskCompletedEventAttributes {
    scheduled_event_id, started_event_id, identity, sdk_metadata,
});

attributes!(task::TimedOut => WorkflowTaskTimedOutEventAttributes {
    scheduled_event_id, started_event_id, timeout_type,
});

attributes!(task::Failed => WorkflowTaskFailedEventAttributes {
    scheduled_event_id, started_event_id, cause, failure, identity,
});
