//! What can be done to a schedule.

use std::time::SystemTime;

use sempre::{
    Timestamp,
    schedule::{OverlapPolicy, ScheduleHandle},
};

use crate::{action::ActionOutcome, problem::Problem, visit::Visit};

/// The rules for actions that overlap, by their names.
pub(crate) const OVERLAPS: [(&str, OverlapPolicy); 6] = [
    ("skip", OverlapPolicy::Skip),
    ("buffer-one", OverlapPolicy::BufferOne),
    ("buffer-all", OverlapPolicy::BufferAll),
    ("cancel-other", OverlapPolicy::CancelOther),
    ("terminate-other", OverlapPolicy::TerminateOther),
    ("allow-all", OverlapPolicy::AllowAll),
];

fn handle(visit: &Visit) -> Result<ScheduleHandle, Problem> {
    let id = visit.fields.required("id")?;
    let schedule = visit.engine()?.schedule(id);
    Ok(match &visit.who {
        Some(who) => schedule.identity(who.clone()),
        None => schedule,
    })
}

fn done(visit: &Visit, said: impl Into<String>) -> ActionOutcome {
    let id = visit.fields.text("id").unwrap_or_default();
    ActionOutcome::at("schedule", &[("id", id)], said)
}

fn overlap(visit: &Visit) -> Result<Option<OverlapPolicy>, Problem> {
    let Some(name) = visit.fields.text("overlap") else {
        return Ok(None);
    };
    let known = OVERLAPS.iter().find(|(known, _)| *known == name);
    let unknown = || Problem::bad_request(format!("there is no overlap rule {name}"));
    known.map(|(_, it)| Some(*it)).ok_or_else(unknown)
}

pub(super) fn time(visit: &Visit, name: &str) -> Result<Timestamp, Problem> {
    let text = visit.fields.required(name)?;
    point_in_time(text).ok_or_else(|| {
        Problem::bad_request(format!("{name} is not a time such as 2026-11-29T03:00:00Z"))
    })
}

/// A point in time in UTC, as RFC 3339 has it or as a form's field for times does.
fn point_in_time(text: &str) -> Option<Timestamp> {
    let text = text.trim_end_matches(['Z', 'z']);
    let seconds = if text.len() == "2026-11-29T03:00".len() {
        ":00"
    } else {
        ""
    };
    let time = humantime::parse_rfc3339(&format!("{text}{seconds}Z")).ok();
    time.map(|time: SystemTime| time.into())
}

pub(super) async fn pause(visit: &Visit, paused: bool) -> Result<ActionOutcome, Problem> {
    let note = visit.fields.text("reason").unwrap_or_default();
    let schedule = handle(visit)?;
    if paused {
        schedule.pause(note).await?;
        return Ok(done(visit, "it was paused"));
    }
    schedule.unpause(note).await?;
    Ok(done(visit, "it was unpaused"))
}

pub(super) async fn trigger(visit: &Visit) -> Result<ActionOutcome, Problem> {
    let trigger = handle(visit)?.trigger();
    match overlap(visit)? {
        Some(overlap) => trigger.overlap(overlap).await?,
        None => trigger.await?,
    }
    Ok(done(visit, "it was triggered"))
}

pub(super) async fn backfill(visit: &Visit) -> Result<ActionOutcome, Problem> {
    let (from, until) = (time(visit, "from")?, time(visit, "until")?);
    let backfill = handle(visit)?.backfill(from, until);
    match overlap(visit)? {
        Some(overlap) => backfill.overlap(overlap).await?,
        None => backfill.await?,
    }
    Ok(done(visit, "the backfill was accepted"))
}

pub(super) async fn delete(visit: &Visit) -> Result<ActionOutcome, Problem> {
    let schedule = handle(visit)?;
    schedule.delete().await?;
    let said = format!("schedule {} was deleted", schedule.id());
    Ok(ActionOutcome::at("schedules", &[], said))
}
