//! What is known of a run whose entry in the index is damaged: its first record says it, too.

use crate::{
    model::{EventAttributes, RecordNumber},
    storage::{ReadStore, RunDetails, RunEntry, record},
};

/// An entry as it is, or, if it is damaged, with what the run's first record says.
pub(crate) fn known_entry(store: &(impl ReadStore + ?Sized), mut entry: RunEntry) -> RunEntry {
    let run_id = entry.execution.run_id;
    if entry.damage.is_none() {
        return entry;
    }
    let first = store.records(run_id, RecordNumber::NONE.next(), 1);
    let first = first.ok().and_then(|records| records.into_iter().next());
    let first = first.and_then(|stored| record::decode(run_id, &stored).ok());
    let Some(event) = first.as_ref().and_then(|first| first.events().next()) else {
        return entry;
    };
    // Invariant: a record proves whose it is.
    if let EventAttributes::WorkflowExecutionStarted(started) = &event.attributes {
        entry.execution.workflow_id = started.workflow_id.clone();
        entry.workflow_type = started.workflow_type.clone();
        entry.start_request_id = started.request_id.clone();
        entry.started_at = event.time;
        entry.first_execution_run_id = started.lineage.first_execution_run_id;
        // What its program has changed about them is not looked for.
        let (lineage, attributes) = (&started.lineage, &started.search_attributes);
        let version = lineage.inherited_pinned_version;
        entry.details = RunDetails::of(attributes, Some(lineage), version);
    }
    entry
}
