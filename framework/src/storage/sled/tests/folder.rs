//! A folder is made when it is missing, and held by one owner.

use std::{
    fs::{self, File},
    io,
};

use tempfile::TempDir;

use crate::storage::{StorageErrorKind, sled::folder::Folder};

#[test]
fn missing_folders_are_made() -> Result<(), Box<dyn std::error::Error>> {
    let root = TempDir::new()?;
    let path = root.path().join("a/b/c");
    drop(Folder::take(&path)?);
    assert!(path.join("sempre.lock").is_file());
    Ok(())
}

#[test]
fn the_error_names_the_holder_the_path_and_since_when() -> Result<(), Box<dyn std::error::Error>> {
    let root = TempDir::new()?;
    let holder = Folder::take(root.path())?;
    let error = Folder::take(root.path()).unwrap_err();
    assert_eq!(error.kind(), StorageErrorKind::Locked);
    let message = error.to_string();
    let pid = format!("pid={} program=", std::process::id());
    let path = root.path().display().to_string();
    for fact in [&*pid, &path, "since=2"] {
        assert!(message.contains(fact), "{message}");
    }
    drop(holder);
    Folder::take(root.path())?;
    Ok(())
}

#[test]
fn a_holder_that_has_not_signed_is_unknown() -> Result<(), Box<dyn std::error::Error>> {
    let root = TempDir::new()?;
    let lock = File::create(root.path().join("sempre.lock"))?;
    lock.lock()?;
    let message = Folder::take(root.path()).unwrap_err().to_string();
    assert!(message.contains("pid=unknown"), "{message}");
    Ok(())
}

#[test]
fn what_a_dead_holder_left_behind_is_replaced() -> io::Result<()> {
    let root = TempDir::new()?;
    let lock = root.path().join("sempre.lock");
    fs::write(
        &lock,
        "pid=4294967295 program=/a/program/with/a/long/path\n".repeat(9),
    )?;
    let _holder = Folder::take(root.path()).expect("the holder is dead");
    let holder = fs::read_to_string(lock)?;
    let pid = format!("pid={} ", std::process::id());
    assert!(
        holder.starts_with(&pid) && holder.lines().count() == 1,
        "{holder}"
    );
    Ok(())
}
