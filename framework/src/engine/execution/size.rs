//! How many bytes things count for: cheap estimates that are the same in every release.
//!
//! History limits are about the order of magnitude, so nothing is serialized: user data counts
//! with its length, everything else of an event with one constant.

use crate::model::{
    EventAttributes, Failure, FailureInfo, Payload, event::workflow_task::SdkMetadata,
};

/// What an event counts for beside the user's data: envelope, ids, types and timeouts.
const EVENT_BYTES: usize = 64;

/// The bytes that an event adds to its history.
pub(super) fn event(attributes: &EventAttributes) -> u64 {
    use EventAttributes as E;
    let data = match attributes {
        E::WorkflowExecutionStarted(it) => it.input.size() + EVENT_BYTES,
        E::WorkflowExecutionCompleted(it) => it.result.size(),
        E::WorkflowExecutionFailed(it) => failure(&it.failure),
        E::WorkflowExecutionCanceled(it) => it.details.size(),
        E::WorkflowExecutionTerminated(it) => it.reason.len() + it.details.size(),
        E::WorkflowExecutionCancelRequested(it) => it.cause.len(),
        E::WorkflowExecutionSignaled(it) => it.signal_name.as_str().len() + it.input.size(),
        E::WorkflowTaskCompleted(it) => metadata(&it.sdk_metadata),
        E::WorkflowTaskFailed(it) => it.failure.as_ref().map_or(0, failure),
        E::ActivityTaskScheduled(it) => it.input.size() + EVENT_BYTES,
        E::ActivityTaskStarted(it) => it.last_failure.as_ref().map_or(0, failure),
        E::ActivityTaskCompleted(it) => it.result.size(),
        E::ActivityTaskFailed(it) => failure(&it.failure),
        E::ActivityTaskTimedOut(it) => failure(&it.failure),
        E::ActivityTaskCanceled(it) => it.details.size(),
        E::Foreign(_)
        | E::WorkflowExecutionTimedOut(_)
        | E::WorkflowTaskScheduled(_)
        | E::WorkflowTaskStarted(_)
        | E::WorkflowTaskTimedOut(_)
        | E::ActivityTaskCancelRequested(_)
        | E::TimerStarted(_)
        | E::TimerFired(_)
        | E::TimerCanceled(_) => 0,
    };
    u64::try_from(EVENT_BYTES + data).unwrap_or(u64::MAX)
}

/// The bytes of a failure and its causes.
pub(super) fn failure(failure: &Failure) -> usize {
    failure
        .chain()
        .map(|failure| {
            let texts = failure.message.len() + failure.source.len() + failure.stack_trace.len();
            let encoded = failure.encoded_attributes.as_ref();
            texts + info(&failure.info) + encoded.map_or(0, Payload::size)
        })
        .sum()
}

fn info(info: &FailureInfo) -> usize {
    match info {
        FailureInfo::Application(it) => it.error_type.len() + it.details.size(),
        FailureInfo::Timeout(it) => it.last_heartbeat_details.size(),
        FailureInfo::Canceled(it) => it.details.size(),
        FailureInfo::Terminated(_) | FailureInfo::Server(_) => 0,
        FailureInfo::Activity(it) => {
            it.activity_id.as_str().len() + it.activity_type.as_str().len()
        }
    }
}

fn metadata(metadata: &SdkMetadata) -> usize {
    let flags = metadata.core_used_flags.len() + metadata.lang_used_flags.len();
    4 * flags + metadata.sdk_name.len() + metadata.sdk_version.len()
}
