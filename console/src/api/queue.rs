//! Task queues.

use sempre::operator::{LimitDescription, PausedBy, TaskQueueDescription};
use serde_json::{Value, json};

use super::json::{time, time_or_null};
use crate::{problem::Problem, visit::Visit};

pub(super) fn list(visit: &Visit) -> Result<Value, Problem> {
    let engine = visit.engine()?;
    let queues = engine.task_queues();
    let types = engine.paused_workflow_types().into_iter();
    let types = types.map(|(workflow_type, by)| {
        json!({ "workflow_type": workflow_type.as_str(), "paused": paused(&by) })
    });
    Ok(json!({
        "task_queues": queues.iter().map(queue).collect::<Vec<_>>(),
        "paused_workflow_types": types.collect::<Vec<_>>(),
    }))
}

pub(super) fn describe(visit: &Visit) -> Result<Value, Problem> {
    let id = visit.fields.required("id")?;
    Ok(queue(&visit.engine()?.task_queue(id).describe()))
}

fn queue(it: &TaskQueueDescription) -> Value {
    let types = it.activity_types.iter().map(|it| it.as_str());
    json!({
        "task_queue": it.task_queue.as_str(),
        "paused": it.paused.as_ref().map(paused),
        "options": it.options,
        "is_limited": it.is_limited,
        "activity_types": types.collect::<Vec<_>>(),
        "attempts": it.attempts,
        "waiting": it.waiting,
        "waiting_since": time_or_null(it.waiting_since),
        "limits": it.limits.iter().map(limit).collect::<Vec<_>>(),
    })
}

fn limit(it: &LimitDescription) -> Value {
    json!({
        "limit": it.limit,
        "fairness_key": it.fairness_key,
        "attempts": it.attempts,
        "waiting": it.waiting,
    })
}

fn paused(by: &PausedBy) -> Value {
    json!({ "at": time(by.at), "who": by.who.as_str(), "reason": by.reason })
}
