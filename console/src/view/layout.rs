//! What all pages have: head, navigation, and how one is told that something went wrong.

use maud::{DOCTYPE, Markup, html};

use super::Content;
use crate::{
    Console,
    asset::ASSETS,
    problem::{Effect, Problem},
    route::{Page, from_to},
    visit::Visit,
};

const PLACES: [(Page, &str); 10] = [
    (Page::Overview, "Overview"),
    (Page::Runs, "Runs"),
    (Page::Schedules, "Schedules"),
    (Page::Queues, "Queues"),
    (Page::BulkJobs, "Bulk jobs"),
    (Page::Failures, "Failures"),
    (Page::Types, "Types"),
    (Page::Patches, "Patches"),
    (Page::Store, "Store"),
    (Page::Audit, "Audit"),
];

/// Which place of the navigation a page belongs to.
fn place(page: Page) -> Page {
    match page {
        Page::Run | Page::History | Page::Tree | Page::Code => Page::Runs,
        Page::Schedule => Page::Schedules,
        Page::Queue => Page::Queues,
        Page::Bulk | Page::BulkJob => Page::BulkJobs,
        other => other,
    }
}

fn href(page: Page) -> &'static str {
    match page {
        Page::Overview => ".",
        other => other.path(),
    }
}

/// A page.
pub(super) fn page(visit: &Visit, page: Page, content: &Content) -> Markup {
    let body = html! {
        @if let Some(done) = visit.done() {
            p.notice role="status" { (capitalized(done)) "." }
        }
        (content.main)
    };
    let who = visit.who.as_ref().map(|who| who.as_str());
    document(&visit.console, &content.title, Some(page), who, &body)
}

/// A page that is no place of its own.
pub(super) fn plain(visit: &Visit, title: &str, body: &Markup) -> Markup {
    let who = visit.who.as_ref().map(|who| who.as_str());
    document(&visit.console, title, None, who, body)
}

/// The page of a request that was not carried out; of an action, with what it has changed.
pub(crate) fn refusal(console: &Console, problem: &Problem, effect: Option<Effect>) -> Markup {
    let status = problem.status;
    let reason = status.canonical_reason().unwrap_or("Refused");
    let body = html! {
        div.empty {
            p.code { (status.as_u16()) }
            h1 { (reason) }
            p { (capitalized(&problem.message)) "." }
            @match effect {
                Some(Effect::None) => { p.muted { "Nothing was changed." } }
                Some(Effect::Unknown) => {
                    p.muted { "Whether anything was changed is not known. Check before you try again." }
                }
                Some(Effect::Done) => {
                    p.muted { "It was accepted, and the history of the run has it. Trying again would do it a second time." }
                }
                None => {}
            }
            p { a href="." { "Back to the overview" } }
        }
    };
    document(console, reason, None, None, &body)
}

fn document(
    console: &Console,
    title: &str,
    page: Option<Page>,
    who: Option<&str>,
    body: &Markup,
) -> Markup {
    let (of, at_rest) = (&*console.title, console.source.is_at_rest());
    let places = PLACES.into_iter();
    let places = places.filter(|(page, _)| !(at_rest && page.needs_engine()));
    let here = page.map(place);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) " · " @if of.is_empty() { "Sempre" } @else { (of) } }
                link rel="icon" type="image/svg+xml" href=(ASSETS.icon.name);
                link rel="stylesheet" href=(ASSETS.style.name);
                script src=(ASSETS.script.name) defer {}
            }
            body data-live[page.is_some()] {
                a.skip href="#main" { "Skip to content" }
                header.top {
                    a.brand href="." {
                        img src=(ASSETS.icon.name) alt="" width="20" height="20";
                        span { "Sempre" }
                        @if !of.is_empty() { span.of { (of) } }
                    }
                    (namespaces(console))
                    nav aria-label="Places" {
                        @for (page, name) in places {
                            a href=(href(page)) aria-current=[(here == Some(page)).then_some("page")] {
                                (name)
                            }
                        }
                    }
                    div.state {
                        span #live.live hidden role="status" { "Live" }
                        @if at_rest { span.who title="No engine runs on this store; nothing changes here" { "at rest" } }
                        @if let Some(who) = who { span.who title="You can make changes here" { (who) } }
                        @else if page.is_some() { span.who title="You can look but not make changes" { "read only" } }
                    }
                }
                main #main { (body) }
                @if page.is_some() {
                    footer {
                        span { "Keys: " kbd { "g" } " then "
                            kbd { "o" } " overview, " kbd { "r" } " runs, " kbd { "s" } " schedules, "
                            kbd { "b" } " bulk jobs, " kbd { "f" } " failures · " kbd { "/" } " filter · "
                            kbd { "j" } " " kbd { "k" } " rows, " kbd { "Enter" } " opens" }
                        noscript { span { "Without JavaScript, this page stays as it was when it was loaded." } }
                    }
                }
            }
        }
    }
}

/// The namespaces that there are, if there are several; each leads to its first page.
fn namespaces(console: &Console) -> Markup {
    let (here, all) = (console.source.namespace(), console.namespaces());
    html! {
        @if all.len() > 1 {
            details.namespaces {
                summary title="Namespace" { (here) }
                ul {
                    @for there in &all {
                        li {
                            a href=(from_to(here, there)) aria-current=[(there == here).then_some("true")] {
                                (there)
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A sentence of the engine's, as a page says it.
pub(super) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
