//! Content in a folder: a file for each, named by its key.
//!
//! A file is written under another name, synced, and renamed to `ab/cdef…`, the digits of its key.
//! So a file under its own name is whole, unless the disk has damaged it, and what was being written
//! in a crash is removed when the folder is opened again.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;

use crate::{
    model::ContentKey,
    storage::{
        PayloadStorage, StorageError, StorageErrorKind, WorkMeter,
        lock_file::{LockFile, NotTaken},
        names::sync_entries,
    },
};

/// The file that says who holds the folder.
const LOCK_FILE: &str = "sempre.lock";
/// The folder of what is being written.
const UNFINISHED_FOLDER: &str = "unfinished";
/// The digits of a key that name a folder within ours.
const FOLDER_DIGITS: usize = 2;

/// Bound: keys that are listed at a time.
const COPIED_AT_A_TIME: usize = 256;

/// How much content was copied from one storage to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct CopiedPayloads {
    /// How much was copied.
    pub copied: u64,
    /// The bytes of that.
    pub bytes: u64,
    /// How much was there already.
    pub known: u64,
    /// How much is damaged, and was not copied.
    pub damaged: u64,
}

/// A payload storage in a folder, which has one owner at a time.
///
/// Back it up after the store that it belongs to, so that the backup has all that the store names.
///
/// # Examples
/// ```
/// use sempre::storage::FileStorage;
///
/// # fn build() -> Result<(), Box<dyn std::error::Error>> {
/// // For `EngineBuilder::payload_storage`.
/// let storage = FileStorage::open("orders.payloads")?;
/// # let _ = storage;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FileStorage {
    path: PathBuf,
    /// How many files were begun, so that each has a name of its own.
    begun: AtomicU64,
    /// Held until this is dropped.
    _lock: LockFile,
}

impl FileStorage {
    /// Opens the storage in this folder, and makes it if there is none.
    ///
    /// # Errors
    /// `Locked` if it has an owner, naming it; `Unavailable` if the folder cannot be used.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StorageError> {
        let refused = |error| failed("payload storage cannot be opened", path.as_ref(), error);
        // What is opened under a path stays what it is if the working directory changes.
        let path = std::path::absolute(path.as_ref()).map_err(refused)?;
        let refused = |error| failed("payload storage cannot be opened", &path, error);
        fs::create_dir_all(&path).map_err(refused)?;
        let lock = match LockFile::take(&path.join(LOCK_FILE)) {
            Ok(lock) => lock,
            Err(NotTaken::Refused(error)) => return Err(refused(error)),
            Err(NotTaken::Held(holder)) => {
                let path = path.display();
                let message =
                    format!("payload storage is held by another owner: path={path} {holder}");
                return Err(StorageError::new(StorageErrorKind::Locked, message));
            }
        };
        make_folders(&path).map_err(refused)?;
        Ok(Self {
            path,
            begun: AtomicU64::new(0),
            _lock: lock,
        })
    }

    /// Copies what another storage keeps and this one does not, and deletes nothing: into a backup, or
    /// out of one. Blocks until it is on disk.
    ///
    /// Content that is damaged in the other storage is not copied, and counted.
    ///
    /// # Examples
    /// ```
    /// use sempre::{model::ContentKey, storage::{FileStorage, PayloadStorage as _, WorkMeter}};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let storage = FileStorage::open(folder.path().join("orders.payloads"))?;
    /// storage.put(&ContentKey::of(b"content"), b"content")?;
    /// let copy = FileStorage::open(folder.path().join("backups/payloads"))?;
    /// assert_eq!(copy.copy_from(&storage, &WorkMeter::new())?.copied, 1);
    /// assert_eq!(copy.copy_from(&storage, &WorkMeter::new())?.known, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of both storages; `Unavailable` if the work was stopped. What was copied by then stays.
    pub fn copy_from(
        &self,
        other: &dyn PayloadStorage,
        meter: &WorkMeter,
    ) -> Result<CopiedPayloads, StorageError> {
        let mut done = CopiedPayloads::default();
        let mut after = None;
        // Bound: each turn goes on behind the last one.
        loop {
            let keys = other.list(after.as_ref(), COPIED_AT_A_TIME)?;
            for key in &keys {
                meter.advance(self.copy(key, other, &mut done)?)?;
            }
            if keys.len() < COPIED_AT_A_TIME {
                return Ok(done);
            }
            after = keys.last().copied();
        }
    }

    /// Copies content, if that has to be done; gives back how many bytes it is.
    fn copy(
        &self,
        key: &ContentKey,
        other: &dyn PayloadStorage,
        done: &mut CopiedPayloads,
    ) -> Result<u64, StorageError> {
        let (_, file) = self.place(key);
        if file.exists() {
            done.known += 1;
            return Ok(0);
        }
        // What has been deleted since it was listed is needed by nobody.
        let Some(content) = other.get(key)? else {
            return Ok(0);
        };
        if ContentKey::of(&content) != *key {
            tracing::error!(%key, "content of a payload is damaged, and is not copied");
            done.damaged += 1;
            return Ok(0);
        }
        self.put(key, &content)?;
        done.copied += 1;
        done.bytes += content.len() as u64;
        Ok(content.len() as u64)
    }

    /// Where content is: its folder, and its file.
    fn place(&self, key: &ContentKey) -> (PathBuf, PathBuf) {
        let digits = key.to_string();
        let (folder, file) = digits.split_at(FOLDER_DIGITS);
        let folder = self.path.join(folder);
        let file = folder.join(file);
        (folder, file)
    }

    fn write(&self, folder: &Path, file: &Path, content: &[u8]) -> io::Result<()> {
        if fs::read(file).is_ok_and(|found| found == content) {
            // Durability: it may have got its name a moment ago.
            return sync_entries(folder);
        }
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.path.join(UNFINISHED_FOLDER).join(number.to_string());
        let written = File::create(&unfinished).and_then(|mut begun| {
            begun.write_all(content)?;
            // Durability: what has its own name is whole.
            begun.sync_all()?;
            fs::rename(&unfinished, file)
        });
        if written.is_err() {
            // What is left of it is removed when the folder is opened again.
            let _left = fs::remove_file(&unfinished);
        }
        written?;
        sync_entries(folder)
    }

    /// Keys in a folder within ours, which begin with its name.
    fn keys_in(&self, folder: &str) -> io::Result<BTreeSet<ContentKey>> {
        let mut keys = BTreeSet::new();
        for entry in fs::read_dir(self.path.join(folder))? {
            let name = entry?.file_name();
            let digits = name.to_str().map(|name| format!("{folder}{name}"));
            // What has another name is nothing of ours.
            keys.extend(digits.and_then(|digits| digits.parse::<ContentKey>().ok()));
        }
        Ok(keys)
    }

    fn keys_after(&self, after: Option<&ContentKey>, limit: usize) -> io::Result<Vec<ContentKey>> {
        let mut folders = BTreeSet::new();
        for entry in fs::read_dir(&self.path)? {
            let name = entry?.file_name();
            folders.extend(
                name.into_string()
                    .ok()
                    .filter(|name| name.len() == FOLDER_DIGITS),
            );
        }
        let begin = after.map(|key| key.to_string().chars().take(FOLDER_DIGITS).collect());
        let begin: String = begin.unwrap_or_default();
        let mut found = Vec::new();
        for folder in folders.range(begin..) {
            let keys = self.keys_in(folder)?;
            found.extend(
                keys.into_iter()
                    .filter(|key| after.is_none_or(|after| key > after)),
            );
            if found.len() >= limit {
                break;
            }
        }
        found.truncate(limit);
        Ok(found)
    }
}

impl PayloadStorage for FileStorage {
    fn put(&self, key: &ContentKey, content: &[u8]) -> Result<(), StorageError> {
        let (folder, file) = self.place(key);
        self.write(&folder, &file, content)
            .map_err(|error| failed("content cannot be written", &file, error))
    }

    fn get(&self, key: &ContentKey) -> Result<Option<Bytes>, StorageError> {
        let (_, file) = self.place(key);
        match fs::read(&file) {
            Ok(content) => Ok(Some(content.into())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed("content cannot be read", &file, error)),
        }
    }

    fn delete(&self, key: &ContentKey) -> Result<(), StorageError> {
        let (_, file) = self.place(key);
        match fs::remove_file(&file) {
            // Should the name come back in a power cut, it is deleted when an engine starts.
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(failed("content cannot be deleted", &file, error))
            }
            _ => Ok(()),
        }
    }

    fn list(
        &self,
        after: Option<&ContentKey>,
        limit: usize,
    ) -> Result<Vec<ContentKey>, StorageError> {
        self.keys_after(after, limit)
            .map_err(|error| failed("payload storage cannot be listed", &self.path, error))
    }
}

/// Makes the folders within ours, and removes what was being written in a crash.
fn make_folders(path: &Path) -> io::Result<()> {
    let unfinished = path.join(UNFINISHED_FOLDER);
    match fs::remove_dir_all(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    fs::create_dir(&unfinished)?;
    for first in 0..=u8::MAX {
        match fs::create_dir(path.join(format!("{first:02x}"))) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
    }
    // Durability: what gets a name in one of them is found there.
    sync_entries(path)?;
    path.parent().map_or(Ok(()), sync_entries)
}

fn failed(what: &str, path: &Path, error: io::Error) -> StorageError {
    let message = format!("{what}: path={} cause={error}", path.display());
    StorageError::new(StorageErrorKind::Unavailable, message).with_source(error)
}
