//! sled's and the file system's errors, by what the caller can do about them.

use std::{
    io,
    path::Path,
    time::{Duration, SystemTime},
};

use crate::storage::{StorageError, StorageErrorKind};

/// What cannot be done while a store is opened.
pub(super) const OPENING: &str = "store cannot be opened";

/// An error of sled while something was read.
pub(super) fn reading(error: ::sled::Error) -> StorageError {
    of_sled("store cannot be read", error)
}

/// An error of sled while something was written.
pub(super) fn writing(error: ::sled::Error) -> StorageError {
    of_sled("store cannot be written", error)
}

/// An error of sled while the store in this folder was opened.
pub(super) fn opening(folder: &Path, error: ::sled::Error) -> StorageError {
    match error {
        ::sled::Error::Io(error) => of_folder(OPENING, folder, error),
        error => of_sled(&format!("{OPENING}: path={}", folder.display()), error),
    }
}

/// sled panicked with this text while the store in this folder was opened.
///
/// It asserts where it finds damage that it did not expect, and where the system refuses it a
/// thread or memory.
pub(super) fn panic_while_opening(folder: &Path, text: &str) -> StorageError {
    let lacks_thread = text.contains("Os {");
    let lacks_memory = text.contains("failed to allocate");
    let (kind, remedy) = if lacks_thread || lacks_memory {
        let remedy = "the system refuses it, raise the limit of threads or memory";
        (StorageErrorKind::Unavailable, remedy)
    } else {
        let remedy = "what is on disk is not what was written, restore a backup";
        (StorageErrorKind::Corrupt, remedy)
    };
    let path = folder.display();
    let message = format!("{OPENING}, {remedy}: path={path} sled={text:?}");
    StorageError::new(kind, message)
}

/// No thread could be made for the store in this folder.
pub(super) fn of_thread(folder: &Path, error: io::Error) -> StorageError {
    let path = folder.display();
    let remedy = "no thread can be made, raise the limit of threads or memory";
    let message = format!("{OPENING}, {remedy}: path={path} cause={error}");
    StorageError::new(StorageErrorKind::Unavailable, message).with_source(error)
}

/// Refuses a clock that sled cannot live with.
///
/// # Errors
/// `Unavailable`, if it is this time and that lies before 1970.
pub(super) fn check_clock(now: SystemTime, folder: &Path) -> Result<(), StorageError> {
    let Err(error) = now.duration_since(SystemTime::UNIX_EPOCH) else {
        return Ok(());
    };
    let early = Duration::from_secs(error.duration().as_secs());
    let early = humantime::format_duration(early);
    let path = folder.display();
    let message = format!("{OPENING}, the clock is {early} before 1970, set it: path={path}");
    Err(StorageError::new(StorageErrorKind::Unavailable, message))
}

/// An error of the file system about this file or folder.
pub(super) fn of_folder(what: &str, path: &Path, error: io::Error) -> StorageError {
    let remedy = remedy(&error).map_or_else(String::new, |remedy| format!(", {remedy}"));
    StorageError::new(
        StorageErrorKind::Unavailable,
        format!("{what}{remedy}: path={} cause={error}", path.display()),
    )
    .with_source(error)
}

fn of_sled(what: &str, error: ::sled::Error) -> StorageError {
    let (kind, remedy) = match &error {
        ::sled::Error::Corruption { .. } => (
            StorageErrorKind::Corrupt,
            "what is on disk is not what was written, restore a backup",
        ),
        ::sled::Error::Unsupported(_) => (
            StorageErrorKind::Unsupported,
            "it was made by another version of sled or with other settings",
        ),
        ::sled::Error::Io(error) => (
            StorageErrorKind::Unavailable,
            remedy(error).unwrap_or("the disk failed"),
        ),
        _ => (StorageErrorKind::Unavailable, "sled failed"),
    };
    StorageError::new(kind, format!("{what}, {remedy}")).with_source(error)
}

/// What the caller can do about an error of the file system, if that is known.
fn remedy(error: &io::Error) -> Option<&'static str> {
    Some(match error.kind() {
        io::ErrorKind::PermissionDenied => "give the process the right to write there",
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            "the path leads through a file, name a folder"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on the disk",
        io::ErrorKind::ReadOnlyFilesystem => "the file system is mounted read-only",
        io::ErrorKind::OutOfMemory => "raise the limit of memory",
        // What the system says where it makes no further thread.
        io::ErrorKind::WouldBlock => "raise the limit of threads or memory",
        _ => return None,
    })
}
