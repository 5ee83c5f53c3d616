//! The list of runs: what a filter lets pass, page by page.

use http::StatusCode;
use maud::{Markup, html};
use sempre::{
    client::{ListedRun, RunPage},
    model::WorkflowExecution,
};

use super::{
    Content,
    patience::{before_long, not_yet, patience},
    text,
};
use crate::{
    api::page_of_runs,
    fields::link,
    problem::Problem,
    route::Page,
    visit::Visit,
    waits::{Wait, waits_of},
};

/// Filters that people want often.
const COMMON: [(&str, &str); 7] = [
    ("All", ""),
    ("Running", "ExecutionStatus = 'Running'"),
    ("Paused", "ExecutionStatus = 'Paused'"),
    ("Completed", "ExecutionStatus = 'Completed'"),
    ("Failed", "ExecutionStatus = 'Failed'"),
    ("Timed out", "ExecutionStatus = 'TimedOut'"),
    (
        "Ended by hand",
        "ExecutionStatus IN ('Canceled', 'Terminated')",
    ),
];

/// What a filter may begin with; the engine's search attributes come behind.
const FIELDS: [&str; 8] = [
    "WorkflowId = ''",
    "WorkflowId STARTS_WITH ''",
    "WorkflowType = ''",
    "ExecutionStatus = 'Running'",
    "StartTime > ''",
    "CloseTime > ''",
    "TaskQueue = ''",
    "ParentWorkflowId = ''",
];

pub(super) async fn content(visit: &Visit) -> Result<Content, Problem> {
    let (page, refused) = match before_long(patience(visit), page_of_runs(visit)).await {
        None => (None, None),
        Some(Ok(page)) => (Some(page), None),
        // What is wrong with the filter is said beside it.
        Some(Err(problem)) if problem.status == StatusCode::BAD_REQUEST => (None, Some(problem)),
        Some(Err(problem)) => return Err(problem),
    };
    let waits = match &page {
        Some(page) => waits_of(visit, &page.runs).await,
        None => Vec::new(),
    };
    let main = html! {
        div.head { h1 { "Runs" } }
        (filter_bar(visit, refused.as_ref()))
        section data-live="runs" {
            @match &page {
                Some(page) => { (found(visit, page, &waits)) }
                None if refused.is_none() => { (not_yet(visit, Page::Runs)) }
                None => {}
            }
        }
    };
    let mut content = Content::new("Runs", main);
    if let Some(problem) = refused {
        content.status = problem.status;
    }
    Ok(content)
}

fn filter_bar(visit: &Visit, refused: Option<&Problem>) -> Markup {
    let filter = visit.fields.text("filter").unwrap_or_default();
    let code = visit.console.source.registered();
    html! {
        form.filter method="get" action="runs" role="search" {
            label for="filter" class="visually-hidden" { "Filter" }
            input #filter type="search" name="filter" value=(filter) list="filters" autocomplete="off"
                spellcheck="false" placeholder="WorkflowType = 'Order' AND ExecutionStatus = 'Running'"
                aria-invalid=[refused.map(|_| "true")] aria-describedby=[refused.map(|_| "refused")];
            datalist #filters {
                @for field in FIELDS { option value=(field) {} }
                @for it in &code.workflows {
                    option value=(format!("WorkflowType = '{}'", it.workflow_type)) {}
                }
                @for (name, _) in &code.search_attributes { option value=(format!("{name} = ''")) {} }
            }
            button type="submit" { "Filter" }
        }
        @if let Some(problem) = refused {
            div.refused #refused role="alert" {
                @if let Some(column) = problem.column {
                    pre { (filter) "\n" (" ".repeat(column.saturating_sub(1))) "^" }
                }
                p { (super::layout::capitalized(&problem.message)) }
            }
        }
        ul.chips {
            @for (word, common) in COMMON {
                li { a href=(link("runs", &[("filter", common)]))
                    aria-current=[(common == filter).then_some("true")] { (word) } }
            }
        }
    }
}

fn found(visit: &Visit, page: &RunPage, waits: &[Option<Vec<Wait>>]) -> Markup {
    let filter = visit.fields.text("filter").unwrap_or_default();
    let size = visit.fields.text("size").unwrap_or_default();
    let is_later_page = visit.fields.text("page").is_some();
    html! {
        @if page.runs.is_empty() {
            @if filter.is_empty() && !is_later_page {
                (text::empty("No runs yet", &html! {
                    "Runs appear here once a workflow is started."
                }))
            } @else {
                (text::empty("No run matches this filter", &html! {
                    a href="runs" { "Show all runs" } ", or change the filter."
                }))
            }
        } @else {
            (table(visit, &page.runs, Some(waits)))
        }
        @if visit.who.is_some() && !page.runs.is_empty() {
            p.acts { a href=(link("bulk", &[("filter", filter)])) {
                @if filter.is_empty() { "Act on all runs…" } @else { "Act on all runs that match…" }
            } }
        }
        nav.pages aria-label="Pages" {
            @if is_later_page {
                a.button href=(link("runs", &[("filter", filter), ("size", size)])) { "First page" }
            }
            @if let Some(next) = &page.next {
                @let next = next.to_string();
                a.button rel="next" href=(link("runs", &[("filter", filter), ("size", size), ("page", &next)])) {
                    "Next page"
                }
            }
        }
    }
}

/// A table of runs, with what each waits for if that was asked for.
pub(super) fn table(
    visit: &Visit,
    runs: &[ListedRun],
    waits: Option<&[Option<Vec<Wait>>]>,
) -> Markup {
    html! {
        div.scroll { table.rows {
            thead { tr {
                th { "Status" } th { "Workflow" } th { "Type" }
                @if waits.is_some() { th { "Waits for" } }
                th { "Started" } th.num { "Took" }
            } }
            tbody { @for (index, run) in runs.iter().enumerate() {
                (row(visit, run, waits.and_then(|it| it.get(index))))
            } }
        } }
    }
}

fn row(visit: &Visit, run: &ListedRun, waits: Option<&Option<Vec<Wait>>>) -> Markup {
    let execution = WorkflowExecution {
        workflow_id: run.workflow_id.clone(),
        run_id: run.run_id,
    };
    html! {
        tr {
            td { (text::status(run.status)) }
            td.grow {
                (text::run(visit, &execution))
                @if let Some(damage) = &run.damage { p.cause { "Damaged: " (damage) } }
            }
            td { (run.workflow_type) @if let Some(version) = run.version { " " span.tag { "v" (version) } } }
            @if let Some(waits) = waits {
                td.waits { @if run.status.is_open() { (summary(visit, waits.as_ref())) } }
            }
            td { (text::at(visit, run.started_at)) }
            td.num { (text::took(run.started_at, run.closed_at)) }
        }
    }
}

/// The first thing that a run waits for, and how many more there are.
fn summary(visit: &Visit, waits: Option<&Vec<Wait>>) -> Markup {
    let Some((first, rest)) = waits.and_then(|waits| waits.split_first()) else {
        return html! { span.muted { "…" } };
    };
    html! {
        span class=[first.is_trouble.then_some("bad")] { (first.what) }
        @if let Some(until) = first.until { ", " (text::at(visit, until)) }
        @if !rest.is_empty() { " " span.tag { "+" (rest.len()) } }
    }
}
