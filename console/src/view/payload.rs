//! Payloads and failures: hidden until they are asked for, and never run.

use maud::{Markup, html};
use sempre::model::{Failure, Payload, Payloads};

use super::text;
use crate::{
    failure::{failure_details, failure_type},
    fields::link,
    reveal::Reveal,
    route::Page,
    visit::Visit,
};

/// Bound: characters of a value that a page shows; the API and downloads have all of it.
const CHARS_MAX: usize = 20_000;

/// A value that is no longer than this stands on one line.
const LINE_MAX: usize = 64;

/// The values of payloads.
pub(super) fn payloads(payloads: &Payloads, reveal: &Reveal) -> Markup {
    if payloads.is_empty() {
        return html! { span.muted { "none" } };
    }
    match reveal.values(payloads) {
        Some(value) => json(&value),
        None => hidden(payloads.size()),
    }
}

/// The value of a payload.
pub(super) fn payload(payload: &Payload, reveal: &Reveal) -> Markup {
    match reveal.value(payload) {
        Some(value) => json(&value),
        None => hidden(payload.size()),
    }
}

fn hidden(bytes: usize) -> Markup {
    let bytes = text::bytes(bytes as u64);
    html! { span.hidden-payload title="Payloads are hidden until you ask for them" { "hidden, " (bytes) } }
}

/// A value as indented JSON.
pub(super) fn json(value: &serde_json::Value) -> Markup {
    let line = value.to_string();
    let whole = if line.len() <= LINE_MAX {
        line
    } else {
        format!("{value:#}")
    };
    let cut = whole.char_indices().nth(CHARS_MAX);
    let shown = cut.and_then(|(end, _)| whole.get(..end));
    html! {
        pre.json tabindex="0" { (shown.unwrap_or(&whole)) }
        @if shown.is_some() {
            p.muted { "Cut here; the whole value has " (text::bytes(whole.len() as u64)) "." }
        }
    }
}

/// A failure and its causes, outermost first.
pub(super) fn failure(failure: &Failure, reveal: &Reveal) -> Markup {
    html! {
        ol.causes {
            @for cause in failure.chain() {
                li {
                    p.message { (text::shown(&cause.message)) }
                    @let kind = failure_type(cause);
                    @if !kind.is_empty() { span.tag { (kind) } }
                    @if let Some(place) = cause.stack_trace.lines().next() {
                        span.place { (place) }
                    }
                    @if let Some(details) = failure_details(cause) { (payloads(details, reveal)) }
                }
            }
        }
    }
}

/// The way to the same page with payloads, or without.
pub(super) fn switch(visit: &Visit, page: Page) -> Markup {
    let shows = visit.shows_payloads();
    let fields = visit.fields.lasting();
    let mut fields: Vec<_> = fields.filter(|(name, _)| *name != "payloads").collect();
    if !shows {
        fields.push(("payloads", "show"));
    }
    html! {
        a.button href=(link(page.path(), &fields)) {
            @if shows { "Hide payloads" } @else { "Show payloads" }
        }
    }
}
