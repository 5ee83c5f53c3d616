//! Waiting for what may take long, but not for long: a page is shown before it is complete.

use std::time::Duration;

use futures::future::{Either, select};
use futures_timer::Delay;
use maud::{Markup, html};

use crate::{fields::link, route::Page, visit::Visit};

/// How long a page waits for each of its parts, and how long a page does that nobody waits for, or
/// whose reader has asked to wait.
const AT_ONCE: Duration = Duration::from_millis(70);
const PATIENT: Duration = Duration::from_secs(20);

/// How long a page waits for one of its parts.
pub(super) fn patience(visit: &Visit) -> Duration {
    if visit.is_live || visit.fields.is_set("wait") {
        PATIENT
    } else {
        AT_ONCE
    }
}

/// What comes of a future, if that is known before long.
pub(super) async fn before_long<T>(
    patience: Duration,
    future: impl Future<Output = T>,
) -> Option<T> {
    let future = std::pin::pin!(future);
    match select(future, Delay::new(patience)).await {
        Either::Left((outcome, _)) => Some(outcome),
        Either::Right(_) => None,
    }
}

/// What is shown in the place of a part that is not known yet, with the way to wait for it, which needs
/// no JavaScript.
pub(crate) fn not_yet(visit: &Visit, page: Page) -> Markup {
    if patience(visit) == PATIENT {
        return html! {
            p.muted { "There are too many runs to look through in " (PATIENT.as_secs()) " seconds." }
        };
    }
    let mut fields: Vec<_> = visit.fields.lasting().collect();
    fields.push(("wait", "1"));
    html! {
        p.muted {
            "There are many runs to look through. The live page shows what is found. "
            a href=(link(page.path(), &fields)) { "Wait for it" }
        }
    }
}
