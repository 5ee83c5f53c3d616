//! A folder of histories, one file a run, for an engine that lets closed runs go.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use derive_more::{Display, Error, From};
use sempre::model::History;

use crate::{ExportError, TemporalHistory};

/// A folder that histories are kept in as Temporal's JSON, one file a run, named by the run's id.
///
/// Made for the archive of an engine that deletes closed runs. The files are what
/// [`Replayer`](crate::Replayer) reads, so what was archived can be told to new code.
///
/// # Durability
/// Once a history is kept its file is on disk, as a whole, with its name. To keep it again changes
/// nothing.
///
/// # Examples
/// ```
/// use sempre::{Engine, client::ArchivedRun, storage::MemoryStore};
/// use sempre_temporal::HistoryFolder;
/// use std::{sync::Arc, time::Duration};
///
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let temporary = tempfile::tempdir()?;
/// # let path = temporary.path().join("archive");
/// let folder = HistoryFolder::open(path)?;
/// let engine = Engine::on_store(Arc::new(MemoryStore::new()))
///     .retention(Duration::from_secs(30 * 86_400))
///     .archive(move |run: &ArchivedRun| folder.keep(&run.history))
///     .start()
///     .await?;
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct HistoryFolder {
    path: PathBuf,
}

/// A history could not be kept in a folder.
#[derive(Debug, Display, Error, From)]
#[non_exhaustive]
pub enum HistoryFolderError {
    /// The file cannot be written. Make room, or give the process the right to.
    #[display("history cannot be written: {_0}")]
    Io(#[error(source)] io::Error),
    /// Temporal's JSON has no words for it.
    #[display("history cannot be exported: {_0}")]
    Export(#[error(source)] ExportError),
}

impl HistoryFolder {
    /// This folder, which is made if it does not exist.
    ///
    /// # Errors
    /// The operating system's.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = std::path::absolute(path)?;
        fs::create_dir_all(&path)?;
        Ok(Self { path })
    }

    /// Keeps a history. Blocks.
    ///
    /// # Errors
    /// [`HistoryFolderError`]; there is no file then, or the one that was there before.
    pub fn keep(&self, history: &History) -> Result<(), HistoryFolderError> {
        let json = TemporalHistory::from_history(history)?.to_json();
        let name = format!("{}.json", history.execution.run_id);
        let unfinished = self.path.join(format!("{name}.new"));
        let mut file = File::create(&unfinished)?;
        file.write_all(json.to_string().as_bytes())?;
        // Durability: whoever finds the name finds all of it.
        file.sync_all()?;
        fs::rename(&unfinished, self.path.join(name))?;
        sync_names(&self.path)?;
        Ok(())
    }
}

#[cfg(unix)]
fn sync_names(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder is no file that could be synced.
#[cfg(not(unix))]
fn sync_names(_folder: &Path) -> io::Result<()> {
    Ok(())
}
