//! Patches of the code, and how many open runs may still need the old way.

use maud::html;

use super::{
    Content,
    patience::{before_long, not_yet, patience},
    text,
};
use crate::{problem::Problem, route::Page, visit::Visit};

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
        }
    };
    Ok(Content::new("Patches", main))
}
