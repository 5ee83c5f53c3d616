//! All runs that a filter lets pass: how many they are, some of them, and what can be done to all of
//! them at once.

use http::StatusCode;
use maud::{Markup, html};
use sempre::bulk::BulkPreview;

use super::{Content, form, layout, runs, text};
use crate::{
    action::{self, BULK_OPERATIONS, POINTS},
    fields::link,
    problem::Problem,
    visit::Visit,
};

pub(super) async fn content(visit: &Visit) -> Result<Content, Problem> {
    let filter = visit.fields.text("filter").unwrap_or_default();
    // That an empty filter lets all pass is asked again with each form.
    let (preview, refused) = match action::bulk_runs(visit)?.all_runs().dry_run().await {
        Ok(preview) => (Some(preview), None),
        Err(error) => {
            let problem = Problem::from(error);
            if problem.status != StatusCode::BAD_REQUEST {
                return Err(problem);
            }
            (None, Some(problem))
        }
    };
    let main = html! {
        div.head { h1 { "Act on many runs" } }
        p.lead {
            @if filter.is_empty() { "All runs, because there is no filter." }
            @else { "All runs that match " code { (filter) } "." }
            " " a href=(link("runs", &[("filter", filter)])) { "Back to the list" }
        }
        @if let Some(problem) = &refused {
            div.refused role="alert" { p { (layout::capitalized(&problem.message)) } }
        }
        @if let Some(preview) = &preview {
            (sample(visit, preview))
            @if preview.count > 0 { (actions(visit, filter, preview.count)) }
        }
    };
    let mut content = Content::new("Act on many runs", main);
    if let Some(problem) = refused {
        content.status = problem.status;
    }
    Ok(content)
}

fn sample(visit: &Visit, preview: &BulkPreview) -> Markup {
    html! {
        section aria-label="Runs" {
            @if preview.count == 0 {
                (text::empty("No run matches this filter", &html! {
                    "There is nothing to act on. " a href="runs" { "Show all runs" } "."
                }))
            } @else {
                h2 { (matching(preview.count)) }
                @if preview.count > preview.sample.len() as u64 {
                    p.muted { "The " (preview.sample.len()) " that began last:" }
                }
                (runs::table(visit, &preview.sample, None))
            }
        }
    }
}

fn matching(count: u64) -> String {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    text::count(count, "run matches now", "runs match now")
}

fn actions(visit: &Visit, filter: &str, count: u64) -> Markup {
    html! {
        section.actions aria-label="Actions" {
            h2 { "Do to all of them" }
            @if visit.who.is_none() {
                p.muted { "You can look at the runs but not change them. The access rule of the console says who can." }
            } @else {
                p.muted {
                    "A job does it, in the background. It looks for the runs again when it starts, and "
                    "leaves those alone that begin later. "
                    a href="bulk-jobs" { "All bulk jobs" }
                }
                @for (name, says) in BULK_OPERATIONS {
                    (form::folded(name, &layout::capitalized(word(name)), says, &form_of(visit, filter, count, name)))
                }
            }
        }
    }
}

fn word(operation: &str) -> &str {
    if operation == "retry" {
        "retry now"
    } else {
        operation
    }
}

fn form_of(visit: &Visit, filter: &str, count: u64, operation: &str) -> Markup {
    let fields = [("filter", filter), ("operation", operation)];
    let inputs = html! {
        @match operation {
            "signal" => { (signal(visit)) }
            "reset" => { (reset()) }
            _ => {}
        }
        (form::line("Reason", "reason", "", false))
        label { "Runs a second, at most"
            input type="number" name="rate" value="100" min="1" max="10000" required; }
        @if filter.is_empty() {
            label.check { input type="checkbox" name="all" value="1" required;
                span { "There is no filter: all runs of this store are meant" } }
        }
        (form::confirm(&format!("Do it to {}", counted(count))))
    };
    let is_end = matches!(operation, "terminate" | "reset" | "delete");
    let word = layout::capitalized(word(operation));
    let button = if is_end {
        form::danger(&word)
    } else {
        form::button(&word)
    };
    form::action(visit, "bulk", &fields, &inputs, &button)
}

fn counted(count: u64) -> String {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    text::count(count, "run", "runs")
}

fn signal(visit: &Visit) -> Markup {
    let code = visit.console.source.registered();
    let known = code
        .workflows
        .iter()
        .flat_map(|it| it.messages.signals.iter());
    let mut known: Vec<&str> = known.copied().collect();
    known.sort_unstable();
    known.dedup();
    html! { (form::name("Signal", "signals", &known)) (form::input()) }
}

fn reset() -> Markup {
    // Each history numbers its events its own way.
    let points = POINTS.iter().filter(|(name, _)| *name != "event");
    html! {
        label { "Back to" select name="to" {
            @for (name, needs) in points {
                option value=(name) { (name) @if !needs.is_empty() { " (" (needs) ")" } }
            }
        } }
        (form::line("Which one", "point", "where the choice above needs it", false))
        label.check { input type="checkbox" name="exclude_signals" value="1"; span { "Leave out later signals" } }
        label.check { input type="checkbox" name="exclude_updates" value="1"; span { "Leave out later updates" } }
    }
}
