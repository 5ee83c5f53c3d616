//! The task queues, and one of them.

use maud::{Markup, html};
use sempre::{
    operator::{PausedBy, TaskQueueDescription},
    runtime::{AttemptLimit, RateLimit},
};

use super::{Content, engine, form, text};
use crate::{fields::link, problem::Problem, visit::Visit};

/// Bound: accounts of limits that a page shows.
const ACCOUNTS_MAX: usize = 100;

pub(super) fn list(visit: &Visit) -> Result<Content, Problem> {
    let queues = visit.engine()?.task_queues();
    let main = html! {
        div.head { h1 { "Task queues" } }
        section data-live="queues" {
            @if queues.is_empty() {
                (text::empty("No task queues", &html! {
                    "Register activities with " code { "Engine::open(path).activities_on(\"bank\", charge)" } "."
                }))
            } @else {
                div.scroll { table.rows {
                    thead { tr {
                        th { "State" } th { "Task queue" } th.num { "Running" } th.num { "Slots" } th { "Rate" }
                        th.num { "Waiting" } th { "The first since" }
                    } }
                    tbody { @for it in &queues { (row(visit, it)) } }
                } }
            }
        }
    };
    Ok(Content::new("Task queues", main))
}

fn row(visit: &Visit, it: &TaskQueueDescription) -> Markup {
    let name = it.task_queue.as_str();
    html! { tr {
        td { (state(it)) }
        td.grow {
            a.id href=(link("queue", &[("id", name)])) { (text::shown(name)) }
            @if let Some(by) = &it.paused { p.muted { (paused_by(by)) } }
        }
        td.num { (text::number(it.attempts as u64)) }
        td.num { (text::number(it.options.max_concurrent_attempts as u64)) }
        td { (rate(it.options.rate_limit)) }
        td.num { (text::number(it.waiting as u64)) }
        td { @if let Some(since) = it.waiting_since { (text::at(visit, since)) } @else { span.muted { "–" } } }
    } }
}

/// Whether a queue starts anything, and whether somebody has changed how much.
fn state(it: &TaskQueueDescription) -> Markup {
    html! {
        @if it.paused.is_some() { (text::badge("off", "Paused")) }
        @else if it.is_limited { (text::badge("off", "Limited")) }
        @else { (text::badge("running", "Active")) }
    }
}

/// Who has paused something, and why.
pub(super) fn paused_by(by: &PausedBy) -> String {
    match by.reason.as_str() {
        "" => format!("paused by {}", by.who),
        reason => format!("paused by {}: {reason}", by.who),
    }
}

fn rate(rate: Option<RateLimit>) -> String {
    match rate {
        None => "no limit".to_owned(),
        Some(rate) => format!("{} a second, {} at once", rate.per_second, rate.burst),
    }
}

pub(super) fn one(visit: &Visit) -> Result<Content, Problem> {
    let id = visit.fields.required("id")?;
    let it = visit.engine()?.task_queue(id).describe();
    let slots = it.options.max_concurrent_attempts;
    let main = html! {
        div.head.run {
            div { p.kind { "Task queue" } h1.id { (text::shown(id)) } }
            div.side { (state(&it)) }
        }
        section data-live="queue" {
            @if let Some(by) = &it.paused {
                p.lead { (super::layout::capitalized(&paused_by(by))) ", " (text::at(visit, by.at)) "." }
            }
            (engine::meter(it.attempts, slots))
            dl.facts.wide {
                div { dt { "Running" } dd.num { (text::number(it.attempts as u64)) } }
                div { dt { "Slots" } dd.num { (text::number(slots as u64)) } }
                div { dt { "Rate" } dd { (rate(it.options.rate_limit)) } }
                div { dt { "Waiting" } dd.num { (text::number(it.waiting as u64)) } }
                @if let Some(since) = it.waiting_since {
                    div { dt { "The first since" } dd { (text::at(visit, since)) } }
                }
                div { dt { "Options" } dd {
                    @if it.is_limited { "set by an operator" } @else { "those of the code" }
                } }
            }
            h2 { "Activities" }
            @if it.activity_types.is_empty() {
                p.muted { "This process has no activities on it." }
            } @else {
                p { @for (number, it) in it.activity_types.iter().enumerate() {
                    @if number > 0 { ", " } code { (it) }
                } }
            }
            (limits(&it))
        }
        @if visit.who.is_some() { (actions(visit, &it)) }
    };
    Ok(Content::new(format!("Task queue {id}"), main))
}

fn limits(it: &TaskQueueDescription) -> Markup {
    html! {
        @if !it.options.limits.is_empty() {
            h2 { "Limits" }
            ul { @for limit in &it.options.limits { li { (limit_in_words(limit)) } } }
        }
        @if !it.limits.is_empty() {
            div.scroll tabindex="0" { table.tight {
                thead { tr { th { "Limit" } th { "Fairness key" } th.num { "Running" } th.num { "Waiting" } } }
                tbody { @for it in it.limits.iter().take(ACCOUNTS_MAX) { tr {
                    td { (limit_in_words(&it.limit)) }
                    td.id { @match it.fairness_key.as_deref() {
                        None => { "all" }
                        Some("") => { span.muted { "none" } }
                        Some(key) => { (text::shown(key)) }
                    } }
                    td.num { (text::number(it.attempts as u64)) }
                    td.num { (text::number(it.waiting as u64)) }
                } } }
            } }
            @if it.limits.len() > ACCOUNTS_MAX {
                p.muted { "and " (text::count(it.limits.len() - ACCOUNTS_MAX, "more", "more")) }
            }
        }
    }
}

fn limit_in_words(limit: &AttemptLimit) -> String {
    let what = match &limit.activity_type {
        Some(activity_type) => format!("activities of type {activity_type}"),
        None => "all activities".to_owned(),
    };
    let each = if limit.is_per_key { " of each key" } else { "" };
    let max = limit.max_concurrent_attempts;
    let max = max.map(|max| format!("at most {max} at once"));
    let rate = limit.rate_limit.map(|it| rate(Some(it)));
    let words: Vec<String> = max.into_iter().chain(rate).collect();
    match words.as_slice() {
        [] => format!("{what}{each}: counted"),
        words => format!("{what}{each}: {}", words.join(", ")),
    }
}

fn actions(visit: &Visit, it: &TaskQueueDescription) -> Markup {
    let fields = [("id", it.task_queue.as_str())];
    let action =
        |name, inputs: &Markup, button: &Markup| form::action(visit, name, &fields, inputs, button);
    let reason = form::line("Reason", "reason", "", false);
    let number = |label: &str, name: &str, value: Option<String>| {
        html! { label { (label)
        input type="number" min="1" name=(name) value=[value] inputmode="numeric"; } }
    };
    let rate = it.options.rate_limit;
    let options = html! {
        (number("Attempts at once", "max_attempts", Some(it.options.max_concurrent_attempts.to_string())))
        (number("Starts a second", "per_second", rate.map(|it| it.per_second.to_string())))
        (number("Starts at once", "burst", rate.map(|it| it.burst.to_string())))
        (number("Attempts of each fairness key at once", "key_max_attempts", None))
        (reason)
    };
    html! {
        section.actions aria-label="Actions" {
            h2 { "Actions" }
            @if it.paused.is_some() {
                (form::folded("unpause", "Unpause", "Lets it start attempts again.",
                    &action("unpause-queue", &reason, &form::button("Unpause"))))
            } @else {
                (form::folded("pause", "Pause", "Starts no attempt on it, and no workflow task of a run on it, until it is unpaused.",
                    &action("pause-queue", &reason, &form::button("Pause"))))
            }
            @if !it.activity_types.is_empty() {
                (form::folded("limit", "Limit", "Takes the place of all options that the code has for it. What is left empty has no limit.",
                    &action("limit-queue", &options, &form::button("Limit"))))
            }
            @if it.is_limited {
                (form::folded("restore", "Restore", "Gives it the options of the code again.",
                    &action("restore-queue", &reason, &form::button("Restore"))))
            }
        }
    }
}
