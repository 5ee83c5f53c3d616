//! Finding history files, in an order that does not depend on the machine.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use walkdir::WalkDir;

use super::{Replay, ReplayFilesError, ReplayOutcome};
use crate::file::{Format, HistoryFileError};

/// What paths lead to.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The files, in the order of the paths and by name below each.
    pub(super) files: Vec<PathBuf>,
    /// Places inside a folder that cannot be looked into.
    pub(super) closed: Vec<Replay>,
    /// Files inside a folder whose names are not those of histories.
    pub(super) skipped: usize,
}

/// Walks folders to their ends; a file that is named itself is taken whatever its name is.
pub(super) fn find(paths: &[PathBuf]) -> Result<Found, ReplayFilesError> {
    let mut found = Found::default();
    for path in paths {
        let metadata = fs::metadata(path).map_err(|source| ReplayFilesError::NotFound {
            path: path.clone(),
            source,
        })?;
        if metadata.is_dir() {
            found.walk(path)?;
        } else {
            found.files.push(path.clone());
        }
    }
    Ok(found)
}

impl Found {
    fn walk(&mut self, folder: &Path) -> Result<(), ReplayFilesError> {
        let (files, closed, skipped) = (self.files.len(), self.closed.len(), self.skipped);
        // Bound: a link to a folder that contains it is an error, and not followed.
        let entries = WalkDir::new(folder).follow_links(true).sort_by_file_name();
        for entry in entries {
            match entry {
                Ok(entry) if entry.file_type().is_dir() => {}
                Ok(entry) if Format::of(entry.path()).is_some() => {
                    self.files.push(entry.into_path());
                }
                Ok(_) => self.skipped += 1,
                Err(error) => self.closed.push(closed_place(folder, error)),
            }
        }
        if self.files.len() == files && self.closed.len() == closed {
            return Err(ReplayFilesError::NoHistory {
                path: folder.to_owned(),
                skipped: self.skipped - skipped,
            });
        }
        Ok(())
    }
}

fn closed_place(folder: &Path, error: walkdir::Error) -> Replay {
    let path = error
        .path()
        .map_or_else(|| folder.to_owned(), PathBuf::from);
    Replay {
        path,
        position: None,
        workflow: None,
        version: None,
        outcome: ReplayOutcome::Unreadable(HistoryFileError::from(io::Error::from(error))),
    }
}
