//! What all pages have: head, navigation, and how one is told that something went wrong.

use maud::{DOCTYPE, Markup, html};

use super::Content;
use crate::{asset::ASSETS, problem::Problem, route::Page, visit::Visit};

const PLACES: [(Page, &str); 7] = [
    (Page::Overview, "Overview"),
    (Page::Runs, "Runs"),
    (Page::Schedules, "Schedules"),
    (Page::Failures, "Failures"),
    (Page::Types, "Types"),
    (Page::Patches, "Patches"),
    (Page::Audit, "Audit"),
];

/// Which place of the navigation a page belongs to.
fn place(page: Page) -> Page {
    match page {
        Page::Run | Page::History => Page::Runs,
        Page::Schedule => Page::Schedules,
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
    let done = visit.fields.text("done");
    let body = html! {
        @if let Some(done) = done {
            p.notice role="status" { (capitalized(done)) "." }
        }
        (content.main)
    };
    let who = visit.who.as_ref().map(|who| who.as_str());
    document(&visit.console.title, &content.title, Some(page), who, &body)
}

/// A page that is no place of its own.
pub(super) fn plain(visit: &Visit, title: &str, body: &Markup) -> Markup {
    let who = visit.who.as_ref().map(|who| who.as_str());
    document(&visit.console.title, title, None, who, body)
}

/// The page of a refused request.
pub(crate) fn refusal(title: &str, problem: &Problem) -> Markup {
    let status = problem.status;
    let reason = status.canonical_reason().unwrap_or("Refused");
    let body = html! {
        div.empty {
            p.code { (status.as_u16()) }
            h1 { (reason) }
            p { (capitalized(&problem.message)) "." }
            p.muted { "Nothing was changed by this unless the message says that it is not known." }
            p { a href="." { "To the overview" } }
        }
    };
    document(title, reason, None, None, &body)
}

fn document(of: &str, title: &str, page: Option<Page>, who: Option<&str>, body: &Markup) -> Markup {
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
                a.skip href="#main" { "To the content" }
                header.top {
                    a.brand href="." {
                        img src=(ASSETS.icon.name) alt="" width="20" height="20";
                        span { "Sempre" }
                        @if !of.is_empty() { span.of { (of) } }
                    }
                    nav aria-label="Places" {
                        @for (page, name) in PLACES {
                            a href=(href(page)) aria-current=[(here == Some(page)).then_some("page")] {
                                (name)
                            }
                        }
                    }
                    div.state {
                        span #live.live hidden role="status" { "Live" }
                        @if let Some(who) = who { span.who title="You may change things here" { (who) } }
                        @else if page.is_some() { span.who title="You may look and not change" { "read only" } }
                    }
                }
                main #main { (body) }
                @if page.is_some() {
                    footer {
                        span { "Keys: " kbd { "g" } " then "
                            kbd { "o" } " overview, " kbd { "r" } " runs, " kbd { "s" } " schedules, "
                            kbd { "f" } " failures · " kbd { "/" } " filter · "
                            kbd { "j" } " " kbd { "k" } " rows, " kbd { "Enter" } " opens" }
                        noscript { span { "Without JavaScript this page shows what was when it was loaded." } }
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
