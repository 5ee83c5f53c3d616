//! One run: what it waits for, what went in and came out, what is pending.

use maud::{Markup, html};
use sempre::{
    client::{ActivityDescription, WorkflowDescription},
    model::{EventAttributes, History, WorkflowExecution},
};

use super::{Content, payload, run_actions, text, trouble};
use crate::{
    divergence::Divergence,
    history::{Outcome, Row, RowKind, compact},
    problem::Problem,
    route::Page,
    visit::Visit,
    waits::{Wait, waits},
};

/// Bound: events of a history that is read for this page. Of a longer one, the pages of the history
/// show input and result.
const EVENTS_MAX: u64 = 20_000;

pub(super) async fn content(visit: &Visit) -> Result<Content, Problem> {
    let run = visit.target()?.describe().await?;
    let history = if run.history_length <= EVENTS_MAX {
        Some(visit.at(&run.execution).readable_history().await?)
    } else {
        None
    };
    let rows = history.as_ref().map(compact);
    let rows = rows.as_deref();
    let main = html! {
        (heading(visit, &run, Page::Run, ""))
        section data-live="standing" {
            (standing(visit, &run))
            (values(visit, rows))
            @if let Some(history) = &history { (chain(visit, history)) }
            (pending(visit, &run))
            (children(visit, rows.unwrap_or_default()))
        }
        (run_actions::forms(visit, &run))
    };
    Ok(Content::new(run.execution.workflow_id.as_str(), main))
}

/// What stands above all pages of a run: its id, its state, and the way to the others.
pub(super) fn heading(visit: &Visit, run: &WorkflowDescription, page: Page, form: &str) -> Markup {
    let of = |page: &str| text::run_link(visit, page, &run.execution);
    let history = |form: &str| format!("{}&form={form}", of("history"));
    let tabs = [
        ("Summary", of("run"), page == Page::Run),
        ("History", history("compact"), form == "compact"),
        ("Timeline", history("timeline"), form == "timeline"),
        ("Events", history("events"), form == "events"),
        ("Tree", of("tree"), page == Page::Tree),
        ("Code", of("code"), page == Page::Code),
    ];
    html! {
        div.head.run data-live="heading" {
            div {
                p.kind { (run.workflow_type)
                    @if let Some(version) = run.version { " " span.tag { "v" (version) } } }
                h1.id { (text::shown(run.execution.workflow_id.as_str())) }
                @if !run.user_metadata.summary.is_empty() { p.lead { (run.user_metadata.summary) } }
            }
            div.side {
                (text::status(run.status))
                @if run.cancel_requested && run.status.is_open() { (text::badge("off", "Cancel requested")) }
                (payload::switch(visit, page))
            }
        }
        nav.tabs aria-label="This run" {
            @for (word, place, is_here) in tabs {
                a href=(place) aria-current=[is_here.then_some("page")] { (word) }
            }
        }
    }
}

fn standing(visit: &Visit, run: &WorkflowDescription) -> Markup {
    let waits = waits(run, visit.now);
    html! {
        @for problem in &run.problems {
            div.trouble role="alert" {
                p.title { (trouble::in_words(&problem.kind)) @if problem.count > 0 { " " span.tag { "×" (text::number(problem.count)) } } }
                @if !problem.cause.is_empty() { pre { (problem.cause) } }
                @if Divergence::read(&problem.cause).is_some() {
                    p { a href=(text::run_link(visit, "code", &run.execution)) { "Code against history" } }
                }
            }
        }
        @if !waits.is_empty() {
            div.waiting {
                h2 { "Waiting for" }
                ul { @for wait in &waits { li { (waiting(visit, wait)) } } }
            }
        }
        (facts(visit, run))
    }
}

fn waiting(visit: &Visit, wait: &Wait) -> Markup {
    html! {
        span.what.bad[wait.is_trouble] { (wait.what) }
        @if let Some(since) = wait.since { span.muted { "since " (text::at(visit, since)) } }
        @if let Some(until) = wait.until { span.muted { "due " (text::at(visit, until)) } }
    }
}

fn facts(visit: &Visit, run: &WorkflowDescription) -> Markup {
    html! {
        dl.facts.wide {
            div { dt { "Started" } dd { (text::at(visit, run.started_at)) } }
            @if let Some(closed) = run.closed_at {
                div { dt { "Closed" } dd { (text::at(visit, closed)) } }
                div { dt { "Took" } dd { (text::took(run.started_at, run.closed_at)) } }
            }
            div { dt { "Run id" } dd.id { (run.execution.run_id) } }
            div { dt { "Task queue" } dd { (run.task_queue) } }
            div { dt { "Events" } dd.num { (text::number(run.history_length)) } }
            div { dt { "History" } dd.num { (text::bytes(run.history_size_bytes)) } }
            @for (name, _) in run.search_attributes.iter() {
                div { dt { (name) } dd { (attribute(run, name)) } }
            }
        }
        @if !run.memo.is_empty() {
            @let reveal = visit.reveal();
            h2 { "Memo" }
            dl.facts.wide { @for (name, value) in run.memo.iter() {
                div { dt { (name) } dd { (payload::payload(value, &reveal)) } }
            } }
        }
        @if !run.user_metadata.details.is_empty() { pre.said { (run.user_metadata.details) } }
    }
}

fn attribute(run: &WorkflowDescription, name: &str) -> String {
    use sempre::model::SearchAttributeValue as V;
    match run.search_attributes.value(name) {
        Some(V::Text(text) | V::Keyword(text)) => text,
        Some(V::Int(number)) => number.to_string(),
        Some(V::Double(number)) => number.to_string(),
        Some(V::Bool(value)) => value.to_string(),
        Some(V::Datetime(at)) => at.to_string(),
        Some(V::KeywordList(words)) => words.join(", "),
        _ => String::new(),
    }
}

/// What went in beside what came out.
fn values(visit: &Visit, rows: Option<&[Row<'_>]>) -> Markup {
    let Some(rows) = rows else {
        return html! {
            p.muted { "The history is too long to be read for this page. Its first event has the input, its last one the result." }
        };
    };
    let reveal = visit.reveal();
    let run = rows.first();
    html! {
        div.columns.even {
            div.card {
                h2 { "Input" }
                @match run.and_then(|run| run.input) {
                    Some(input) => { (payload::payloads(input, &reveal)) }
                    None => { span.muted { "none" } }
                }
            }
            div.card {
                @match run.map(|run| &run.outcome) {
                    Some(Outcome::Result(result)) => { h2 { "Result" } (payload::payloads(result, &reveal)) }
                    Some(Outcome::Failure(failure)) => { h2 { "Error" } (payload::failure(failure, &reveal)) }
                    Some(Outcome::Text(text)) => { h2 { "End" } p { (super::layout::capitalized(text)) } }
                    _ => { h2 { "Result" } p.muted { "The run is still open." } }
                }
            }
        }
    }
}

/// The runs around this one.
fn chain(visit: &Visit, history: &History) -> Markup {
    let at = |run_id| WorkflowExecution {
        workflow_id: history.execution.workflow_id.clone(),
        run_id,
    };
    let first = history.events.first().map(|event| &event.attributes);
    let lineage = match first {
        Some(EventAttributes::WorkflowExecutionStarted(started)) => Some(&*started.lineage),
        _ => None,
    };
    let before = lineage.and_then(|it| it.continued_execution_run_id).map(at);
    let parent = lineage.and_then(|it| it.parent_workflow_execution.as_deref());
    let last = history.events.last().map(|event| &event.attributes);
    let after = last.and_then(EventAttributes::new_execution_run_id).map(at);
    let link = |run: &WorkflowExecution| text::run_link(visit, "run", run);
    html! {
        @if before.is_some() || parent.is_some() || after.is_some() {
            p.chain {
                @if let Some(parent) = parent { span { "Child of " (text::run(visit, parent)) } }
                @if let Some(run) = &before { a href=(link(run)) { "← The run before" } }
                @if let Some(run) = &after { a href=(link(run)) { "The run after →" } }
            }
        }
    }
}

fn pending(visit: &Visit, run: &WorkflowDescription) -> Markup {
    html! {
        @if !run.activities.is_empty() {
            h2 { "Pending activities" }
            div.scroll { table {
                thead { tr { th { "Activity" } th.num { "Attempt" } th { "State" } th { "Last failure" }
                    th { "Heartbeat" } } }
                tbody { @for it in &run.activities { (activity(visit, run, it)) } }
            } }
        }
    }
}

fn activity(visit: &Visit, run: &WorkflowDescription, it: &ActivityDescription) -> Markup {
    let reveal = visit.reveal();
    html! {
        tr {
            td { (it.activity_type) " " span.tag { (it.activity_id) } }
            td.num { (it.attempt) }
            td {
                @if let Some(pause) = &it.pause {
                    (text::badge("off", "Paused")) " by " (pause.identity) " " (text::at(visit, pause.at)) " "
                }
                @match (it.handed_over, it.started_at, it.next_attempt_at) {
                    (true, _, _) => { "Waiting for somebody to complete it" }
                    (_, Some(at), _) => { "Running since " (text::at(visit, at)) }
                    (_, _, Some(at)) if at > visit.now => { "Next attempt " (text::at(visit, at)) }
                    _ if it.pause.is_some() => {}
                    _ => { "Waiting for a slot" }
                }
                @if it.cancel_requested { " " (text::badge("off", "Cancel requested")) }
                @if visit.who.is_some() { (run_actions::of_activity(visit, run, it)) }
            }
            td.grow { @if let Some(failure) = &it.last_failure { p.cause { (failure) } } }
            td { @if !it.heartbeat_details.is_empty() {
                (payload::payloads(&it.heartbeat_details, &reveal))
            } }
        }
    }
}

fn children(visit: &Visit, rows: &[Row<'_>]) -> Markup {
    let children = rows.iter().filter(|row| row.kind == RowKind::Child);
    let children: Vec<&Row<'_>> = children.collect();
    html! {
        @if !children.is_empty() {
            h2 { "Children" span.count { (children.len()) } }
            div.scroll { table.rows {
                thead { tr { th { "State" } th { "Workflow" } th { "Type" } th { "Requested" } th.num { "Took" } } }
                tbody { @for row in children { tr {
                    td { (super::history::state(row.state)) }
                    td.grow { @match row.run {
                        Some(run) => { (text::run(visit, run)) }
                        None => { span.id { (row.id) } }
                    } }
                    td { (row.name) }
                    td { (text::at(visit, row.began)) }
                    td.num { (text::took(row.began, row.ended)) }
                } } }
            } }
        }
    }
}
