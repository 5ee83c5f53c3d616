//! The history of a run in three forms: a row for each thing, bars over time, or every event.

use maud::{Markup, html};
use sempre::model::History;

use super::{Content, events, payload, run, text, timeline};
use crate::{
    history::{Outcome, Row, RowKind, RowState, compact},
    problem::Problem,
    reveal::Reveal,
    route::Page,
    visit::Visit,
};

/// Bound: rows that a page shows; of more, the latest.
pub(super) const ROWS_MAX: usize = 1_000;

pub(super) async fn content(visit: &Visit) -> Result<Content, Problem> {
    let form = visit.fields.text("form").unwrap_or("compact");
    let run = visit.target()?.describe().await?;
    let history = visit.at(&run.execution).readable_history().await?;
    let body = match form {
        "compact" => rows(visit, &history),
        "timeline" => timeline::bars(visit, &history)?,
        "events" => events::list(visit, &history)?,
        _ => return Err(Problem::bad_request("form is compact, timeline or events")),
    };
    let main = html! {
        (run::heading(visit, &run, Page::History, form))
        section data-live="history" { (body) }
        (download(visit, &history))
    };
    let title = format!("History of {}", run.execution.workflow_id);
    Ok(Content::new(title, main))
}

/// The way to all of it, for programs.
fn download(visit: &Visit, history: &History) -> Markup {
    let json = text::run_link(visit, "api/history", &history.execution);
    let temporal = text::run_link(visit, "api/temporal-history", &history.execution);
    html! {
        p.downloads {
            a href=(json) { "As JSON" }
            // It has all payloads, and cannot be had without.
            @if cfg!(feature = "temporal") && visit.shows_payloads() { " · " a href=(temporal) download { "Download as Temporal's JSON" } }
        }
    }
}

/// How a thing stands, as a word with a color.
pub(super) fn state(state: RowState) -> Markup {
    let class = match state {
        RowState::Open => "running",
        RowState::Done => "good",
        RowState::Failed | RowState::TimedOut | RowState::Terminated => "bad",
        RowState::Canceled => "off",
    };
    text::badge(class, state.name())
}

fn rows(visit: &Visit, history: &History) -> Markup {
    let rows = compact(history);
    let left_out = rows.len().saturating_sub(ROWS_MAX);
    let reveal = visit.reveal();
    html! {
        @if left_out > 0 { p.muted { (text::count(left_out, "earlier row is", "earlier rows are")) " not shown." } }
        div.scroll { table.rows.history {
            thead { tr { th.num { "Event" } th { "What" } th { "State" } th { "Began" } th.num { "Took" }
                th { "Input and outcome" } } }
            tbody { @for it in rows.iter().skip(left_out) { (row(visit, it, &reveal)) } }
        } }
    }
}

fn row(visit: &Visit, row: &Row<'_>, reveal: &Reveal) -> Markup {
    let first = row.events.0.get();
    html! {
        tr id=(format!("row{first}")) {
            td.num { (first) }
            td { (what(visit, row)) }
            td { (state(row.state))
                @if row.attempts > 1 { " " span.tag { "attempt " (row.attempts) } } }
            td { (text::at(visit, row.began)) }
            td.num { (text::took(row.began, row.ended)) }
            td.grow {
                @if let Some(input) = row.input.filter(|it| !it.is_empty()) {
                    div.pair { span.label { "in" } (payload::payloads(input, reveal)) }
                }
                @match &row.outcome {
                    Outcome::Nothing => {}
                    Outcome::Result(it) if it.is_empty() => {}
                    Outcome::Result(it) => { div.pair { span.label { "out" } (payload::payloads(it, reveal)) } }
                    Outcome::Failure(it) => { (payload::failure(it, reveal)) }
                    Outcome::Text(it) => { p.cause { (it) } }
                }
            }
        }
    }
}

fn what(visit: &Visit, row: &Row<'_>) -> Markup {
    html! {
        span.kind { (row.kind.name()) }
        " " strong { (row.name) }
        @match (row.kind, row.run) {
            (_, Some(other)) => { " " (text::run(visit, other)) }
            (RowKind::Activity | RowKind::Timer, _) => {}
            _ => { @if !row.id.is_empty() { " " span.id { (row.id) } } }
        }
    }
}
