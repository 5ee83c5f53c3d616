//! How many bytes things count for: cheap estimates that are the same in every release.
//!
//! History limits are about the order of magnitude, so nothing is serialized: user data counts
//! with its length, everything else of an event with one constant.

use crate::{
    machine::execution::{PendingActivity, PendingChild},
    model::{
        Change, EventAttributes, Failure, Payloads,
        event::{
            activity_task, child_workflow, update, workflow_execution, workflow_task::SdkMetadata,
        },
    },
};

/// What an event, or a change, counts for beside the user's data: envelope, ids, types and timeouts.
const EVENT_BYTES: usize = 64;

/// The bytes that an event adds to its history.
pub(super) fn event(attributes: &EventAttributes) -> u64 {
    use EventAttributes as E;
    let data = match attributes {
        E::WorkflowExecutionStarted(it) => started(it) + EVENT_BYTES,
        E::WorkflowExecutionCompleted(it) => it.result.size(),
        E::WorkflowExecutionFailed(it) => it.failure.size(),
        E::WorkflowExecutionCanceled(it) => it.details.size(),
        E::WorkflowExecutionContinuedAsNew(it) => {
            let properties = it.memo.size() + it.search_attributes.size() + it.header.size();
            it.input.size() + properties + EVENT_BYTES
        }
        E::MarkerRecorded(it) => it.size(),
        E::UpsertWorkflowSearchAttributes(it) => it.search_attributes.size(),
        E::WorkflowPropertiesModified(it) => it.upserted_memo.size(),
        E::WorkflowExecutionTerminated(it) => it.reason.len() + it.details.size(),
        E::WorkflowExecutionCancelRequested(it) => it.cause.len(),
        E::WorkflowExecutionPaused(it) => it.reason.len(),
        E::WorkflowExecutionUnpaused(it) => it.reason.len(),
        E::WorkflowExecutionSignaled(it) => {
            it.signal_name.as_str().len() + it.input.size() + it.header.size()
        }
        E::StartChildWorkflowExecutionInitiated(it) => initiated(it) + 2 * EVENT_BYTES,
        E::ChildWorkflowExecutionStarted(it) => it.header.size(),
        E::ChildWorkflowExecutionCompleted(it) => it.result.size() + EVENT_BYTES,
        E::ChildWorkflowExecutionFailed(it) => it.failure.size() + EVENT_BYTES,
        E::ChildWorkflowExecutionCanceled(it) => it.details.size() + EVENT_BYTES,
        E::SignalExternalWorkflowExecutionInitiated(it) => {
            let said = it.input.size() + it.header.size();
            it.signal_name.as_str().len() + said + EVENT_BYTES
        }
        E::RequestCancelExternalWorkflowExecutionInitiated(it) => it.reason.len() + EVENT_BYTES,
        E::WorkflowTaskCompleted(it) => {
            let build = it.worker_version.as_ref();
            metadata(&it.sdk_metadata) + build.map_or(0, |it| it.as_str().len())
        }
        E::WorkflowTaskFailed(it) => it.failure.as_deref().map_or(0, Failure::size),
        E::ActivityTaskScheduled(it) => scheduled(it) + EVENT_BYTES,
        E::TimerStarted(it) => it.user_metadata.as_ref().map_or(0, |it| it.size()),
        E::ActivityTaskStarted(it) => it.last_failure.as_deref().map_or(0, Failure::size),
        E::ActivityTaskCompleted(it) => it.result.size(),
        E::ActivityTaskFailed(it) => it.failure.size(),
        E::ActivityTaskTimedOut(it) => it.failure.size(),
        E::ActivityTaskCanceled(it) => it.details.size(),
        E::WorkflowExecutionUpdateAccepted(it) => it.accepted_request.as_ref().map_or(0, request),
        E::WorkflowExecutionUpdateAdmitted(it) => it.request.as_ref().map_or(0, request),
        E::WorkflowExecutionUpdateCompleted(it) => it.outcome.size(),
        E::Foreign(_)
        | E::WorkflowExecutionTimedOut(_)
        | E::WorkflowTaskScheduled(_)
        | E::WorkflowTaskStarted(_)
        | E::WorkflowTaskTimedOut(_)
        | E::ActivityTaskCancelRequested(_)
        | E::TimerFired(_)
        | E::TimerCanceled(_)
        | E::StartChildWorkflowExecutionFailed(_)
        | E::ChildWorkflowExecutionTimedOut(_)
        | E::ChildWorkflowExecutionTerminated(_)
        | E::RequestCancelExternalWorkflowExecutionFailed(_)
        | E::ExternalWorkflowExecutionCancelRequested(_)
        | E::SignalExternalWorkflowExecutionFailed(_)
        | E::ExternalWorkflowExecutionSignaled(_) => 0,
    };
    u64::try_from(EVENT_BYTES + data).unwrap_or(u64::MAX)
}

/// The bytes of the user's data in the start of a run.
pub(super) fn started(started: &workflow_execution::Started) -> usize {
    let metadata = started.user_metadata.as_ref().map_or(0, |it| it.size());
    let properties = started.memo.size() + started.search_attributes.size() + metadata;
    started.input.size() + started.lineage.size() + properties
}

/// The bytes of the user's data in the wish for a child.
pub(super) fn initiated(initiated: &child_workflow::Initiated) -> usize {
    let metadata = initiated.user_metadata.as_ref().map_or(0, |it| it.size());
    let properties = initiated.memo.size() + initiated.search_attributes.size() + metadata;
    initiated.input.size() + initiated.header.size() + properties
}

/// The bytes of the user's data in the wish for an activity.
fn scheduled(scheduled: &activity_task::Scheduled) -> usize {
    let metadata = scheduled.user_metadata.as_ref().map_or(0, |it| it.size());
    scheduled.input.size() + scheduled.header.size() + metadata
}

/// The bytes that a change adds which leaves no event.
pub(super) fn change(change: &Change) -> u64 {
    let data = match change {
        Change::AttemptFailed(it) => it.failure.failure.size(),
        Change::HeartbeatRecorded(it) => it.details.size(),
        // It is recorded once more as an event, and then takes its place in the history.
        Change::EventBuffered(it) => return event(&it.attributes),
        Change::WorkflowTaskAttemptFailed(it) => it.failure.as_deref().map_or(0, Failure::size),
        Change::SignalDropped(it) => it.signal_name.as_str().len() + it.cause.len(),
        Change::RecordsLost(it) => it.cause.len(),
        Change::ActivityPaused(it) => it.reason.len() + it.identity.as_str().len(),
        Change::Forked(it) => it.request_id.as_str().len() + it.origins.len() * EVENT_BYTES,
        Change::AttemptStarted(_)
        | Change::AttemptHandedOver(_)
        | Change::BufferFlushed(_)
        | Change::WorkflowTaskScheduled(_)
        | Change::WorkflowTaskStarted(_)
        | Change::BackoffEnded(_)
        | Change::HeartbeatDetailsDropped(_)
        | Change::MessageSettled(_)
        | Change::ActivityUnpaused(_)
        | Change::ActivityReset(_)
        | Change::ActivityOptionsUpdated(_)
        | Change::Reset(_) => 0,
    };
    u64::try_from(EVENT_BYTES + data).unwrap_or(u64::MAX)
}

/// The bytes of an activity that is pending.
pub(super) fn activity(activity: &PendingActivity) -> u64 {
    let failure = activity.last_failure.as_ref();
    let failure = failure.map_or(0, |last| last.failure.size());
    let controls: usize = activity.controls.iter().map(Payloads::size).sum();
    let details = activity.heartbeat_details.size() + controls;
    let data = scheduled(&activity.scheduled) + details + failure;
    u64::try_from(EVENT_BYTES + data).unwrap_or(u64::MAX)
}

/// The bytes of a child that is pending.
pub(super) fn child(child: &PendingChild) -> u64 {
    let workflow_id = &child.execution.workflow_id;
    let data = workflow_id.as_str().len() + child.workflow_type.as_str().len();
    u64::try_from(EVENT_BYTES + data).unwrap_or(u64::MAX)
}

fn request(request: &update::Request) -> usize {
    request.name.as_str().len() + request.input.size() + request.header.size()
}

fn metadata(metadata: &SdkMetadata) -> usize {
    let flags = metadata.core_used_flags.len() + metadata.lang_used_flags.len();
    4 * flags + metadata.sdk_name.len() + metadata.sdk_version.len()
}
