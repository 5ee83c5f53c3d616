//! Words, numbers and times, as they are written on every page.

use std::time::Duration;

use maud::{Markup, html};
use sempre::{
    Timestamp,
    model::{ExecutionStatus, RunId, WorkflowExecution},
};

use crate::{duration::rough, fields::link, visit::Visit};

/// A status as a word with a color.
pub(super) fn status(status: ExecutionStatus) -> Markup {
    let (class, word) = status_word(status);
    badge(class, word)
}

/// A word with a color.
pub(super) fn badge(class: &str, word: &str) -> Markup {
    html! { span class=(format!("badge {class}")) { (word) } }
}

/// The color and the word of a status.
pub(super) fn status_word(status: ExecutionStatus) -> (&'static str, &'static str) {
    match status {
        ExecutionStatus::Running => ("running", "Running"),
        ExecutionStatus::Paused => ("off", "Paused"),
        ExecutionStatus::Completed => ("good", "Completed"),
        ExecutionStatus::Failed => ("bad", "Failed"),
        ExecutionStatus::Canceled => ("off", "Canceled"),
        ExecutionStatus::Terminated => ("bad", "Terminated"),
        ExecutionStatus::ContinuedAsNew => ("off", "Continued as new"),
        ExecutionStatus::TimedOut => ("bad", "Timed out"),
        _ => ("off", "Unknown"),
    }
}

/// The word that filters have for a status.
pub(super) fn status_in_filters(status: ExecutionStatus) -> &'static str {
    match status {
        ExecutionStatus::ContinuedAsNew => "ContinuedAsNew",
        ExecutionStatus::TimedOut => "TimedOut",
        other => status_word(other).1,
    }
}

/// A point in time: how long ago, or in how long; a live page has the script say so.
pub(super) fn at(visit: &Visit, at: Timestamp) -> Markup {
    let absolute = at.to_string();
    let text = if visit.is_live {
        absolute.clone()
    } else {
        relative(at, visit.now)
    };
    html! { time datetime=(absolute) title=(absolute) { (text) } }
}

/// How long ago a point in time is, or in how long it will be.
pub(crate) fn relative(at: Timestamp, now: Timestamp) -> String {
    if at > now {
        return format!("in {}", rough(at.since(now)));
    }
    let ago = now.since(at);
    if ago < Duration::from_secs(1) {
        return "now".to_owned();
    }
    format!("{} ago", rough(ago))
}

/// How long something took, or that it goes on.
pub(super) fn took(from: Timestamp, to: Option<Timestamp>) -> Markup {
    html! {
        @if let Some(to) = to {
            span.num title=(exact(to.since(from))) { (rough(to.since(from))) }
        } @else {
            span.muted { "–" }
        }
    }
}

fn exact(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}

/// A number with its thousands apart.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let unit = UNITS.iter().find(|(size, _)| bytes >= *size);
    match unit {
        None => format!("{bytes} B"),
        Some((size, unit)) => {
            let tenths = bytes.saturating_mul(10) / size;
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
    }
}

/// How many of something there are.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        number => format!("{} {many}", self::number(number as u64)),
    }
}

/// The address of a page about a run; of the latest one of its execution where that is none.
pub(super) fn run_link(visit: &Visit, page: &str, run: &WorkflowExecution) -> String {
    let run_id = run.run_id.to_string();
    let run_id = if run.run_id == RunId::default() {
        ""
    } else {
        &run_id
    };
    let payloads = visit.fields.text("payloads").unwrap_or_default();
    let id = run.workflow_id.as_str();
    link(page, &[("id", id), ("run", run_id), ("payloads", payloads)])
}

/// A run by its workflow's id.
pub(super) fn run(visit: &Visit, run: &WorkflowExecution) -> Markup {
    html! {
        a.id href=(run_link(visit, "run", run)) { (shown(run.workflow_id.as_str())) }
    }
}

/// An id as it is written: one of blanks, or of nothing at all, is still seen.
pub(super) fn shown(id: &str) -> &str {
    if id.trim().is_empty() { "(blank)" } else { id }
}

/// What is shown where there is nothing.
pub(super) fn empty(title: &str, text: &Markup) -> Markup {
    html! {
        div.empty {
            p.title { (title) }
            p { (text) }
        }
    }
}
