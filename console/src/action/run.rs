//! What can be done to a run.

use sempre::{
    ApplicationFailure,
    client::{SendUpdate, UntypedHandle},
};
use serde_json::Value;

use crate::{action::ActionOutcome, csrf::fresh_id, problem::Problem, visit::Visit};

pub(super) fn input(visit: &Visit) -> Value {
    visit.fields.value("input").cloned().unwrap_or_default()
}

pub(super) fn reason(visit: &Visit) -> &str {
    visit
        .fields
        .text("reason")
        .unwrap_or("requested in the console")
}

/// The id under which a request that is repeated takes effect once.
pub(super) fn request_id(visit: &Visit) -> String {
    let given = visit.fields.text("request_id");
    given.map_or_else(fresh_id, str::to_owned)
}

/// What was done to the run that the request is about.
pub(super) fn done(visit: &Visit, said: impl Into<String>) -> ActionOutcome {
    let id = visit.fields.text("id").unwrap_or_default();
    let run = visit.fields.text("run").unwrap_or_default();
    ActionOutcome::of_run(id, run, said)
}

pub(super) async fn start(visit: &Visit) -> Result<ActionOutcome, Problem> {
    let id = visit.fields.required("id")?;
    let workflow_type = visit.fields.required("type")?;
    let start = visit
        .handle(id, None)
        .start(workflow_type, &input(visit))
        .request_id(request_id(visit));
    let start = match visit.fields.text("task_queue") {
        Some(task_queue) => start.task_queue(task_queue),
        None => start,
    };
    let started = start.await?;
    let run = started.run_id().map(|it| it.to_string());
    let run = run.unwrap_or_default();
    let mut outcome = ActionOutcome::of_run(id, &run, format!("{workflow_type} was started"));
    outcome.answer = Some(serde_json::json!({ "workflow_id": id, "run_id": run }));
    Ok(outcome)
}

pub(super) async fn signal(visit: &Visit) -> Result<ActionOutcome, Problem> {
    let name = visit.fields.required("name")?;
    let handle = visit.target()?;
    handle
        .signal(name, &input(visit))
        .request_id(request_id(visit))
        .await?;
    Ok(done(visit, format!("signal {name} was recorded")))
}

pub(super) async fn query(visit: &Visit) -> Result<ActionOutcome, Problem> {
    let name = visit.fields.required("name")?;
    let handle = visit.target()?;
    let answer: Value = handle.query(name, &input(visit)).await?;
    let mut outcome = done(visit, format!("query {name} was answered"));
    outcome.answer = Some(seen(visit, answer));
    outcome.is_asked_for = true;
    Ok(outcome)
}

pub(super) async fn update(visit: &Visit) -> Result<ActionOutcome, Problem> {
    let name = visit.fields.required("name")?;
    let handle = visit.target()?;
    let update: SendUpdate<Value, ApplicationFailure> = handle.update(name, &input(visit));
    let answer = update.id(request_id(visit)).await?;
    let mut outcome = done(visit, format!("update {name} was carried out"));
    outcome.answer = Some(seen(visit, answer));
    outcome.is_asked_for = true;
    Ok(outcome)
}

/// What the service lets through of an answer.
fn seen(visit: &Visit, answer: Value) -> Value {
    match &visit.console.redact {
        Some(redact) => redact(answer),
        None => answer,
    }
}

pub(super) async fn cancel(visit: &Visit) -> Result<ActionOutcome, Problem> {
    let handle = visit.target()?;
    handle.cancel(reason(visit)).await?;
    Ok(done(visit, "its cancellation was requested"))
}

pub(super) async fn terminate(visit: &Visit) -> Result<ActionOutcome, Problem> {
    let handle = visit.target()?;
    handle.terminate(reason(visit)).await?;
    Ok(done(visit, "it was terminated"))
}

pub(super) async fn retry_now(visit: &Visit) -> Result<ActionOutcome, Problem> {
    let retried = visit.target()?.retry_now().await?;
    let said = match retried {
        0 => "nothing was backing off".to_owned(),
        1 => "1 attempt is retried now".to_owned(),
        retried => format!("{retried} attempts are retried now"),
    };
    Ok(done(visit, said))
}

pub(super) async fn retry_activity_now(visit: &Visit) -> Result<ActionOutcome, Problem> {
    let activity_id = visit.fields.required("activity")?;
    let handle: UntypedHandle = visit.target()?;
    let retried = handle.retry_activity_now(activity_id).await?;
    let said = if retried {
        "is retried now"
    } else {
        "was not backing off"
    };
    Ok(done(visit, format!("activity {activity_id} {said}")))
}

pub(super) async fn resume(visit: &Visit) -> Result<ActionOutcome, Problem> {
    let id = visit.fields.required("id")?;
    visit.engine()?.resume(id).await?;
    Ok(done(visit, "it was released from quarantine"))
}

pub(super) async fn delete(visit: &Visit) -> Result<ActionOutcome, Problem> {
    let id = visit.fields.required("id")?;
    visit.target()?.delete().await?;
    Ok(ActionOutcome::at(
        "runs",
        &[],
        format!("a run of {id} was deleted"),
    ))
}
