//! The first page: what needs attention, how many runs there are, how busy the engine is.

use futures::FutureExt as _;
use maud::{Markup, html};
use sempre::{
    client::{RunCount, RunPage},
    model::ExecutionStatus,
    runtime::EngineHealth,
    supervision::RunProblem,
};

use super::{
    Content, engine,
    patience::{before_long, patience},
    runs, text, trouble,
};
use crate::{divergence::Divergence, fields::link, problem::Problem, source::Source, visit::Visit};

/// Bound: problems, and runs, that the first page shows.
const PROBLEMS_MAX: usize = 12;
const LATEST: usize = 10;

const SHOWN: [ExecutionStatus; 8] = [
    ExecutionStatus::Running,
    ExecutionStatus::Paused,
    ExecutionStatus::Completed,
    ExecutionStatus::Failed,
    ExecutionStatus::TimedOut,
    ExecutionStatus::Canceled,
    ExecutionStatus::Terminated,
    ExecutionStatus::ContinuedAsNew,
];

pub(super) async fn content(visit: &Visit) -> Result<Content, Problem> {
    let engine = match &visit.console.source {
        Source::Engine(engine) => engine,
        Source::Store(_) => return at_rest(visit).await,
    };
    let attention = engine.needs_attention();
    if let Some(failure) = engine.failed().now_or_never() {
        return Err(Problem::unavailable(failure.to_string()));
    }
    // A thread that is busy holds this up, and not the page.
    let health = before_long(patience(visit), engine.health()).await;
    let count = before_long(patience(visit), engine.count("GROUP BY ExecutionStatus")).await;
    let count = count.transpose()?;
    let latest = engine.list("").page_size(LATEST).await?;
    let main = html! {
        div.head { h1 { "Overview" } }
        section data-live="attention" { (needs_attention(visit, &attention)) }
        section data-live="counts" { (counts(count.as_ref())) }
        div.columns {
            section.wide data-live="latest" {
                div.head { h2 { "Latest runs" } a href="runs" { "All runs" } }
                (latest_runs(visit, &latest))
            }
            section data-live="engine" { (stands(visit, health.as_ref())) }
        }
    };
    Ok(Content::new("Overview", main))
}

/// The same of a store that no engine runs on: what there is in it.
async fn at_rest(visit: &Visit) -> Result<Content, Problem> {
    let source = &visit.console.source;
    let count = before_long(patience(visit), source.count("GROUP BY ExecutionStatus")).await;
    let count = count.transpose()?;
    let latest = source.list("").page_size(LATEST).await?;
    let main = html! {
        div.head { h1 { "Overview" } }
        p.calm { "No engine runs on this store. It is shown as it was left, and nothing is changed." }
        section data-live="counts" { (counts(count.as_ref())) }
        section.wide data-live="latest" {
            div.head { h2 { "Latest runs" } a href="runs" { "All runs" } }
            (latest_runs(visit, &latest))
        }
    };
    Ok(Content::new("Overview", main))
}

fn needs_attention(visit: &Visit, found: &[RunProblem]) -> Markup {
    html! {
        @if found.is_empty() {
            p.calm { span.dot.good {} "Nothing needs attention." }
        } @else {
            div.head {
                h2 { "Needs attention" span.count { (text::number(found.len() as u64)) } }
                a href="failures" { "Group by error" }
            }
            (problems(visit, found.iter().take(PROBLEMS_MAX)))
            @if found.len() > PROBLEMS_MAX {
                p.muted { "and " (text::count(found.len() - PROBLEMS_MAX, "more", "more")) }
            }
        }
    }
}

/// A table of problems.
pub(super) fn problems<'p>(visit: &Visit, found: impl Iterator<Item = &'p RunProblem>) -> Markup {
    html! {
        div.scroll { table.rows {
            thead { tr { th { "Workflow" } th { "Type" } th { "Problem" } th { "Since" } } }
            tbody { @for it in found { tr.trouble {
                td { (text::run(visit, &it.execution)) }
                td { (it.workflow_type) }
                td.grow {
                    (trouble::in_words(&it.problem.kind))
                    @if it.problem.count > 0 { " " span.tag { "×" (text::number(it.problem.count)) } }
                    (cause(visit, it))
                }
                td { (text::at(visit, it.since)) }
            } } }
        } }
    }
}

/// Why it is one. A report of many lines is told in two, with the way to all of it.
fn cause(visit: &Visit, it: &RunProblem) -> Markup {
    let cause = &*it.problem.cause;
    html! {
        @match Divergence::read(cause) {
            Some(report) => {
                p.cause {
                    "The history has " (report.recorded.what) ", the code asked for " (report.attempted.what) ". "
                    a href=(text::run_link(visit, "code", &it.execution)) { "Compare" }
                }
            }
            None if cause.is_empty() => {}
            None => { p.cause { (cause) } }
        }
    }
}

fn counts(count: Option<&RunCount>) -> Markup {
    html! {
        h2.visually-hidden { "Runs by status" }
        ul.counts {
            @for status in SHOWN {
                @let (class, word) = text::status_word(status);
                @let filter = format!("ExecutionStatus = '{}'", text::status_in_filters(status));
                li class=(class) {
                    a href=(link("runs", &[("filter", &filter)])) {
                        span.figure {
                            @match count {
                                Some(count) => {
                                    (text::number(count.by_status.get(&status).copied().unwrap_or_default()))
                                }
                                None => { "…" }
                            }
                        }
                        span.word { (word) }
                    }
                }
            }
        }
    }
}

fn latest_runs(visit: &Visit, page: &RunPage) -> Markup {
    html! {
        @if page.runs.is_empty() {
            (text::empty("No runs yet", &html! {
                "Start one with " code { "engine.workflow::<…>(id).start(input)" }
                @if visit.who.is_some() { ", or here under " a href="types" { "Types" } }
                "."
            }))
        } @else {
            (runs::table(visit, &page.runs, None))
        }
    }
}

fn stands(visit: &Visit, health: Option<&EngineHealth>) -> Markup {
    let Some(health) = health else {
        return html! {
            div.head { h2 { "Engine" } (text::badge("off", "Busy")) }
            p.muted { "It has not answered yet." }
        };
    };
    html! {
        div.head {
            h2 { "Engine" }
            @if health.is_healthy() { (text::badge("good", "Healthy")) }
            @else { (text::badge("bad", "Not responding")) }
        }
        dl.facts {
            dt { "Requests in progress" } dd.num { (text::number(health.requests as u64)) }
            @if health.quarantined > 0 {
                dt { "Quarantined" } dd.num { (text::number(health.quarantined as u64)) }
            }
        }
        h3 { "Task queues" }
        (engine::queues(visit, health))
        h3 { "Threads" }
        (engine::threads(health))
    }
}
