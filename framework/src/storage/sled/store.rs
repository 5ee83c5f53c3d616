//! The sled store itself: opening, the two halves of the port, and closing.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use derive_more::Debug;

use crate::{
    model::{RecordNumber, RunId, WorkflowId},
    storage::{
        Commit, OpenRun, ReadStore, RunEntry, StorageError, StorageErrorKind, StoredRecord,
        WriteStore,
        sled::{
            content::Content, data_file::DataFile, failure, folder::Folder, key,
            options::Durability, options::SledOptions, progress::Progress, runway::Runway,
            settler::Settler,
        },
    },
};

/// The version of the layout of keys and values that this release writes.
const FORMAT_VERSION: u32 = 2;

/// What sled frees and writes at a time. Bound: a quarter of it is what a page may take, and the
/// largest page is sixteen pieces.
pub(super) const SEGMENT_BYTES: usize = 512 * 1024;

/// A store in a folder, kept by sled.
///
/// One owner at a time: the folder is held from opening until the store is dropped.
/// Space that old records took is used again, but not given back to the file system.
#[derive(Debug)]
pub struct SledStore {
    options: SledOptions,
    progress: Arc<Progress>,
    // Invariant: these are dropped in this order. The settler ends, sled closes, then whatever of
    // it still runs in the background lets go of its log, then what is unused of the log goes,
    // then the next owner may come.
    settler: Settler,
    content: Arc<Content>,
    /// Where steps wait for the disk.
    runway: Option<Runway>,
    folder: Folder,
}

impl SledStore {
    /// Opens the store in this folder, and makes it if there is none.
    ///
    /// # Durability
    /// A store that was made is there after a power cut, too.
    ///
    /// # Errors
    /// `Locked` if it has an owner, naming it; `Unsupported` if a newer release or another program
    /// wrote it; `Corrupt` if it is damaged; `Unavailable` if the folder cannot be used.
    pub fn open(path: impl AsRef<Path>, options: SledOptions) -> Result<Self, StorageError> {
        let path = path.as_ref();
        let folder = Folder::take(path)?;
        folder.remove_unfinished()?;
        let config = ::sled::Config::new()
            .path(path)
            .segment_size(SEGMENT_BYTES)
            .cache_capacity(options.cache_capacity_bytes);
        // sled asserts where it finds damage that it did not expect.
        let db = catch_unwind(AssertUnwindSafe(|| config.open()))
            .map_err(|_| {
                let message = format!("store is damaged, sled gave up: path={}", path.display());
                StorageError::new(StorageErrorKind::Corrupt, message)
            })?
            .map_err(|error| failure::opening(path, error))?;
        let data_file = DataFile::new(folder.data_file()?);
        // Invariant: if this fails, sled closes before its log is waited for.
        let db = db;
        let is_new = claim_format(&db, path)?;
        let content = Arc::new(Content::open(data_file, db, &options)?);
        let progress = Arc::<Progress>::default();
        let settler = Settler::start(Arc::clone(&content), Arc::clone(&progress));
        let settler =
            settler.map_err(|error| failure::of_folder("store cannot be opened", path, error))?;
        let mut store = Self {
            options,
            progress,
            settler,
            content,
            runway: None,
            folder,
        };
        if is_new {
            store.content.flush()?;
            store.folder.sync()?;
        }
        if store.options.durability == Durability::Fsync {
            store.runway = Some(store.folder.build_runway(SEGMENT_BYTES)?);
        }
        Ok(store)
    }

    fn write(&self, commits: &[Commit]) -> Result<(), StorageError> {
        self.content.apply(commits)?;
        if self.options.durability == Durability::Fsync {
            self.content.flush()?;
        }
        if let Some(runway) = &self.runway {
            runway.check();
        }
        if self.content.is_settlement_overdue() {
            self.content.settle_due()?;
        } else if self.content.is_settlement_due() {
            self.settler.request();
        }
        Ok(())
    }

    /// Lets every sync from now on fail, as a broken disk would.
    #[cfg(test)]
    pub(super) fn break_disk(&self) -> std::io::Result<()> {
        self.content.break_disk()
    }

    fn read<T>(
        &self,
        look: impl FnOnce(&Content) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        let answer = look(&self.content);
        self.progress.check()?;
        answer
    }
}

/// Writes the format's version to a new store, and looks at it in an old one; whether it is new.
fn claim_format(db: &::sled::Db, path: &Path) -> Result<bool, StorageError> {
    let unsupported = |what: String| {
        let message = format!("{what}: path={}", path.display());
        StorageError::new(StorageErrorKind::Unsupported, message)
    };
    let found = db.get(key::FORMAT).map_err(failure::reading)?;
    let Some(found) = found else {
        if !db.is_empty() || db.tree_names().len() > 1 {
            let what = "folder holds a sled database that is no store of sempre";
            return Err(unsupported(what.into()));
        }
        let version = &FORMAT_VERSION.to_be_bytes();
        db.insert(key::FORMAT, version).map_err(failure::writing)?;
        return Ok(true);
    };
    let whose = match (*found).try_into().map(u32::from_be_bytes) {
        Ok(FORMAT_VERSION) => return Ok(false),
        Ok(version) if version < FORMAT_VERSION => {
            format!("before the first release: format={version}")
        }
        Ok(version) => format!("by a newer release: format={version}"),
        Err(_) => return Err(unsupported("store's format is unreadable".into())),
    };
    Err(unsupported(format!(
        "store was written {whose} known={FORMAT_VERSION}"
    )))
}

impl WriteStore for SledStore {
    fn commit(&self, commits: &[Commit]) -> Result<(), StorageError> {
        let turn = self.progress.begin()?;
        let outcome = if commits.is_empty() {
            Ok(())
        } else {
            self.write(commits)
        };
        match &outcome {
            Err(error) if error.kind() != StorageErrorKind::Conflict => drop(turn),
            _ => turn.end(),
        }
        outcome
    }
}

impl ReadStore for SledStore {
    fn current_run(&self, workflow_id: &WorkflowId) -> Result<Option<RunEntry>, StorageError> {
        self.read(|content| content.current_run(workflow_id))
    }

    fn run(&self, run_id: RunId) -> Result<Option<RunEntry>, StorageError> {
        self.read(|content| content.run(run_id))
    }

    fn open_runs(&self, after: Option<RunId>, limit: usize) -> Result<Vec<OpenRun>, StorageError> {
        // Only a start asks for this, and by then little is unsettled.
        let settled = self.content.settle_all();
        settled.inspect_err(|_| self.progress.poison())?;
        self.read(|content| content.open_runs(after, limit))
    }

    fn records(
        &self,
        run_id: RunId,
        from: RecordNumber,
        limit: usize,
    ) -> Result<Vec<StoredRecord>, StorageError> {
        self.read(|content| content.records(run_id, from, limit))
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        if self.progress.is_poisoned() {
            return;
        }
        let closed = self
            .content
            .settle_all()
            .and_then(|()| self.content.flush());
        if let Err(error) = closed {
            tracing::error!(%error, "store could not be settled and synced when it was closed");
        }
    }
}
