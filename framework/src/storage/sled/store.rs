//! The sled store itself: opening, the two halves of the port, and closing.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::Arc,
};

use derive_more::Debug;

use crate::{
    model::{ContentKey, RecordNumber, RunId, WorkflowId},
    panic::panic_text,
    storage::{
        Backup, Commit, OpenRun, ReadStore, RunEntry, StorageError, StorageErrorKind, StoreFiles,
        StoredRecord, WorkMeter, WriteRight, WriteStore,
        sled::{
            content::Content,
            failure,
            folder::Folder,
            journal::StoredJournal,
            key,
            mark::{State, StoreId},
            options::{Durability, SledOptions},
            progress::Progress,
            settler::Settler,
            start::{self, Ending},
        },
    },
};

/// What sled frees and writes at a time. Bound: a quarter of it is what a page may take, and the
/// largest page is sixteen pieces.
pub(super) const SEGMENT_BYTES: usize = 512 * 1024;

/// A store in a folder, kept by sled.
///
/// One owner at a time: the folder is held from opening until the store is dropped.
/// Space that old records took is used again, and given back to the file system when the store is
/// [compacted](Self::compact).
#[derive(Debug)]
pub struct SledStore {
    options: SledOptions,
    write_right: WriteRight,
    progress: Arc<Progress>,
    // Invariant: these are dropped in this order. The settler ends, sled closes, then whatever of
    // it still runs in the background lets go of its log, then the mark says that all was closed,
    // then the next owner may come.
    settler: Settler,
    content: Arc<Content>,
    ending: Ending,
    folder: Arc<Folder>,
}

impl SledStore {
    /// The version of the layout of keys and values that this release writes.
    ///
    /// A store of an earlier one that has been released is opened, one of a later one is refused.
    pub const FORMAT: u32 = 3;

    /// Opens the store in this folder, and makes it if there is none.
    ///
    /// # Durability
    /// A store that was made is there after a power cut, too. One that was cut short while it was
    /// made is made anew.
    ///
    /// # Errors
    /// `Locked` if it has an owner, naming it; `Unsupported` if a newer release wrote it, or if
    /// files of another program lie in the folder, which are not touched; `Corrupt` if it is
    /// damaged or something of it is missing, and nothing has been changed then; `Unavailable` if
    /// the folder cannot be used, or the system refuses threads or memory.
    pub fn open(path: impl AsRef<Path>, options: SledOptions) -> Result<Self, StorageError> {
        Self::open_in(Arc::new(Folder::take(path.as_ref())?), options)
    }

    /// Opens a store that is there.
    ///
    /// # Errors
    /// Those of [`open`](Self::open); `Unsupported` if there is none.
    pub(super) fn open_existing(path: &Path, options: SledOptions) -> Result<Self, StorageError> {
        Self::open_in(Folder::take_store(path)?, options)
    }

    /// Opens the store in a folder that has been taken.
    pub(super) fn open_in(folder: Arc<Folder>, options: SledOptions) -> Result<Self, StorageError> {
        let path = folder.path();
        start::check_system(&folder)?;
        let mut mark = start::find_mark(&folder)?;
        let is_new = mark.state == State::Making;
        // Invariant: before anything is changed, so that what is damaged stays as it is.
        let journal = StoredJournal::read(path)?;
        if !is_new && !journal.exists() {
            return Err(start::damaged(path, "its journal is missing"));
        }
        let data_file = start::open_log(&folder, &mut mark)?;
        let open = || {
            let config = ::sled::Config::new().path(path);
            let config = config.segment_size(SEGMENT_BYTES);
            config.cache_capacity(options.cache_capacity_bytes).open()
        };
        let db = catch_unwind(AssertUnwindSafe(open))
            .map_err(|panic| failure::panic_while_opening(path, panic_text(&*panic)))?
            .map_err(|error| failure::opening(path, error))?;
        // Invariant: if this fails, sled closes before its log is waited for.
        let (data_file, db) = (data_file.opened_by_sled(), db);
        claim_format(&db, mark.id, is_new, path)?;
        let content = Arc::new(Content::open(data_file, db, journal, &options)?);
        mark.state = State::Open;
        mark.log = start::known_log(path)?;
        // Durability: whoever finds this mark finds the store, with what the mark says of its log,
        // and all names that lead to it.
        folder.sync()?;
        if is_new {
            folder.sync_path()?;
        }
        mark.write(path)?;
        let progress = Arc::<Progress>::default();
        let settler = Settler::start(Arc::clone(&content), Arc::clone(&progress));
        let settler =
            settler.map_err(|error| failure::of_folder("store cannot be opened", path, error))?;
        Ok(Self {
            options,
            write_right: WriteRight::default(),
            progress,
            settler,
            content,
            ending: Ending::of(mark, folder.path()),
            folder,
        })
    }

    pub(super) fn content(&self) -> &Content {
        &self.content
    }

    pub(super) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Does this while no commit is under way.
    pub(super) fn between_commits<T>(
        &self,
        act: impl FnOnce(&Content) -> T,
    ) -> Result<T, StorageError> {
        let turn = self.progress.begin()?;
        let done = act(&self.content);
        turn.end();
        Ok(done)
    }

    /// Settles all that has been committed so far.
    pub(super) fn settle_everything(&self) -> Result<(), StorageError> {
        let settled = self.content.settle_all();
        settled.inspect_err(|_| self.progress.poison())
    }

    fn write(&self, commits: &[Commit]) -> Result<(), StorageError> {
        let committed = self.content.commit(commits);
        self.folder.check_in_place()?;
        committed?;
        self.content.check_in_place()?;
        if self.options.durability != Durability::Fsync {
            self.settler.sync_soon();
        }
        if self.content.is_settlement_overdue() {
            self.content.settle_due()?;
        } else if self.content.wants_tending() {
            self.settler.tend();
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

/// Writes the format's version and the store's id to a new store, and looks at both in an old one.
fn claim_format(
    db: &::sled::Db,
    id: StoreId,
    is_new: bool,
    path: &Path,
) -> Result<(), StorageError> {
    let refused = |kind, what: String| {
        let message = format!("{what}: path={}", path.display());
        Err(StorageError::new(kind, message))
    };
    let unsupported = |what| refused(StorageErrorKind::Unsupported, what);
    let format = [&SledStore::FORMAT.to_be_bytes()[..], &id.0].concat();
    if is_new {
        db.insert(key::FORMAT, format).map_err(failure::writing)?;
        return Ok(());
    }
    let found = db.get(key::FORMAT).map_err(failure::reading)?;
    let Some(found) = found else {
        let what = "store is damaged, what had settled in sled is missing, restore a backup";
        return refused(StorageErrorKind::Corrupt, what.into());
    };
    let version = found.first_chunk().copied().map(u32::from_be_bytes);
    let whose = match version {
        Some(SledStore::FORMAT) if *found == format => return Ok(()),
        Some(SledStore::FORMAT) => {
            let what = "store's log is another store's, restore this store's from a backup";
            return refused(StorageErrorKind::Corrupt, what.into());
        }
        Some(version) if version < SledStore::FORMAT => {
            format!("before the first release: format={version}")
        }
        Some(version) => format!("by a newer release: format={version}"),
        None => return unsupported("store's format is unreadable".into()),
    };
    let known = SledStore::FORMAT;
    unsupported(format!("store was written {whose} known={known}"))
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

    fn write_right(&self) -> &WriteRight {
        &self.write_right
    }

    fn commits_briefly(&self) -> bool {
        true
    }
}

impl ReadStore for SledStore {
    fn files(&self) -> Option<StoreFiles> {
        self.folder.files().ok()
    }

    fn backup(&self, to: &Path, meter: &WorkMeter) -> Result<Backup, StorageError> {
        Self::backup(self, to, meter)
    }

    fn current_run(&self, workflow_id: &WorkflowId) -> Result<Option<RunEntry>, StorageError> {
        self.read(|content| content.current_run(workflow_id))
    }

    fn run(&self, run_id: RunId) -> Result<Option<RunEntry>, StorageError> {
        self.read(|content| content.run(run_id))
    }

    fn open_runs(&self, after: Option<RunId>, limit: usize) -> Result<Vec<OpenRun>, StorageError> {
        // Only a start asks for this, and by then little is unsettled.
        self.settle_everything()?;
        self.read(|content| content.open_runs(after, limit))
    }

    fn closed_runs(
        &self,
        after: Option<RunId>,
        limit: usize,
    ) -> Result<Vec<RunEntry>, StorageError> {
        self.read(|content| content.closed_runs(after, limit))
    }

    fn runs(&self, before: Option<RunId>, limit: usize) -> Result<Vec<RunEntry>, StorageError> {
        self.read(|content| content.runs(before, limit))
    }

    fn records(
        &self,
        run_id: RunId,
        from: RecordNumber,
        limit: usize,
    ) -> Result<Vec<StoredRecord>, StorageError> {
        self.read(|content| content.records(run_id, from, limit))
    }

    fn payloads(&self, run_id: RunId) -> Result<Vec<ContentKey>, StorageError> {
        self.read(|content| content.payloads(run_id))
    }

    fn names_payload(&self, key: &ContentKey) -> Result<bool, StorageError> {
        self.read(|content| content.names_payload(key))
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        if self.progress.is_poisoned() {
            return;
        }
        let closed = self.content.close();
        if closed.is_ok() {
            self.ending.is_orderly = true;
        }
        if let Err(error) = closed {
            tracing::error!(%error, "store could not be settled and synced when it was closed");
        }
    }
}
