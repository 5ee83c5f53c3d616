//! The code that is registered, and runs that have none.

use std::collections::BTreeMap;

use maud::{Markup, html};
use sempre::{
    client::ProblemKind,
    runtime::{RegisteredCode, RegisteredWorkflow},
};

use super::{
    Content, form,
    patience::{before_long, patience},
    text,
};
use crate::{
    duration::rough,
    fields::link,
    problem::Problem,
    recent::{LOOKED_AT, Recent, recent},
    visit::Visit,
};

pub(super) async fn content(visit: &Visit) -> Result<Content, Problem> {
    let recent = before_long(patience(visit), recent(visit)).await;
    let recent = recent.transpose()?;
    let code = visit.console.source.registered();
    let main = html! {
        div.head { h1 { "Types" } }
        section data-live="missing" { (missing(visit)) }
        section data-live="paused" { (paused(visit)) }
        h2 { "Workflows" }
        section data-live="workflows" { (workflows(&code, recent.as_ref())) }
        @if visit.who.is_some() { (start(visit, &code)) }
        h2 { "Activities" }
        (activities(&code))
        h2 { "Search attributes" }
        div.scroll tabindex="0" { table.tight {
            thead { tr { th { "Name" } th { "Type" } } }
            tbody { @for (name, value_type) in &code.search_attributes { tr {
                td { (name) } td { (value_type) }
            } } }
        } }
    };
    Ok(Content::new("Types", main))
}

/// Types whose runs wait until somebody unpauses them.
fn paused(visit: &Visit) -> Markup {
    let paused = visit.console.source.paused_workflow_types();
    html! {
        @if !paused.is_empty() {
            h2 { "Paused" span.count { (paused.len()) } }
            div.scroll tabindex="0" { table.rows {
                thead { tr { th { "Type" } th { "Why" } th { "Since" } th {} } }
                tbody { @for (workflow_type, by) in &paused { tr {
                    td { strong { (workflow_type) } }
                    td.grow { (super::queues::paused_by(by)) }
                    td { (text::at(visit, by.at)) }
                    td { @if visit.who.is_some() {
                        (form::action(visit, "unpause-type", &[("id", workflow_type.as_str())],
                            &html! {}, &form::button("Unpause")))
                    } }
                } } }
            } }
        }
    }
}

/// Code that open runs wait for.
fn missing(visit: &Visit) -> Markup {
    let found = visit.console.source.needs_attention();
    let missing = found.iter().filter(|it| {
        matches!(
            it.problem.kind,
            ProblemKind::WorkflowTypeNotRegistered { .. }
                | ProblemKind::WorkflowVersionNotRegistered { .. }
                | ProblemKind::ActivityTypeNotRegistered { .. }
        )
    });
    let missing: Vec<_> = missing.collect();
    html! {
        @if !missing.is_empty() {
            h2 { "Open runs without code" span.count { (missing.len()) } }
            (super::overview::problems(visit, missing.into_iter().take(20)))
        }
    }
}

fn workflows(code: &RegisteredCode, recent: Option<&BTreeMap<String, Recent>>) -> Markup {
    html! {
        @if code.workflows.is_empty() {
            (text::empty("No workflow is registered", &html! {
                "Register one with " code { "Engine::open(path).workflow::<…>()" } "."
            }))
        } @else {
            div.scroll tabindex="0" { table.rows {
                thead { tr { th { "Type" } th.num { "Version" } th { "Signals" } th { "Queries" } th { "Updates" }
                    th.num title="Half of the latest runs took at most so long" { "p50" }
                    th.num title="Of a hundred of the latest runs, 99 took at most so long" { "p99" }
                    th.num title="Of the latest runs, those that failed or timed out" { "Failed" }
                    th { "Runs" } } }
                tbody { @for it in &code.workflows {
                    (workflow(it, recent))
                } }
            } }
            p.muted {
                "p50, p99 and failures are those of the latest " (text::number(LOOKED_AT as u64))
                " runs that have closed, of all types together."
            }
        }
    }
}

/// A workflow, with how its runs have ended lately as far as that is known.
fn workflow(it: &RegisteredWorkflow, recent: Option<&BTreeMap<String, Recent>>) -> Markup {
    let of_type = format!("WorkflowType = '{}'", it.workflow_type);
    let open = format!("{of_type} AND ExecutionStatus IN ('Running', 'Paused')");
    let failed = format!("{of_type} AND ExecutionStatus = 'Failed'");
    html! {
        tr {
            td { strong { (it.workflow_type) } }
            td.num { (it.version) }
            td { (it.messages.signals.join(", ")) }
            td { (it.messages.queries.join(", ")) }
            td { (it.messages.updates.join(", ")) }
            @match recent.map(|recent| recent.get(it.workflow_type.as_str())) {
                None => { td.num { "…" } td.num { "…" } td.num { "…" } }
                Some(None) => { td.num { "–" } td.num { "–" } td.num { "–" } }
                Some(Some(recent)) => {
                    td.num { (rough(recent.p50)) }
                    td.num { (rough(recent.p99)) }
                    td.num title=(format!("{} of {} runs", recent.failed, recent.runs)) { (percent(*recent)) }
                }
            }
            td {
                a href=(link("runs", &[("filter", &of_type)])) { "all" } " · "
                a href=(link("runs", &[("filter", &open)])) { "running" } " · "
                a href=(link("runs", &[("filter", &failed)])) { "failed" }
            }
        }
    }
}

fn percent(recent: Recent) -> String {
    let per_mille = recent.failed_per_mille();
    format!("{}.{} %", per_mille / 10, per_mille % 10)
}

fn activities(code: &RegisteredCode) -> Markup {
    html! {
        @if code.activities.is_empty() { p.muted { "No activity is registered." } }
        @else {
            div.scroll tabindex="0" { table.tight {
                thead { tr { th { "Type" } th { "Task queue" } } }
                tbody { @for it in &code.activities { tr { td { (it.activity_type) } td { (it.task_queue) } } } }
            } }
        }
    }
}

fn start(visit: &Visit, code: &RegisteredCode) -> Markup {
    let types: Vec<&str> = code
        .workflows
        .iter()
        .map(|it| it.workflow_type.as_str())
        .collect();
    let inputs = html! {
        label { "Type" input type="text" name="type" required list="types" autocomplete="off" spellcheck="false"; }
        datalist #types { @for it in &types { option value=(it) {} } }
        (form::line("Workflow id", "id", "order-42", true))
        (form::line("Task queue", "task_queue", "default", false))
        (form::input())
    };
    let form = form::action(visit, "start", &[], &inputs, &form::button("Start"));
    let pause = html! {
        label { "Type" input type="text" name="id" required list="types" autocomplete="off" spellcheck="false"; }
        (form::line("Reason", "reason", "", false))
    };
    let pause = form::action(visit, "pause-type", &[], &pause, &form::button("Pause"));
    html! { div.actions {
        (form::folded("start", "Start a workflow", "", &form))
        (form::folded("pause-type", "Pause a type", "Gives no run of it a workflow task until it is unpaused.", &pause))
    } }
}
