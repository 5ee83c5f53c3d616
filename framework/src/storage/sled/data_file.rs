//! A second descriptor of sled's log: for the sync that sled does not do, and to see it let go.

use std::fs::File;

use crate::storage::{StorageError, StorageErrorKind};

/// A descriptor of sled's log besides sled's own.
#[derive(Debug)]
pub(super) struct DataFile {
    log: File,
    /// What is synced in its stead, and cannot be.
    #[cfg(test)]
    broken: std::sync::OnceLock<File>,
}

impl DataFile {
    /// With this descriptor of the log.
    pub(super) fn new(log: File) -> Self {
        Self {
            log,
            #[cfg(test)]
            broken: std::sync::OnceLock::new(),
        }
    }

    /// Waits until everything that the operating system has of the log is on disk.
    pub(super) fn sync(&self) -> Result<(), StorageError> {
        self.synced().sync_data().map_err(|error| {
            let message = "store cannot be synced, the disk failed";
            StorageError::new(StorageErrorKind::Unavailable, message).with_source(error)
        })
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
    pub(super) fn break_down(&self) -> std::io::Result<()> {
        let broken = File::open("/dev/null")?;
        self.broken.get_or_init(|| broken);
        Ok(())
    }
}

impl Drop for DataFile {
    fn drop(&mut self) {
        // sled's threads may keep its log open, and locked, for a moment after sled was dropped;
        // the lock comes free when the last of them is done. Without it there is only less order.
        let _ = self.log.lock();
        // Said rather than left to closing: a child process that is just being made has a copy of
        // the descriptor, and would keep the lock.
        let _ = self.log.unlock();
    }
}
