//! A bulk job is started, held back, let go on, canceled and deleted.

use sempre::bulk::{Bulk, BulkJobHandle, StartBulk};
use serde_json::json;

use super::{
    ActionOutcome,
    reset::point,
    run::{input, reason, request_id},
};
use crate::{problem::Problem, visit::Visit};

/// What a bulk job can do to each of its runs, by the names of the operations, with what a page says of
/// each.
pub(crate) const OPERATIONS: [(&str, &str); 8] = [
    ("signal", "Sends each of them a signal."),
    ("cancel", "Asks each of them to stop; its code decides how."),
    (
        "terminate",
        "Ends each of them at once, without running its code.",
    ),
    ("pause", "Begins nothing of them until they are unpaused."),
    ("unpause", "Lets each of them go on."),
    (
        "retry",
        "Ends the backoffs of their workflow tasks and their activities.",
    ),
    (
        "reset",
        "Starts a new run of each, with the history up to a workflow task.",
    ),
    (
        "delete",
        "Deletes each of them for good; those that are open are terminated first.",
    ),
];

fn handle(visit: &Visit) -> Result<BulkJobHandle, Problem> {
    let id = visit.fields.required("id")?;
    let job = visit.engine()?.bulk_job(id);
    Ok(match &visit.who {
        Some(who) => job.identity(who.clone()),
        None => job,
    })
}

fn done(visit: &Visit, said: impl Into<String>) -> ActionOutcome {
    let id = visit.fields.text("id").unwrap_or_default();
    ActionOutcome::at("bulk-job", &[("id", id)], said)
}

/// The runs that a request is about: by `filter`, and by `all` where that is empty.
pub(crate) fn runs(visit: &Visit) -> Result<Bulk, Problem> {
    let filter = visit.fields.text("filter").unwrap_or_default();
    let bulk = visit.engine()?.bulk(filter);
    Ok(if visit.fields.is_set("all") {
        bulk.all_runs()
    } else {
        bulk
    })
}

fn operation(visit: &Visit, runs: Bulk) -> Result<StartBulk, Problem> {
    Ok(match visit.fields.required("operation")? {
        "signal" => {
            let name = visit.fields.required("name")?;
            runs.signal_named(name, &input(visit)).reason(reason(visit))
        }
        "cancel" => runs.cancel(reason(visit)),
        "terminate" => runs.terminate(reason(visit)),
        "pause" => runs.pause(reason(visit)),
        "unpause" => runs.unpause(reason(visit)),
        "retry" => runs.retry_now().reason(reason(visit)),
        "reset" => {
            let mut reset = runs.reset(point(visit)?).reason(reason(visit));
            if visit.fields.is_set("exclude_signals") {
                reset = reset.exclude_signals();
            }
            if visit.fields.is_set("exclude_updates") {
                reset = reset.exclude_updates();
            }
            reset
        }
        "delete" => runs.delete().reason(reason(visit)),
        other => {
            let known = OPERATIONS.map(|(name, _)| name).join(", ");
            let message = format!("there is no operation {other}, only {known}");
            return Err(Problem::bad_request(message));
        }
    })
}

pub(super) async fn start(visit: &Visit) -> Result<ActionOutcome, Problem> {
    let mut start = operation(visit, runs(visit)?)?;
    if let Some(rate) = visit.fields.text("rate") {
        let rate = rate.parse();
        start = start.rate(rate.map_err(|_| Problem::bad_request("rate is not a number"))?);
    }
    if let Some(who) = &visit.who {
        start = start.identity(who.clone());
    }
    // A form that is sent twice starts one job.
    let job_id = visit.fields.text("id").map(str::to_owned);
    let start = start.job_id(job_id.unwrap_or_else(|| request_id(visit)));
    let job = start.start().await?;
    let mut outcome = ActionOutcome::at("bulk-job", &[("id", job.id())], "the job was started");
    outcome.answer = Some(json!({ "job_id": job.id() }));
    Ok(outcome)
}

pub(super) async fn pause(visit: &Visit) -> Result<ActionOutcome, Problem> {
    handle(visit)?.pause(reason(visit)).await?;
    Ok(done(visit, "the job was paused"))
}

pub(super) async fn resume(visit: &Visit) -> Result<ActionOutcome, Problem> {
    handle(visit)?.resume().await?;
    Ok(done(visit, "the job goes on"))
}

pub(super) async fn cancel(visit: &Visit) -> Result<ActionOutcome, Problem> {
    handle(visit)?.cancel(reason(visit)).await?;
    Ok(done(visit, "the job was canceled"))
}

pub(super) async fn delete(visit: &Visit) -> Result<ActionOutcome, Problem> {
    let job = handle(visit)?;
    job.delete().await?;
    let said = format!("bulk job {} was deleted", job.id());
    Ok(ActionOutcome::at("bulk-jobs", &[], said))
}
