//! What of a history is compared: everything that sempre has a model of, but for
//!
//! | what | because |
//! |---|---|
//! | times, sizes, identities, request ids, run ids, task queues, flags and names of libraries | they say when, where and by whom it was recorded |
//! | where a failure comes from, its stack trace and its details | it is another language |
//! | several arguments | sempre's handlers have one, a list of them |
//! | an input that is `null` | it is none |
//! | timeouts of activities where none was given | sempre fills in fewer of them |

use sempre::model::{
    EventAttributes as E, Failure, FailureInfo, History, Identity, Payload, Payloads, RequestId,
    RunId, TaskQueue,
    event::{update::Outcome, workflow_task::SdkMetadata},
};

/// The events of a history, one text each.
pub(crate) fn comparable(history: History) -> Vec<String> {
    let events = history.events.into_iter().map(|mut event| {
        adjust(&mut event.attributes);
        format!("{} {:#?}", event.id, event.attributes)
    });
    events.collect()
}

fn adjust(attributes: &mut E) {
    match attributes {
        E::WorkflowExecutionStarted(it) => {
            it.identity = Identity::default();
            it.request_id = RequestId::default();
            it.lineage.original_execution_run_id = RunId::default();
            it.lineage.first_execution_run_id = RunId::default();
            it.task_queue = TaskQueue::default();
            one_argument(&mut it.input);
        }
        E::WorkflowExecutionSignaled(it) => {
            it.identity = Identity::default();
            it.request_id = RequestId::default();
            one_argument(&mut it.input);
        }
        E::WorkflowTaskScheduled(it) => it.task_queue = TaskQueue::default(),
        E::WorkflowTaskStarted(it) => {
            it.identity = Identity::default();
            it.request_id = RequestId::default();
            it.history_size_bytes = 0;
        }
        E::WorkflowTaskCompleted(it) => {
            it.identity = Identity::default();
            it.sdk_metadata = SdkMetadata::default();
        }
        E::ActivityTaskScheduled(it) => {
            it.task_queue = TaskQueue::default();
            it.schedule_to_close_timeout = it.start_to_close_timeout;
            it.schedule_to_start_timeout = it.start_to_close_timeout;
            it.retry_policy = sempre::RetryPolicy::default();
        }
        E::ActivityTaskStarted(it) => {
            it.identity = Identity::default();
            it.request_id = RequestId::default();
        }
        E::ActivityTaskCompleted(it) => it.identity = Identity::default(),
        E::WorkflowExecutionUpdateAccepted(it) => {
            if let Some(request) = &mut it.accepted_request {
                request.identity = Identity::default();
                one_argument(&mut request.input);
            }
        }
        E::WorkflowExecutionUpdateCompleted(it) => {
            it.identity = Identity::default();
            if let Outcome::Failure(failure) = &mut it.outcome {
                blank(failure);
            }
        }
        _ => {}
    }
}

/// Forgets in which language something failed.
fn blank(failure: &mut Failure) {
    failure.stack_trace.clear();
    failure.source.clear();
    if let FailureInfo::Application(info) = &mut failure.info {
        info.details = Payloads::EMPTY;
    }
}

/// Makes one argument of several, a list of them, and none of `null`.
fn one_argument(input: &mut Payloads) {
    let Some(first) = input.0.first().cloned() else {
        return;
    };
    let texts = input.0.iter().map(|it| String::from_utf8_lossy(&it.data));
    let texts: Vec<_> = texts.collect();
    let several = match &*texts {
        [one] if one.is_empty() || one == "null" => Payloads::EMPTY,
        [_, _, ..] => Payload {
            data: format!("[{}]", texts.join(",")).into(),
            ..first
        }
        .into(),
        _ => return,
    };
    *input = several;
}
