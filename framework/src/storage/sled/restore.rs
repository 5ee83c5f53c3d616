//! Restoring: a store is made of a backup in a folder of its own, and proven before it counts.
//!
//! 1. The mark of the target says [`Restoring`](State::Restoring): nobody takes what is there for a
//!    store, and whoever restores again begins anew.
//! 2. A store is made in a folder within: the pairs of all backups up to the one that is meant, in
//!    their order, and then the entries of that one, over what is there already. It is closed.
//! 3. It is opened again and checked.
//! 4. Its files are moved to their place, by the steps of [`compaction`].

use std::{collections::BTreeSet, fs, path::Path, sync::Arc};

use ::sled::Tree;

use crate::storage::{
    Backup, StorageError, StorageErrorKind, StoreCheck, WorkMeter,
    backup::{BackupList, BlockReader, Item, expect_apart, file_of, read_list},
    sled::{
        check::check_tree,
        compaction::{self, SECOND_FOLDER},
        folder::Folder,
        journal::read_entry,
        known::KnownLog,
        mark::{Mark, State},
        options::SledOptions,
        pairs::{self, PairWriter},
        settle,
        store::SledStore,
    },
};

/// What a restored store has come to.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Restored {
    /// The backup that it was made of.
    pub backup: Backup,
    /// What was found when it was checked; what was damaged when the backup was taken still is.
    pub check: StoreCheck,
}

impl SledStore {
    /// The finished backups in a folder, in their order; empty if none was ever finished.
    ///
    /// # Errors
    /// `Corrupt` if their list is damaged, `Unsupported` if a newer release wrote it, `Unavailable` if
    /// the folder cannot be read.
    pub fn backups(folder: impl AsRef<Path>) -> Result<Vec<Backup>, StorageError> {
        let list = read_list(folder.as_ref())?;
        Ok(list.map_or_else(Vec::new, |list| list.backups))
    }

    /// Makes a store in the folder `to`, of the last backup in the folder `from`, or of the one with
    /// this number. Blocks until the store was made, opened again, and [checked](Self::check).
    ///
    /// The folder `to` is made if there is none, and has to be empty otherwise. Nothing is written to
    /// `from`.
    ///
    /// # Durability
    /// The store is on disk once this returns. A process that dies before, or a power cut, leaves a
    /// folder that nobody takes for a store; restoring to it again begins anew.
    ///
    /// # Examples
    /// ```
    /// use sempre::storage::{SledOptions, SledStore, WorkMeter};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let (path, backups) = (folder.path().join("orders.sempre"), folder.path().join("backups"));
    /// SledStore::open(&path, SledOptions::default())?.backup(&backups, &WorkMeter::new())?;
    /// let restored = SledStore::restore(&backups, folder.path().join("new.sempre"), None, &WorkMeter::new())?;
    /// assert!(restored.check.is_sound());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `Unsupported` if there is no such backup, `to` is not empty, or one folder lies within the other;
    /// `Corrupt` if the backup is not what was written; `Locked` if somebody else restores to the
    /// folder; `Unavailable` if the disk fails or is full, or the work was stopped.
    pub fn restore(
        from: impl AsRef<Path>,
        to: impl AsRef<Path>,
        number: Option<u32>,
        meter: &WorkMeter,
    ) -> Result<Restored, StorageError> {
        let (from, to) = (from.as_ref(), to.as_ref());
        let list = read_list(from)?.ok_or_else(|| no_backup(from))?;
        let backup = list.find(number)?.clone();
        expect_apart(from, to)?;
        let (folder, mark) = take_target(to)?;
        meter.advance(0)?;
        let second = folder.path().join(SECOND_FOLDER);
        let restoring = Restoring {
            from,
            list: &list,
            backup: &backup,
            meter,
        };
        let made = restoring.make(&second);
        let made = made.and_then(|()| meter.advance(0));
        let made = made.and_then(|()| restoring.check(&second));
        let check = made.inspect_err(|_| {
            // What is left of it is removed by whoever restores again.
            let _left = fs::remove_dir_all(&second);
        })?;
        let closed = compaction::closed_mark(&second)?;
        debug_assert_ne!(closed.id, mark.id, "a store has a name of its own");
        meter.advance(0)?;
        let state = State::Removing;
        compaction::finish(&folder, Mark { state, ..closed }, true)?;
        folder.sync_path()?;
        Ok(Restored { backup, check })
    }
}

/// Takes a folder that is empty, or that nobody has finished restoring to.
fn take_target(to: &Path) -> Result<(Arc<Folder>, Mark), StorageError> {
    let refused = || {
        let path = to.display();
        let message = format!("the folder to restore to is not empty, name another: path={path}");
        StorageError::new(StorageErrorKind::Unsupported, message)
    };
    let restoring = |mark: &Mark| mark.state == State::Restoring;
    if !Folder::is_empty(to)? && !Mark::read(to)?.as_ref().is_some_and(restoring) {
        return Err(refused());
    }
    let folder = Arc::new(Folder::take(to)?);
    // Somebody may have made a store there in between.
    let found = Mark::read(folder.path())?;
    if found.as_ref().is_some_and(|mark| !restoring(mark)) {
        return Err(refused());
    }
    let mark = Mark {
        id: folder.fingerprint()?,
        state: State::Restoring,
        log: KnownLog::default(),
    };
    // Durability: whoever finds what is made from here on knows that it was never finished.
    mark.write(folder.path())?;
    compaction::remove_unfinished(&folder)?;
    Ok((folder, mark))
}

/// A backup of which a store is made.
struct Restoring<'r> {
    from: &'r Path,
    list: &'r BackupList,
    backup: &'r Backup,
    meter: &'r WorkMeter,
}

impl Restoring<'_> {
    fn make(&self, second: &Path) -> Result<(), StorageError> {
        let store = SledStore::open(second, SledOptions::default())?;
        let tree = store.content().tree();
        let needed = self.list.backups.iter();
        let needed = needed.filter(|it| it.number <= self.backup.number);
        let bytes: u64 = needed.clone().map(|it| it.bytes).sum();
        self.meter.expect(bytes + self.backup.bytes);
        for backup in needed {
            self.put_pairs(tree, backup)?;
        }
        let mut there = 0;
        pairs::for_each(tree, |_| {
            there += 1;
            Ok(())
        })?;
        let expected = self.backup.written_pairs + self.backup.known_pairs;
        if there != expected {
            let what = format!("pairs are missing: found={there} expected={expected}");
            return Err(self.damaged(&what));
        }
        self.redo_entries(tree)?;
        store.content().flush()
    }

    fn put_pairs(&self, tree: &Tree, backup: &Backup) -> Result<(), StorageError> {
        let mut to = PairWriter::new(tree);
        self.for_each(backup, |item| match item {
            Item::Pair(key, value) => to.put(&key, &value),
            Item::Gone(key) => to.remove(&key),
            Item::Entry(_) => Ok(()),
            Item::Known(..) | Item::End(_) => Err(self.damaged("it holds keys alone")),
        })?;
        to.flush()
    }

    fn redo_entries(&self, tree: &Tree) -> Result<(), StorageError> {
        let mut next = None;
        let mut entries = 0;
        // Bound: the entries of the time that a backup takes.
        let mut deleted = BTreeSet::new();
        self.for_each(self.backup, |item| {
            let Item::Entry(bytes) = item else {
                return Ok(());
            };
            let entry = read_entry(&bytes).ok_or_else(|| self.damaged("an entry is garbled"))?;
            if next.is_some_and(|next| next != entry.sequence) {
                return Err(self.damaged("an entry is missing"));
            }
            next = Some(entry.sequence + 1);
            entries += 1;
            let gone = entry.parts.iter().filter(|it| it.deleted().is_some());
            deleted.extend(gone.map(|it| it.run_id));
            settle::redo(tree, &entry.parts)
        })?;
        settle::forget_names(tree, &deleted)?;
        let ends = next.is_none_or(|next| next == self.backup.position + 1);
        if entries != self.backup.entries || !ends {
            return Err(self.damaged("entries are missing"));
        }
        Ok(())
    }

    fn for_each(
        &self,
        backup: &Backup,
        mut take: impl FnMut(Item) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        let mut reader = BlockReader::open(&file_of(self.from, backup.number), backup.file)?;
        let mut read = 0;
        while let Some(item) = reader.next()? {
            take(item)?;
            self.meter.advance(reader.offset() - read)?;
            read = reader.offset();
        }
        Ok(())
    }

    /// Opens the store as it is on the disk, and checks it.
    fn check(&self, second: &Path) -> Result<StoreCheck, StorageError> {
        let store = SledStore::open(second, SledOptions::default())?;
        check_tree(store.content().tree(), self.meter)
    }

    fn damaged(&self, what: &str) -> StorageError {
        let number = self.backup.number;
        let message = format!(
            "backup is damaged, {what}; restore an earlier one, or another copy: number={number} \
             path={}",
            self.from.display()
        );
        StorageError::new(StorageErrorKind::Corrupt, message)
    }
}

fn no_backup(from: &Path) -> StorageError {
    let message = format!(
        "there is no finished backup in the folder: path={}",
        from.display()
    );
    StorageError::new(StorageErrorKind::Unsupported, message)
}
