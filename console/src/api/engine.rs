//! What the engine says of itself.

use sempre::{
    client::{InvalidPageToken, PatchUse},
    operator::AuditPage,
};
use serde_json::{Value, json};

use super::json::{backup, run_problem, store_report, time, time_or_null};
use crate::{
    problem::Problem,
    recent::{Recent, recent},
    visit::Visit,
};

/// How the engine stands, and whether that is well.
pub(super) async fn health(visit: &Visit) -> Result<(bool, Value), Problem> {
    let health = visit.engine()?.health().await;
    let threads = health.threads.iter().map(|thread| {
        let load = thread.load.map(|load| {
            json!({
                "resident_executions": load.resident_executions,
                "deadlines": load.deadlines,
                "unwritten_transitions": load.unwritten_transitions,
            })
        });
        json!({ "thread": thread.thread, "load": load, "running": thread.running })
    });
    let queues = health.task_queues.iter().map(|queue| {
        json!({
            "task_queue": queue.task_queue.as_str(),
            "attempts": queue.attempts,
            "max_attempts": queue.max_attempts,
            "waiting": queue.waiting,
            "waiting_since": time_or_null(queue.waiting_since),
        })
    });
    let value = json!({
        "is_healthy": health.is_healthy(),
        "failure": health.failure.as_ref().map(|it| it.cause.as_str()),
        "threads": threads.collect::<Vec<_>>(),
        "task_queues": queues.collect::<Vec<_>>(),
        "quarantined": health.quarantined,
        "requests": health.requests,
        "request_bytes": health.request_bytes,
    });
    Ok((health.is_healthy(), value))
}

/// What an operator should look at.
pub(super) fn attention(visit: &Visit) -> Value {
    let found = visit.console.source.needs_attention();
    json!({ "problems": found.iter().map(run_problem).collect::<Vec<_>>() })
}

/// What the store holds.
pub(super) async fn store(visit: &Visit) -> Result<Value, Problem> {
    let report = visit.console.source.store_report().await?;
    let mut value = store_report(&report);
    if let Some(backups) = visit.console.finished_backups()?
        && let Some(fields) = value.as_object_mut()
    {
        let backups = backups.iter().map(backup).collect();
        fields.insert("backups".to_owned(), Value::Array(backups));
    }
    Ok(value)
}

/// The patches that runs have.
pub(super) async fn patches(visit: &Visit) -> Result<Value, Problem> {
    let patches = visit.console.source.patches().await?;
    Ok(json!({ "patches": patch_uses(patches.iter()) }))
}

/// How runs stand to patches.
pub(super) fn patch_uses<'p>(uses: impl Iterator<Item = &'p PatchUse>) -> Vec<Value> {
    let uses = uses.map(|patch| {
        json!({
            "patch_id": patch.patch_id,
            "workflow_type": patch.workflow_type.as_str(),
            "new_way": patch.new_way,
            "old_way": patch.old_way,
        })
    });
    uses.collect()
}

/// The code that is registered.
pub(super) async fn types(visit: &Visit) -> Result<Value, Problem> {
    let recent = recent(visit).await?;
    let code = visit.console.source.registered();
    let workflows = code.workflows.iter().map(|it| {
        json!({
            "workflow_type": it.workflow_type.as_str(),
            "version": it.version.get(),
            "signals": it.messages.signals,
            "queries": it.messages.queries,
            "updates": it.messages.updates,
            "recent": recent.get(it.workflow_type.as_str()).map(of_recent),
        })
    });
    let activities = code.activities.iter().map(|it| {
        json!({
            "activity_type": it.activity_type.as_str(),
            "task_queue": it.task_queue.as_str(),
        })
    });
    let attributes = code.search_attributes.iter();
    let attributes = attributes.map(|(name, it)| json!({ "name": name, "type": it.name() }));
    Ok(json!({
        "workflows": workflows.collect::<Vec<_>>(),
        "activities": activities.collect::<Vec<_>>(),
        "search_attributes": attributes.collect::<Vec<_>>(),
    }))
}

/// How the latest runs of a type have ended.
fn of_recent(recent: &Recent) -> Value {
    json!({
        "runs": recent.runs,
        "failed": recent.failed,
        "p50": recent.p50.as_secs_f64(),
        "p99": recent.p99.as_secs_f64(),
    })
}

/// What operators have done, the latest first.
pub(super) async fn audit(visit: &Visit) -> Result<Value, Problem> {
    let page = audit_page(visit).await?;
    let actions = page.entries.iter().map(|entry| {
        json!({
            "at": time(entry.at),
            "who": entry.who.as_str(),
            "action": entry.operation,
            "subject": entry.subject,
            "reason": entry.reason,
            "refusal": entry.refusal,
        })
    });
    Ok(json!({
        "actions": actions.collect::<Vec<_>>(),
        "next": page.next.map(|token| token.to_string()),
    }))
}

/// The page of the trail that is asked for.
pub(crate) async fn audit_page(visit: &Visit) -> Result<AuditPage, Problem> {
    let trail = visit.engine()?.audit();
    let trail = match visit.fields.text("page") {
        None => trail,
        Some(token) => {
            let invalid = |error: InvalidPageToken| Problem::bad_request(error.to_string());
            trail.after(token.parse().map_err(invalid)?)
        }
    };
    Ok(trail.await?)
}
