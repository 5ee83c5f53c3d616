//! Errors say what the caller can do.

use std::{
    fs, io,
    path::Path,
    time::{Duration, SystemTime},
};

use tempfile::TempDir;

use crate::storage::{
    SledOptions, SledStore, StorageError, StorageErrorKind,
    sled::{failure, store::SEGMENT_BYTES},
};

#[track_caller]
fn check_refused(path: &Path, kind: StorageErrorKind, advice: &str) {
    let error = SledStore::open(path, SledOptions::default()).expect_err("the path is bad");
    assert_eq!(error.kind(), kind, "{error}");
    let message = error.to_string();
    assert!(message.contains(advice), "{message}");
    assert!(message.contains(&*path.to_string_lossy()), "{message}");
}

#[test]
fn a_path_that_is_a_file_is_refused() -> io::Result<()> {
    let folder = TempDir::new()?;
    let file = folder.path().join("file");
    fs::write(&file, "text")?;
    for path in [file.clone(), file.join("store")] {
        check_refused(&path, StorageErrorKind::Unavailable, "name a folder");
    }
    Ok(())
}

#[test]
fn a_folder_of_another_program_is_refused() -> Result<(), Box<dyn std::error::Error>> {
    let folder = TempDir::new()?;
    let config = ::sled::Config::new().path(folder.path());
    let other = config.segment_size(SEGMENT_BYTES).open()?;
    other.insert("key", "value")?;
    drop(other);
    let advice = "no store of sempre";
    check_refused(folder.path(), StorageErrorKind::Unsupported, advice);
    Ok(())
}

#[test]
fn settings_of_another_segment_size_are_refused() -> Result<(), Box<dyn std::error::Error>> {
    let (folder, other) = (TempDir::new()?, TempDir::new()?);
    drop(SledStore::open(folder.path(), SledOptions::default())?);
    let config = ::sled::Config::new().path(other.path());
    drop(config.segment_size(2 * SEGMENT_BYTES).open()?);
    fs::copy(other.path().join("conf"), folder.path().join("conf"))?;
    let advice = "other settings";
    check_refused(folder.path(), StorageErrorKind::Unsupported, advice);
    Ok(())
}

#[test]
fn a_clock_before_1970_is_refused() {
    let day = Duration::from_secs(86_400);
    let folder = Path::new("store");
    for now in [SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH + day] {
        failure::check_clock(now, folder).expect("sled can live with it");
    }
    for early in [Duration::from_nanos(1), day, 20_000 * day] {
        let now = SystemTime::UNIX_EPOCH - early;
        let error = failure::check_clock(now, folder).expect_err("sled would panic");
        assert_eq!(error.kind(), StorageErrorKind::Unavailable);
        assert!(error.to_string().contains("before 1970, set it"), "{error}");
    }
}

#[test]
fn what_sled_panics_with_while_it_opens_is_told_apart() {
    let cases = [
        (
            "called `Result::unwrap()` on an `Err` value: Os { code: 11, kind: WouldBlock, \
             message: \"Resource temporarily unavailable\" }",
            StorageErrorKind::Unavailable,
            "raise the limit",
        ),
        (
            "failed to allocate critical IO buffer",
            StorageErrorKind::Unavailable,
            "raise the limit",
        ),
        (
            "duplicate segment LSN 0 detected",
            StorageErrorKind::Corrupt,
            "restore a backup",
        ),
    ];
    for (text, kind, remedy) in cases {
        let error = failure::panic_while_opening(Path::new("store"), text);
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(remedy), "{error}");
        assert!(error.to_string().contains("path=store"), "{error}");
    }
}

#[test]
fn errors_of_sled_are_told_apart() {
    let corruption = ::sled::Error::Corruption { at: None, bt: () };
    let cases = [
        (corruption, StorageErrorKind::Corrupt),
        (
            ::sled::Error::Unsupported("settings".into()),
            StorageErrorKind::Unsupported,
        ),
        (
            ::sled::Error::Io(io::ErrorKind::StorageFull.into()),
            StorageErrorKind::Unavailable,
        ),
        (
            ::sled::Error::ReportableBug("bug".into()),
            StorageErrorKind::Unavailable,
        ),
    ];
    for (error, kind) in cases {
        let source = error.to_string();
        let told: [fn(::sled::Error) -> StorageError; 3] =
            [failure::reading, failure::writing, |error| {
                failure::opening(Path::new("store"), error)
            }];
        for tell in told {
            let error = tell(error.clone());
            assert_eq!(error.kind(), kind, "{source}");
            assert!(std::error::Error::source(&error).is_some());
        }
    }
}

#[test]
fn errors_of_the_file_system_come_with_a_remedy() {
    let cases = [
        (io::ErrorKind::PermissionDenied, "the right to write there"),
        (io::ErrorKind::StorageFull, "make room"),
        (io::ErrorKind::ReadOnlyFilesystem, "mounted read-only"),
        (io::ErrorKind::NotADirectory, "name a folder"),
        (io::ErrorKind::WouldBlock, "limit of threads"),
        (io::ErrorKind::OutOfMemory, "limit of memory"),
    ];
    for (kind, remedy) in cases {
        let error = failure::of_folder("store cannot be opened", Path::new("store"), kind.into());
        assert!(error.to_string().contains(remedy), "{error}");
        let error = failure::writing(::sled::Error::Io(kind.into()));
        assert!(error.to_string().contains(remedy), "{error}");
    }
}
