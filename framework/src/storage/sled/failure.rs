//! sled's and the file system's errors, by what the caller can do about them.

use std::{io, path::Path};

use crate::storage::{StorageError, StorageErrorKind};

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
        ::sled::Error::Io(error) => of_folder("store cannot be opened", folder, error),
        error => of_sled(
            &format!("store cannot be opened: path={}", folder.display()),
            error,
        ),
    }
}

/// An error of the file system about this file or folder.
pub(super) fn of_folder(what: &str, path: &Path, error: io::Error) -> StorageError {
    let remedy = remedy(&error).map_or_else(String::new, |remedy| format!(", {remedy}"));
    StorageError::new(
        StorageErrorKind::Unavailable,
        format!("{what}{remedy}: path={}", path.display()),
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
        _ => return None,
    })
}
