//! The folder of backups: who writes to it, and what in it counts.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use crate::{
    model::Timestamp,
    storage::{
        StorageError, StorageErrorKind,
        backup::{
            block::{unreadable, unwritable},
            list::{Backup, BackupList, FileId},
        },
        lock_file::{LockFile, NotTaken},
        names::sync_entries,
    },
};

/// The file that says which backups there are.
pub(in crate::storage) const LIST_FILE: &str = "sempre.backup";
/// The same while it is written.
const NEW_LIST_FILE: &str = "sempre.backup.new";
/// The file that says who writes to the folder.
const LOCK_FILE: &str = "sempre.lock";
/// How the names of files of items begin.
const PREFIXES: [&str; 2] = ["backup-", "keys-"];

/// A folder of backups that is held by this owner, until it is dropped.
#[derive(Debug)]
pub(in crate::storage) struct BackupFolder {
    path: PathBuf,
    lock: LockFile,
}

impl BackupFolder {
    /// Makes the folder if need be, and takes possession of it.
    ///
    /// # Errors
    /// `Locked` if somebody writes to it; `Unsupported`, and nothing is touched, if something else lies
    /// in it; `Unavailable` if it cannot be used.
    pub(in crate::storage) fn take(path: &Path) -> Result<Self, StorageError> {
        let path = std::path::absolute(path).map_err(|error| unwritable(path, error))?;
        refuse_foreign(&path)?;
        fs::create_dir_all(&path).map_err(|error| unwritable(&path, error))?;
        match LockFile::take(&path.join(LOCK_FILE)) {
            Ok(lock) => Ok(Self { path, lock }),
            Err(NotTaken::Refused(error)) => Err(unwritable(&path, error)),
            Err(NotTaken::Held(holder)) => {
                let message = format!(
                    "another backup is written to the folder, wait for it: path={} {holder}",
                    path.display()
                );
                Err(StorageError::new(StorageErrorKind::Locked, message))
            }
        }
    }

    /// When it was taken, by the system's clock.
    pub(in crate::storage) fn taken_at(&self) -> Result<Timestamp, StorageError> {
        let taken_at = self.lock.metadata().and_then(|lock| lock.modified());
        let taken_at = taken_at.map_err(|error| unreadable(&self.path, error))?;
        Ok(taken_at.into())
    }

    /// An id that no other file has.
    pub(in crate::storage) fn new_id(&self) -> Result<FileId, StorageError> {
        let now = self.taken_at()?.as_nanos();
        let place = crc32fast::hash(self.path.as_os_str().as_encoded_bytes());
        let who = (u64::from(place) << 32) | u64::from(std::process::id());
        Ok(FileId(
            ((u128::from(now) << 64) | u128::from(who)).to_be_bytes(),
        ))
    }

    /// The backups that there are, of this store.
    ///
    /// # Errors
    /// `Corrupt` or `Unsupported` if the list cannot be read; `Unsupported` if they are of another
    /// store.
    pub(in crate::storage) fn list_of(&self, store: FileId) -> Result<BackupList, StorageError> {
        let list = read_list(&self.path)?.unwrap_or(BackupList {
            store,
            backups: Vec::new(),
        });
        if list.store == store {
            return Ok(list);
        }
        let message = format!(
            "the folder holds backups of another store, name another folder: path={}",
            self.path.display()
        );
        Err(StorageError::new(StorageErrorKind::Unsupported, message))
    }

    /// Removes what was never finished, and keys that are not those of the last backup.
    pub(in crate::storage) fn tidy(&self, list: &BackupList) -> Result<(), StorageError> {
        let last = list.backups.last().map(|last| self.keys_file(last.number));
        let known = list.backups.iter().map(|it| self.file(it.number));
        let known: Vec<_> = known.chain(last).collect();
        let tidy = || {
            for entry in fs::read_dir(&self.path)? {
                let path = entry?.path();
                if path.file_name().is_some_and(is_of_items) && !known.contains(&path) {
                    fs::remove_file(path)?;
                }
            }
            Ok(())
        };
        tidy().map_err(|error| unwritable(&self.path, error))
    }

    /// The file of the backup with this number.
    pub(in crate::storage) fn file(&self, number: u32) -> PathBuf {
        file_of(&self.path, number)
    }

    /// The file of its keys.
    pub(in crate::storage) fn keys_file(&self, number: u32) -> PathBuf {
        let [_, prefix] = PREFIXES;
        self.path.join(format!("{prefix}{number:06}"))
    }

    /// Replaces the list, whose files are there.
    ///
    /// # Durability
    /// The names of the files are on disk before the list names them, and the list is on disk then.
    pub(in crate::storage) fn write_list(&self, list: &BackupList) -> Result<(), StorageError> {
        let write = || {
            sync_entries(&self.path)?;
            let path = self.path.join(NEW_LIST_FILE);
            let mut file = File::create(&path)?;
            file.write_all(list.to_text().as_bytes())?;
            file.sync_all()?;
            fs::rename(&path, self.path.join(LIST_FILE))?;
            sync_entries(&self.path)?;
            // A folder that was made for it is found, too; who may not look above it has not made it.
            self.path.parent().map_or(Ok(()), sync_entries).or(Ok(()))
        };
        write().map_err(|error: io::Error| unwritable(&self.path, error))
    }
}

/// The file of the backup with this number in a folder.
pub(in crate::storage) fn file_of(folder: &Path, number: u32) -> PathBuf {
    let [prefix, _] = PREFIXES;
    folder.join(format!("{prefix}{number:06}"))
}

/// The list of the backups in a folder; `None` if none was ever finished.
///
/// # Errors
/// `Corrupt` or `Unsupported` if it cannot be read, `Unavailable` if the folder cannot.
pub(in crate::storage) fn read_list(folder: &Path) -> Result<Option<BackupList>, StorageError> {
    let path = folder.join(LIST_FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => String::new(),
        Err(error) => return Err(unreadable(&path, error)),
    };
    let list = BackupList::of_text(&text);
    list.map(Some).map_err(|(kind, what)| {
        let path = path.display();
        let message = format!("backup cannot be restored, {what}, use another copy: file={path}");
        StorageError::new(kind, message)
    })
}

/// Refuses two folders of which one lies within the other, or that are the same.
///
/// # Errors
/// `Unsupported`, saying so.
pub(in crate::storage) fn expect_apart(store: &Path, other: &Path) -> Result<(), StorageError> {
    let (one, two) = (real(store), real(other));
    if !one.starts_with(&two) && !two.starts_with(&one) {
        return Ok(());
    }
    let message = format!(
        "the folder lies within the other, name one beside it: path={} other={}",
        other.display(),
        store.display()
    );
    Err(StorageError::new(StorageErrorKind::Unsupported, message))
}

/// The path without links, as far as it leads to what is there.
fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for ancestor in path.ancestors() {
        if let (Ok(found), Ok(rest)) = (ancestor.canonicalize(), path.strip_prefix(ancestor)) {
            return found.join(rest);
        }
    }
    path
}

fn is_of_items(name: &OsStr) -> bool {
    let name = name.to_str().unwrap_or_default();
    let number = PREFIXES.iter().find_map(|it| name.strip_prefix(it));
    number.is_some_and(|it| it.len() >= 6 && it.bytes().all(|digit| digit.is_ascii_digit()))
}

fn refuse_foreign(path: &Path) -> Result<(), StorageError> {
    let entries = match fs::read_dir(path) {
        // There is nothing yet, or it is no folder, which making it will say.
        Err(_) if !path.is_dir() => return Ok(()),
        entries => entries.map_err(|error| unreadable(path, error))?,
    };
    let is_ours = |name: &OsStr| {
        let ours = [LIST_FILE, NEW_LIST_FILE, LOCK_FILE, Backup::PAYLOADS_FOLDER];
        ours.iter().any(|it| name == *it) || is_of_items(name)
    };
    let mut names = entries.flatten().map(|entry| entry.file_name());
    let Some(name) = names.find(|name| !is_ours(name)) else {
        return Ok(());
    };
    let message = format!(
        "the folder holds something else than backups, name an empty folder: found={} path={}",
        name.display(),
        path.display()
    );
    Err(StorageError::new(StorageErrorKind::Unsupported, message))
}
