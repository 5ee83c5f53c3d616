//! Bulk jobs.

use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream};
use sempre::{
    bulk::{BulkError, BulkJobDescription, BulkOperation, BulkOutcome, BulkResult},
    client::IdPage,
    model::ResetPoint,
};
use serde_json::{Value, json};

use super::{
    json::{execution, listed_run, payloads, time, time_or_null},
    runs::page_token,
};
use crate::{action, problem::Problem, reveal::Reveal, visit::Visit};

/// Jobs on a page; each of them is asked how it stands.
const PAGE_SIZE: usize = 30;
/// Bound: jobs that are asked at the same time.
const ASKED_MAX: usize = 8;

/// A job of a page, and how it stands.
pub(crate) type Described = (String, Result<BulkJobDescription, BulkError>);

/// The page of jobs that a request asks for, by `page`, and how each of them stands.
pub(crate) async fn page(visit: &Visit) -> Result<(Vec<Described>, IdPage), Problem> {
    let engine = visit.engine()?;
    let list = engine.bulk_jobs().page_size(PAGE_SIZE);
    let page = match visit.fields.text("page") {
        None => list.await?,
        Some(token) => list.after(page_token(token)?).await?,
    };
    let asked: Vec<BoxFuture<'static, Described>> = page
        .ids
        .iter()
        .map(|id| {
            let (id, job) = (id.clone(), engine.bulk_job(&**id));
            async move { (id, job.describe().await) }.boxed()
        })
        .collect();
    let described = stream::iter(asked).buffered(ASKED_MAX).collect().await;
    Ok((described, page))
}

pub(super) async fn list(visit: &Visit) -> Result<Value, Problem> {
    let (described, page) = page(visit).await?;
    let jobs = described.iter().map(|(id, described)| match described {
        Ok(described) => job(described, &visit.reveal()),
        Err(error) => json!({ "job_id": id, "error": error.to_string() }),
    });
    Ok(json!({
        "jobs": jobs.collect::<Vec<_>>(),
        "next": page.next.map(|token| token.to_string()),
    }))
}

pub(super) async fn describe(visit: &Visit) -> Result<Value, Problem> {
    let id = visit.fields.required("id")?;
    let described = visit.engine()?.bulk_job(id).describe().await?;
    Ok(job(&described, &visit.reveal()))
}

pub(super) async fn preview(visit: &Visit) -> Result<Value, Problem> {
    let preview = action::bulk_runs(visit)?.dry_run().await?;
    Ok(json!({
        "count": preview.count,
        "sample": preview.sample.iter().map(listed_run).collect::<Vec<_>>(),
    }))
}

/// The number of the page of results that a request asks for.
pub(crate) fn results_page(visit: &Visit) -> Result<u64, Problem> {
    let page = visit.fields.text("page").map_or(Ok(0), str::parse);
    page.map_err(|_| Problem::bad_request("page is not a number"))
}

pub(super) async fn results(visit: &Visit) -> Result<Value, Problem> {
    let id = visit.fields.required("id")?;
    let page = results_page(visit)?;
    let page = visit.engine()?.bulk_job(id).results(page).await?;
    Ok(json!({
        "results": page.results.iter().map(result).collect::<Vec<_>>(),
        "next": page.next.map(|page| page.to_string()),
    }))
}

fn result(result: &BulkResult) -> Value {
    let (outcome, cause) = outcome(&result.outcome);
    json!({ "execution": execution(&result.execution), "outcome": outcome, "cause": cause })
}

/// What came of a run, in a word, and why.
pub(crate) fn outcome(outcome: &BulkOutcome) -> (&'static str, Option<&str>) {
    match outcome {
        BulkOutcome::Waiting => ("waiting", None),
        BulkOutcome::Done => ("done", None),
        BulkOutcome::Skipped { reason } => ("skipped", Some(reason)),
        BulkOutcome::Failed { error } => ("failed", Some(error)),
        _ => ("unknown", None),
    }
}

/// A job, and how it stands.
fn job(it: &BulkJobDescription, reveal: &Reveal) -> Value {
    let failures = it.failures.iter();
    let failures =
        failures.map(|it| json!({ "execution": execution(&it.execution), "cause": it.error }));
    let pause = it.pause.as_ref().map(|pause| {
        json!({
            "at": time(pause.at),
            "identity": pause.identity.as_str(),
            "reason": pause.reason,
        })
    });
    json!({
        "job_id": it.job_id,
        "filter": it.filter,
        "operation": operation(&it.operation, reveal),
        "rate": it.rate,
        "reason": it.reason,
        "identity": it.identity.as_str(),
        "state": it.state.to_string(),
        "is_finding": it.is_finding,
        "started_at": time(it.started_at),
        "ended_at": time_or_null(it.ended_at),
        "matched": it.matched,
        "done": it.done,
        "skipped": it.skipped,
        "failed": it.failed,
        "failures": failures.collect::<Vec<_>>(),
        "pause": pause,
        "waits_for": it.waits_for,
        "problem": it.problem,
    })
}

fn operation(operation: &BulkOperation, reveal: &Reveal) -> Value {
    let name = operation.name();
    match operation {
        BulkOperation::Signal {
            signal_name, input, ..
        } => json!({
            "name": name,
            "signal_name": signal_name.as_str(),
            "input": payloads(input, reveal),
        }),
        BulkOperation::Reset { point, reapplied } => json!({
            "name": name,
            "point": point_in_words(point),
            "exclude_signals": !reapplied.signals,
            "exclude_updates": !reapplied.updates,
        }),
        _ => json!({ "name": name }),
    }
}

/// A point to reset to, as it is asked for.
pub(crate) fn point_in_words(point: &ResetPoint) -> String {
    match point {
        ResetPoint::FirstTask => "first-task".to_owned(),
        ResetPoint::LastTask => "last-task".to_owned(),
        ResetPoint::LastFailedActivity => "last-failed-activity".to_owned(),
        ResetPoint::Event(event) => format!("event {event}"),
        ResetPoint::Activity(activity) => format!("activity {activity}"),
        ResetPoint::Time(at) => format!("time {at}"),
        ResetPoint::Build(build) => format!("build {build}"),
        _ => "unknown".to_owned(),
    }
}
