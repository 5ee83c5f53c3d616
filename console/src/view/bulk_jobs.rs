//! The bulk jobs, and how far they have got.

use maud::{Markup, html};
use sempre::{
    bulk::{BulkJobDescription, BulkJobState},
    client::IdPage,
};

use super::{
    Content,
    patience::{before_long, not_yet, patience},
    text,
};
use crate::{
    api::{DescribedJob, page_of_jobs},
    fields::link,
    problem::Problem,
    route::Page,
    visit::Visit,
};

pub(super) async fn content(visit: &Visit) -> Result<Content, Problem> {
    let found = before_long(patience(visit), page_of_jobs(visit)).await;
    let found = found.transpose()?;
    let main = html! {
        div.head { h1 { "Bulk jobs" } }
        section data-live="bulk-jobs" {
            @match &found {
                None => { (not_yet(visit, Page::BulkJobs)) }
                Some((jobs, page)) => { (told(visit, jobs, page)) }
            }
        }
    };
    Ok(Content::new("Bulk jobs", main))
}

fn told(visit: &Visit, jobs: &[DescribedJob], page: &IdPage) -> Markup {
    html! {
        @if jobs.is_empty() {
            (text::empty("No bulk jobs yet", &html! {
                "A job does one thing to all runs that match a filter. "
                a href="runs" { "Filter the runs" } " first, and act on all of them then."
            }))
        } @else { (table(visit, jobs)) }
        @if let Some(next) = &page.next {
            nav.pages aria-label="Pages" { a.button rel="next" href=(link("bulk-jobs", &[("page", &next.to_string())])) { "Next page" } }
        }
    }
}

fn table(visit: &Visit, jobs: &[DescribedJob]) -> Markup {
    html! {
        div.scroll { table.rows {
            thead { tr { th { "State" } th { "Job" } th { "Does" } th { "Progress" } th { "By" } th { "Started" } } }
            tbody { @for (id, described) in jobs { tr {
                @match described {
                    Ok(it) => { (row(visit, it)) }
                    Err(error) => {
                        td { (text::badge("bad", "No answer")) } td { (id_link(id)) }
                        td.grow colspan="4" { (error) }
                    }
                }
            } } }
        } }
    }
}

fn id_link(id: &str) -> Markup {
    html! { a.id href=(link("bulk-job", &[("id", id)])) { (text::shown(id)) } }
}

fn row(visit: &Visit, it: &BulkJobDescription) -> Markup {
    html! {
        td { (state(it.state)) }
        td { (id_link(&it.job_id)) @if !it.reason.is_empty() { p.muted { (it.reason) } } }
        td.grow { (it.operation.name()) " " @if it.filter.is_empty() { "all runs" } @else { code { (it.filter) } } }
        td { (progress(it)) }
        td { (it.identity) }
        td { (text::at(visit, it.started_at)) }
    }
}

/// Whether a job goes on, as a word with a color.
pub(super) fn state(state: BulkJobState) -> Markup {
    match state {
        BulkJobState::Running => text::badge("running", "Running"),
        BulkJobState::Paused => text::badge("off", "Paused"),
        BulkJobState::Completed => text::badge("good", "Completed"),
        BulkJobState::Canceled => text::badge("off", "Canceled"),
        BulkJobState::Failed => text::badge("bad", "Failed"),
        _ => text::badge("off", "Unknown"),
    }
}

/// How far a job has got, as a bar and in numbers.
pub(super) fn progress(it: &BulkJobDescription) -> Markup {
    let (tried, matched) = (text::number(it.tried()), text::number(it.matched));
    html! {
        @if it.is_finding {
            span.progress { progress aria-label="Looking for the runs" {}
                span.num { (matched) " found" } }
        } @else {
            span.progress {
                progress max=(it.matched.max(1)) value=(if it.matched == 0 { 1 } else { it.tried() })
                    aria-label="Runs that were tried" {}
                span.num { (tried) " of " (matched) }
            }
            @if it.failed > 0 { " " span.bad { (text::number(it.failed)) " failed" } }
        }
    }
}
