//! Events of what a program says about its run.

use sempre::model::event::property;
use temporalio_protos::temporal::api::history::v1 as proto;

use super::attributes;

attributes!(property::SearchAttributesUpserted => UpsertWorkflowSearchAttributesEventAttributes {
    workflow_task_completed_event_id, search_attributes,
});

attributes!(property::Modified => WorkflowPropertiesModifiedEventAttributes {
    workflow_task_completed_event_id, upserted_memo,
});

attributes!(property::MarkerRecorded => MarkerRecordedEventAttributes {
    marker_name, details, workflow_task_completed_event_id, failure,
});
