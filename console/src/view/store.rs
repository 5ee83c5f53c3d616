//! What the store holds: its files, and its closed runs by age and by type.

use std::time::Duration;

use maud::{Markup, html};
use sempre::{
    client::{HeldRuns, StoreReport},
    storage::Backup,
};

use super::{
    Content, form,
    patience::{before_long, not_yet, patience},
    text,
};
use crate::{problem::Problem, route::Page, visit::Visit};

/// Bound: types that are shown, those with the most bytes.
const TYPES_MAX: usize = 50;
/// Bound: backups that are shown, the latest.
const BACKUPS_MAX: usize = 10;

pub(super) async fn content(visit: &Visit) -> Result<Content, Problem> {
    let report = before_long(patience(visit), visit.console.source.store_report()).await;
    let report = report.transpose()?;
    let backups = visit.console.finished_backups()?;
    let main = html! {
        div.head { h1 { "Store" } }
        section data-live="store" {
            @match &report {
                None => { (not_yet(visit, Page::Store)) }
                Some(report) => { (told(report)) }
            }
        }
        @if let Some(backups) = &backups { (told_of_backups(visit, backups)) }
    };
    Ok(Content::new("Store", main))
}

fn told(report: &StoreReport) -> Markup {
    let since = report.by_age.iter().map(|(younger_than, _)| *younger_than);
    let since = std::iter::once(None).chain(since);
    let by_age = since.zip(&report.by_age);
    let by_age = by_age.map(|(from, (until, held))| (age(from, *until), *held));
    let mut by_type: Vec<_> = report
        .by_type
        .iter()
        .map(|(name, it)| (name.to_string(), *it))
        .collect();
    by_type.sort_by_key(|(_, held)| std::cmp::Reverse(held.history_bytes));
    let more = by_type.len().saturating_sub(TYPES_MAX);
    by_type.truncate(TYPES_MAX);
    html! {
        dl.facts.wide {
            @if let Some(files) = &report.files {
                div { dt { "Data" } dd.num { (text::bytes(files.settled_bytes)) } }
                div { dt { "Journal" } dd.num { (text::bytes(files.journal_bytes)) } }
            }
            div { dt { "Open runs" } dd.num { (text::number(report.open_runs)) } }
            div { dt { "Closed runs" } dd.num { (text::number(report.closed.runs)) } }
            div title="Estimated; on disk they are compressed" { dt { "Their histories" } dd.num { (text::bytes(report.closed.history_bytes)) } }
            div { dt { "Expired" } dd.num { (text::number(report.expired.runs)) } }
            div { dt { "Expire within a day" } dd.num { (text::number(report.expire_in_a_day.runs)) } }
            div { dt { "Kept for ever" } dd.num { (text::number(report.kept_for_ever.runs)) } }
        }
        div.columns.even {
            div.card { h2 { "Closed runs by age" } (table("Closed", by_age)) }
            div.card {
                h2 { "Closed runs by type" }
                (table("Type", by_type.into_iter()))
                @if more > 0 { p.muted { "and " (text::count(more, "more type", "more types")) } }
            }
        }
    }
}

/// The latest backups, and a way to another.
fn told_of_backups(visit: &Visit, backups: &[Backup]) -> Markup {
    let form = form::action(
        visit,
        "backup",
        &[],
        &html! {},
        &form::button("Back up now"),
    );
    html! {
        section.card aria-label="Backups" {
            h2 { "Backups" }
            @if backups.is_empty() { p.muted { "None so far." } }
            div.scroll tabindex="0" { table.tight {
                thead { tr { th.num { "Number" } th { "Taken" } th.num { "Written" } } }
                tbody { @for backup in backups.iter().rev().take(BACKUPS_MAX) { tr {
                    td.num { (text::number(u64::from(backup.number))) }
                    td { (text::at(visit, backup.taken_at)) }
                    td.num { (text::bytes(backup.bytes)) }
                } } }
            } }
            @if visit.who.is_some() {
                p.muted { "Everything goes on meanwhile. It is done when the page comes back." }
                (form)
            }
        }
    }
}

/// An age between two others, in days.
fn age(from: Option<Duration>, until: Option<Duration>) -> String {
    let days = |age: Duration| age.as_secs() / 86_400;
    match (from.map(days), until.map(days)) {
        (None, Some(1)) => "less than a day ago".to_owned(),
        (None, Some(until)) => format!("less than {until} days ago"),
        (Some(from), Some(until)) => format!("{from} to {until} days ago"),
        (Some(from), None) => format!("more than {from} days ago"),
        (None, None) => "at any time".to_owned(),
    }
}

fn table(what: &str, groups: impl Iterator<Item = (String, HeldRuns)>) -> Markup {
    html! {
        div.scroll tabindex="0" { table.tight {
            thead { tr { th { (what) } th.num { "Runs" } th.num { "Histories" } } }
            tbody { @for (name, held) in groups { tr {
                td { (name) }
                td.num { (text::number(held.runs)) }
                td.num { (text::bytes(held.history_bytes)) }
            } } }
        } }
    }
}
