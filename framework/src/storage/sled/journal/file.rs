//! The files of a journal: their names, and what is done with them.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// How the names of the files begin; what follows is the number of a slot.
const PREFIX: &str = "sempre.journal.";

/// A file of the journal, open for writing.
#[derive(Debug)]
pub(super) struct JournalFile {
    path: PathBuf,
    slot: u32,
    file: File,
    /// Its length: what is written within costs no record of a new length.
    bytes: AtomicU64,
}

impl JournalFile {
    /// Makes the file of a slot.
    ///
    /// # Durability
    /// Its name is on disk once the folder has been synced.
    pub(super) fn create(folder: &Path, slot: u32) -> io::Result<Self> {
        let path = path(folder, slot);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)?;
        Ok(Self {
            path,
            slot,
            file,
            bytes: AtomicU64::new(0),
        })
    }

    /// Opens the file of a slot.
    pub(super) fn open(folder: &Path, slot: u32) -> io::Result<Self> {
        let path = path(folder, slot);
        let file = OpenOptions::new().write(true).open(&path)?;
        let bytes = AtomicU64::new(file.metadata()?.len());
        Ok(Self {
            path,
            slot,
            file,
            bytes,
        })
    }

    /// The number in its name.
    pub(super) fn slot(&self) -> u32 {
        self.slot
    }

    /// Its length.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Writes all of this to its place, with one call if the system takes it.
    pub(super) fn write_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        write_all_at(&self.file, bytes, at)?;
        let end = at + bytes.len() as u64;
        // Invariant: one thread at a time writes to a file.
        if end > self.bytes() {
            self.bytes.store(end, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Waits until all that was written is on disk, where it can be found.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()?;
        if has_name(&self.file)? {
            return Ok(());
        }
        let what = "a file of the journal was removed while the store was open";
        Err(io::Error::new(io::ErrorKind::NotFound, what))
    }

    /// Makes it at least so long, with zeros that are on disk.
    pub(super) fn fill_up(&self, bytes: u64) -> io::Result<()> {
        let missing = bytes.saturating_sub(self.bytes());
        if missing > 0 {
            let zeros = vec![0; usize::try_from(missing).unwrap_or_default()];
            self.write_at(&zeros, self.bytes())?;
            self.file.sync_all()?;
        }
        Ok(())
    }

    /// Makes it end here, at most.
    pub(super) fn cut_off(&self, bytes: u64) -> io::Result<()> {
        if bytes < self.bytes() {
            self.file.set_len(bytes)?;
            self.bytes.store(bytes, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Takes it out of its folder.
    pub(super) fn remove(&self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }
}

/// The slots of which a folder has a file, in their order.
pub(super) fn slots(folder: &Path) -> io::Result<Vec<u32>> {
    let mut slots = Vec::new();
    for entry in fs::read_dir(folder)? {
        slots.extend(slot(&entry?.file_name().to_string_lossy()));
    }
    slots.sort_unstable();
    Ok(slots)
}

/// All that is in the file of a slot.
pub(super) fn read(folder: &Path, slot: u32) -> io::Result<Vec<u8>> {
    fs::read(path(folder, slot))
}

/// The name of the file of a slot.
pub(super) fn name(slot: u32) -> String {
    format!("{PREFIX}{slot}")
}

/// The slot whose file has this name, if it is a name that we give.
fn slot(of: &str) -> Option<u32> {
    let slot = of.strip_prefix(PREFIX)?.parse().ok()?;
    (name(slot) == of).then_some(slot)
}

fn path(folder: &Path, slot: u32) -> PathBuf {
    folder.join(name(slot))
}

/// Waits until the names in a folder are on disk.
#[cfg(unix)]
pub(super) fn sync_names(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder is no file that could be synced.
#[cfg(not(unix))]
pub(super) fn sync_names(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Whether a file that is open is in a folder.
#[cfg(unix)]
fn has_name(file: &File) -> io::Result<bool> {
    Ok(std::os::unix::fs::MetadataExt::nlink(&file.metadata()?) > 0)
}

/// Elsewhere a file that is open cannot be removed.
#[cfg(not(unix))]
fn has_name(_file: &File) -> io::Result<bool> {
    Ok(true)
}

#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(windows)]
fn write_all_at(file: &File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = std::os::windows::fs::FileExt::seek_write(file, bytes, at)?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = bytes.get(written..).unwrap_or_default();
        at += written as u64;
    }
    Ok(())
}
