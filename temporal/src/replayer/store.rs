//! The open runs of a store, and which of them are replayed.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use sempre::{
    model::{WorkflowType, WorkflowVersion},
    storage::{ReadStore, RunEntry, SledOptions, SledStore, StorageError},
};

use super::ReplayFilesError;
use crate::stored;

/// A version of a workflow, as the index knows it.
type Kind = (WorkflowType, Option<WorkflowVersion>);

/// Opens the store in a folder. What a crash has left there is put in order, as by an engine.
pub(super) fn open(path: &Path) -> Result<SledStore, ReplayFilesError> {
    let store = SledStore::open(path, SledOptions::default());
    store.map_err(|source| unreadable(path, source))
}

pub(super) fn unreadable(path: &Path, source: StorageError) -> ReplayFilesError {
    let path: PathBuf = path.to_owned();
    ReplayFilesError::Store { path, source }
}

/// The open runs, or so many of each version of each workflow: evenly over the time of their starts, so
/// that old ones are among them, and the newest is.
pub(super) fn choose(
    store: &(impl ReadStore + ?Sized),
    sample: Option<NonZeroUsize>,
) -> Result<Vec<RunEntry>, StorageError> {
    let runs = stored::runs_with_work(store)?;
    let open = runs.into_iter().filter(|run| run.status.is_open());
    let Some(sample) = sample.map(NonZeroUsize::get) else {
        return Ok(open.collect());
    };
    let mut kinds: BTreeMap<Kind, Vec<RunEntry>> = BTreeMap::new();
    for run in open {
        let kind = (run.workflow_type.clone(), run.version());
        kinds.entry(kind).or_default().push(run);
    }
    let chosen = kinds.into_values().flat_map(|runs| {
        let count = runs.len();
        let taken = sample.min(count);
        // The last of each of as many equal parts.
        let is_chosen = move |at: usize| (at + 1) * taken / count > at * taken / count;
        let runs = runs.into_iter().enumerate();
        runs.filter(move |(at, _)| is_chosen(*at))
            .map(|(_, run)| run)
    });
    Ok(chosen.collect())
}
