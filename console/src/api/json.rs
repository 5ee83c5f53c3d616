//! What the engine says, as JSON: ids and words as text, times as RFC 3339, durations in seconds.

use std::time::Duration;

use sempre::{
    Timestamp,
    client::{HeldRuns, ListedRun, Problem, RunCount, RunPage, StoreReport},
    model::{Failure, Payloads, SearchAttributeValue, WorkflowExecution},
    runtime::EngineBackup,
    storage::{Backup, CopiedPayloads, StoreCheck, StoreFault},
    supervision::RunProblem,
};
use serde_json::{Map, Value, json};

use crate::{
    failure::{failure_details, failure_type},
    history::Fact,
    reveal::Reveal,
    waits::Wait,
};

/// A point in time.
pub(crate) fn time(time: Timestamp) -> Value {
    Value::from(time.to_string())
}

/// A point in time that there may be.
pub(super) fn time_or_null(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, time)
}

pub(super) fn seconds(duration: Duration) -> Value {
    Value::from(duration.as_secs_f64())
}

pub(super) fn execution(execution: &WorkflowExecution) -> Value {
    json!({
        "workflow_id": execution.workflow_id.as_str(),
        "run_id": execution.run_id.to_string(),
    })
}

/// The values of payloads, or how much is hidden.
pub(super) fn payloads(payloads: &Payloads, reveal: &Reveal) -> Value {
    match reveal.values(payloads) {
        Some(value) => json!({ "value": value }),
        None => json!({ "hidden_bytes": payloads.size() }),
    }
}

/// A failure with its causes.
pub(crate) fn failure_json(failure: &Failure, reveal: &Reveal) -> Value {
    let details = failure_details(failure);
    let cause = failure.cause.as_deref();
    json!({
        "message": failure.message,
        "type": failure_type(failure),
        "place": failure.stack_trace.lines().next(),
        "details": details.map(|it| payloads(it, reveal)),
        "cause": cause.map(|it| failure_json(it, reveal)),
    })
}

/// A run as a list shows it.
pub(crate) fn listed_run(run: &ListedRun) -> Value {
    let attributes = run.search_attributes.iter();
    let attributes = attributes.map(|(name, value)| (name.clone(), search_attribute(value)));
    json!({
        "workflow_id": run.workflow_id.as_str(),
        "run_id": run.run_id.to_string(),
        "workflow_type": run.workflow_type.as_str(),
        "task_queue": run.task_queue.as_str(),
        "status": run.status.name(),
        "started_at": time(run.started_at),
        "closed_at": time_or_null(run.closed_at),
        "history_length": run.history_length,
        "history_size_bytes": run.history_size_bytes,
        "search_attributes": attributes.collect::<Map<_, _>>(),
        "parent": run.parent.as_ref().map(execution),
        "version": run.version.map(|it| it.get()),
        "damage": run.damage,
    })
}

/// A page of a list of runs.
pub(crate) fn run_page(page: &RunPage) -> Value {
    json!({
        "runs": page.runs.iter().map(listed_run).collect::<Vec<_>>(),
        "next": page.next.as_ref().map(ToString::to_string),
    })
}

/// A count of runs.
pub(crate) fn run_count(count: &RunCount) -> Value {
    let by_status = count.by_status.iter();
    let by_status = by_status.map(|(status, count)| (status.name().to_owned(), (*count).into()));
    json!({ "total": count.total, "by_status": by_status.collect::<Map<_, _>>() })
}

/// What a store holds.
pub(crate) fn store_report(report: &StoreReport) -> Value {
    let held = |it: &HeldRuns| json!({ "runs": it.runs, "history_bytes": it.history_bytes });
    let files = report.files.as_ref().map(|files| {
        json!({ "settled_bytes": files.settled_bytes, "journal_bytes": files.journal_bytes })
    });
    let by_age = report.by_age.iter().map(
        |(younger_than, it)| json!({ "younger_than": younger_than.map(seconds), "held": held(it) }),
    );
    let by_type = report.by_type.iter();
    let by_type = by_type.map(|(name, it)| (name.to_string(), held(it)));
    json!({
        "files": files,
        "open_runs": report.open_runs,
        "closed": held(&report.closed),
        "by_age": by_age.collect::<Vec<_>>(),
        "by_type": by_type.collect::<Map<_, _>>(),
        "expired": held(&report.expired),
        "expire_in_a_day": held(&report.expire_in_a_day),
        "kept_for_ever": held(&report.kept_for_ever),
    })
}

pub(super) fn search_attribute(value: &SearchAttributeValue) -> Value {
    use SearchAttributeValue as V;
    match value {
        V::Text(text) | V::Keyword(text) => json!(text),
        V::Int(number) => json!(number),
        V::Double(number) => json!(number),
        V::Bool(value) => json!(value),
        V::Datetime(at) => time(*at),
        V::KeywordList(words) => json!(words),
        _ => Value::Null,
    }
}

pub(super) fn problem(problem: &Problem) -> Value {
    json!({
        "problem": problem.kind.to_string(),
        "count": problem.count,
        "cause": problem.cause,
    })
}

pub(super) fn run_problem(found: &RunProblem) -> Value {
    let mut value = problem(&found.problem);
    if let Some(fields) = value.as_object_mut() {
        let id = found.execution.workflow_id.as_str();
        fields.insert("workflow_id".to_owned(), id.into());
        fields.insert(
            "run_id".to_owned(),
            found.execution.run_id.to_string().into(),
        );
        fields.insert(
            "workflow_type".to_owned(),
            found.workflow_type.as_str().into(),
        );
        fields.insert("since".to_owned(), time(found.since));
    }
    value
}

pub(super) fn wait(wait: &Wait) -> Value {
    json!({
        "what": wait.what,
        "since": time_or_null(wait.since),
        "until": time_or_null(wait.until),
        "is_trouble": wait.is_trouble,
    })
}

/// A value of an event.
pub(super) fn fact(fact: &Fact<'_>, reveal: &Reveal) -> Value {
    match fact {
        Fact::Text(text) => json!(text),
        Fact::Number(number) => json!(number),
        Fact::Time(at) => time(*at),
        Fact::Duration(duration) => seconds(*duration),
        Fact::Event(event) => json!(event.get()),
        Fact::Run(run) => execution(run),
        Fact::Payloads(values) => payloads(values, reveal),
        Fact::Payload(value) => match reveal.value(value) {
            Some(value) => json!({ "value": value }),
            None => json!({ "hidden_bytes": value.size() }),
        },
        Fact::Failure(failure) => failure_json(failure, reveal),
    }
}

/// A finished backup.
pub(crate) fn backup(backup: &Backup) -> Value {
    json!({
        "number": backup.number,
        "taken_at": time(backup.taken_at),
        "position": backup.position,
        "bytes": backup.bytes,
        "written_pairs": backup.written_pairs,
        "known_pairs": backup.known_pairs,
        "gone_pairs": backup.gone_pairs,
        "entries": backup.entries,
    })
}

/// A backup that was just taken, and what was copied besides.
pub(crate) fn taken_backup(taken: &EngineBackup) -> Value {
    backup_and_payloads(&taken.store, taken.payloads.as_ref())
}

pub(crate) fn backup_and_payloads(taken: &Backup, payloads: Option<&CopiedPayloads>) -> Value {
    json!({ "backup": backup(taken), "payloads": payloads.map(copied) })
}

/// What was copied from one payload storage to another.
pub(crate) fn copied(copied: &CopiedPayloads) -> Value {
    json!({
        "copied": copied.copied,
        "bytes": copied.bytes,
        "known": copied.known,
        "damaged": copied.damaged,
    })
}

/// What a check of a store has found.
pub(crate) fn store_check(check: &StoreCheck) -> Value {
    json!({
        "runs": check.runs,
        "open_runs": check.open_runs,
        "records": check.records,
        "events": check.events,
        "named_payloads": check.named_payloads,
        "given_up_runs": check.given_up_runs,
        "faults": check.faults.iter().map(store_fault).collect::<Vec<_>>(),
        "more_faults": check.more_faults,
    })
}

fn store_fault(fault: &StoreFault) -> Value {
    json!({
        "kind": fault.kind.to_string(),
        "workflow_id": fault.workflow_id.as_str(),
        "run_id": fault.run_id.to_string(),
        "what": fault.what,
        "remedy": fault.kind.remedy(),
    })
}
