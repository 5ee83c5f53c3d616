//! Events of activities.

use sempre::model::event::activity_task as activity;
use temporalio_protos::temporal::api::history::v1 as proto;

use super::attributes;

attributes!(activity::Scheduled => ActivityTaskScheduledEventAttributes {
    activity_id, activity_type, task_queue, input, schedule_to_close_timeout,
    schedule_to_start_timeout, start_to_close_timeout, heartbeat_timeout,
    workflow_task_completed_event_id, retry_policy, header, priority,
});

attributes!(activity::Started => ActivityTaskStartedEventAttributes {
    scheduled_event_id, identity, request_id, attempt, last_failure,
});

attributes!(activity::Completed => ActivityTaskCompletedEventAttributes {
    result, scheduled_event_id, started_event_id, identity,
});

attributes!(activity::Failed => ActivityTaskFailedEventAttributes {
    failure, scheduled_event_id, started_event_id, identity, retry_state,
});

attributes!(activity::TimedOut => ActivityTaskTimedOutEventAttributes {
    failure, scheduled_event_id, started_event_id, retry_state,
});

attributes!(activity::CancelRequested => ActivityTaskCancelRequestedEventAttributes {
    scheduled_event_id, workflow_task_completed_event_id,
});

attributes!(activity::Canceled => ActivityTaskCanceledEventAttributes {
    details, latest_cancel_requested_event_id, scheduled_event_id, started_event_id, identity,
});
