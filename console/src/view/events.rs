//! Every event of a history: the latest first, a hundred at a time, or only those that say that
//! something went wrong.

use maud::{Markup, html};
use sempre::model::{EventAttributes, EventId, EventType, History, HistoryEvent};

use super::{payload, text};
use crate::{
    duration::rough,
    fields::link,
    history::{Fact, facts},
    problem::Problem,
    reveal::Reveal,
    visit::Visit,
};

/// How many events a page shows.
const SHOWN: usize = 100;

pub(super) fn list(visit: &Visit, history: &History) -> Result<Markup, Problem> {
    let only_failed = visit.fields.is_set("failed");
    let before = visit.fields.text("before").map(str::parse).transpose();
    let before: Option<u64> = before.map_err(|_| Problem::bad_request("before is not a number"))?;
    let events = history.events.iter().rev();
    let events = events.filter(|event| before.is_none_or(|before| event.id.get() < before));
    let events = events.filter(|event| !only_failed || is_failure(event.event_type()));
    let mut events: Vec<_> = events.take(SHOWN + 1).collect();
    let is_cut = events.len() > SHOWN;
    events.truncate(SHOWN);
    let began = history.events.first();
    let reveal = visit.reveal();
    Ok(html! {
        ul.chips {
            li { a href=(place(visit, None, false)) aria-current=[(!only_failed).then_some("true")] { "All events" } }
            li { a href=(place(visit, None, true)) aria-current=[only_failed.then_some("true")] { "Failures only" } }
        }
        @if events.is_empty() {
            (text::empty("No matching events", &html! { "This history has no failures." }))
        }
        div.events {
            @for event in &events { (entry(visit, event, began, &reveal)) }
        }
        @if let (true, Some(last)) = (is_cut, events.last()) {
            nav.pages { a.button rel="next" href=(place(visit, Some(last.id), only_failed)) { "Earlier events" } }
        }
    })
}

fn place(visit: &Visit, before: Option<EventId>, only_failed: bool) -> String {
    let before = before.map(|it| it.get().to_string()).unwrap_or_default();
    let text = |name| visit.fields.text(name).unwrap_or_default();
    let fields = [
        ("id", text("id")),
        ("run", text("run")),
        ("form", "events"),
        ("payloads", text("payloads")),
        ("before", &before),
        ("failed", if only_failed { "1" } else { "" }),
    ];
    link("history", &fields)
}

fn entry(
    visit: &Visit,
    event: &HistoryEvent,
    began: Option<&HistoryEvent>,
    reveal: &Reveal,
) -> Markup {
    let since = began.map(|began| event.time.since(began.time));
    let facts = facts(&event.attributes).0;
    html! {
        details.event.(color(event.event_type())) id=(format!("event{}", event.id)) {
            summary {
                span.num { (event.id) }
                span.num.after title=(event.time) { "+" (rough(since.unwrap_or_default())) }
                span.name { (event.event_type()) }
                span.brief { (brief(&event.attributes)) }
            }
            @if facts.is_empty() { p.muted { "It has nothing but its type and its time." } }
            dl {
                @for (name, value) in &facts { dt { (name) } dd { (fact(visit, value, reveal)) } }
            }
        }
    }
}

fn fact(visit: &Visit, value: &Fact<'_>, reveal: &Reveal) -> Markup {
    html! {
        @match value {
            Fact::Text(text) => { (text) }
            Fact::Number(number) => { span.num { (text::number(*number)) } }
            Fact::Time(at) => { (text::at(visit, *at)) }
            Fact::Duration(duration) => { (rough(*duration)) }
            Fact::Event(event) => { a href=(format!("#event{event}")) { "event " (event) } }
            Fact::Run(run) => { (text::run(visit, run)) }
            Fact::Payloads(values) => { (payload::payloads(values, reveal)) }
            Fact::Payload(value) => { (payload::payload(value, reveal)) }
            Fact::Failure(failure) => { (payload::failure(failure, reveal)) }
        }
    }
}

/// What tells an event from others of its type.
fn brief(attributes: &EventAttributes) -> String {
    use EventAttributes as E;
    if let E::WorkflowTaskScheduled(_) | E::WorkflowTaskStarted(_) | E::WorkflowTaskCompleted(_) =
        attributes
    {
        return String::new();
    }
    let facts = facts(attributes).0;
    let first = facts.iter().find_map(|(_, value)| match value {
        Fact::Text(text) => Some(text.to_string()),
        Fact::Failure(failure) => Some(failure.to_string()),
        Fact::Run(run) => Some(run.workflow_id.to_string()),
        Fact::Event(event) => Some(format!("of {event}")),
        _ => None,
    });
    first.unwrap_or_default()
}

/// Whether an event of this type says that something went wrong.
fn is_failure(event_type: EventType) -> bool {
    let name = event_type.name();
    name.ends_with("Failed") || name.ends_with("TimedOut") || name.ends_with("Terminated")
}

fn color(event_type: EventType) -> &'static str {
    let name = event_type.name();
    if is_failure(event_type) {
        "bad"
    } else if name.starts_with("WorkflowTask") {
        "faint"
    } else if name.ends_with("Completed") || name.ends_with("Fired") {
        "good"
    } else if name.contains("Cancel") {
        "off"
    } else {
        "plain"
    }
}
