//! One run: how it stands, and what has happened.

use sempre::client::{ActivityDescription, PauseDescription, WorkflowDescription};
use serde_json::{Map, Value, json};

use super::json::{execution, payloads, problem, search_attribute, time, time_or_null, wait};
use crate::{problem::Problem, reveal::Reveal, visit::Visit, waits::waits};

pub(super) async fn describe(visit: &Visit) -> Result<Value, Problem> {
    let run = visit.target()?.describe().await?;
    let reveal = visit.reveal();
    let waits = waits(&run, visit.now);
    let memo = run.memo.iter();
    let memo = memo.map(|(name, value)| (name.to_owned(), json!(reveal.value(value))));
    let attributes = run.search_attributes.iter();
    let attributes = attributes.filter_map(|(name, _)| {
        let value = run.search_attributes.value(name)?;
        Some((name.to_owned(), search_attribute(&value)))
    });
    Ok(json!({
        "execution": execution(&run.execution),
        "workflow_type": run.workflow_type.as_str(),
        "version": run.version.map(|it| it.get()),
        "task_queue": run.task_queue.as_str(),
        "status": run.status.name(),
        "started_at": time(run.started_at),
        "closed_at": time_or_null(run.closed_at),
        "history_length": run.history_length,
        "history_size_bytes": run.history_size_bytes,
        "recorded_size_bytes": run.recorded_size_bytes,
        "cancel_requested": run.cancel_requested,
        "pause": run.pause.as_ref().map(pause),
        "waits_for": waits.iter().map(wait).collect::<Vec<_>>(),
        "problems": run.problems.iter().map(problem).collect::<Vec<_>>(),
        "workflow_task": workflow_task(&run),
        "activities": run.activities.iter().map(|it| activity(it, &reveal)).collect::<Vec<_>>(),
        "children": children(&run),
        "timers": timers(&run),
        "memo": memo.collect::<Map<_, _>>(),
        "search_attributes": attributes.collect::<Map<_, _>>(),
        "summary": run.user_metadata.summary,
        "details": run.user_metadata.details,
    }))
}

fn workflow_task(run: &WorkflowDescription) -> Value {
    let task = run.workflow_task.as_ref().map(|task| {
        json!({
            "attempt": task.attempt,
            "scheduled_at": time(task.scheduled_at),
            "not_before": time(task.not_before),
            "last_failure": task.last_failure,
        })
    });
    task.unwrap_or_default()
}

fn activity(activity: &ActivityDescription, reveal: &Reveal) -> Value {
    json!({
        "activity_id": activity.activity_id.as_str(),
        "activity_type": activity.activity_type.as_str(),
        "scheduled_event_id": activity.scheduled_event_id.get(),
        "attempt": activity.attempt,
        "started_at": time_or_null(activity.started_at),
        "next_attempt_at": time_or_null(activity.next_attempt_at),
        "handed_over": activity.handed_over,
        "cancel_requested": activity.cancel_requested,
        "pause": activity.pause.as_ref().map(pause),
        "last_failure": activity.last_failure,
        "heartbeat_details": payloads(&activity.heartbeat_details, reveal),
    })
}

fn pause(pause: &PauseDescription) -> Value {
    json!({
        "at": time(pause.at),
        "who": pause.identity.as_str(),
        "reason": pause.reason,
    })
}

fn children(run: &WorkflowDescription) -> Vec<Value> {
    let children = run.children.iter().map(|child| {
        json!({
            "execution": execution(&child.execution),
            "workflow_type": child.workflow_type.as_str(),
            "initiated_event_id": child.initiated_event_id.get(),
            "is_started": child.is_started,
        })
    });
    children.collect()
}

fn timers(run: &WorkflowDescription) -> Vec<Value> {
    let timers = run.timers.iter().map(|timer| {
        json!({
            "timer_id": timer.timer_id.as_str(),
            "started_at": time(timer.started_at),
            "fires_at": time(timer.fires_at),
        })
    });
    timers.collect()
}
