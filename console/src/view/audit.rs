//! What was done in this console, and by whom.

use maud::html;

use super::{Content, text};
use crate::{audit::DeedEnd, visit::Visit};

pub(super) fn content(visit: &Visit) -> Content {
    let deeds = visit.console.shared.audit.latest();
    let main = html! {
        div.head { h1 { "Audit" } }
        p.lead {
            "The latest actions taken in this console since the service was started. "
            "The log keeps them longer, and histories say who sent messages and ended runs."
        }
        section data-live="audit" {
            @if deeds.is_empty() {
                (text::empty("No actions yet", &html! {
                    "What people do to runs and schedules in this console is listed here."
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
                            @match &deed.end {
                                DeedEnd::Done => { (text::badge("good", "Done")) }
                                DeedEnd::Refused(cause) => { (text::badge("off", "Refused")) " " (cause) }
                                DeedEnd::Failed(cause) => { (text::badge("bad", "Failed")) " " (cause) }
                            }
                        }
                    } } }
                } }
            }
        }
    };
    Content::new("Audit", main)
}
