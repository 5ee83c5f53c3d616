//! The names in a folder, which a file system keeps apart from what the files hold.

use std::{io, path::Path};

/// Makes durable which names there are in a folder.
#[cfg(unix)]
pub(super) fn sync_entries(folder: &Path) -> io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

/// Elsewhere a folder is no file that could be synced.
#[cfg(not(unix))]
pub(super) fn sync_entries(_folder: &Path) -> io::Result<()> {
    Ok(())
}
