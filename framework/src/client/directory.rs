//! The port to what is known of all runs.

use std::{collections::BTreeMap, iter};

use futures::channel::oneshot;

use crate::{
    actor::{Outage, Refusal, known_entry},
    model::{ExecutionStatus, RunId},
    storage::{ReadStore, RunEntry, StoreFiles},
    visibility::{Hidden, Sieve},
};

/// Bound: runs that are read at a time.
const CHUNK: usize = 512;

/// Runs, the latest first, as they are read.
pub(crate) type RunEntries<'r> = &'r mut dyn Iterator<Item = Result<RunEntry, Refusal>>;

/// A look at runs, which stops reading when it has seen enough.
pub(crate) type LookAtRuns = Box<dyn FnOnce(Sight<'_>) + Send>;

/// What is seen in a look.
pub(crate) struct Sight<'r> {
    /// How many runs pass, by status; only if that is known without reading them.
    pub(crate) counts: Option<RunCounts>,
    /// Every run that passes, and perhaps some that do not.
    pub(crate) entries: RunEntries<'r>,
}

/// Numbers of runs by status.
pub(crate) type RunCounts = BTreeMap<ExecutionStatus, u64>;

/// Which runs a look is about. What a directory knows of that saves it the reading of others.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    /// Only runs before this one.
    pub(crate) before: Option<RunId>,
    pub(crate) sieve: Sieve,
    pub(crate) hidden: Option<Hidden>,
    /// Whether their number would be enough.
    pub(crate) counts: bool,
}

impl Search {
    /// All runs.
    pub(crate) fn all() -> Self {
        Self::by(Sieve::open())
    }

    /// The runs that this lets pass, of all namespaces.
    pub(crate) fn by(sieve: Sieve) -> Self {
        Self {
            before: None,
            sieve,
            hidden: None,
            counts: false,
        }
    }

    /// The same but for runs that are hidden.
    pub(crate) fn without(self, hidden: Hidden) -> Self {
        Self {
            hidden: Some(hidden),
            ..self
        }
    }

    /// The same, for runs before this one.
    pub(crate) fn before(self, before: Option<RunId>) -> Self {
        Self { before, ..self }
    }

    /// The same, for their number.
    pub(crate) fn counted(self) -> Self {
        Self {
            counts: true,
            ..self
        }
    }
}

/// What can be asked about all runs of a store.
///
/// Contract: a look sees every run whose start has been answered, and reading blocks nobody but
/// other looks.
pub(crate) trait RunDirectory: Send + Sync + 'static {
    /// Looks for runs, elsewhere and before long.
    ///
    /// # Errors
    /// The refusal, if there are too many looks already or the engine has stopped.
    fn look(&self, search: Search, look: LookAtRuns) -> Result<(), Refusal>;

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

/// Looks for runs, and waits for what is found.
///
/// Who gives up waiting ends the look.
pub(super) async fn look<T: Send + 'static>(
    directory: &dyn RunDirectory,
    search: Search,
    find: impl FnOnce(RunEntries<'_>) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    see(directory, search, |sight| find(sight.entries)).await
}

/// Counts runs by status, and waits for that: one by one unless their numbers are known.
pub(super) async fn count(
    directory: &dyn RunDirectory,
    search: Search,
    one_by_one: impl FnOnce(RunEntries<'_>) -> Result<RunCounts, Refusal> + Send + 'static,
) -> Result<RunCounts, Refusal> {
    let count = |sight: Sight<'_>| match sight.counts {
        Some(counts) => Ok(counts),
        None => one_by_one(sight.entries),
    };
    see(directory, search.counted(), count).await
}

async fn see<T: Send + 'static>(
    directory: &dyn RunDirectory,
    search: Search,
    find: impl FnOnce(Sight<'_>) -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let (done, found) = oneshot::channel();
    let look = move |sight: Sight<'_>| {
        let mut wanted = sight.entries.take_while(|_| !done.is_canceled());
        let found = find(Sight {
            counts: sight.counts,
            entries: &mut wanted,
        });
        drop(wanted);
        // Whoever asked may have given up waiting.
        let _gone = done.send(found);
    };
    directory.look(search, Box::new(look))?;
    let stopped = |_| Err(Refusal::Unavailable(Outage::ShuttingDown));
    found.await.unwrap_or_else(stopped)
}
