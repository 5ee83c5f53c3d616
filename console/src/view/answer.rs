//! What a workflow has answered to a question or an update.

use maud::{Markup, html};
use serde_json::Value;

use super::{
    layout::{capitalized, plain},
    payload,
};
use crate::{action::ActionOutcome, visit::Visit};

/// A page with an answer.
pub(crate) fn answer(visit: &Visit, outcome: &ActionOutcome, answer: &Value) -> Markup {
    let body = html! {
        div.head { h1 { (capitalized(&outcome.said)) } }
        (payload::json(answer))
        p { a.button href=(outcome.next(visit)) { "Back to the run" } }
    };
    plain(visit, &outcome.said, &body)
}
