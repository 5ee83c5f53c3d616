//! Patches of the code, and how many open runs may still need the old way.

use maud::html;

use super::{
    Content,
    patience::{before_long, patience},
    text,
};
use crate::{problem::Problem, visit::Visit};

pub(super) async fn content(visit: &Visit) -> Result<Content, Problem> {
    let patches = before_long(patience(visit), visit.console.engine.patches()).await;
    let patches = patches.transpose()?;
    let main = html! {
        div.head { h1 { "Patches" } }
        p.lead { "Which patches runs have taken. Once no open run may need the old way, "
            code { "deprecate_patch" } " can take the place of " code { "patched" } "." }
        section data-live="patches" {
            @match &patches {
                None => { p.muted { "There are too many runs to look at them at once; the live page shows them before long." } }
                Some(patches) if patches.is_empty() => {
                    (text::empty("No patch yet", &html! {
                        "A patch is listed once a run has come to " code { "ctx.patched(\"…\")" } "."
                    }))
                }
                Some(patches) => {
                    div.scroll tabindex="0" { table.rows {
                        thead { tr { th { "Patch" } th { "Workflow" } th.num { "Open, new way" } th.num { "Open, maybe old way" } th { "What to do" } } }
                        tbody { @for it in patches { tr {
                            td { strong { (it.patch_id) } }
                            td { (it.workflow_type) }
                            td.num { (text::number(it.new_way)) }
                            td.num { (text::number(it.old_way)) }
                            td { @match (it.old_way, it.new_way) {
                                (0, 0) => { "Take it out of the code" }
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
