//! Patches of the code, and how many open runs may still need the old way.

use maud::{Markup, html};
use sempre::{client::PatchUse, supervision::RunProblem};

use super::{
    Content,
    patience::{before_long, not_yet, patience},
    text,
};
use crate::{divergence::Divergence, problem::Problem, route::Page, visit::Visit};

/// Bound: runs that are shown.
const PARTED_MAX: usize = 50;

pub(super) async fn content(visit: &Visit) -> Result<Content, Problem> {
    let patches = before_long(patience(visit), visit.console.source.patches()).await;
    let patches = patches.transpose()?;
    let main = html! {
        div.head { h1 { "Patches" } }
        p.lead { "Which patches runs have taken. Once no open run can need the old way, "
            code { "deprecate_patch" } " can replace " code { "patched" } "." }
        section data-live="patches" {
            @match &patches {
                None => { (not_yet(visit, Page::Patches)) }
                Some(patches) if patches.is_empty() => {
                    (text::empty("No patches yet", &html! {
                        "A patch appears here once a run has reached " code { "ctx.patched(\"…\")" } "."
                    }))
                }
                Some(patches) => {
                    (table(patches.iter()))
                }
            }
        }
        section data-live="parted" { (parted(visit)) }
    };
    Ok(Content::new("Patches", main))
}

/// Patches, and how many open runs may need each way.
pub(super) fn table<'p>(patches: impl Iterator<Item = &'p PatchUse>) -> Markup {
    html! {
        div.scroll tabindex="0" { table.rows {
            thead { tr { th { "Patch" } th { "Workflow" } th.num { "Open, new way" } th.num { "Open, perhaps old way" } th { "What to do" } } }
            tbody { @for it in patches { tr {
                td { strong { (it.patch_id) } }
                td { (it.workflow_type) }
                td.num { (text::number(it.new_way)) }
                td.num { (text::number(it.old_way)) }
                td { @match (it.old_way, it.new_way) {
                    (0, 0) => { "Remove it from the code" }
                    (0, _) => { "Use deprecate_patch" }
                    _ => { "Keep both ways" }
                } }
            } } }
        } }
    }
}

/// Open runs whose code does not do what their history says.
fn parted(visit: &Visit) -> Markup {
    let found = visit.console.source.needs_attention();
    let parted = found
        .iter()
        .filter(|it| Divergence::read(&it.problem.cause).is_some());
    let parted: Vec<&RunProblem> = parted.collect();
    html! {
        @if !parted.is_empty() {
            h2 { "Code against history" span.count { (parted.len()) } }
            p.muted { "Open runs whose code does not do what their history says. They wait for code that fits." }
            div.scroll tabindex="0" { table.rows {
                thead { tr { th { "Workflow" } th { "Type" } th { "Since" } th {} } }
                tbody { @for it in parted.iter().take(PARTED_MAX) { tr {
                    td.grow { (text::run(visit, &it.execution)) }
                    td { (it.workflow_type) }
                    td { (text::at(visit, it.since)) }
                    td { a href=(text::run_link(visit, "code", &it.execution)) { "Compare" } }
                } } }
            } }
        }
    }
}
