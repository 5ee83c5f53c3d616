//! A file that is held by one owner at a time, and says who that is.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    path::Path,
    time::SystemTime,
};

use crate::model::Timestamp;

/// A lock file that is held until this is dropped.
///
/// The operating system lets go of it however the process ends.
#[derive(Debug)]
pub(super) struct LockFile(File);

/// Why a lock file was not taken.
#[derive(Debug)]
pub(super) enum NotTaken {
    /// Somebody holds it: since when, and who, as `name=value`.
    Held(String),
    /// The operating system refuses it.
    Refused(io::Error),
}

impl From<io::Error> for NotTaken {
    fn from(error: io::Error) -> Self {
        Self::Refused(error)
    }
}

impl LockFile {
    /// Takes possession of this file, which is made if there is none.
    pub(super) fn take(path: &Path) -> Result<Self, NotTaken> {
        let mut lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(NotTaken::Held(holder(&mut lock))),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        sign(&mut lock)?;
        Ok(Self(lock))
    }

    /// What the operating system knows of it; it was taken when it was last modified.
    pub(super) fn metadata(&self) -> io::Result<fs::Metadata> {
        self.0.metadata()
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // Said rather than left to closing: a child process that is just being made has a copy of
        // the descriptor, and would keep the lock.
        let _ = self.0.unlock();
    }
}

/// Leaves in the lock file who holds it; its modification time says since when.
fn sign(lock: &mut File) -> io::Result<()> {
    let program = std::env::current_exe().unwrap_or_default();
    lock.set_len(0)?;
    let pid = std::process::id();
    writeln!(lock, "pid={pid} program={}", program.display())
}

fn holder(lock: &mut File) -> String {
    let mut holder = String::new();
    // The error is that it is held, whether or not its holder can be told.
    if lock.read_to_string(&mut holder).is_err() || holder.trim().is_empty() {
        holder = "pid=unknown".into();
    }
    let since = lock.metadata().and_then(|file| file.modified());
    let since = Timestamp::from(since.unwrap_or(SystemTime::UNIX_EPOCH));
    format!("since={since} {}", holder.trim())
}
