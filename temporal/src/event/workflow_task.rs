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

#[expect(
    deprecated,
    reason = "which build ran a task beside the version that its run is pinned to is said nowhere else"
)]
mod completed {
    use super::{attributes, proto, task};

    attributes!(task::Completed => WorkflowTaskCompletedEventAttributes {
        scheduled_event_id, started_event_id, identity, sdk_metadata, worker_version,
        deployment_version,
    });
}

attributes!(task::TimedOut => WorkflowTaskTimedOutEventAttributes {
    scheduled_event_id, started_event_id, timeout_type,
});

attributes!(task::Failed => WorkflowTaskFailedEventAttributes {
    scheduled_event_id, started_event_id, cause, failure, identity, base_run_id, new_run_id,
});
