//! The store's folder: made durably, held by one owner at a time, and touched only where it is ours.

use std::{
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use crate::storage::{
    StorageError, StorageErrorKind, StoreFiles,
    backup::LIST_FILE,
    lock_file::{LockFile, NotTaken},
    names::sync_entries,
    sled::{
        compaction::SECOND_FOLDER,
        failure,
        mark::{MARK_FILE, StoreId},
    },
};

/// The file that says who holds the store.
const LOCK_FILE: &str = "sempre.lock";
/// How the names of all our files begin, but those of sled.
const OUR_PREFIX: &str = "sempre.";
/// The file that sled writes its log to.
pub(super) const DATA_FILE: &str = "db";
/// The file that sled writes its settings to, once and without a sync.
const SETTINGS_FILE: &str = "conf";
/// The folder for what sled writes to files of its own.
const BLOBS_FOLDER: &str = "blobs";
/// What sled calls the files that spare it the reading of its whole log.
const SNAPSHOT_PREFIX: &str = "snap.";
/// How the name of a snapshot ends while sled writes it.
const UNFINISHED_SUFFIX: &str = ".generating";

/// A folder held by this owner, until it is dropped.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    lock: LockFile,
}

impl Folder {
    /// Makes the folder if need be, and takes possession of it.
    ///
    /// # Errors
    /// `Locked` if it has an owner; `Unsupported`, and nothing is touched, if files lie in it that
    /// sled would take for its own and that are not ours.
    pub(super) fn take(path: &Path) -> Result<Self, StorageError> {
        let refused = |error| failure::of_folder("store's folder cannot be used", path, error);
        // What is opened under a path stays what it is if the working directory changes.
        let path = std::path::absolute(path).map_err(refused)?;
        let refused = |error| failure::of_folder("store's folder cannot be used", &path, error);
        if !path.join(LOCK_FILE).exists() && !path.join(MARK_FILE).exists() {
            refuse_foreign(&path)?;
        }
        make(&path).map_err(refused)?;
        match LockFile::take(&path.join(LOCK_FILE)) {
            Ok(lock) => Ok(Self { path, lock }),
            Err(NotTaken::Held(holder)) => Err(StorageError::new(
                StorageErrorKind::Locked,
                format!(
                    "store is held by another owner: path={} {holder}",
                    path.display()
                ),
            )),
            Err(NotTaken::Refused(error)) => Err(refused(error)),
        }
    }

    /// Takes possession of a folder that holds a store.
    ///
    /// # Errors
    /// Those of [`take`](Self::take); `Unsupported`, and nothing is touched, if there is no store.
    pub(super) fn take_store(path: &Path) -> Result<Arc<Self>, StorageError> {
        if !path.join(MARK_FILE).exists() && !path.join(DATA_FILE).exists() {
            let message = format!("there is no store in the folder: path={}", path.display());
            return Err(StorageError::new(StorageErrorKind::Unsupported, message));
        }
        Self::take(path).map(Arc::new)
    }

    /// Whether there is no such folder, or nothing in it but who has held it.
    pub(super) fn is_empty(path: &Path) -> Result<bool, StorageError> {
        let refused = |error| failure::of_folder("folder cannot be read", path, error);
        let entries = match fs::read_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            entries => entries.map_err(refused)?,
        };
        for entry in entries {
            if entry.map_err(refused)?.file_name() != LOCK_FILE {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The folder's path.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// When it was taken, by the system's clock.
    pub(super) fn taken_at(&self) -> Result<SystemTime, StorageError> {
        let taken_at = self.lock.metadata().and_then(|lock| lock.modified());
        taken_at.map_err(|error| failure::of_folder(failure::OPENING, &self.path, error))
    }

    /// A name for the store that is made here and now: no other one has it.
    pub(super) fn fingerprint(&self) -> Result<StoreId, StorageError> {
        let since = self.taken_at()?.duration_since(SystemTime::UNIX_EPOCH);
        let nanos = since.map(|since| since.as_nanos()).unwrap_or_default();
        let place = crc32fast::hash(self.path.as_os_str().as_encoded_bytes());
        let who = (u128::from(place) << 32) | u128::from(std::process::id());
        let made = (nanos << 64) | who;
        Ok(StoreId(made.to_be_bytes()))
    }

    /// Refuses a folder without a mark in which there are files that only a mark makes ours.
    pub(super) fn refuse_unmarked(&self) -> Result<(), StorageError> {
        refuse_foreign(&self.path)
    }

    /// Removes what was made of a store that was never finished.
    ///
    /// A mark says that all of it is ours, and that nothing in it was acknowledged.
    pub(super) fn remove_unfinished_store(&self) -> Result<(), StorageError> {
        self.remove(|name| is_of_sled(name) || is_of_store(name))
    }

    /// Removes the files of a store that a second one in the same folder takes the place of.
    pub(super) fn remove_first_store(&self) -> Result<(), StorageError> {
        self.remove(|name| is_moved(name) && name != SECOND_FOLDER)
    }

    /// How large the files of the store are.
    pub(super) fn files(&self) -> io::Result<StoreFiles> {
        Ok(StoreFiles {
            settled_bytes: bytes_in(&self.path, &is_of_sled)?,
            journal_bytes: bytes_in(&self.path, &|name| {
                is_of_store(name) && name != SECOND_FOLDER
            })?,
        })
    }

    /// The bytes of all files in it, without those of a second store.
    pub(super) fn bytes(&self) -> Result<u64, StorageError> {
        let bytes = bytes_in(&self.path, &|name| name != SECOND_FOLDER);
        bytes
            .map_err(|error| failure::of_folder("store's folder cannot be read", &self.path, error))
    }

    /// Removes what a killed owner left half written and sled would take for damage.
    ///
    /// A snapshot repeats what the log says, so nothing is lost.
    pub(super) fn remove_unfinished_snapshots(&self) -> Result<(), StorageError> {
        self.remove(is_unfinished_snapshot)
    }

    /// Removes sled's settings if they are damaged: they say nothing that is not known, and sled
    /// writes them anew.
    pub(super) fn remove_damaged_settings(&self) -> Result<(), StorageError> {
        let path = self.path.join(SETTINGS_FILE);
        let settings = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            settings => {
                settings.map_err(|error| failure::of_folder(failure::OPENING, &path, error))?
            }
        };
        let is_whole = settings
            .split_last_chunk::<4>()
            .is_some_and(|(text, sum)| crc32fast::hash(text) == u32::from_le_bytes(*sum));
        if is_whole {
            return Ok(());
        }
        tracing::warn!(path = %path.display(), "sled's settings are damaged; they are written anew");
        self.remove(|name| name == SETTINGS_FILE)
    }

    fn remove(&self, is_chosen: impl Fn(&str) -> bool) -> Result<(), StorageError> {
        let refused = |error| failure::of_folder(failure::OPENING, &self.path, error);
        for entry in fs::read_dir(&self.path).map_err(refused)? {
            let entry = entry.map_err(refused)?;
            if !entry.file_name().to_str().is_some_and(&is_chosen) {
                continue;
            }
            let is_folder = entry.file_type().map_err(refused)?.is_dir();
            if is_folder {
                fs::remove_dir_all(entry.path()).map_err(refused)?;
            } else {
                fs::remove_file(entry.path()).map_err(refused)?;
            }
        }
        Ok(())
    }

    /// Makes the folder's own name durable, and those of the folders it lies in.
    pub(super) fn sync_path(&self) -> Result<(), StorageError> {
        for folder in self.path.ancestors().skip(1) {
            match sync_entries(folder) {
                // Who may not look into a folder has not made what lies in it.
                Err(error) if error.kind() != io::ErrorKind::PermissionDenied => {
                    let what = "store's folder cannot be synced";
                    return Err(failure::of_folder(what, folder, error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Makes all of sled's files durable, and the names in the folder.
    pub(super) fn sync(&self) -> Result<(), StorageError> {
        let sync = || {
            for entry in fs::read_dir(&self.path)? {
                let entry = entry?;
                let is_sleds = entry.file_name().to_str().is_some_and(is_of_sled);
                if is_sleds && entry.file_type()?.is_dir() {
                    sync_entries(&entry.path())?;
                } else if is_sleds {
                    // Windows syncs only what is open for writing.
                    let mut options = OpenOptions::new();
                    let options = options.read(true).write(cfg!(windows));
                    options.open(entry.path())?.sync_all()?;
                }
            }
            sync_entries(&self.path)
        };
        sync().map_err(|error| failure::of_folder("store cannot be synced", &self.path, error))
    }

    /// Refuses if the folder was removed, or is not where it was: what is written now nobody finds.
    ///
    /// # Errors
    /// `Unavailable`, saying so.
    pub(super) fn check_in_place(&self) -> Result<(), StorageError> {
        let path = self.path.join(LOCK_FILE);
        let is_in_place = self.lock.metadata().and_then(|held| {
            let found = fs::metadata(&path)?;
            Ok(is_same_file(&held, &found))
        });
        match is_in_place {
            Ok(true) => Ok(()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failure::of_folder(
                "store's folder cannot be seen",
                &path,
                error,
            )),
            _ => Err(StorageError::new(
                StorageErrorKind::Unavailable,
                format!(
                    "store's folder was removed or renamed while the store was open, put it back \
                     and restart the process: path={}",
                    self.path.display()
                ),
            )),
        }
    }
}

#[cfg(unix)]
fn is_same_file(held: &fs::Metadata, found: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (held.dev(), held.ino()) == (found.dev(), found.ino())
}

/// Elsewhere a file that is open can be neither removed nor renamed.
#[cfg(not(unix))]
fn is_same_file(_held: &fs::Metadata, _found: &fs::Metadata) -> bool {
    true
}

/// From which LSN on sled will read the log in this folder: where its last snapshot ends.
pub(super) fn snapshot_lsn(folder: &Path) -> io::Result<u64> {
    let mut last = 0;
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let lsn = name
            .to_str()
            .and_then(|name| name.strip_prefix(SNAPSHOT_PREFIX));
        let lsn = lsn.and_then(|lsn| u64::from_str_radix(lsn, 16).ok());
        last = last.max(lsn.unwrap_or_default());
    }
    Ok(last)
}

/// Whether sled would take a file of this name for its own.
fn is_of_sled(name: &str) -> bool {
    [DATA_FILE, SETTINGS_FILE, BLOBS_FOLDER].contains(&name) || name.starts_with(SNAPSHOT_PREFIX)
}

/// Whether a file of this name is part of what a store keeps, besides sled's.
fn is_of_store(name: &str) -> bool {
    name.starts_with(OUR_PREFIX) && !name.starts_with(MARK_FILE) && name != LOCK_FILE
}

/// Whether a file of this name goes along with a store that is moved.
pub(super) fn is_moved(name: &str) -> bool {
    is_of_sled(name) || is_of_store(name)
}

fn bytes_in(folder: &Path, counts: &dyn Fn(&str) -> bool) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().to_str().is_some_and(counts) {
            continue;
        }
        match entry.metadata() {
            Ok(found) if found.is_dir() => bytes += bytes_in(&entry.path(), &|_| true)?,
            Ok(found) => bytes += found.len(),
            // It has just been removed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}

fn is_unfinished_snapshot(name: &str) -> bool {
    name.starts_with(SNAPSHOT_PREFIX) && name.ends_with(UNFINISHED_SUFFIX)
}

/// Refuses a folder in which something lies that belongs to a store, or that sled would take for
/// its own.
fn refuse_foreign(path: &Path) -> Result<(), StorageError> {
    let entries = match fs::read_dir(path) {
        // There is nothing yet, or it is no folder, which making it will say.
        Err(_) if !path.is_dir() => return Ok(()),
        entries => entries
            .map_err(|error| failure::of_folder("store's folder cannot be used", path, error))?,
    };
    let names = entries.flatten().map(|entry| entry.file_name());
    let names: Vec<_> = names.filter_map(|name| name.into_string().ok()).collect();
    if names.iter().any(|name| name == LIST_FILE) {
        return Err(StorageError::new(
            StorageErrorKind::Unsupported,
            format!(
                "folder holds backups and no store, restore one to another folder: path={}",
                path.display()
            ),
        ));
    }
    if let Some(name) = names.iter().find(|name| is_of_store(name)) {
        return Err(StorageError::new(
            StorageErrorKind::Corrupt,
            format!(
                "store's mark is missing, restore the store's folder from a backup: file={MARK_FILE} \
                 found={name} path={}",
                path.display()
            ),
        ));
    }
    if let Some(name) = names.iter().find(|name| is_of_sled(name)) {
        return Err(StorageError::new(
            StorageErrorKind::Unsupported,
            format!(
                "folder holds files that are no store of sempre, name an empty folder, or restore \
                 {MARK_FILE} if it was lost: found={name} path={}",
                path.display()
            ),
        ));
    }
    Ok(())
}

/// Makes a folder and those it lies in.
fn make(path: &Path) -> io::Result<()> {
    match fs::create_dir_all(path) {
        // Somebody else was faster, which is as good.
        Err(_) if path.is_dir() => Ok(()),
        made => made,
    }
}
