//! Where closed runs go before they are deleted.

use std::{error::Error, sync::Arc};

use derive_more::Debug;

use crate::{client::ListedRun, model::History};

/// A closed run that is about to be deleted.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct ArchivedRun {
    /// What a list shows of it.
    pub run: ListedRun,
    /// All of its history.
    pub history: History,
}

/// Keeps closed runs elsewhere before [retention](crate::EngineBuilder::retention) deletes them.
///
/// Given to [`EngineBuilder::archive`](crate::EngineBuilder::archive). A run is deleted once the
/// archive has returned `Ok` for it, so what it was given has to be safe by then. After an error the
/// run is kept, [`needs_attention`](crate::Engine::needs_attention) tells of it, and it is handed
/// over again, after a minute at first and after an hour at last.
///
/// # Durability
/// Each run is handed over at least once: again if the process dies before it was deleted. An
/// archive that names what it keeps by the run id keeps it once.
///
/// A function of a run is an archive, too.
///
/// # Examples
/// ```
/// use sempre::client::{Archive, ArchivedRun};
/// use std::{fs, io, path::PathBuf};
///
/// struct Names(PathBuf);
///
/// impl Archive for Names {
///     type Error = io::Error;
///
///     fn archive(&self, run: &ArchivedRun) -> io::Result<()> {
///         let events = run.history.events.len();
///         fs::write(self.0.join(run.run.run_id.to_string()), format!("{events} events"))
///     }
/// }
/// ```
pub trait Archive: Send + Sync + 'static {
    /// Why a run could not be kept.
    type Error: Error;

    /// Keeps a run. May block: it has a thread of its own.
    ///
    /// # Errors
    /// Whatever keeps the archive from keeping it; the run stays in the store then.
    fn archive(&self, run: &ArchivedRun) -> Result<(), Self::Error>;
}

impl<F, E> Archive for F
where
    F: Fn(&ArchivedRun) -> Result<(), E> + Send + Sync + 'static,
    E: Error,
{
    type Error = E;

    fn archive(&self, run: &ArchivedRun) -> Result<(), E> {
        self(run)
    }
}

/// An archive whose errors are texts.
#[derive(Clone, Debug)]
pub(crate) struct AnyArchive(#[debug(skip)] Arc<Keep>);

type Keep = dyn Fn(&ArchivedRun) -> Result<(), String> + Send + Sync;

impl AnyArchive {
    /// This archive.
    pub(crate) fn new(archive: impl Archive) -> Self {
        Self(Arc::new(move |run| {
            let kept = archive.archive(run);
            kept.map_err(|error| with_causes(&error))
        }))
    }

    /// Has a run kept; why not, if that fails.
    pub(crate) fn archive(&self, run: &ArchivedRun) -> Result<(), String> {
        (self.0)(run)
    }
}

fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
