//! In which fields a command differs from the event that was recorded in its place.

use std::{collections::BTreeMap, fmt::Debug, time::Duration};

use crate::{
    machine::replay::patch::PatchMarker,
    model::{
        Command, ContinueAsNew, Encoding, EventAttributes, Failure, Payload, Payloads,
        RecordMarker, ScheduleActivityTask, SignalExternalWorkflow, StartChildWorkflow,
        event::{
            activity_task::Scheduled, child_workflow::Initiated,
            external_workflow::SignalInitiated, property::MarkerRecorded, update,
            workflow_execution::ContinuedAsNew,
        },
    },
};

/// How many characters of a value are shown.
const SHOWN: usize = 200;
/// How many of them come before the first that is different.
const BEFORE: usize = 40;

/// A field that is different: its name, and both values for people.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) recorded: String,
    pub(super) attempted: String,
}

/// The fields that are different; `None` if the event is of another kind than the command.
#[expect(
    clippy::too_many_lines,
    reason = "an arm for each command, and no logic beside"
)]
pub(super) fn different(command: &Command, event: &EventAttributes) -> Option<Vec<Field>> {
    use EventAttributes as E;
    let fields = match (command, event) {
        (Command::ScheduleActivityTask(asked), E::ActivityTaskScheduled(event)) => {
            return Some(of_activity(asked, event));
        }
        (
            Command::RequestCancelActivityTask { scheduled_event_id },
            E::ActivityTaskCancelRequested(event),
        ) => field(
            "scheduled_event_id",
            scheduled_event_id,
            &event.scheduled_event_id,
            ToString::to_string,
        ),
        (
            Command::StartTimer {
                timer_id,
                start_to_fire_timeout,
                ..
            },
            E::TimerStarted(event),
        ) => {
            let id = field("timer_id", timer_id, &event.timer_id, ToString::to_string);
            let timeout = field(
                "start_to_fire_timeout",
                start_to_fire_timeout,
                &event.start_to_fire_timeout,
                duration,
            );
            return Some(id.into_iter().chain(timeout).collect());
        }
        (Command::CancelTimer { timer_id }, E::TimerCanceled(event)) => {
            field("timer_id", timer_id, &event.timer_id, ToString::to_string)
        }
        (
            Command::StartChildWorkflowExecution(asked),
            E::StartChildWorkflowExecutionInitiated(event),
        ) => return Some(of_child(asked, event)),
        (
            Command::SignalExternalWorkflowExecution(asked),
            E::SignalExternalWorkflowExecutionInitiated(event),
        ) => return Some(of_signal(asked, event)),
        (
            Command::RequestCancelExternalWorkflowExecution(asked),
            E::RequestCancelExternalWorkflowExecutionInitiated(event),
        ) => field(
            "workflow_id",
            &asked.workflow_execution.workflow_id,
            &event.workflow_execution.workflow_id,
            ToString::to_string,
        ),
        (Command::RecordMarker(asked), E::MarkerRecorded(recorded)) => {
            let patches = (
                PatchMarker::in_command(command),
                PatchMarker::in_event(event),
            );
            return Some(match patches {
                // Whether it is deprecated may change.
                (Some(asked), Some(recorded)) => {
                    let id = field("patch_id", &asked.id, &recorded.id, String::clone);
                    id.into_iter().collect()
                }
                _ => of_marker(asked, recorded),
            });
        }
        (
            Command::UpsertWorkflowSearchAttributes { search_attributes },
            E::UpsertWorkflowSearchAttributes(event),
        ) => field(
            "search_attributes",
            search_attributes,
            &event.search_attributes,
            |it| named(it.iter()),
        ),
        (
            Command::ModifyWorkflowProperties { upserted_memo },
            E::WorkflowPropertiesModified(event),
        ) => field("upserted_memo", upserted_memo, &event.upserted_memo, |it| {
            named(it.iter())
        }),
        (Command::AcceptUpdate { request }, E::WorkflowExecutionUpdateAccepted(event)) => {
            let recorded = &event.protocol_instance_id;
            field(
                "update_id",
                &request.update_id,
                recorded,
                ToString::to_string,
            )
        }
        (
            Command::CompleteUpdate { update_id, outcome },
            E::WorkflowExecutionUpdateCompleted(event),
        ) => {
            let id = field(
                "update_id",
                update_id,
                &event.update_id,
                ToString::to_string,
            );
            let outcome = field("outcome", outcome, &event.outcome, of_update);
            return Some(id.into_iter().chain(outcome).collect());
        }
        (Command::CompleteWorkflowExecution { result }, E::WorkflowExecutionCompleted(event)) => {
            field("result", result, &event.result, payloads)
        }
        (Command::FailWorkflowExecution { failure }, E::WorkflowExecutionFailed(event)) => {
            field("failure", failure, &event.failure, Failure::to_string)
        }
        (Command::CancelWorkflowExecution { details }, E::WorkflowExecutionCanceled(event)) => {
            field("details", details, &event.details, payloads)
        }
        (
            Command::ContinueAsNewWorkflowExecution(asked),
            E::WorkflowExecutionContinuedAsNew(event),
        ) => return Some(of_next_run(asked, event)),
        _ => return None,
    };
    Some(fields.into_iter().collect())
}

fn of_child(asked: &StartChildWorkflow, event: &Initiated) -> Vec<Field> {
    let fields = [
        field(
            "workflow_id",
            &asked.workflow_id,
            &event.workflow_id,
            ToString::to_string,
        ),
        field(
            "workflow_type",
            &asked.workflow_type,
            &event.workflow_type,
            ToString::to_string,
        ),
        field(
            "task_queue",
            &asked.task_queue,
            &event.task_queue,
            ToString::to_string,
        ),
        field(
            "parent_close_policy",
            &asked.parent_close_policy,
            &event.parent_close_policy,
            ToString::to_string,
        ),
        field("input", &asked.input, &event.input, payloads),
    ];
    fields.into_iter().flatten().collect()
}

fn of_signal(asked: &SignalExternalWorkflow, event: &SignalInitiated) -> Vec<Field> {
    let fields = [
        field(
            "workflow_id",
            &asked.workflow_execution.workflow_id,
            &event.workflow_execution.workflow_id,
            ToString::to_string,
        ),
        field(
            "signal_name",
            &asked.signal_name,
            &event.signal_name,
            ToString::to_string,
        ),
        field("input", &asked.input, &event.input, payloads),
    ];
    fields.into_iter().flatten().collect()
}

fn of_marker(asked: &RecordMarker, event: &MarkerRecorded) -> Vec<Field> {
    let details = |details: &BTreeMap<String, Payloads>| {
        let entries = details.iter();
        let entries = entries.map(|(key, values)| format!("{key}={}", payloads(values)));
        entries.collect::<Vec<_>>().join(", ")
    };
    let fields = [
        field(
            "marker_name",
            &asked.marker_name,
            &event.marker_name,
            String::clone,
        ),
        field("details", &asked.details, &event.details, details),
        field("failure", &asked.failure, &event.failure, |failure| {
            failure
                .as_ref()
                .map_or_else(String::new, |it| it.to_string())
        }),
    ];
    fields.into_iter().flatten().collect()
}

fn named<'a>(values: impl Iterator<Item = (&'a str, &'a Payload)>) -> String {
    let values = values.map(|(name, value)| format!("{name}={}", payload(value)));
    values.collect::<Vec<_>>().join(", ")
}

fn of_update(outcome: &update::Outcome) -> String {
    match outcome {
        update::Outcome::Success(result) => payloads(result),
        update::Outcome::Failure(failure) => failure.to_string(),
    }
}

/// What is different of a run that takes the place of another; what was not asked for is whatever
/// it was before.
fn of_next_run(asked: &ContinueAsNew, event: &ContinuedAsNew) -> Vec<Field> {
    let workflow_type = asked.workflow_type.as_ref().and_then(|asked| {
        let recorded = &event.workflow_type;
        field("workflow_type", asked, recorded, ToString::to_string)
    });
    let task_queue = asked.task_queue.as_ref().and_then(|asked| {
        let recorded = &event.task_queue;
        field("task_queue", asked, recorded, ToString::to_string)
    });
    let input = field("input", &asked.input, &event.input, payloads);
    let version = field(
        "initial_versioning_behavior",
        &asked.initial_versioning_behavior,
        &event.initial_versioning_behavior,
        ToString::to_string,
    );
    [workflow_type, task_queue, input, version]
        .into_iter()
        .flatten()
        .collect()
}

fn of_activity(asked: &ScheduleActivityTask, event: &Scheduled) -> Vec<Field> {
    let fields = [
        field(
            "activity_id",
            &asked.activity_id,
            &event.activity_id,
            ToString::to_string,
        ),
        field(
            "activity_type",
            &asked.activity_type,
            &event.activity_type,
            ToString::to_string,
        ),
        field(
            "task_queue",
            &asked.task_queue,
            &event.task_queue,
            ToString::to_string,
        ),
        field("input", &asked.input, &event.input, payloads),
    ];
    fields.into_iter().flatten().collect()
}

/// One field, if it is different.
fn field<T: PartialEq + Debug>(
    name: &'static str,
    attempted: &T,
    recorded: &T,
    text: impl Fn(&T) -> String,
) -> Option<Field> {
    if attempted == recorded {
        return None;
    }
    let (mut attempted_text, mut recorded_text) = (text(attempted), text(recorded));
    if attempted_text == recorded_text {
        (attempted_text, recorded_text) = (format!("{attempted:?}"), format!("{recorded:?}"));
    }
    let same = attempted_text.chars().zip(recorded_text.chars());
    let same = same.take_while(|(one, other)| one == other).count();
    Some(Field {
        name,
        attempted: excerpt(&attempted_text, same),
        recorded: excerpt(&recorded_text, same),
    })
}

/// A text that is not too long to be read, with the place from which on it is different.
fn excerpt(text: &str, same: usize) -> String {
    let length = text.chars().count();
    if length <= SHOWN {
        return text.to_owned();
    }
    let from = same.saturating_sub(BEFORE);
    let shown: String = text.chars().skip(from).take(SHOWN).collect();
    let before = if from > 0 { "…" } else { "" };
    let after = if from + SHOWN < length { "…" } else { "" };
    format!("{before}{shown}{after}")
}

fn duration(duration: &Duration) -> String {
    humantime::format_duration(*duration).to_string()
}

fn payloads(payloads: &Payloads) -> String {
    let shown: Vec<_> = payloads.0.iter().map(payload).collect();
    match shown.as_slice() {
        [] => "nothing".to_owned(),
        _ => shown.join(", "),
    }
}

fn payload(payload: &Payload) -> String {
    match &payload.encoding {
        Encoding::JsonPlain => String::from_utf8_lossy(&payload.data).into_owned(),
        Encoding::BinaryNull => "null".to_owned(),
        other => format!("<{other}, {} bytes>", payload.data.len()),
    }
}
