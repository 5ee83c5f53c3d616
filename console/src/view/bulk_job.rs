//! One bulk job: what it does, how far it has got, and what came of each of its runs.

use maud::{Markup, html};
use sempre::bulk::{BulkJobDescription, BulkOperation, BulkResults};

use super::{Content, bulk_jobs, form, layout, payload, text};
use crate::{
    api::{outcome, point_in_words, results_page},
    fields::link,
    problem::Problem,
    route::Page,
    visit::Visit,
};

pub(super) async fn content(visit: &Visit) -> Result<Content, Problem> {
    let id = visit.fields.required("id")?;
    let number = results_page(visit)?;
    let job = visit.engine()?.bulk_job(id);
    let it = job.describe().await?;
    let results = job.results(number).await;
    let main = html! {
        div.head.run {
            div { p.kind { "Bulk job" } h1.id { (text::shown(&it.job_id)) } }
            div.side {
                @if matches!(it.operation, BulkOperation::Signal { .. }) { (payload::switch(visit, Page::BulkJob)) }
            }
        }
        section data-live="bulk-job" {
            @if let Some(problem) = &it.problem { div.trouble role="alert" { p.title { (layout::capitalized(problem)) } } }
            p.lead { (bulk_jobs::state(it.state)) " " (bulk_jobs::progress(&it)) }
            @if let Some(pause) = &it.pause {
                p.muted { "Paused by " (pause.identity) " " (text::at(visit, pause.at))
                    @if !pause.reason.is_empty() { ": " (pause.reason) } }
            }
            @if let Some(cause) = &it.waits_for { p.muted { "It waits and tries again: " (cause) } }
            (facts(visit, &it))
            (failures(visit, &it))
            h2 { "Runs" }
            @match &results {
                Ok(results) => { (outcomes(visit, &it, number, results)) }
                Err(error) => { p.muted { (layout::capitalized(&error.to_string())) "." } }
            }
        }
        @if visit.who.is_some() { (actions(visit, &it)) }
    };
    Ok(Content::new(format!("Bulk job {id}"), main))
}

fn facts(visit: &Visit, it: &BulkJobDescription) -> Markup {
    let counts = [
        ("Done", it.done, "runs that it has acted on"),
        (
            "Skipped",
            it.skipped,
            "runs to which there was nothing to be done, such as those that had closed",
        ),
        ("Failed", it.failed, "runs that have refused"),
    ];
    html! {
        dl.facts.wide {
            div { dt { "Does" } dd { (operation(visit, &it.operation)) } }
            div { dt { "To runs that match" } dd { @if it.filter.is_empty() { "everything" } @else { code { (it.filter) } } } }
            @for (name, count, title) in counts { div title=(title) { dt { (name) } dd.num { (text::number(count)) } } }
            div { dt { "Runs a second" } dd.num { (text::number(u64::from(it.rate))) } }
            @if !it.reason.is_empty() { div { dt { "Reason" } dd { (it.reason) } } }
            div { dt { "Started by" } dd { (it.identity) } }
            div { dt { "Started" } dd { (text::at(visit, it.started_at)) } }
            @if let Some(ended_at) = it.ended_at { div { dt { "Ended" } dd { (text::at(visit, ended_at)) } } }
        }
    }
}

fn operation(visit: &Visit, operation: &BulkOperation) -> Markup {
    html! {
        (operation.name())
        @match operation {
            BulkOperation::Signal { signal_name, input, .. } => {
                " " code { (signal_name) } " " (payload::payloads(input, &visit.reveal()))
            }
            BulkOperation::Reset { point, reapplied } => {
                " to " (point_in_words(point))
                @if !reapplied.signals { ", without later signals" }
                @if !reapplied.updates { ", without later updates" }
            }
            _ => {}
        }
    }
}

fn failures(visit: &Visit, it: &BulkJobDescription) -> Markup {
    html! {
        @if !it.failures.is_empty() {
            h2 { "Failed" }
            @if it.failed > it.failures.len() as u64 { p.muted { "The first " (it.failures.len()) " of " (text::number(it.failed)) ":" } }
            ul { @for failure in &it.failures {
                li { (text::run(visit, &failure.execution)) ": " (failure.error) }
            } }
        }
    }
}

fn outcomes(visit: &Visit, it: &BulkJobDescription, number: u64, results: &BulkResults) -> Markup {
    let id = it.job_id.as_str();
    html! {
        @if results.results.is_empty() {
            p.muted { @if it.is_finding { "They are still being looked for." } @else { "No run has matched." } }
        }
        @else {
            div.scroll { table.rows {
                thead { tr { th { "Outcome" } th { "Workflow" } th { "Why" } } }
                tbody { @for result in &results.results { tr {
                    @let (word, cause) = outcome(&result.outcome);
                    td { (text::badge(color(word), &layout::capitalized(word))) }
                    td { (text::run(visit, &result.execution)) }
                    td.grow { @if let Some(cause) = cause { (cause) } }
                } } }
            } }
        }
        nav.pages aria-label="Pages" {
            @if number > 0 { a.button href=(link("bulk-job", &[("id", id)])) { "First page" } }
            @if let Some(next) = results.next {
                a.button rel="next" href=(link("bulk-job", &[("id", id), ("page", &next.to_string())])) { "Next page" }
            }
        }
    }
}

fn color(outcome: &str) -> &'static str {
    match outcome {
        "done" => "good",
        "failed" => "bad",
        _ => "off",
    }
}

fn actions(visit: &Visit, it: &BulkJobDescription) -> Markup {
    let fields = [("id", it.job_id.as_str())];
    let action =
        |name, inputs: &Markup, button: &Markup| form::action(visit, name, &fields, inputs, button);
    let reason = || form::line("Reason", "reason", "", false);
    let sure = html! { (reason()) (form::confirm("End this job; what it has done stays done")) };
    let gone = form::confirm("Delete what is kept of this job; its runs stay as they are");
    html! {
        section.actions aria-label="Actions" {
            h2 { "Actions" }
            @if it.state.is_open() {
                @if it.pause.is_some() {
                    (form::folded("resume", "Resume", "Lets it go on where it was paused.",
                        &action("resume-bulk", &html! {}, &form::button("Resume"))))
                } @else {
                    (form::folded("pause", "Pause", "Acts on no further runs until it is resumed.",
                        &action("pause-bulk", &reason(), &form::button("Pause"))))
                }
                (form::folded("cancel", "Cancel", "", &action("cancel-bulk", &sure, &form::danger("Cancel the job"))))
            } @else {
                (form::folded("delete", "Delete", "", &action("delete-bulk", &gone, &form::danger("Delete"))))
            }
        }
    }
}
