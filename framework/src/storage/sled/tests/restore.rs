//! What is restored is what was backed up, or nothing.

use std::{fs, path::Path};

use tempfile::TempDir;

use super::author::{Author, Said};
use crate::storage::{
    SledOptions, SledStore, StorageError, StorageErrorKind, WorkMeter, WriteStore as _,
};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn open(path: &Path) -> Result<SledStore, StorageError> {
    SledStore::open(path, SledOptions::default())
}

/// A store with a run, in two backups.
fn backed_up(folder: &Path) -> Result<Said, StorageError> {
    let store = open(&folder.join("store"))?;
    let mut author = Author::new("order", 1);
    store.commit(&[author.start(), author.signal(10_000)])?;
    store.backup(folder.join("backups"), &WorkMeter::new())?;
    store.commit(&[author.name(b"content"), author.end()])?;
    store.backup(folder.join("backups"), &WorkMeter::new())?;
    Said::by(&store)
}

fn restore(folder: &Path, to: &Path, meter: &WorkMeter) -> Result<(), StorageError> {
    SledStore::restore(folder.join("backups"), to, None, meter).map(drop)
}

#[test]
fn a_restore_that_is_cut_short_anywhere_leaves_no_store_and_can_be_done_again() -> Outcome {
    let folder = TempDir::new()?;
    let said = backed_up(folder.path())?;
    let to = folder.path().join("to");
    for steps in 0.. {
        let Err(error) = restore(folder.path(), &to, &WorkMeter::stopping_after(steps)) else {
            break;
        };
        assert!(error.to_string().contains("was stopped"), "{error}");
        let error = open(&to).unwrap_err();
        assert_eq!(error.kind(), StorageErrorKind::Unsupported);
        assert!(error.to_string().contains("restore it again"), "{error}");
    }
    assert_eq!(Said::in_folder(&to)?, said);
    // What a kill leaves in the middle of the work.
    let half = folder.path().join("half");
    let stopped = restore(folder.path(), &half, &WorkMeter::stopping_after(0));
    assert!(stopped.is_err());
    fs::create_dir(half.join("sempre.compacted"))?;
    fs::write(half.join("sempre.compacted/db"), "half")?;
    restore(folder.path(), &half, &WorkMeter::new())?;
    assert_eq!(Said::in_folder(&half)?, said);
    Ok(())
}

#[test]
fn a_store_is_restored_to_an_empty_folder_only() -> Outcome {
    let folder = TempDir::new()?;
    backed_up(folder.path())?;
    let full = folder.path().join("full");
    fs::create_dir(&full)?;
    fs::write(full.join("letter"), "dear")?;
    let backups = folder.path().join("backups");
    let places = [
        (full.clone(), "not empty"),
        (folder.path().join("store"), "not empty"),
        (backups.join("within"), "lies within"),
        (backups, "lies within"),
    ];
    for (to, text) in places {
        let error = restore(folder.path(), &to, &WorkMeter::new()).unwrap_err();
        assert_eq!(error.kind(), StorageErrorKind::Unsupported);
        assert!(error.to_string().contains(text), "{error}");
    }
    assert_eq!(fs::read_dir(&full)?.count(), 1, "nothing was added");
    let error = SledStore::restore(&full, folder.path().join("to"), None, &WorkMeter::new());
    let error = error.unwrap_err();
    assert!(error.to_string().contains("no finished backup"), "{error}");
    let backups = folder.path().join("backups");
    let error = SledStore::restore(
        &backups,
        folder.path().join("to"),
        Some(3),
        &WorkMeter::new(),
    );
    let error = error.unwrap_err();
    assert!(error.to_string().contains("number=3 last=2"), "{error}");
    assert!(!folder.path().join("to").exists());
    Ok(())
}

#[test]
fn a_backup_with_any_byte_changed_is_refused() -> Outcome {
    let folder = TempDir::new()?;
    backed_up(folder.path())?;
    for name in ["sempre.backup", "backup-000001", "backup-000002"] {
        let path = folder.path().join("backups").join(name);
        let whole = fs::read(&path)?;
        for at in (0..whole.len()).step_by(whole.len() / 23 + 1) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&path, bytes)?;
            let to = TempDir::new()?;
            let error = restore(folder.path(), to.path(), &WorkMeter::new()).unwrap_err();
            let kinds = [StorageErrorKind::Corrupt, StorageErrorKind::Unsupported];
            assert!(kinds.contains(&error.kind()), "{name} {at} {error}");
            assert!(!to.path().join("db").exists(), "{name} {at}");
        }
        for length in [0, 1, whole.len() / 2, whole.len() - 1] {
            fs::write(&path, &whole[..length])?;
            let to = TempDir::new()?;
            let error = restore(folder.path(), to.path(), &WorkMeter::new()).unwrap_err();
            assert_eq!(error.kind(), StorageErrorKind::Corrupt, "{name} {length}");
        }
        fs::write(&path, whole)?;
    }
    // A file of another backup, at the place of this one.
    let other = TempDir::new()?;
    backed_up(other.path())?;
    fs::copy(
        other.path().join("backups/backup-000001"),
        folder.path().join("backups/backup-000001"),
    )?;
    let to = TempDir::new()?;
    let error = restore(folder.path(), to.path(), &WorkMeter::new()).unwrap_err();
    assert_eq!(error.kind(), StorageErrorKind::Corrupt);
    Ok(())
}
