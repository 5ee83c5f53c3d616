//! The start and the end of a store, around sled's: what is looked at before sled opens its log,
//! and what is written down after it has closed it.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use crate::storage::{
    StorageError, StorageErrorKind,
    sled::{
        compaction,
        data_file::DataFile,
        failure,
        folder::{self, DATA_FILE, Folder},
        known::KnownLog,
        mark::{Mark, State},
        sled_log::SledLog,
        store::SEGMENT_BYTES,
    },
};

/// The threads that sled makes when it opens its first log; without them it waits for ever.
const SLED_THREADS: usize = 8;

/// Refuses where sled would panic or wait for ever.
///
/// # Errors
/// `Unavailable`, with the remedy.
pub(super) fn check_system(folder: &Folder) -> Result<(), StorageError> {
    static HAS_SLED_THREADS: AtomicBool = AtomicBool::new(false);
    let path = folder.path();
    // The clock that sled asks has just been put into the lock file.
    failure::check_clock(folder.taken_at()?, path)?;
    if !HAS_SLED_THREADS.load(Ordering::Relaxed) {
        make_threads(SLED_THREADS).map_err(|error| failure::of_thread(path, error))?;
        HAS_SLED_THREADS.store(true, Ordering::Relaxed);
    }
    Ok(())
}

/// Makes so many threads at once, and lets them go.
fn make_threads(count: usize) -> io::Result<()> {
    let gate = Mutex::new(());
    thread::scope(|scope| {
        let closed = gate.lock();
        let threads = (0..count).map(|_| {
            let thread = thread::Builder::new();
            thread.spawn_scoped(scope, || drop(gate.lock()))
        });
        let made = threads.collect::<io::Result<Vec<_>>>();
        drop(closed);
        made.map(drop)
    })
}

/// The mark of the store in this folder; a new one if there is none. What is left of a store that
/// was never finished is removed.
///
/// # Errors
/// `Unsupported` or `Corrupt` if there is something in the folder and no mark that goes with it.
pub(super) fn find_mark(folder: &Folder) -> Result<Mark, StorageError> {
    let Some(mark) = Mark::read(folder.path())? else {
        folder.refuse_unmarked()?;
        let mark = Mark::of_new_store(folder.fingerprint()?);
        // Durability: what is made from here on is known to be ours and unfinished.
        mark.write(folder.path())?;
        return Ok(mark);
    };
    if let State::Removing | State::Moving = mark.state {
        return compaction::finish(folder, mark, false);
    }
    if mark.state == State::Restoring {
        return Err(never_restored(folder.path()));
    }
    compaction::remove_unfinished(folder)?;
    if mark.state == State::Making {
        folder.remove_unfinished_store()?;
    } else {
        folder.remove_unfinished_snapshots()?;
        folder.remove_damaged_settings()?;
    }
    Ok(mark)
}

/// Opens sled's log once it is known to be what it was. From then on the mark says that the store
/// is open, or still that it is being made.
///
/// # Errors
/// `Corrupt` if something of the log is missing or garbled; nothing has been changed then.
pub(super) fn open_log(folder: &Folder, mark: &mut Mark) -> Result<DataFile, StorageError> {
    let path = folder.path();
    let is_new = mark.state == State::Making;
    let data_file = DataFile::open(path, is_new).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => damaged(path, "its log is missing"),
        _ => failure::of_folder(failure::OPENING, path, error),
    })?;
    if is_new {
        return Ok(data_file);
    }
    let log = data_file.log(SEGMENT_BYTES);
    let is_closed = mark.state == State::Closed;
    let difference =
        folder::snapshot_lsn(path).and_then(|from| mark.log.compare(log, from, is_closed));
    let difference =
        difference.map_err(|error| failure::of_folder("store cannot be read", path, error))?;
    if let Some(difference) = difference {
        return Err(damaged(path, &difference.to_string()));
    }
    // Durability: sled writes down what it reads, and syncs that; so what it reads has to be on
    // disk, which after a kill it need not be.
    folder.sync()?;
    if is_closed {
        mark.state = State::Open;
        mark.write(path)?;
    }
    Ok(data_file)
}

/// A backup was being restored to the folder, and that was never finished.
fn never_restored(path: &Path) -> StorageError {
    let path = path.display();
    let message = format!(
        "a backup was being restored to the folder and that was never finished, restore it again: \
         path={path}"
    );
    StorageError::new(StorageErrorKind::Unsupported, message)
}

/// Something of a store is missing or garbled, and nothing was changed.
pub(super) fn damaged(path: &Path, what: &str) -> StorageError {
    let path = path.display();
    let message =
        format!("store is damaged, {what}; nothing was changed, restore a backup: path={path}");
    StorageError::new(StorageErrorKind::Corrupt, message)
}

/// What is in the log in this folder.
///
/// # Durability
/// What can be read need not be on disk: it is once the log has been synced after this.
pub(super) fn known_log(folder: &Path) -> Result<KnownLog, StorageError> {
    let read = || {
        let log = SledLog {
            file: &File::open(folder.join(DATA_FILE))?,
            segment_bytes: SEGMENT_BYTES as u64,
        };
        KnownLog::of(log, folder::snapshot_lsn(folder)?)
    };
    read().map_err(|error| failure::of_folder("store's log cannot be read", folder, error))
}

/// What is written down when a store has ended.
#[derive(Debug)]
pub(super) struct Ending {
    mark: Mark,
    folder: PathBuf,
    /// Whether everything is at its place and on disk.
    pub(super) is_orderly: bool,
}

impl Ending {
    /// The end of a store that has this mark.
    pub(super) fn of(mark: Mark, folder: &Path) -> Self {
        Self {
            mark,
            folder: folder.to_owned(),
            is_orderly: false,
        }
    }

    fn write_down(&mut self) -> Result<(), StorageError> {
        self.mark.log = known_log(&self.folder)?;
        self.mark.state = State::Closed;
        self.mark.write(&self.folder)
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if self.is_orderly
            && let Err(error) = self.write_down()
        {
            tracing::warn!(%error, "it could not be written down that the store was closed");
        }
    }
}
