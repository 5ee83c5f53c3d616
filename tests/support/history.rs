//! What must be true of every history that any test writes.

use std::error::Error;

use sempre::{
    model::{
        EventAttributes, EventId, History, HistoryEvent, Payloads, RequestId, RunId, UpdateId,
        WorkflowExecution,
    },
    testing::replay,
    workflow::WorkflowRegistry,
};

/// Checks that a history obeys the grammar, and that its program says to it what it says.
///
/// The program is told the whole history, and every part of it that ends with the start of a
/// workflow task; its answers have to be the recorded ones. So they have to be where one program
/// gives all of them in a row.
///
/// # Errors
/// The first thing that is not so.
pub fn check(history: &History, programs: &WorkflowRegistry) -> Result<(), Box<dyn Error>> {
    let shown = || render(&history.events);
    history
        .check_grammar()
        .map_err(|violation| format!("{violation}\n{}", shown()))?;
    let Some(EventAttributes::WorkflowExecutionStarted(started)) = history.attributes().next()
    else {
        return Err("a history begins with its start".into());
    };
    // A type that was never registered has no program to be asked.
    if let Some(code) = programs.find(&started.workflow_type, history.version()) {
        let factory = &code.factory;
        replay::check_program(history, factory).map_err(|error| format!("{error}\n{}", shown()))?;
        // What the code fits today it has to fit as a history of the past.
        let comparison = replay::Comparison::Values;
        replay::check_recorded(history, factory, comparison)
            .map_err(|error| format!("as a recorded history: {error}\n{}", shown()))?;
    }
    Ok(())
}

/// The events of a history without what no two runs have in common: their own ids, and those of
/// requests and updates.
#[expect(
    clippy::too_many_lines,
    reason = "an arm for each type of event, and no logic beside"
)]
pub(crate) fn comparable(history: History) -> Vec<HistoryEvent> {
    let mut events = history.events;
    for event in &mut events {
        let request_id = match &mut event.attributes {
            EventAttributes::WorkflowExecutionStarted(started) => {
                let lineage = &mut started.lineage;
                lineage.original_execution_run_id = RunId::default();
                lineage.first_execution_run_id = RunId::default();
                lineage.continued_execution_run_id = None;
                forget_run(&mut lineage.parent_workflow_execution);
                forget_run(&mut lineage.root_workflow_execution);
                &mut started.request_id
            }
            EventAttributes::WorkflowExecutionSignaled(signaled) => {
                forget_run(&mut signaled.external_workflow_execution);
                &mut signaled.request_id
            }
            EventAttributes::WorkflowExecutionUpdateAccepted(accepted) => {
                accepted.protocol_instance_id = UpdateId::default();
                if let Some(request) = &mut accepted.accepted_request {
                    request.update_id = UpdateId::default();
                }
                continue;
            }
            EventAttributes::WorkflowExecutionUpdateCompleted(completed) => {
                completed.update_id = UpdateId::default();
                continue;
            }
            EventAttributes::WorkflowExecutionCancelRequested(requested) => {
                if requested.external_workflow_execution.is_some() {
                    // It names the run that asked.
                    requested.cause = String::new();
                }
                forget_run(&mut requested.external_workflow_execution);
                &mut requested.request_id
            }
            EventAttributes::WorkflowExecutionPaused(paused) => &mut paused.request_id,
            EventAttributes::WorkflowExecutionUnpaused(unpaused) => &mut unpaused.request_id,
            EventAttributes::WorkflowTaskFailed(failed) => {
                failed.base_run_id = None;
                failed.new_run_id = None;
                continue;
            }
            EventAttributes::WorkflowExecutionUpdateAdmitted(admitted) => {
                if let Some(request) = &mut admitted.request {
                    request.update_id = UpdateId::default();
                }
                continue;
            }
            EventAttributes::WorkflowExecutionContinuedAsNew(continued) => {
                continued.new_execution_run_id = None;
                continue;
            }
            EventAttributes::WorkflowExecutionCompleted(completed) => {
                completed.new_execution_run_id = None;
                continue;
            }
            EventAttributes::WorkflowExecutionFailed(failed) => {
                failed.new_execution_run_id = None;
                continue;
            }
            EventAttributes::WorkflowExecutionTimedOut(timed_out) => {
                timed_out.new_execution_run_id = None;
                continue;
            }
            EventAttributes::SignalExternalWorkflowExecutionInitiated(asked) => {
                asked.workflow_execution.run_id = RunId::default();
                continue;
            }
            EventAttributes::SignalExternalWorkflowExecutionFailed(failed) => {
                failed.workflow_execution.run_id = RunId::default();
                continue;
            }
            EventAttributes::ExternalWorkflowExecutionSignaled(signaled) => {
                signaled.workflow_execution.run_id = RunId::default();
                continue;
            }
            EventAttributes::RequestCancelExternalWorkflowExecutionInitiated(asked) => {
                asked.reason = String::new();
                asked.workflow_execution.run_id = RunId::default();
                continue;
            }
            EventAttributes::ExternalWorkflowExecutionCancelRequested(requested) => {
                requested.workflow_execution.run_id = RunId::default();
                continue;
            }
            EventAttributes::ChildWorkflowExecutionStarted(started) => {
                started.workflow_execution.run_id = RunId::default();
                continue;
            }
            EventAttributes::ChildWorkflowExecutionCompleted(ended) => {
                ended.workflow_execution.run_id = RunId::default();
                continue;
            }
            EventAttributes::ChildWorkflowExecutionFailed(ended) => {
                ended.workflow_execution.run_id = RunId::default();
                continue;
            }
            EventAttributes::ChildWorkflowExecutionCanceled(ended) => {
                ended.workflow_execution.run_id = RunId::default();
                continue;
            }
            EventAttributes::ChildWorkflowExecutionTimedOut(ended) => {
                ended.workflow_execution.run_id = RunId::default();
                continue;
            }
            EventAttributes::ChildWorkflowExecutionTerminated(ended) => {
                ended.workflow_execution.run_id = RunId::default();
                continue;
            }
            EventAttributes::WorkflowExecutionTerminated(terminated) => {
                // It names the run that took the place of this one.
                terminated.details = Payloads::EMPTY;
                continue;
            }
            _ => continue,
        };
        *request_id = RequestId::default();
    }
    events
}

fn forget_run(execution: &mut Option<Box<WorkflowExecution>>) {
    if let Some(execution) = execution {
        execution.run_id = RunId::default();
    }
}

/// Checks that the runs of two modes have the same histories.
pub(crate) fn check_same(
    first: &[Vec<HistoryEvent>],
    second: &[Vec<HistoryEvent>],
) -> Result<(), String> {
    if first == second {
        return Ok(());
    }
    let show = |histories: &[Vec<HistoryEvent>]| {
        let shown: Vec<String> = histories.iter().map(|events| render(events)).collect();
        shown.join("\n")
    };
    let difference = first
        .iter()
        .flatten()
        .zip(second.iter().flatten())
        .find(|(first, second)| first != second);
    Err(format!(
        "histories differ, first at {difference:#?}\n{}\n{}",
        show(first),
        show(second)
    ))
}

/// A history in lines, one an event.
fn render(events: &[HistoryEvent]) -> String {
    let line = |event: &HistoryEvent| {
        let id: EventId = event.id;
        format!("{id:>4} {} {}\n", event.time, event.event_type())
    };
    events.iter().map(line).collect()
}
