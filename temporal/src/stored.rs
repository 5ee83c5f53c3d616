//! Histories in a store.

use std::path::Path;

use sempre::{
    model::{History, RecordNumber, RunId, WorkflowExecution},
    storage::{OpenRun, ReadStore, RunEntry, StorageError, record},
};

/// How many records, or runs, are read at a time.
const PAGE: usize = 256;

/// Whether a folder is a store.
pub(crate) fn is_store(path: &Path) -> bool {
    path.join("db").is_file()
}

/// The history of a run, complete or as far as it has got.
pub(crate) fn history(
    store: &(impl ReadStore + ?Sized),
    execution: &WorkflowExecution,
) -> Result<History, StorageError> {
    let run_id = execution.run_id;
    let mut events = Vec::new();
    let mut from = RecordNumber::NONE.next();
    loop {
        let records = store.records(run_id, from, PAGE)?;
        for stored in &records {
            let transition = record::decode(run_id, stored)?;
            events.extend(transition.events().cloned());
            from = stored.number.next();
        }
        if records.len() < PAGE {
            let execution = execution.clone();
            return Ok(History { execution, events });
        }
    }
}

/// Every run that has work to do, in the order of their starts.
pub(crate) fn runs_with_work(
    store: &(impl ReadStore + ?Sized),
) -> Result<Vec<RunEntry>, StorageError> {
    let mut runs: Vec<RunEntry> = Vec::new();
    loop {
        let after: Option<RunId> = runs.last().map(|run| run.execution.run_id);
        let page: Vec<OpenRun> = store.open_runs(after, PAGE)?;
        let is_last = page.len() < PAGE;
        runs.extend(page.into_iter().map(|run| run.entry));
        if is_last {
            return Ok(runs);
        }
    }
}
