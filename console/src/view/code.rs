//! The code of a run against its history: where they part, what came before, and the patches in use.

use maud::{Markup, html};
use sempre::{
    client::{PatchUse, WorkflowDescription},
    model::History,
};

use super::{
    Content, patches,
    patience::{before_long, not_yet, patience},
    run, text,
};
use crate::{
    divergence::{Divergence, Side, commands_before, divergences},
    problem::Problem,
    route::Page,
    visit::Visit,
};

pub(super) async fn content(visit: &Visit) -> Result<Content, Problem> {
    let described = visit.target()?.describe().await?;
    let reports = divergences(&described);
    let history = if reports.is_empty() {
        None
    } else {
        Some(visit.at(&described.execution).history().await?)
    };
    let uses = before_long(patience(visit), visit.console.source.patches()).await;
    let uses = uses.transpose()?;
    let of_type = |it: &&PatchUse| it.workflow_type == described.workflow_type;
    let uses: Option<Vec<&PatchUse>> = uses.as_ref().map(|it| it.iter().filter(of_type).collect());
    let main = html! {
        (run::heading(visit, &described, Page::Code, ""))
        section data-live="code" {
            @if reports.is_empty() {
                p.calm { span.dot.good {} "The code does what the history says, as far as it has been told." }
            }
            @for report in &reports { (parted(visit, &described, report, history.as_ref())) }
            h2 { "Patches of " (described.workflow_type) }
            @match &uses {
                None => { (not_yet(visit, Page::Code)) }
                Some(uses) if uses.is_empty() => { p.muted { "No run of this workflow has taken a patch." } }
                Some(uses) => { (patches::table(uses.iter().copied())) }
            }
        }
    };
    let title = format!("Code and history of {}", described.execution.workflow_id);
    Ok(Content::new(title, main))
}

/// Where the code and the history part, as a table of two sides.
fn parted(
    visit: &Visit,
    run: &WorkflowDescription,
    report: &Divergence,
    history: Option<&History>,
) -> Markup {
    let event = report.recorded.number;
    let before = history.map(|history| commands_before(history, event));
    let before = before.unwrap_or_default();
    let events = format!(
        "{}&form=events",
        text::run_link(visit, "history", &run.execution)
    );
    html! {
        div.trouble role="alert" {
            p.title { "The code does not do what the history says" @if let Some(event) = event { " from event " (event) " on" } }
            p { (super::layout::capitalized(&report.likely_cause)) "." }
        }
        div.scroll tabindex="0" { table.diff {
            thead { tr { th.num { "Event" } th { "The history has" } th { "The code asked for" } } }
            tbody {
                @for (id, what) in &before { tr { td.num { (id) } td { (what) } td.muted { "the same" } } }
                tr.parted {
                    td.num { @if let Some(event) = event { (event) } }
                    td.grow { del { (side(&report.recorded)) } }
                    td.grow { ins { (side(&report.attempted)) } }
                }
            }
        } }
        div.diff-says {
            @for difference in &report.differences { p { "Different: " code { (difference) } } }
            p { strong { "What to do: " } (report.remedy) "." }
            p { a href=(events) { "All events" } }
        }
    }
}

fn side(side: &Side) -> Markup {
    html! { code { (side.what) } }
}
