//! Compaction: a store is written anew, so that freed space returns to the file system.
//!
//! sled uses freed space again and never gives it back. So what the store holds is copied to a
//! second store in a folder within its own, which is closed, opened again and compared with the
//! first, pair by pair. Then the two are exchanged, step by step, each of which can be taken again:
//!
//! 1. The mark says [`Removing`](State::Removing), and is the second store's from then on.
//! 2. The files of the first store are removed, and the mark says [`Moving`](State::Moving).
//! 3. The files of the second are moved to their place, and the mark says that the store is closed.
//! 4. The folder of the second is removed.
//!
//! Up to the first step the first store is as it was, and what there is of a second one is removed
//! when it is opened. Whoever opens the store after that takes the steps that are left. All the time
//! the folder has one owner.

use std::{ffi::OsString, fs, io, path::Path, sync::Arc};

use ::sled::Tree;

use crate::storage::{
    StorageError, StorageErrorKind,
    names::sync_entries,
    sled::{
        failure,
        folder::{self, Folder},
        mark::{Mark, State},
        options::SledOptions,
        pairs::{Pair, PairWriter, is_own},
        store::SledStore,
    },
};

/// The folder within the store's that holds the second store. Its name is one of ours.
pub(super) const SECOND_FOLDER: &str = "sempre.compacted";
/// A smaller store is not worth the work.
const WORTH_BYTES_MIN: u64 = 16 * 1024 * 1024;

/// What a compaction has come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Compaction {
    /// The bytes of the store's files before.
    pub bytes_before: u64,
    /// The bytes of its files now.
    pub bytes_after: u64,
}

impl SledStore {
    /// Writes a store that nobody has open anew, so that the space which its deleted runs took returns
    /// to the file system. Blocks for as long as it takes to read all of it twice and to write it once.
    ///
    /// Meanwhile the disk holds both. The folder stays the store's, and nobody can open it.
    ///
    /// # Durability
    /// A process that dies in the middle, or a power cut, leaves the store as it was or as it is to be;
    /// whoever opens it next finishes what is left to do.
    ///
    /// # Examples
    /// ```
    /// use sempre::storage::{SledOptions, SledStore};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("orders.sempre");
    /// drop(SledStore::open(&path, SledOptions::default())?);
    /// let compaction = SledStore::compact(&path, SledOptions::default())?;
    /// assert!(compaction.bytes_after > 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`open`](Self::open); `Unsupported` if the folder holds no store, `Unavailable` if there is no space for a second store, and
    /// `Corrupt` if something cannot be read. The store is as it was then.
    pub fn compact(
        path: impl AsRef<Path>,
        options: SledOptions,
    ) -> Result<Compaction, StorageError> {
        let folder = Folder::take_store(path.as_ref())?;
        let bytes_before = folder.bytes()?;
        let first = Self::open_in(Arc::clone(&folder), options.clone())?;
        let second = folder.path().join(SECOND_FOLDER);
        if let Err(error) = copy(&first, &second, options) {
            drop(first);
            // What is left of it is removed when the store is opened.
            let _left = fs::remove_dir_all(&second);
            return Err(error);
        }
        drop(first);
        let mark = closed_mark(&second)?;
        finish(
            &folder,
            Mark {
                state: State::Removing,
                ..mark
            },
            true,
        )?;
        Ok(Compaction {
            bytes_before,
            bytes_after: folder.bytes()?,
        })
    }

    /// Whether at least three quarters of the store's files are space that was freed, and not little:
    /// a store that has just been compacted may still be half empty.
    #[cfg_attr(
        not(feature = "runtime"),
        expect(dead_code, reason = "an engine asks, when it starts")
    )]
    pub(crate) fn is_worth_compacting(&self) -> Result<bool, StorageError> {
        let bytes = self.folder().bytes()?;
        if bytes < WORTH_BYTES_MIN {
            return Ok(false);
        }
        self.content().settle_all()?;
        let mut used = 0;
        for pair in self.content().tree() {
            let (key, value) = pair.map_err(failure::reading)?;
            used += (key.len() + value.len()) as u64;
            if used > bytes / 4 {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The mark of the second store, which has to have been closed in order.
pub(super) fn closed_mark(second: &Path) -> Result<Mark, StorageError> {
    let mark = Mark::read(second)?.filter(|mark| mark.state == State::Closed);
    mark.ok_or_else(|| {
        let message = format!(
            "store cannot be written anew, its copy was not closed: path={}",
            second.display()
        );
        StorageError::new(StorageErrorKind::Unavailable, message)
    })
}

/// Makes the second store, and proves that it holds what the first one does.
pub(super) fn copy(
    first: &SledStore,
    second: &Path,
    options: SledOptions,
) -> Result<(), StorageError> {
    first.content().settle_all()?;
    let from = first.content().tree();
    {
        let store = SledStore::open(second, options.clone())?;
        copy_pairs(from, store.content().tree())?;
        store.content().flush()?;
    }
    // As it is on the disk.
    let store = SledStore::open(second, options)?;
    if !holds_the_same(from, store.content().tree())? {
        let path = second.display();
        let message = format!("store cannot be compacted, its copy differs: path={path}");
        return Err(StorageError::new(StorageErrorKind::Corrupt, message));
    }
    Ok(())
}

/// What a store holds for others; the rest is the store's own.
fn pairs(tree: &Tree) -> impl Iterator<Item = Result<Pair, StorageError>> {
    let pairs = tree.iter().map(|pair| pair.map_err(failure::reading));
    pairs.filter(|pair| !pair.as_ref().is_ok_and(|(key, _)| is_own(key)))
}

fn copy_pairs(from: &Tree, to: &Tree) -> Result<(), StorageError> {
    let mut to = PairWriter::new(to);
    for pair in pairs(from) {
        let (key, value) = pair?;
        to.put(&key, &value)?;
    }
    to.flush()
}

fn holds_the_same(one: &Tree, other: &Tree) -> Result<bool, StorageError> {
    let (mut one, mut other) = (pairs(one), pairs(other));
    loop {
        match (one.next().transpose()?, other.next().transpose()?) {
            (None, None) => return Ok(true),
            (one, other) if one != other => return Ok(false),
            _ => {}
        }
    }
}

/// Takes the steps of an exchange that are left, and gives back the mark of the store that there is
/// then.
///
/// # Errors
/// The operating system's; whoever opens the store next goes on.
pub(super) fn finish(folder: &Folder, mut mark: Mark, is_new: bool) -> Result<Mark, StorageError> {
    let path = folder.path();
    let refused = |error| failure::of_folder("store's compaction cannot be finished", path, error);
    if is_new {
        // Durability: from here on the second store is the one that counts. It is on disk.
        mark.write(path)?;
    }
    if mark.state == State::Removing {
        folder.remove_first_store()?;
        // Durability: what is removed stays so before anything has its name.
        sync_entries(path).map_err(refused)?;
        mark.state = State::Moving;
        mark.write(path)?;
    }
    let second = path.join(SECOND_FOLDER);
    move_files(&second, path).map_err(refused)?;
    mark.state = State::Closed;
    mark.write(path)?;
    fs::remove_dir_all(&second).map_err(refused)?;
    Ok(mark)
}

fn move_files(second: &Path, path: &Path) -> io::Result<()> {
    // What a folder lists while names leave it is up to the file system, so it is read as often as there
    // is something left. Bound: each time something is moved.
    loop {
        let names = moved_names(second)?;
        if names.is_empty() {
            break;
        }
        for name in names {
            fs::rename(second.join(&name), path.join(&name))?;
        }
    }
    // Durability: the names are at their new place before the mark says so.
    sync_entries(path)?;
    sync_entries(second)
}

fn moved_names(second: &Path) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(second)? {
        let name = entry?.file_name();
        if name.to_str().is_some_and(folder::is_moved) {
            names.push(name);
        }
    }
    Ok(names)
}

/// Removes what there is of a second store that nobody has finished.
pub(super) fn remove_unfinished(folder: &Folder) -> Result<(), StorageError> {
    let second = folder.path().join(SECOND_FOLDER);
    match fs::remove_dir_all(&second) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(failure::of_folder(failure::OPENING, &second, error))
        }
        _ => Ok(()),
    }
}
