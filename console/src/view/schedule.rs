//! One schedule: when it acts, what it has done, what it does next.

use maud::{Markup, html};
use sempre::{Timestamp, schedule::ScheduleDescription};

use super::{Content, form, payload, schedules, text};
use crate::{action::OVERLAPS, duration::rough, problem::Problem, route::Page, visit::Visit};

pub(super) async fn content(visit: &Visit) -> Result<Content, Problem> {
    let id = visit.fields.required("id")?;
    let it = visit.engine()?.schedule(id).describe().await?;
    let main = html! {
        div.head.run {
            div {
                p.kind { "Schedule of " (it.schedule.action.workflow_type) }
                h1.id { (text::shown(&it.schedule_id)) }
            }
            div.side { (schedules::state(&it)) (payload::switch(visit, Page::Schedule)) }
        }
        section data-live="schedule" {
            @if let Some(problem) = &it.problem { div.trouble role="alert" { p.title { (problem) } } }
            p.lead { (super::layout::capitalized(&schedules::spec_in_words(&it.schedule.spec))) "." }
            @if !it.schedule.note.is_empty() { p.muted { (it.schedule.note) } }
            (facts(visit, &it))
            div.columns.even { (next(visit, &it)) (recent(visit, &it)) }
        }
        @if visit.who.is_some() { (actions(visit, &it)) }
    };
    Ok(Content::new(format!("Schedule {id}"), main))
}

fn facts(visit: &Visit, it: &ScheduleDescription) -> Markup {
    let schedule = &it.schedule;
    let counts = [
        ("Started", it.started_actions, "actions that were started"),
        (
            "Skipped",
            it.skipped_actions,
            "skipped because an earlier one was still running",
        ),
        (
            "Missed",
            it.missed_actions,
            "too late for the catch-up window",
        ),
        (
            "Dropped",
            it.dropped_actions,
            "dropped because too many were waiting",
        ),
        (
            "Waiting",
            it.waiting_actions as u64,
            "waiting for an earlier one to end",
        ),
    ];
    html! {
        dl.facts.wide {
            @for (name, count, title) in counts { div title=(title) { dt { (name) } dd.num { (text::number(count)) } } }
            div { dt { "If actions overlap" } dd { (schedules::overlap_name(schedule.overlap)) } }
            div { dt { "Catch-up window" } dd { (rough(schedule.catchup_window)) } }
            @if let Some(left) = schedule.remaining_actions { div { dt { "Actions left" } dd.num { (text::number(left)) } } }
            div { dt { "Workflow ids" } dd.id { (schedule.action.workflow_id) "-…" } }
            div { dt { "Input" } dd { (payload::payloads(&schedule.action.input, &visit.reveal())) } }
            div { dt { "Created" } dd { (text::at(visit, it.created_at)) } }
        }
    }
}

fn next(visit: &Visit, it: &ScheduleDescription) -> Markup {
    html! {
        div.card {
            h2 { "Next" }
            @if it.schedule.paused { p.muted { "It is paused. Otherwise its next times would be:" } }
            @if it.next.is_empty() { p.muted { "No further times." } }
            ol.times { @for at in &it.next { li { span.num { (to_the_second(*at)) } " " (text::at(visit, *at)) } } }
        }
    }
}

fn to_the_second(at: Timestamp) -> String {
    humantime::format_rfc3339_seconds(at.into()).to_string()
}

fn recent(visit: &Visit, it: &ScheduleDescription) -> Markup {
    html! {
        div.card {
            h2 { "Last" }
            @if it.recent.is_empty() { p.muted { "No actions yet." } }
            ol.times { @for action in it.recent.iter().rev() {
                li { (text::status(action.status)) " " (text::run(visit, &action.execution)) " "
                    (text::at(visit, action.started_at)) }
            } }
        }
    }
}

fn actions(visit: &Visit, it: &ScheduleDescription) -> Markup {
    let fields = [("id", it.schedule_id.as_str())];
    let action =
        |name, inputs: &Markup, button: &Markup| form::action(visit, name, &fields, inputs, button);
    let note = form::line("Note", "reason", "", false);
    let overlap = html! {
        label { "If actions overlap" select name="overlap" {
            option value="" { "as the schedule says (default)" }
            @for (name, _) in OVERLAPS { option value=(name) { (name) } }
        } }
    };
    let between = html! {
        label { "From (UTC)" input type="datetime-local" name="from" required; }
        label { "Until (UTC)" input type="datetime-local" name="until" required; }
        (overlap)
    };
    let sure = form::confirm("Delete this schedule; runs that it has started go on");
    html! {
        section.actions aria-label="Actions" {
            h2 { "Actions" }
            @if it.schedule.paused {
                (form::folded("unpause", "Unpause", "Lets it act again from now on.",
                    &action("unpause-schedule", &note, &form::button("Unpause"))))
            } @else {
                (form::folded("pause", "Pause", "Skips the times that pass until it is unpaused.",
                    &action("pause-schedule", &note, &form::button("Pause"))))
            }
            (form::folded("trigger", "Trigger", "Starts an action now, even if the schedule is paused.",
                &action("trigger-schedule", &overlap, &form::button("Trigger"))))
            (form::folded("backfill", "Backfill", "Starts now the actions that lie between two times.",
                &action("backfill-schedule", &between, &form::button("Backfill"))))
            (form::folded("delete", "Delete", "", &action("delete-schedule", &sure, &form::danger("Delete"))))
        }
    }
}
