//! A store at rest, and which of its runs is meant.

use std::path::Path;

use sempre::{
    model::WorkflowId,
    storage::{ReadStore as _, RunEntry, SledOptions, SledStore},
};

use super::{CommandError, Which};

/// Opens a store that is there; a folder that holds none is left alone.
pub(super) fn open(path: &Path) -> Result<SledStore, CommandError> {
    if !crate::stored::is_store(path) {
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
