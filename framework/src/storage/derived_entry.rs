//! What the index has to say of a run, told by its records.

use std::time::Duration;

use crate::{
    machine::execution::ExecutionState,
    model::Timestamp,
    storage::{Extent, RunDetails, RunEntry},
};

/// How far the start of a run in the index may be from that in its history.
const STARTED_APART_MAX: Duration = Duration::from_secs(1);

/// What the index has to say of a run in this state; `None` of one that has not begun.
pub(super) fn derived_entry(state: &ExecutionState) -> Option<RunEntry> {
    let started = state.started()?;
    let (status, lineage) = (state.status(), &*started.lineage);
    let extent = Extent {
        events: state.last_event_id().get(),
        bytes: state.history_size_bytes(),
        transitions: state.last_record().get(),
    };
    let followed_by = state
        .close()
        .and_then(|close| close.new_execution_run_id().or_else(|| state.reset_to()));
    Some(RunEntry {
        execution: state.execution(),
        workflow_type: started.workflow_type.clone(),
        status,
        start_request_id: started.request_id.clone(),
        started_at: state.started_at(),
        closed_at: state.closed_at(),
        task_queue: started.task_queue.clone(),
        extent: if status.is_open() {
            Extent::default()
        } else {
            extent
        },
        has_messages: !status.is_open() && state.has_messages(),
        first_execution_run_id: lineage.first_execution_run_id,
        new_execution_run_id: followed_by,
        details: RunDetails::of(
            state.search_attributes(),
            Some(lineage),
            state.later_version(),
        ),
        damage: None,
    })
}

/// The first field in which an entry is not what the records say, and that matters to whoever reads it.
///
/// How much there is of a run counts as far as its events: a run that has closed may have had answers
/// to its messages since its entry was written. When it started may have been read from the clock twice.
pub(crate) fn difference(found: &RunEntry, derived: &RunEntry) -> Option<&'static str> {
    let fields = [
        ("execution", found.execution == derived.execution),
        (
            "workflow_type",
            found.workflow_type == derived.workflow_type,
        ),
        ("status", found.status == derived.status),
        (
            "start_request_id",
            found.start_request_id == derived.start_request_id,
        ),
        (
            "started_at",
            apart(found.started_at, derived.started_at) < STARTED_APART_MAX,
        ),
        ("closed_at", found.closed_at == derived.closed_at),
        ("task_queue", found.task_queue == derived.task_queue),
        ("events", found.extent.events == derived.extent.events),
        ("has_messages", found.has_messages == derived.has_messages),
        (
            "first_execution_run_id",
            found.first_execution_run_id == derived.first_execution_run_id,
        ),
        (
            "new_execution_run_id",
            found.new_execution_run_id == derived.new_execution_run_id,
        ),
        ("details", found.details == derived.details),
    ];
    let mut wrong = fields.iter().filter(|(_, agrees)| !agrees);
    wrong.next().map(|(name, _)| *name)
}

/// The time between two points, whichever comes first.
fn apart(one: Timestamp, other: Timestamp) -> Duration {
    one.since(other).max(other.since(one))
}
