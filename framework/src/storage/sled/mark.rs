//! The mark: a small file of our own that says whose the store's files are, and what was on disk.
//!
//! The mark is written before sled makes its first file and again when everything that belongs to
//! a new store is on disk, names included. So a first start that is cut short is known as such: its
//! files are ours, and nothing in them was ever acknowledged. A store that has been made keeps in
//! its mark how far sled's log reached when it was opened or closed last; [`known`](super::known)
//! compares that with the log that is found.
//!
//! The mark is replaced as a whole: written beside, synced, renamed, and the folder synced.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use serde::{Deserialize, Serialize};

use crate::storage::{
    StorageError, StorageErrorKind,
    names::sync_entries,
    sled::{failure, known::KnownLog},
};

/// The file that holds the mark.
pub(super) const MARK_FILE: &str = "sempre.store";
/// The same while it is written.
const NEW_MARK_FILE: &str = "sempre.store.new";
/// What the file begins with.
const MAGIC: &[u8; 16] = b"sempre store  1\n";

/// The name that a store has for itself, so that its files are known from those of others.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct StoreId(pub(super) [u8; 16]);

/// What is known of a store without opening it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Mark {
    /// Whose mark it is.
    pub(super) id: StoreId,
    /// What was going on when it was written.
    pub(super) state: State,
    /// What was on disk of sled's log then, and is to be found there.
    pub(super) log: KnownLog,
}

/// What was going on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) enum State {
    /// The store was being made; nothing in it was ever acknowledged.
    Making,
    /// The store was in use.
    Open,
    /// The store had been closed in order.
    Closed,
    /// It is being exchanged for a second one, which is closed: the files of the first are removed.
    Removing,
    /// The same: the files of the second one are moved to their place.
    Moving,
    /// A store is being made of a backup; nothing in the folder counts before that is done.
    Restoring,
}

impl Mark {
    /// The mark of a store that is about to be made, and has this name for itself.
    pub(super) fn of_new_store(id: StoreId) -> Self {
        Self {
            id,
            state: State::Making,
            log: KnownLog::default(),
        }
    }

    /// Reads the mark in this folder, if there is one.
    ///
    /// # Errors
    /// `Corrupt` if it is damaged, `Unsupported` if a newer release wrote it.
    pub(super) fn read(folder: &Path) -> Result<Option<Self>, StorageError> {
        let path = folder.join(MARK_FILE);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failure::of_folder(failure::OPENING, &path, error)),
        };
        let damaged = || {
            let path = path.display();
            let message = format!(
                "store's mark is damaged, restore the store's folder from a backup: path={path}"
            );
            StorageError::new(StorageErrorKind::Corrupt, message)
        };
        let (magic, rest) = bytes.split_first_chunk().ok_or_else(damaged)?;
        if magic != MAGIC {
            return Err(damaged());
        }
        let (checksum, content) = rest.split_first_chunk().ok_or_else(damaged)?;
        if u32::from_be_bytes(*checksum) != crc32fast::hash(content) {
            return Err(damaged());
        }
        let mark = rmp_serde::from_slice(content);
        mark.map(Some).map_err(|error| damaged().with_source(error))
    }

    /// Replaces the mark in this folder by this one.
    ///
    /// # Durability
    /// It is on disk then, with its name, and so are all other names in the folder.
    pub(super) fn write(&self, folder: &Path) -> Result<(), StorageError> {
        let refused = |error| failure::of_folder("store's mark cannot be written", folder, error);
        let write = || {
            let path = folder.join(NEW_MARK_FILE);
            let mut file = File::create(&path)?;
            file.write_all(&self.to_bytes())?;
            file.sync_all()?;
            fs::rename(&path, folder.join(MARK_FILE))?;
            sync_entries(folder)
        };
        write().map_err(refused)
    }

    #[expect(clippy::expect_used, reason = "there is no I/O that could fail")]
    fn to_bytes(&self) -> Vec<u8> {
        let content = rmp_serde::to_vec(self).expect("marks serialize");
        let checksum = crc32fast::hash(&content).to_be_bytes();
        [&MAGIC[..], &checksum, &content].concat()
    }
}
