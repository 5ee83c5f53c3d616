//! What operators have done.

use maud::html;

use super::{Content, text};
use crate::{api::audit_page, fields::link, problem::Problem, visit::Visit};

pub(super) async fn content(visit: &Visit) -> Result<Content, Problem> {
    let page = audit_page(visit).await?;
    let main = html! {
        div.head { h1 { "Audit" } }
        p.lead {
            "What people have done here, and what has been set while the engine was running. "
            "Histories say who sent messages and ended runs."
        }
        section data-live="audit" {
            @if page.entries.is_empty() {
                (text::empty("No actions yet", &html! {
                    "What people do to runs, schedules and task queues is listed here."
                }))
            } @else {
                div.scroll tabindex="0" { table {
                    thead { tr { th { "When" } th { "Who" } th { "Action" } th { "On" } th { "Why" } th { "Outcome" } } }
                    tbody { @for entry in &page.entries { tr {
                        td { (text::at(visit, entry.at)) }
                        td { (text::shown(entry.who.as_str())) }
                        td { (text::shown(&entry.operation)) }
                        td.id { (text::shown(&entry.subject)) }
                        td { (entry.reason) }
                        td { @if !entry.refusal.is_empty() {
                            (text::badge("off", "Not done")) " " (entry.refusal)
                        } }
                    } } }
                } }
            }
            @if let Some(next) = &page.next {
                nav.pages { a.button rel="next" href=(link("audit", &[("page", &next.to_string())])) { "Next page" } }
            }
        }
    };
    Ok(Content::new("Audit", main))
}
