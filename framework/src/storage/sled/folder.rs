//! The store's folder: made durably, and held by one owner at a time.

use std::{
    ffi::OsStr,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::SystemTime,
};

use crate::{
    model::Timestamp,
    storage::{
        StorageError, StorageErrorKind,
        sled::{failure, runway::Runway},
    },
};

/// The file that says who holds the store.
const LOCK_FILE: &str = "sempre.lock";
/// The file that sled writes its log to.
const DATA_FILE: &str = "db";
/// The file that sled writes its settings to, once and without a sync.
const SETTINGS_FILE: &str = "conf";
/// What sled calls the files that spare it the reading of its whole log.
const SNAPSHOT_PREFIX: &str = "snap.";
/// How the name of a snapshot ends while sled writes it.
const UNFINISHED_SUFFIX: &str = ".generating";

/// A folder held by this owner, until it is dropped.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Held for its lock, which the operating system releases however the process ends.
    lock: File,
}

impl Folder {
    /// Makes the folder if need be, and takes possession of it.
    pub(super) fn take(path: &Path) -> Result<Self, StorageError> {
        let refused = |error| failure::of_folder("store's folder cannot be used", path, error);
        make(path).map_err(refused)?;
        let lock_path = path.join(LOCK_FILE);
        let mut lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&lock_path)
            .map_err(refused)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(locked(path, &mut lock)),
            Err(TryLockError::Error(error)) => return Err(refused(error)),
        }
        sign(&mut lock).map_err(refused)?;
        Ok(Self {
            path: path.to_owned(),
            lock,
        })
    }

    /// Removes what a killed owner left half written and sled would take for damage.
    ///
    /// A snapshot repeats what the log says, and without a log the settings describe nothing, so
    /// nothing is lost.
    pub(super) fn remove_unfinished(&self) -> Result<(), StorageError> {
        let refused = |error| failure::of_folder("store cannot be opened", &self.path, error);
        for entry in fs::read_dir(&self.path).map_err(refused)? {
            let entry = entry.map_err(refused)?;
            if is_unfinished_snapshot(&entry.file_name()) {
                fs::remove_file(entry.path()).map_err(refused)?;
            }
        }
        if self.path.join(DATA_FILE).exists() {
            return Ok(());
        }
        match fs::remove_file(self.path.join(SETTINGS_FILE)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(refused(error)),
            _ => Ok(()),
        }
    }

    /// A descriptor of sled's log besides sled's own.
    pub(super) fn data_file(&self) -> Result<File, StorageError> {
        let path = self.path.join(DATA_FILE);
        OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .map_err(|error| failure::of_folder("store cannot be opened", &path, error))
    }

    /// Begins to keep room behind the end of sled's log.
    pub(super) fn build_runway(&self, segment_bytes: usize) -> Result<Runway, StorageError> {
        let path = self.path.join(DATA_FILE);
        Runway::build(&path, segment_bytes as u64)
            .map_err(|error| failure::of_folder("store cannot be opened", &path, error))
    }

    /// Makes the folder's entries durable, and what sled itself leaves to chance.
    pub(super) fn sync(&self) -> Result<(), StorageError> {
        File::open(self.path.join(SETTINGS_FILE))
            .and_then(|settings| settings.sync_all())
            .and_then(|()| sync_entries(&self.path))
            .map_err(|error| failure::of_folder("store cannot be synced", &self.path, error))
    }
}

fn is_unfinished_snapshot(name: &OsStr) -> bool {
    name.to_str()
        .is_some_and(|name| name.starts_with(SNAPSHOT_PREFIX) && name.ends_with(UNFINISHED_SUFFIX))
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Said rather than left to closing: a child process that is just being made has a copy of
        // the descriptor, and would keep the lock.
        let _ = self.lock.unlock();
    }
}

/// Makes a folder and those it lies in, each entry durable before the next.
fn make(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    make(parent)?;
    match fs::create_dir(path) {
        // Somebody else was faster, which is as good.
        Err(_) if path.is_dir() => Ok(()),
        made => made.and_then(|()| sync_entries(parent)),
    }
}

#[cfg(unix)]
fn sync_entries(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder is no file that could be synced.
#[cfg(not(unix))]
fn sync_entries(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Leaves in the lock file who holds it; its modification time says since when.
fn sign(lock: &mut File) -> io::Result<()> {
    let program = std::env::current_exe().unwrap_or_default();
    lock.set_len(0)?;
    let pid = std::process::id();
    writeln!(lock, "pid={pid} program={}", program.display())
}

fn locked(path: &Path, lock: &mut File) -> StorageError {
    let mut holder = String::new();
    // The error is that the store is held, whether or not its holder can be told.
    if lock.read_to_string(&mut holder).is_err() || holder.trim().is_empty() {
        holder = "pid=unknown".into();
    }
    let since = lock.metadata().and_then(|file| file.modified());
    let since = Timestamp::from(since.unwrap_or(SystemTime::UNIX_EPOCH));
    StorageError::new(
        StorageErrorKind::Locked,
        format!(
            "store is held by another owner: path={} since={since} {}",
            path.display(),
            holder.trim(),
        ),
    )
}
