//! Schedules.

use sempre::schedule::ScheduleDescription;
use serde_json::{Value, json};

use super::{
    json::{execution, payloads, seconds, time, time_or_null},
    runs::page_token,
};
use crate::{problem::Problem, visit::Visit};

pub(super) async fn list(visit: &Visit) -> Result<Value, Problem> {
    let list = visit.engine()?.schedules();
    let page = match visit.fields.text("page") {
        None => list.await?,
        Some(token) => list.after(page_token(token)?).await?,
    };
    Ok(json!({
        "schedule_ids": page.ids,
        "next": page.next.map(|token| token.to_string()),
    }))
}

pub(super) async fn describe(visit: &Visit) -> Result<Value, Problem> {
    let id = visit.fields.required("id")?;
    let it = visit.engine()?.schedule(id).describe().await?;
    let action = &it.schedule.action;
    Ok(json!({
        "schedule_id": it.schedule_id,
        "times": crate::view::spec_in_words(&it.schedule.spec),
        "time_zone": it.schedule.spec.time_zone,
        "workflow_type": action.workflow_type.as_str(),
        "workflow_id": action.workflow_id.as_str(),
        "input": payloads(&action.input, &visit.reveal()),
        "overlap": crate::view::overlap_name(it.schedule.overlap),
        "catchup_window": seconds(it.schedule.catchup_window),
        "pause_on_failure": it.schedule.pause_on_failure,
        "paused": it.schedule.paused,
        "note": it.schedule.note,
        "remaining_actions": it.schedule.remaining_actions,
        "created_at": time(it.created_at),
        "updated_at": time_or_null(it.updated_at),
        "counts": counts(&it),
        "problem": it.problem,
        "next": it.next.iter().map(|at| time(*at)).collect::<Vec<_>>(),
        "running": it.running.iter().map(execution).collect::<Vec<_>>(),
        "recent": recent(&it),
    }))
}

fn counts(it: &ScheduleDescription) -> Value {
    json!({
        "started": it.started_actions,
        "skipped": it.skipped_actions,
        "missed": it.missed_actions,
        "dropped": it.dropped_actions,
        "waiting": it.waiting_actions,
    })
}

fn recent(it: &ScheduleDescription) -> Vec<Value> {
    let recent = it.recent.iter().rev().map(|action| {
        json!({
            "time": time(action.time),
            "started_at": time(action.started_at),
            "execution": execution(&action.execution),
            "status": action.status.name(),
        })
    });
    recent.collect()
}
