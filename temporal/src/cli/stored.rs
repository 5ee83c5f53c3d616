//! Histories in a store at rest.

use std::path::Path;

use sempre::{
    model::{History, RecordNumber, RunId, WorkflowExecution, WorkflowId},
    storage::{OpenRun, ReadStore, RunEntry, SledOptions, SledStore, record},
};

use super::{CommandError, Which};

/// How many records are read at a time.
const PAGE: usize = 256;

/// Opens a store that is there; a folder that holds none is left alone.
pub(super) fn open(path: &Path) -> Result<SledStore, CommandError> {
    if !path.join("db").is_file() {
        let path = path.to_owned();
        return Err(CommandError::NoStore { path });
    }
    Ok(SledStore::open(path, SledOptions::default())?)
}

/// The run that is meant; `None` if nothing was said.
pub(super) fn find(store: &SledStore, which: &Which) -> Result<Option<RunEntry>, CommandError> {
    let workflow_id = which.workflow_id.as_deref().map(WorkflowId::from);
    let Some(run_id) = which.run_id else {
        let Some(workflow_id) = workflow_id else {
            return Ok(None);
        };
        let run = store.current_run(&workflow_id)?;
        let workflow_id = workflow_id.to_string();
        return run
            .ok_or(CommandError::NoWorkflow { workflow_id })
            .map(Some);
    };
    let belongs = |run: &RunEntry| {
        let owner = &run.execution.workflow_id;
        workflow_id.as_ref().is_none_or(|asked| asked == owner)
    };
    let run = store.run(run_id)?.filter(belongs);
    run.ok_or(CommandError::NoRun { run_id }).map(Some)
}

/// The history of a run, complete or as far as it has got.
pub(super) fn history(
    store: &SledStore,
    execution: &WorkflowExecution,
) -> Result<History, CommandError> {
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

/// Every open run, in the order of their starts.
pub(super) fn open_runs(store: &SledStore) -> Result<Vec<RunEntry>, CommandError> {
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
