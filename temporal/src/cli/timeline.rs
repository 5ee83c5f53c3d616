//! A history as a timeline: one line per event, with what matters of it.

use std::{
    fmt::Display,
    io::{self, Write},
};

use anstyle::{AnsiColor, Style};
use sempre::model::{
    Encoding, EventAttributes, Failure, History, Payload, Payloads,
    event::{foreign::Foreign, update},
};
use temporalio_protos::temporal::api::enums::v1::EventType;

/// What is shown of a payload, in characters.
const PAYLOAD_CHARS: usize = 60;

/// Prints a history.
pub(super) fn print(history: &History, out: &mut dyn Write) -> io::Result<()> {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let execution = &history.execution;
    writeln!(
        out,
        "{bold}{}{bold:#}  {dim}run={}{dim:#}",
        printable(execution.workflow_id.as_str()),
        execution.run_id
    )?;
    let Some(first) = history.events.first() else {
        return Ok(());
    };
    for event in &history.events {
        let style = style(&event.attributes);
        let name = name(&event.attributes);
        let after = event.time.since(first.time);
        let detail = printable(&detail(&event.attributes));
        // Wide enough for most names, and nothing after one that has no detail.
        let name = if detail.is_empty() {
            name
        } else {
            format!("{name:<32}")
        };
        writeln!(
            out,
            "{dim}{:>5}  {:>12}{dim:#}  {style}{name}{style:#}{}{detail}",
            event.id.get(),
            format!("+{:.3}s", after.as_secs_f64()),
            if detail.is_empty() { "" } else { "  " },
        )?;
    }
    let state = if history.is_closed() {
        "closed"
    } else {
        "open"
    };
    writeln!(
        out,
        "{dim}{state} events={} started={}{dim:#}",
        history.len(),
        first.time
    )
}

fn name(attributes: &EventAttributes) -> String {
    if let EventAttributes::Foreign(Foreign { event_type, .. }) = attributes {
        let known = EventType::try_from(i32::from(*event_type)).unwrap_or_default();
        let words = known
            .as_str_name()
            .trim_start_matches("EVENT_TYPE_")
            .split('_');
        let words = words.map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            format!("{first}{}", rest.to_ascii_lowercase())
        });
        return words.collect();
    }
    attributes.event_type().name().to_owned()
}

/// Green is a result, red a failure, yellow a cancellation; the machinery stays in the back.
fn style(attributes: &EventAttributes) -> Style {
    use EventAttributes as E;
    let color = match attributes {
        E::WorkflowTaskScheduled(_) | E::WorkflowTaskStarted(_) | E::WorkflowTaskCompleted(_) => {
            return Style::new().dimmed();
        }
        E::WorkflowExecutionCompleted(_)
        | E::ActivityTaskCompleted(_)
        | E::ChildWorkflowExecutionCompleted(_) => AnsiColor::Green,
        E::WorkflowExecutionFailed(_)
        | E::WorkflowExecutionTimedOut(_)
        | E::WorkflowExecutionTerminated(_)
        | E::WorkflowTaskFailed(_)
        | E::WorkflowTaskTimedOut(_)
        | E::ActivityTaskFailed(_)
        | E::ActivityTaskTimedOut(_)
        | E::StartChildWorkflowExecutionFailed(_)
        | E::ChildWorkflowExecutionFailed(_)
        | E::ChildWorkflowExecutionTimedOut(_)
        | E::ChildWorkflowExecutionTerminated(_)
        | E::SignalExternalWorkflowExecutionFailed(_)
        | E::RequestCancelExternalWorkflowExecutionFailed(_) => AnsiColor::Red,
        E::WorkflowExecutionCancelRequested(_)
        | E::WorkflowExecutionCanceled(_)
        | E::ActivityTaskCancelRequested(_)
        | E::ActivityTaskCanceled(_)
        | E::TimerCanceled(_)
        | E::ChildWorkflowExecutionCanceled(_)
        | E::RequestCancelExternalWorkflowExecutionInitiated(_)
        | E::ExternalWorkflowExecutionCancelRequested(_) => AnsiColor::Yellow,
        E::WorkflowExecutionSignaled(_)
        | E::SignalExternalWorkflowExecutionInitiated(_)
        | E::ExternalWorkflowExecutionSignaled(_)
        | E::WorkflowExecutionUpdateAdmitted(_)
        | E::WorkflowExecutionUpdateAccepted(_)
        | E::WorkflowExecutionUpdateCompleted(_) => AnsiColor::Magenta,
        E::TimerStarted(_) | E::TimerFired(_) => AnsiColor::Blue,
        _ => AnsiColor::Cyan,
    };
    Style::new().fg_color(Some(color.into()))
}

/// What matters of an event.
#[expect(
    clippy::too_many_lines,
    reason = "an arm for each type of event, and no logic beside"
)]
fn detail(attributes: &EventAttributes) -> String {
    use EventAttributes as E;
    match attributes {
        E::WorkflowExecutionStarted(it) => with_payloads(&it.workflow_type, &it.input),
        E::WorkflowExecutionCompleted(it) => payloads(&it.result),
        E::WorkflowExecutionFailed(it) => failed(&it.failure, &it.retry_state),
        E::WorkflowExecutionTimedOut(it) => it.retry_state.to_string(),
        E::WorkflowExecutionSignaled(it) => with_payloads(&it.signal_name, &it.input),
        E::WorkflowExecutionUpdateAdmitted(it) => {
            it.request.as_ref().map_or_else(String::new, asked)
        }
        E::WorkflowExecutionUpdateAccepted(it) => match &it.accepted_request {
            Some(request) => asked(request),
            None => format!("update_id={}", it.protocol_instance_id),
        },
        E::WorkflowExecutionUpdateCompleted(it) => {
            let outcome = match &it.outcome {
                update::Outcome::Success(result) => payloads(result),
                update::Outcome::Failure(failure) => failure.to_string(),
            };
            format!("update_id={} {outcome}", it.update_id)
        }
        E::MarkerRecorded(it) => {
            let details = it.details.iter();
            let details = details.map(|(key, values)| format!("{key}={}", payloads(values)));
            let details: Vec<_> = details.collect();
            format!("{} {}", it.marker_name, details.join(" "))
        }
        E::UpsertWorkflowSearchAttributes(it) => named(it.search_attributes.iter()),
        E::WorkflowPropertiesModified(it) => named(it.upserted_memo.iter()),
        E::WorkflowExecutionCancelRequested(it) => it.cause.clone(),
        E::WorkflowExecutionCanceled(it) => payloads(&it.details),
        E::WorkflowExecutionContinuedAsNew(it) => with_payloads(&it.workflow_type, &it.input),
        E::WorkflowExecutionTerminated(it) => with_payloads(&it.reason, &it.details),
        E::WorkflowTaskScheduled(it) if it.attempt > 1 => format!("attempt={}", it.attempt),
        E::WorkflowTaskTimedOut(it) => it.timeout_type.to_string(),
        E::WorkflowTaskFailed(it) => {
            let message = it.failure.as_deref().map(Failure::to_string);
            format!("{} {}", it.cause, message.unwrap_or_default())
        }
        E::ActivityTaskScheduled(it) => {
            let name = format!("{} id={}", it.activity_type, it.activity_id);
            with_payloads(&name, &it.input)
        }
        E::ActivityTaskStarted(it) => {
            format!("of={} attempt={}", it.scheduled_event_id, it.attempt)
        }
        E::ActivityTaskCompleted(it) => with_payloads(&of(&it.scheduled_event_id), &it.result),
        E::ActivityTaskFailed(it) => {
            let failed = failed(&it.failure, &it.retry_state);
            format!("{} {failed}", of(&it.scheduled_event_id))
        }
        E::ActivityTaskTimedOut(it) => {
            let failed = failed(&it.failure, &it.retry_state);
            format!("{} {failed}", of(&it.scheduled_event_id))
        }
        E::ActivityTaskCancelRequested(it) => of(&it.scheduled_event_id),
        E::ActivityTaskCanceled(it) => with_payloads(&of(&it.scheduled_event_id), &it.details),
        E::TimerStarted(it) => {
            let duration = humantime::format_duration(it.start_to_fire_timeout);
            format!("id={} {duration}", it.timer_id)
        }
        E::TimerFired(it) => format!("id={} {}", it.timer_id, of(&it.started_event_id)),
        E::TimerCanceled(it) => format!("id={} {}", it.timer_id, of(&it.started_event_id)),
        E::StartChildWorkflowExecutionInitiated(it) => {
            let name = format!("{} id={}", it.workflow_type, it.workflow_id);
            with_payloads(&name, &it.input)
        }
        E::StartChildWorkflowExecutionFailed(it) => {
            format!("{} {}", of(&it.initiated_event_id), it.cause)
        }
        E::ChildWorkflowExecutionStarted(it) => of(&it.initiated_event_id),
        E::ChildWorkflowExecutionCompleted(it) => {
            with_payloads(&of(&it.initiated_event_id), &it.result)
        }
        E::ChildWorkflowExecutionFailed(it) => {
            let failed = failed(&it.failure, &it.retry_state);
            format!("{} {failed}", of(&it.initiated_event_id))
        }
        E::ChildWorkflowExecutionCanceled(it) => {
            with_payloads(&of(&it.initiated_event_id), &it.details)
        }
        E::ChildWorkflowExecutionTimedOut(it) => {
            format!("{} {}", of(&it.initiated_event_id), it.retry_state)
        }
        E::ChildWorkflowExecutionTerminated(it) => of(&it.initiated_event_id),
        E::SignalExternalWorkflowExecutionInitiated(it) => {
            let to = format!(
                "{} to={}",
                it.signal_name, it.workflow_execution.workflow_id
            );
            with_payloads(&to, &it.input)
        }
        E::SignalExternalWorkflowExecutionFailed(it) => {
            format!("{} {}", of(&it.initiated_event_id), it.cause)
        }
        E::ExternalWorkflowExecutionSignaled(it) => of(&it.initiated_event_id),
        E::RequestCancelExternalWorkflowExecutionInitiated(it) => {
            format!("to={} {}", it.workflow_execution.workflow_id, it.reason)
        }
        E::RequestCancelExternalWorkflowExecutionFailed(it) => {
            format!("{} {}", of(&it.initiated_event_id), it.cause)
        }
        E::ExternalWorkflowExecutionCancelRequested(it) => of(&it.initiated_event_id),
        _ => String::new(),
    }
}

fn of(event_id: &impl Display) -> String {
    format!("of={event_id}")
}

fn failed(failure: &Failure, retry_state: &impl Display) -> String {
    format!("{failure} ({retry_state})")
}

fn asked(request: &update::Request) -> String {
    let what = format!("{} update_id={}", request.name, request.update_id);
    with_payloads(&what, &request.input)
}

fn with_payloads(first: &impl Display, values: &Payloads) -> String {
    let mut text = first.to_string();
    if !values.is_empty() {
        text.push(' ');
        text.push_str(&payloads(values));
    }
    text
}

fn named<'a>(values: impl Iterator<Item = (&'a str, &'a Payload)>) -> String {
    let values = values.map(|(name, value)| format!("{name}={}", payload(value)));
    values.collect::<Vec<_>>().join(" ")
}

fn payloads(values: &Payloads) -> String {
    let values: Vec<_> = values.0.iter().map(payload).collect();
    values.join(", ")
}

fn payload(value: &Payload) -> String {
    let text = match &value.encoding {
        Encoding::JsonPlain => String::from_utf8_lossy(&value.data).into_owned(),
        Encoding::BinaryNull => "null".to_owned(),
        other => format!("<{other}, {} bytes>", value.data.len()),
    };
    match text.char_indices().nth(PAYLOAD_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// The text without anything that a terminal would act on.
pub(crate) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_control() {
            printable.extend(letter.escape_default());
        } else {
            printable.push(letter);
        }
    }
    printable
}
