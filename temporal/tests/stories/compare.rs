//! What of a history is compared: everything that sempre has a model of, but for
//!
//! | what | because |
//! |---|---|
//! | times, sizes, request ids, the library's name and flags; identities but the server's own | they say when and by whom it was recorded |
//! | who has terminated a run, and why, unless the server has | it is a person |
//! | run ids | they are numbered in the order in which they appear in a story, also within texts |
//! | how much longer a workflow task may take from its third attempt on | the server adds chance to it |
//! | why a workflow task has failed, in words, and who said so | it is another language, and other code |
//! | a workflow task at the end that is tried again | it is shown, and not written |
//! | how a point in time is spelled in a search attribute | it is another library |
//! | how the word for canceling is spelled in the reason of a schedule | the server has two l |
//! | how long the first workflow task waits after a continue-as-new | it depends on how quick the server was |
//! | when a local activity was asked for and ended, in its marker | they are times |
//! | where a failure comes from, its stack trace, and what an update's failure carries | it is another language |
//! | several arguments, and one that is `null` | sempre's handlers have one, a list of them, or none |
//! | timeouts and retry policies of activities where none was given | sempre fills in fewer of them |

use std::{collections::BTreeMap, time::Duration};

use sempre::{
    RetryPolicy,
    model::{
        ContinueAsNewInitiator, EventAttributes as E, EventId, Failure, FailureInfo, HistoryEvent,
        Identity, Payload, Payloads, RequestId, SearchAttributeValue, SearchAttributes, Timestamp,
        event::{update::Outcome, workflow_execution::Terminated, workflow_task::SdkMetadata},
    },
};
use serde_json::Value;
use uuid::Uuid;

use crate::story::Told;

/// Who a server is in the histories that it writes.
const SERVER: &str = "history-service";
/// The same, where it resets a run.
const RESETTER: &str = "history-resetter";

/// How the reason ends for which a schedule asks a run to stop.
const BY_SCHEDULE: &str = "by schedule overlap policy";

/// The histories of a story as they are compared.
pub(crate) fn comparable(told: Told) -> BTreeMap<String, String> {
    let mut runs = Runs::default();
    let mut texts = BTreeMap::new();
    for (file, mut history) in told {
        drop_transient(&mut history.events);
        let events = history.events.into_iter().map(|mut event| {
            adjust(&mut event.attributes);
            format!("{} {:#?}\n", event.id, event.attributes)
        });
        texts.insert(file, runs.numbered(&events.collect::<String>()));
    }
    texts
}

/// Drops a workflow task at the end that is not the first attempt: a server shows it while it runs.
fn drop_transient(events: &mut Vec<HistoryEvent>) {
    let last = events.iter().rposition(|event| match &event.attributes {
        E::WorkflowTaskScheduled(it) => it.attempt > 1,
        _ => false,
    });
    let starts = |event: &HistoryEvent| matches!(event.attributes, E::WorkflowTaskStarted(_));
    if let Some(last) = last
        && events.iter().skip(last + 1).all(starts)
    {
        events.truncate(last);
    }
}

/// Runs, by the order in which they appear.
#[derive(Default)]
struct Runs(BTreeMap<Uuid, usize>);

impl Runs {
    /// A text with the number of a run for each run id in it.
    fn numbered(&mut self, text: &str) -> String {
        let is_separator = |it: char| !it.is_ascii_hexdigit() && it != '-';
        let words = text.split_inclusive(is_separator).map(|word| {
            let end = word.trim_end_matches(is_separator).len();
            let (id, rest) = word.split_at(end);
            match Uuid::try_parse(id) {
                Ok(run) if !run.is_nil() => {
                    let next = self.0.len() + 1;
                    format!("run-{}{rest}", self.0.entry(run).or_insert(next))
                }
                _ => word.to_owned(),
            }
        });
        words.collect()
    }
}

#[expect(clippy::too_many_lines, reason = "an arm for each type of event")]
fn adjust(attributes: &mut E) {
    match attributes {
        E::WorkflowExecutionStarted(it) => {
            identity(&mut it.identity);
            it.request_id = RequestId::default();
            it.workflow_execution_expiration_time = it
                .workflow_execution_expiration_time
                .map(|_| Timestamp::EPOCH);
            if it.lineage.initiator == ContinueAsNewInitiator::Workflow {
                it.first_workflow_task_backoff = Duration::ZERO;
            }
            if let Some(failure) = &mut it.lineage.continued_failure {
                blank(failure);
            }
            spell(&mut it.search_attributes);
            one_argument(&mut it.input);
        }
        E::UpsertWorkflowSearchAttributes(it) => spell(&mut it.search_attributes),
        E::WorkflowExecutionContinuedAsNew(it) => one_argument(&mut it.input),
        E::WorkflowExecutionFailed(it) => {
            blank(&mut it.failure);
            it.failure.cause.iter_mut().for_each(|cause| blank(cause));
        }
        E::WorkflowExecutionSignaled(it) => {
            identity(&mut it.identity);
            it.request_id = RequestId::default();
            one_argument(&mut it.input);
        }
        E::WorkflowExecutionTerminated(it)
            if ![SERVER, RESETTER].contains(&it.identity.as_str()) =>
        {
            *it = Terminated::default();
        }
        E::WorkflowExecutionCancelRequested(it) => {
            identity(&mut it.identity);
            it.request_id = RequestId::default();
            if it.cause.ends_with(BY_SCHEDULE) {
                BY_SCHEDULE.clone_into(&mut it.cause);
            }
        }
        E::WorkflowTaskStarted(it) => {
            identity(&mut it.identity);
            it.request_id = RequestId::default();
            it.history_size_bytes = 0;
        }
        E::WorkflowTaskCompleted(it) => {
            identity(&mut it.identity);
            it.sdk_metadata = SdkMetadata::default();
            // A worker of the Python SDK names its build after its code.
            it.worker_version = None;
        }
        E::WorkflowTaskScheduled(it) if it.attempt > 2 => {
            it.start_to_close_timeout = Duration::ZERO;
        }
        E::WorkflowTaskFailed(it) => {
            identity(&mut it.identity);
            if !it.is_reset() {
                it.failure = None;
            }
        }
        E::WorkflowExecutionPaused(it) => {
            identity(&mut it.identity);
            it.request_id = RequestId::default();
        }
        E::WorkflowExecutionUnpaused(it) => {
            identity(&mut it.identity);
            it.request_id = RequestId::default();
        }
        E::ActivityTaskScheduled(it) => {
            one_argument(&mut it.input);
            it.schedule_to_close_timeout = Duration::ZERO;
            it.schedule_to_start_timeout = Duration::ZERO;
            it.retry_policy = RetryPolicy::default();
        }
        E::ActivityTaskStarted(it) => {
            identity(&mut it.identity);
            it.last_failure
                .iter_mut()
                .for_each(|failure| blank(failure));
            it.request_id = RequestId::default();
        }
        E::ActivityTaskCompleted(it) => identity(&mut it.identity),
        E::ActivityTaskCanceled(it) => identity(&mut it.identity),
        E::ActivityTaskFailed(it) => {
            identity(&mut it.identity);
            blank(&mut it.failure);
            it.failure.cause.iter_mut().for_each(|cause| blank(cause));
        }
        E::MarkerRecorded(it) => {
            it.details.values_mut().for_each(untimed);
            it.failure.iter_mut().for_each(|failure| blank(failure));
        }
        E::StartChildWorkflowExecutionInitiated(it) => one_argument(&mut it.input),
        E::StartChildWorkflowExecutionFailed(it) => {
            // The server leaves it out.
            it.workflow_task_completed_event_id = EventId::NONE;
        }
        E::ChildWorkflowExecutionFailed(it) => blank(&mut it.failure),
        E::TimerCanceled(it) => identity(&mut it.identity),
        E::WorkflowExecutionUpdateAccepted(it) => {
            if let Some(request) = &mut it.accepted_request {
                identity(&mut request.identity);
                one_argument(&mut request.input);
            }
        }
        E::WorkflowExecutionUpdateAdmitted(it) => {
            if let Some(request) = &mut it.request {
                identity(&mut request.identity);
                one_argument(&mut request.input);
            }
        }
        E::WorkflowExecutionUpdateCompleted(it) => {
            identity(&mut it.identity);
            if let Outcome::Failure(failure) = &mut it.outcome {
                blank(failure);
                if let FailureInfo::Application(info) = &mut failure.info {
                    info.details = Payloads::EMPTY;
                }
            }
        }
        _ => {}
    }
}

/// Forgets when a local activity was asked for, and when it ended.
fn untimed(data: &mut Payloads) {
    let Ok(Value::Object(mut said)) = data.decode::<Value>() else {
        return;
    };
    for time in ["complete_time", "original_schedule_time"] {
        said.remove(time);
    }
    if let Ok(said) = Payloads::encode(&said) {
        *data = said;
    }
}

/// Forgets who it was, unless it was the server itself.
fn identity(identity: &mut Identity) {
    if identity.as_str() != SERVER {
        *identity = Identity::default();
    }
}

/// Spells the values of search attributes as sempre does.
fn spell(attributes: &mut SearchAttributes) {
    let spelled = attributes.iter().map(|(name, payload)| {
        let value = SearchAttributeValue::from_payload(payload);
        let payload = value.map_or_else(|| payload.clone(), |value| value.to_payload());
        (name.to_owned(), payload)
    });
    *attributes = spelled.collect();
}

/// Forgets in which language something failed.
fn blank(failure: &mut Failure) {
    failure.stack_trace.clear();
    if let FailureInfo::Activity(info) = &mut failure.info {
        identity(&mut info.identity);
    }
    if failure.timeout_type().is_none() {
        failure.source.clear();
    }
}

/// Makes one argument of several, a list of them, and none of `null`.
fn one_argument(input: &mut Payloads) {
    let Some(first) = input.0.first().cloned() else {
        return;
    };
    let texts = input.0.iter().map(|it| String::from_utf8_lossy(&it.data));
    let texts: Vec<_> = texts.collect();
    *input = match &*texts {
        [one] if one.is_empty() || one == "null" => Payloads::EMPTY,
        [_, _, ..] => Payload {
            data: format!("[{}]", texts.join(",")).into(),
            ..first
        }
        .into(),
        _ => return,
    };
}
