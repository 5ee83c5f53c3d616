//! A second descriptor of sled's log: for the sync that sled does not do, and to see it let go.
//!
//! sled takes what it has written for what is on disk: it says so in the headers of segments, and
//! uses a segment again once what replaces its content has been written. On Linux that is not so,
//! and a power cut that keeps a header and not what it speaks of loses what was there before. So
//! the log gets the attribute for synchronous writes, which ext4, xfs, btrfs and f2fs grant to its
//! owner: a write has reached the disk when it returns. (Elsewhere sled syncs after each write.)

use std::{
    fs::{File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use crate::storage::{
    StorageError, StorageErrorKind,
    sled::{failure, folder::DATA_FILE, sled_log::SledLog},
};

/// A descriptor of sled's log besides sled's own.
#[derive(Debug)]
pub(super) struct DataFile {
    log: File,
    path: PathBuf,
    /// Whether a write has reached the disk when it returns.
    is_synchronous: bool,
    /// Whether sled may have it open.
    is_sleds: bool,
    /// What is synced in its stead, and cannot be.
    #[cfg(test)]
    broken: std::sync::OnceLock<File>,
}

impl DataFile {
    /// Opens the log in this folder, before sled does; makes it if it has to be made.
    ///
    /// # Errors
    /// The file system's; `NotFound` if there is none and none is to be made.
    pub(super) fn open(folder: &Path, make: bool) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(make);
        let path = folder.join(DATA_FILE);
        let log = options.open(&path)?;
        let is_synchronous = write_synchronously(&log, folder);
        Ok(Self {
            log,
            path,
            is_synchronous,
            is_sleds: false,
            #[cfg(test)]
            broken: std::sync::OnceLock::new(),
        })
    }

    /// A log that has no name.
    #[cfg(test)]
    pub(super) fn without_name(log: File) -> Self {
        Self {
            log,
            path: PathBuf::new(),
            is_synchronous: false,
            is_sleds: false,
            broken: std::sync::OnceLock::new(),
        }
    }

    /// The same, once sled has opened the log: it is waited for when this is dropped.
    pub(super) fn opened_by_sled(mut self) -> Self {
        self.is_sleds = true;
        self
    }

    /// The log, to be read.
    pub(super) fn log(&self, segment_bytes: usize) -> SledLog<'_> {
        SledLog {
            file: &self.log,
            segment_bytes: segment_bytes as u64,
        }
    }

    /// Waits until everything that sled has written, and all else that the operating system has of
    /// the log, is on disk.
    ///
    /// # Errors
    /// `Unavailable` if the disk fails, or if the log was removed.
    pub(super) fn sync(&self) -> Result<(), StorageError> {
        self.check_in_place()?;
        if self.is_synchronous && !self.is_broken() {
            // Durability: it was on disk when sled's write returned; a second sync would have the
            // disk flush its cache once more.
            return Ok(());
        }
        self.synced().sync_data().map_err(|error| {
            let message = "store cannot be synced, the disk failed";
            StorageError::new(StorageErrorKind::Unavailable, message).with_source(error)
        })
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "tests break it")]
    fn is_broken(&self) -> bool {
        false
    }

    #[cfg(test)]
    fn is_broken(&self) -> bool {
        self.broken.get().is_some()
    }

    /// Refuses if the log was removed: what is written to it now nobody finds.
    ///
    /// # Errors
    /// `Unavailable`, saying so.
    #[cfg(unix)]
    pub(super) fn check_in_place(&self) -> Result<(), StorageError> {
        use std::os::unix::fs::MetadataExt as _;
        let unseen = |error| failure::of_folder("store's log cannot be seen", &self.path, error);
        let has_name = !self.path.as_os_str().is_empty();
        if !has_name || self.log.metadata().map_err(unseen)?.nlink() > 0 {
            return Ok(());
        }
        let path = self.path.display();
        let message = format!(
            "store's log was removed while the store was open, restore a backup and restart the \
             process: path={path}"
        );
        Err(StorageError::new(StorageErrorKind::Unavailable, message))
    }

    /// Elsewhere a file that is open cannot be removed.
    #[cfg(not(unix))]
    #[expect(clippy::unused_self, reason = "it is asked on Unix")]
    pub(super) fn check_in_place(&self) -> Result<(), StorageError> {
        Ok(())
    }

    #[cfg(not(test))]
    fn synced(&self) -> &File {
        &self.log
    }

    #[cfg(test)]
    fn synced(&self) -> &File {
        self.broken.get().unwrap_or(&self.log)
    }

    /// Lets every sync from now on fail, as a broken disk would.
    #[cfg(test)]
    pub(super) fn break_down(&self) -> io::Result<()> {
        let broken = File::open("/dev/null")?;
        self.broken.get_or_init(|| broken);
        Ok(())
    }
}

/// Gives a log the attribute for synchronous writes; whether it has it then.
#[cfg(target_os = "linux")]
fn write_synchronously(log: &File, folder: &Path) -> bool {
    use rustix::fs::{IFlags, ioctl_getflags, ioctl_setflags};
    let given = ioctl_getflags(log).and_then(|flags| {
        if flags.contains(IFlags::SYNC) {
            return Ok(());
        }
        ioctl_setflags(log, flags | IFlags::SYNC)
    });
    if let Err(error) = given {
        tracing::warn!(
            %error,
            path = %folder.display(),
            "file system has no attribute for synchronous writes: a power cut in the moment in \
             which the store's segments change may damage it; keep backups"
        );
    }
    given.is_ok()
}

/// Elsewhere sled syncs what it writes.
#[cfg(not(target_os = "linux"))]
fn write_synchronously(_log: &File, _folder: &Path) -> bool {
    false
}

impl Drop for DataFile {
    fn drop(&mut self) {
        if !self.is_sleds {
            return;
        }
        // sled's threads may keep its log open, and locked, for a moment after sled was dropped;
        // the lock comes free when the last of them is done. Without it there is only less order.
        let _ = self.log.lock();
        // Said rather than left to closing: a child process that is just being made has a copy of
        // the descriptor, and would keep the lock.
        let _ = self.log.unlock();
    }
}
