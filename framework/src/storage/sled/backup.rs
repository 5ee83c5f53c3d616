//! Backups of a store that is open, beside everything else that goes on.
//!
//! 1. Between two commits a tap is put on the journal: from now on it has every entry.
//! 2. All that was committed before settles, so that it is in the tree.
//! 3. The tree is read, as it changes, and compared with the keys of the last backup. What is
//!    different is written, and what the tap has, again and again.
//! 4. Between two commits the tap is closed. The last entry is where the backup ends.
//!
//! What was read in the third step may be of different moments, but each is of one between the first
//! and the fourth, and the entries have all that happened there. Taken in once more in their order,
//! over what is there already, they lead to the state at the last of them
//! ([`restore`](super::restore)).

use std::{
    hash::{DefaultHasher, Hasher as _},
    path::Path,
    sync::Arc,
};

use crate::storage::{
    StorageError, StorageErrorKind, WorkMeter,
    backup::{Backup, BackupFolder, BlockReader, BlockWriter, FileId, Item, expect_apart},
    sled::{
        content::Content,
        journal::Tap,
        pairs::{self, Pair},
        store::SledStore,
    },
};

/// Bound: bytes of pairs that are read before what the tap has is written.
const CHUNK_BYTES: u64 = 1024 * 1024;

impl SledStore {
    /// Writes a backup of the store into this folder, which is made if there is none; beside an engine
    /// that runs on the store. Blocks for as long as it takes to read the store once.
    ///
    /// Everything that was committed before is in it, and of what is committed meanwhile everything up
    /// to one commit. The first backup in a folder has the whole store, each further one only what is
    /// new since the last one, and each of them can be [restored](Self::restore).
    /// The content of stored payloads is not in it, see [`FileStorage`](crate::storage::FileStorage).
    ///
    /// # Durability
    /// The backup is on disk once this returns. A process that dies before leaves the backups that
    /// there were, and what it had begun is removed by the next one.
    ///
    /// # Examples
    /// ```
    /// use sempre::storage::{SledOptions, SledStore, WorkMeter};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let (path, backups) = (folder.path().join("orders.sempre"), folder.path().join("backups"));
    /// let store = SledStore::open(&path, SledOptions::default())?;
    /// let first = store.backup(&backups, &WorkMeter::new())?;
    /// let second = store.backup(&backups, &WorkMeter::new())?;
    /// assert_eq!((first.number, second.number), (1, 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `Unsupported` if the folder holds something else, or lies within the store's; `Locked` if
    /// another backup is written to it; `Unavailable` if the disk fails or is full, the target cannot
    /// keep up with what is committed, another backup of the store is being taken, or the work was
    /// stopped; `Poisoned` if the store is.
    pub fn backup(&self, to: impl AsRef<Path>, meter: &WorkMeter) -> Result<Backup, StorageError> {
        let to = to.as_ref();
        expect_apart(self.folder().path(), to)?;
        let folder = BackupFolder::take(to)?;
        let content = self.content();
        let lineage = content.lineage(self.folder().fingerprint()?)?;
        let mut list = folder.list_of(FileId(lineage.0))?;
        folder.tidy(&list)?;
        let last = list.backups.last().cloned();
        let number = last.as_ref().map_or(1, |last| last.number + 1);
        let id = folder.new_id()?;
        let mut taking = Taking {
            to: BlockWriter::create(&folder.file(number), id)?,
            keys: BlockWriter::create(&folder.keys_file(number), id)?,
            known: match &last {
                Some(last) => Known::open(&folder.keys_file(last.number), last.file)
                    .map_err(|error| cannot_go_on(to, error))?,
                None => Known::default(),
            },
            meter,
            tapped: Tapped::open(self)?,
            next_drain: CHUNK_BYTES,
            backup: Backup::new(number, folder.taken_at()?, id),
        };
        meter.advance(0)?;
        self.settle_everything()?;
        taking.read(content)?;
        let backup = taking.end()?;
        meter.advance(0)?;
        list.backups.push(backup.clone());
        folder.write_list(&list)?;
        // The keys of the backup before are not needed any more; should they stay, the next one
        // removes them.
        folder.tidy(&list)?;
        Ok(backup)
    }
}

/// A backup that is being taken.
struct Taking<'s> {
    to: BlockWriter,
    keys: BlockWriter,
    known: Known,
    meter: &'s WorkMeter,
    tapped: Tapped<'s>,
    /// At how many bytes of pairs the tap is looked at next.
    next_drain: u64,
    backup: Backup,
}

impl Taking<'_> {
    fn read(&mut self, content: &Content) -> Result<(), StorageError> {
        let mut read = 0;
        pairs::for_each(content.tree(), |pair| {
            self.take(pair)?;
            let (key, value) = pair;
            let bytes = (key.len() + value.len()) as u64;
            read += bytes;
            if read >= self.next_drain {
                self.next_drain = read + CHUNK_BYTES;
                self.drain()?;
            }
            self.meter.advance(bytes)
        })?;
        while let Some((key, _)) = self.known.take_up_to(None)? {
            self.gone(&key)?;
        }
        Ok(())
    }

    fn take(&mut self, (key, value): &Pair) -> Result<(), StorageError> {
        let told_by = told_by(value);
        self.keys.add(Item::Known(key, told_by))?;
        while let Some((known, value)) = self.known.take_up_to(Some(key))? {
            if known != **key {
                self.gone(&known)?;
            } else if value == told_by {
                self.backup.known_pairs += 1;
                return Ok(());
            }
        }
        self.backup.written_pairs += 1;
        self.to.add(Item::Pair(key, value))
    }

    fn gone(&mut self, key: &[u8]) -> Result<(), StorageError> {
        self.backup.gone_pairs += 1;
        self.to.add(Item::Gone(key))
    }

    /// Writes what the tap has.
    fn drain(&mut self) -> Result<(), StorageError> {
        let entries = self.tapped.tap.take().ok_or_else(|| {
            let message = "backup cannot keep up with what is committed, name a faster disk, or take \
                           it when less is going on";
            StorageError::new(StorageErrorKind::Unavailable, message)
        })?;
        self.backup.entries += entries.len() as u64;
        let mut entries = entries.iter();
        entries.try_for_each(|entry| self.to.add(Item::Entry(entry)))
    }

    fn end(mut self) -> Result<Backup, StorageError> {
        self.drain()?;
        self.backup.position = self.tapped.close()?;
        self.drain()?;
        self.meter.advance(0)?;
        let bytes = self.to.finish()?;
        self.meter.advance(0)?;
        self.keys.finish()?;
        self.backup.bytes = bytes;
        Ok(self.backup)
    }
}

/// What the last backup of a folder holds is not known any more.
fn cannot_go_on(to: &Path, error: StorageError) -> StorageError {
    let message = format!(
        "the keys of the last backup cannot be read, so none can go on from it; name another folder: \
         path={}",
        to.display()
    );
    StorageError::new(error.kind(), message).with_source(error)
}

/// What a value is told by from another one of the same key. Never kept for longer than until the next
/// backup: should it be made otherwise then, that one writes everything.
fn told_by(value: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(value);
    hasher.finish()
}

/// A tap on the journal, until this is dropped.
struct Tapped<'s> {
    store: &'s SledStore,
    tap: Arc<Tap>,
}

impl<'s> Tapped<'s> {
    fn open(store: &'s SledStore) -> Result<Self, StorageError> {
        let tap = store.between_commits(Content::tap)??;
        Ok(Self { store, tap })
    }

    /// Closes it between two commits, so that all that can have been read is in it.
    fn close(&self) -> Result<u64, StorageError> {
        self.store
            .between_commits(|content| content.untap(&self.tap))
    }
}

impl Drop for Tapped<'_> {
    fn drop(&mut self) {
        self.store.content().untap(&self.tap);
    }
}

/// The keys of the backup before, in their order, and what their values are told by.
#[derive(Default)]
struct Known {
    keys: Option<BlockReader>,
    next: Option<(Vec<u8>, u64)>,
}

impl Known {
    fn open(path: &Path, id: FileId) -> Result<Self, StorageError> {
        let mut known = Self {
            keys: Some(BlockReader::open(path, id)?),
            next: None,
        };
        known.read()?;
        Ok(known)
    }

    fn read(&mut self) -> Result<(), StorageError> {
        self.next = match self
            .keys
            .as_mut()
            .map(BlockReader::next)
            .transpose()?
            .flatten()
        {
            Some(Item::Known(key, value)) => Some((key.to_vec(), value)),
            _ => None,
        };
        Ok(())
    }

    /// Takes the next key, if it does not come behind this one.
    fn take_up_to(&mut self, key: Option<&[u8]>) -> Result<Option<(Vec<u8>, u64)>, StorageError> {
        let is_due = |next: &mut (Vec<u8>, u64)| key.is_none_or(|key| next.0.as_slice() <= key);
        let Some(next) = self.next.take_if(is_due) else {
            return Ok(None);
        };
        self.read()?;
        Ok(Some(next))
    }
}
