//! What was done in this console, and by whom.

use maud::html;

use super::{Content, text};
use crate::visit::Visit;

pub(super) fn content(visit: &Visit) -> Content {
    let deeds = visit.console.shared.audit.latest();
    let main = html! {
        div.head { h1 { "Audit" } }
        p.lead {
            "The latest actions taken in this console since the service was started. "
            "The log has them for longer, and the history of each run has the name of whoever acted."
        }
        section data-live="audit" {
            @if deeds.is_empty() {
                (text::empty("Nothing was done here yet", &html! {
                    "Actions that somebody takes on a run or a schedule are listed here."
                }))
            } @else {
                div.scroll tabindex="0" { table {
                    thead { tr { th { "When" } th { "Who" } th { "Action" } th { "On" } th { "Outcome" } } }
                    tbody { @for deed in &deeds { tr {
                        td { (text::at(visit, deed.at)) }
                        td { (deed.who) }
                        td { (deed.action) }
                        td.id { (deed.subject) }
                        td {
                            @match &deed.refused {
                                None => { (text::badge("good", "Done")) }
                                Some(cause) => { (text::badge("bad", "Refused")) " " (cause) }
                            }
                        }
                    } } }
                } }
            }
        }
    };
    Content::new("Audit", main)
}
