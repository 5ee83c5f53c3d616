//! The schedules, and what their times are in words.

use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream};
use maud::{Markup, html};
use sempre::{
    Engine,
    client::IdPage,
    schedule::{Interval, OverlapPolicy, ScheduleDescription, ScheduleError, ScheduleSpec},
};

use super::{
    Content,
    patience::{before_long, not_yet, patience},
    text,
};
use crate::{
    api::page_token, duration::rough, fields::link, problem::Problem, route::Page, visit::Visit,
};

/// Schedules on a page; each of them is asked how it stands.
const PAGE_SIZE: usize = 30;
/// Bound: schedules that are asked at the same time.
const ASKED_MAX: usize = 8;

type Described = (String, Option<Result<ScheduleDescription, ScheduleError>>);

pub(super) async fn content(visit: &Visit) -> Result<Content, Problem> {
    let engine = visit.engine()?;
    let list = engine.schedules().page_size(PAGE_SIZE);
    let list = match visit.fields.text("page") {
        None => list,
        Some(token) => list.after(page_token(token)?),
    };
    let page = before_long(patience(visit), list.into_future()).await;
    let found = match page.transpose()? {
        Some(page) => Some((describe(visit, engine, &page).await, page)),
        None => None,
    };
    let main = html! {
        div.head { h1 { "Schedules" } }
        section data-live="schedules" {
            @match &found {
                None => { (not_yet(visit, Page::Schedules)) }
                Some((schedules, page)) => { (told(visit, schedules, page)) }
            }
        }
    };
    Ok(Content::new("Schedules", main))
}

fn told(visit: &Visit, schedules: &[Described], page: &IdPage) -> Markup {
    html! {
        @if schedules.is_empty() {
            (text::empty("No schedules yet", &html! {
                "Create one with " code { "engine.schedule(\"nightly\").create::<Report>(input).cron(\"0 3 * * *\")" } "."
            }))
        } @else { (table(visit, schedules)) }
        @if let Some(next) = &page.next {
            nav.pages { a.button rel="next" href=(link("schedules", &[("page", &next.to_string())])) { "Next page" } }
        }
    }
}

async fn describe(visit: &Visit, engine: &Engine, page: &IdPage) -> Vec<Described> {
    let patience = patience(visit);
    let asked: Vec<BoxFuture<'static, Described>> = page
        .ids
        .iter()
        .map(|id| {
            let (id, schedule) = (id.clone(), engine.schedule(&**id));
            async move { (id, before_long(patience, schedule.describe()).await) }.boxed()
        })
        .collect();
    stream::iter(asked).buffered(ASKED_MAX).collect().await
}

fn table(visit: &Visit, schedules: &[Described]) -> Markup {
    html! {
        div.scroll { table.rows {
            thead { tr { th { "State" } th { "Schedule" } th { "When" } th { "Starts" } th { "Next" } th { "Last" } } }
            tbody { @for (id, described) in schedules { tr {
                @match described {
                    Some(Ok(it)) => { (row(visit, it)) }
                    Some(Err(error)) => {
                        td { (text::badge("bad", "No answer")) } td { (id_link(id)) }
                        td.grow colspan="4" { (error) }
                    }
                    None => { td { "…" } td { (id_link(id)) } td.grow colspan="4" {} }
                }
            } } }
        } }
    }
}

fn id_link(id: &str) -> Markup {
    html! { a.id href=(link("schedule", &[("id", id)])) { (text::shown(id)) } }
}

fn row(visit: &Visit, it: &ScheduleDescription) -> Markup {
    html! {
        td { (state(it)) }
        td { (id_link(&it.schedule_id)) @if !it.schedule.note.is_empty() { p.muted { (it.schedule.note) } } }
        td.grow { (spec_in_words(&it.schedule.spec)) }
        td { (it.schedule.action.workflow_type) }
        td { @if it.schedule.paused { span.muted { "–" } }
            @else if let Some(next) = it.next.first() { (text::at(visit, *next)) } @else { span.muted { "never" } } }
        td { @if let Some(last) = it.recent.last() {
            (text::status(last.status)) " " (text::at(visit, last.started_at))
        } @else { span.muted { "not yet" } } }
    }
}

/// Whether a schedule acts.
pub(super) fn state(it: &ScheduleDescription) -> Markup {
    html! {
        @if it.schedule.paused { (text::badge("off", "Paused")) }
        @else if it.problem.is_some() { (text::badge("bad", "Has a problem")) }
        @else { (text::badge("running", "Active")) }
    }
}

/// When a schedule acts, in words.
pub(crate) fn spec_in_words(spec: &ScheduleSpec) -> String {
    let mut words: Vec<String> = spec.crons.iter().map(|text| cron_in_words(text)).collect();
    words.extend(spec.intervals.iter().map(interval_in_words));
    let calendars = match spec.calendars.len() {
        0 => None,
        1 => Some("at the times of a calendar".to_owned()),
        count => Some(format!("at the times of {count} calendars")),
    };
    words.extend(calendars);
    let mut text = words.join(", and ");
    if !spec.exclusions.is_empty() {
        text.push_str(", with exceptions");
    }
    if !spec.jitter.is_zero() {
        text.push_str(", up to ");
        text.push_str(&rough(spec.jitter));
        text.push_str(" later");
    }
    if !spec.time_zone.is_empty() {
        text.push_str(", in time zone ");
        text.push_str(&spec.time_zone);
    }
    text
}

fn interval_in_words(interval: &Interval) -> String {
    let every = format!("every {}", rough(interval.every));
    if interval.phase.is_zero() {
        return every;
    }
    format!("{every}, {} past the full interval", rough(interval.phase))
}

/// The plainest cron texts in words; of others, the text.
fn cron_in_words(cron: &str) -> String {
    let fields: Vec<&str> = cron.split_whitespace().collect();
    let time = |hour: &str, minute: &str| {
        let (hour, minute): (u8, u8) = (hour.parse().ok()?, minute.parse().ok()?);
        Some(format!("{hour:02}:{minute:02}"))
    };
    let words = match *fields.as_slice() {
        ["@hourly"] | ["0", "*", "*", "*", "*"] => Some("every hour".to_owned()),
        ["@daily" | "@midnight"] => Some("every day at 00:00".to_owned()),
        ["@weekly"] => Some("every Sunday at 00:00".to_owned()),
        ["@monthly"] => Some("on the first of each month at 00:00".to_owned()),
        ["@every", every] => Some(format!("every {every}")),
        ["*", "*", "*", "*", "*"] => Some("every minute".to_owned()),
        [minute, hour, "*", "*", "*"] => {
            time(hour, minute).map(|time| format!("every day at {time}"))
        }
        [minute, hour, "*", "*", "MON-FRI" | "1-5"] => {
            time(hour, minute).map(|time| format!("Monday to Friday at {time}"))
        }
        _ => None,
    };
    match words {
        Some(words) => format!("{words} ({cron})"),
        None => cron.to_owned(),
    }
}

/// The rule for actions that overlap, as forms and the API name it.
pub(crate) fn overlap_name(overlap: OverlapPolicy) -> &'static str {
    let names = crate::action::OVERLAPS.iter();
    let mut names = names.filter(|(_, it)| *it == overlap);
    names.next().map_or("unknown", |(name, _)| name)
}
