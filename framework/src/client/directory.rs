//! The port to what the store knows of all runs.

use futures::channel::oneshot;

use crate::{
    actor::{Outage, Refusal},
    model::RunId,
    storage::{RunEntry, StoreFiles},
};

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
