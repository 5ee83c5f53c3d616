//! The sled adapter keeps the rules.

use std::{fs, io, path::Path, sync::Arc};

use sempre::{
    storage::{SledOptions, SledStore, StorageError, StorageErrorKind, Store},
    testing::conformance::{self, StorePlace, Violation},
};
use tempfile::TempDir;

struct Folder(TempDir);

impl StorePlace for Folder {
    fn open(&self) -> Result<Arc<dyn Store>, StorageError> {
        let options = SledOptions::default();
        Ok(Arc::new(SledStore::open(self.0.path(), options)?))
    }

    fn after_crash(&self) -> Result<Box<dyn StorePlace>, StorageError> {
        Ok(Box::new(Self(copy(self.0.path()).map_err(|error| {
            StorageError::new(StorageErrorKind::Unavailable, "folder cannot be copied")
                .with_source(error)
        })?)))
    }

    fn open_broken(&self) -> Result<Option<Arc<dyn Store>>, StorageError> {
        Ok(None)
    }
}

/// What a SIGKILL would leave: the files as the operating system has them.
fn copy(folder: &Path) -> io::Result<TempDir> {
    let copy = TempDir::new()?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), copy.path().join(entry.file_name()))?;
        }
    }
    Ok(copy)
}

#[test]
fn sled_keeps_the_rules() -> Result<(), Violation> {
    conformance::run(|| Folder(TempDir::new().expect("a folder for the store")))
}
