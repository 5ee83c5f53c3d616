//! The list of the finished backups of a folder: a small file that people can read, too.
//!
//! A line that says what it is, a line with the CRC-32 of the rest, and JSON.

use serde::{Deserialize, Serialize};

use crate::{
    model::Timestamp,
    storage::{StorageError, StorageErrorKind},
};

/// The first line.
const TITLE: &str = "sempre backup 1";

/// What a file of a backup is known by, so that none takes the place of another.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(in crate::storage) struct FileId(pub(in crate::storage) [u8; 16]);

/// A finished backup.
///
/// Made by [`Engine::backup`](crate::Engine::backup) and [`SledStore::backup`](crate::storage::SledStore::backup).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Backup {
    /// Its number among those of its folder, from 1. The first one has the whole store, each further
    /// one what is different.
    pub number: u32,
    /// When it was begun.
    pub taken_at: Timestamp,
    /// The entry of the journal with which it ends. Everything that was acknowledged before the backup
    /// was asked for is in it, and nothing that comes behind this entry.
    pub position: u64,
    /// The pairs that were written: what is new or has changed.
    pub written_pairs: u64,
    /// The pairs that are the same as in the backup before.
    pub known_pairs: u64,
    /// The pairs that are gone since the backup before.
    pub gone_pairs: u64,
    /// The entries of the journal that were written while the backup was taken.
    pub entries: u64,
    /// The bytes that it takes in the folder.
    pub bytes: u64,
    pub(in crate::storage) file: FileId,
}

impl Backup {
    /// The folder within that of the backups which holds the content of stored payloads: a
    /// [`FileStorage`](crate::storage::FileStorage).
    pub const PAYLOADS_FOLDER: &str = "payloads";

    /// A backup that holds nothing so far.
    pub(in crate::storage) fn new(number: u32, taken_at: Timestamp, file: FileId) -> Self {
        Self {
            number,
            taken_at,
            position: 0,
            written_pairs: 0,
            known_pairs: 0,
            gone_pairs: 0,
            entries: 0,
            bytes: 0,
            file,
        }
    }
}

/// The finished backups of a folder.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(in crate::storage) struct BackupList {
    /// The store that they are of, by the name that it keeps.
    pub(in crate::storage) store: FileId,
    /// The backups, in their order.
    pub(in crate::storage) backups: Vec<Backup>,
}

impl BackupList {
    /// The list as the file holds it.
    #[expect(clippy::expect_used, reason = "there is no I/O that could fail")]
    pub(super) fn to_text(&self) -> String {
        let json = serde_json::to_string_pretty(self).expect("lists serialize") + "\n";
        format!("{TITLE}\n{:08x}\n{json}", crc32fast::hash(json.as_bytes()))
    }

    /// The list that a file holds.
    ///
    /// # Errors
    /// `Corrupt` if it is damaged, `Unsupported` if a newer release wrote it; where it is, the caller
    /// says.
    pub(super) fn of_text(text: &str) -> Result<Self, (StorageErrorKind, &'static str)> {
        let damaged = (StorageErrorKind::Corrupt, "its list is damaged");
        let (title, rest) = text.split_once('\n').ok_or(damaged)?;
        if title != TITLE {
            let is_other = title.starts_with("sempre backup ");
            let newer = (StorageErrorKind::Unsupported, "a newer release wrote it");
            return Err(if is_other { newer } else { damaged });
        }
        let (checksum, json) = rest.split_once('\n').ok_or(damaged)?;
        if u32::from_str_radix(checksum, 16) != Ok(crc32fast::hash(json.as_bytes())) {
            return Err(damaged);
        }
        serde_json::from_str(json).map_err(|_| damaged)
    }

    /// The backup with this number, or the last one.
    ///
    /// # Errors
    /// `Unsupported` if there is none.
    pub(in crate::storage) fn find(&self, number: Option<u32>) -> Result<&Backup, StorageError> {
        let found = match number {
            None => self.backups.last(),
            Some(number) => self.backups.iter().find(|it| it.number == number),
        };
        let last = self.backups.last().map_or(0, |last| last.number);
        let number = number.unwrap_or_default();
        found.ok_or_else(|| {
            let message = format!("there is no such backup: number={number} last={last}");
            StorageError::new(StorageErrorKind::Unsupported, message)
        })
    }
}
