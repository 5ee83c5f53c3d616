//! The port to what the store knows of all runs.

use std::iter;

use futures::channel::oneshot;

use crate::{
    actor::{Outage, Refusal, known_entry},
    model::RunId,
    storage::{ReadStore, RunEntry, StoreFiles},
};

/// Bound: runs that are read at a time.
const CHUNK: usize = 512;

/// Runs, the latest first, as they are read.
pub(crate) type RunEntries<'r> = &'r mut dyn Iterator<Item = Result<RunEntry, Refusal>>;

/// A look at runs, which stops reading when it has seen enough.
pub(crate) type LookAtRuns = Box<dyn FnOnce(RunEntries<'_>) + Send>;

/// What can be asked about all runs of a store.
///
/// Contract: a look sees every run whose start has been answered, and reading blocks nobody but
/// other looks.
pub(crate) trait RunDirectory: Send + Sync + 'static {
    /// Looks at the runs before `before`, elsewhere and before long.
    ///
    /// # Errors
    /// The refusal, if there are too many looks already or the engine has stopped.
    fn look(&self, before: Option<RunId>, look: LookAtRuns) -> Result<(), Refusal>;

    /// How large the files of the store are, if it has any and says so.
    fn files(&self) -> Option<StoreFiles>;
}

/// All runs of a store before `before`, the latest first.
pub(crate) fn stored_entries<S: ReadStore + ?Sized>(
    store: &S,
    before: Option<RunId>,
) -> impl Iterator<Item = Result<RunEntry, Refusal>> + '_ {
    let mut next = Some(before);
    let chunks = iter::from_fn(move || {
        let chunk = store.runs(next.take()?, CHUNK);
        if let Ok(chunk) = &chunk
            && chunk.len() == CHUNK
        {
            next = chunk.last().map(|last| Some(last.execution.run_id));
        }
        Some(chunk)
    });
    chunks.flat_map(move |chunk| match chunk {
        Ok(entries) => {
            let known = entries.into_iter().map(|entry| known_entry(store, entry));
            known.map(Ok).collect::<Vec<_>>()
        }
        Err(error) => vec![Err(Refusal::unreadable(&error))],
    })
}

/// Looks at the runs before `before`, and waits for what is found.
///
/// Who gives up waiting ends the look.
pub(super) async fn look<T: Send + 'static>(
    directory: &dyn RunDirectory,
    before: Option<RunId>,
    find: impl FnOnce(RunEntries<'_>) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let (done, found) = oneshot::channel();
    let look = move |entries: RunEntries<'_>| {
        let mut wanted = entries.take_while(|_| !done.is_canceled());
        let found = find(&mut wanted);
        drop(wanted);
        // Whoever asked may have given up waiting.
        let _gone = done.send(found);
    };
    directory.look(before, Box::new(look))?;
    let stopped = |_| Err(Refusal::Unavailable(Outage::ShuttingDown));
    found.await.unwrap_or_else(stopped)
}
