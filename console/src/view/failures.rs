//! What fails, grouped by type and error: of open runs, and of those that have closed.

use std::collections::BTreeMap;

use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream};
use maud::{Markup, html};
use sempre::{
    client::{ListedRun, ResultError, WorkflowFailure},
    model::{Failure as RecordedFailure, WorkflowExecution},
    supervision::RunProblem,
};
use serde_json::Value;

use super::{
    Content, overview,
    patience::{before_long, not_yet, patience},
    text, trouble,
};
use crate::{problem::Problem, route::Page, visit::Visit};

/// Runs whose ends are looked at, the latest.
const LOOKED_AT: usize = 100;
/// Bound: runs that are asked at the same time.
const ASKED_MAX: usize = 16;
/// Bound: groups, and problems of open runs, that are shown.
const GROUPS_MAX: usize = 50;
const OPEN_MAX: usize = 100;
const FILTER: &str = "ExecutionStatus IN ('Failed', 'TimedOut', 'Terminated')";

/// Runs that ended in the same way.
#[derive(Default)]
struct Group {
    runs: Vec<Ended>,
}

/// A run, and when it ended.
type Ended = (WorkflowExecution, sempre::Timestamp);

pub(super) async fn content(visit: &Visit) -> Result<Content, Problem> {
    let attention: Vec<RunProblem> = visit.console.source.needs_attention();
    let list = visit.console.source.list(FILTER).page_size(LOOKED_AT);
    let failed = before_long(patience(visit), list.into_future())
        .await
        .transpose()?;
    let failed = failed.map(|page| page.runs);
    let groups = match &failed {
        Some(runs) => before_long(patience(visit), group(visit, runs)).await,
        None => None,
    };
    let main = html! {
        div.head { h1 { "Failures" } }
        @if !visit.console.source.is_at_rest() { section data-live="open" {
            h2 { "Open runs" span.count { (text::number(attention.len() as u64)) } }
            @if attention.is_empty() { p.calm { span.dot.good {} "No open run needs attention." } }
            @else { (by_kind(visit, &attention)) }
        } }
        section data-live="closed" {
            h2 { "Closed runs" }
            p.muted { "How the latest " (LOOKED_AT) " runs that failed, timed out or were terminated ended." }
            @match &groups {
                None => { (not_yet(visit, Page::Failures)) }
                Some(groups) if groups.is_empty() => { p.calm { span.dot.good {} "No run has failed." } }
                Some(groups) => { (table(visit, groups)) }
            }
        }
    };
    Ok(Content::new("Failures", main))
}

/// The type of a workflow, and how its run has ended.
type Kind = (String, String);

async fn group(visit: &Visit, runs: &[ListedRun]) -> Vec<(Kind, Group)> {
    let ends: Vec<BoxFuture<'static, (Kind, Ended)>> = runs
        .iter()
        .map(|run| {
            let execution = WorkflowExecution {
                workflow_id: run.workflow_id.clone(),
                run_id: run.run_id,
            };
            let handle = visit.at(&execution);
            let closed_at = run.closed_at.unwrap_or(run.started_at);
            let workflow_type = run.workflow_type.to_string();
            async move {
                let end = handle.result::<Value>().await;
                ((workflow_type, told(end)), (execution, closed_at))
            }
            .boxed()
        })
        .collect();
    let ends: Vec<_> = stream::iter(ends).buffered(ASKED_MAX).collect().await;
    let mut groups: BTreeMap<Kind, Group> = BTreeMap::new();
    for (kind, run) in ends {
        groups.entry(kind).or_default().runs.push(run);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.runs.len()));
    groups.truncate(GROUPS_MAX);
    groups
}

fn told<E: sempre::Failure>(end: Result<Value, ResultError<E>>) -> String {
    match end {
        Ok(_) => "returned a result".to_owned(),
        Err(ResultError::Workflow(WorkflowFailure::Failed(error))) => chain(&error.to_failure()),
        Err(ResultError::Workflow(WorkflowFailure::Unrecognized(failure))) => chain(&failure),
        Err(error) => error.to_string(),
    }
}

/// What a failure says, with its causes but those that say the same again.
fn chain(failure: &RecordedFailure) -> String {
    let mut said: Vec<&str> = Vec::new();
    for cause in failure.chain() {
        let message = cause.message.as_str();
        if !message.is_empty() && !said.iter().any(|before| before.contains(message)) {
            said.push(message);
        }
    }
    said.join(": ")
}

fn table(visit: &Visit, groups: &[(Kind, Group)]) -> Markup {
    html! {
        div.scroll { table {
            thead { tr { th.num { "Runs" } th { "Type" } th { "Error" } th { "Latest" } th { "When" } } }
            tbody { @for ((workflow_type, error), group) in groups { tr {
                td.num { (text::number(group.runs.len() as u64)) }
                td { (workflow_type) }
                td.grow { (error) }
                @if let Some((run, at)) = group.runs.first() {
                    td { (text::run(visit, run)) }
                    td { (text::at(visit, *at)) }
                }
            } } }
        } }
    }
}

/// The problems of open runs, those of one kind together.
fn by_kind(visit: &Visit, found: &[RunProblem]) -> Markup {
    let mut kinds: BTreeMap<String, Vec<&RunProblem>> = BTreeMap::new();
    for it in found.iter().take(OPEN_MAX) {
        let kind = trouble::in_words(&it.problem.kind);
        let kind = format!("{}: {kind}", it.workflow_type);
        kinds.entry(kind).or_default().push(it);
    }
    html! {
        @for (index, (kind, found)) in kinds.iter().enumerate() {
            details.group id=(format!("kind{index}")) open[kinds.len() == 1] {
                summary { (kind) span.count { (found.len()) } }
                (overview::problems(visit, found.iter().copied()))
            }
        }
        @if found.len() > OPEN_MAX { p.muted { "Only the first " (OPEN_MAX) " are shown." } }
    }
}
