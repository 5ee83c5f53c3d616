//! The floor is measured where it is asked for, and leaves nothing behind.

use crate::{Outcome, disk};

#[test]
fn bare_writes_are_timed_and_leave_the_folder_empty() -> Outcome {
    let folder = tempfile::tempdir()?;
    // Large blocks, so that there are few of them.
    let measured = disk::write_and_sync(folder.path(), 1024 * 1024)?;
    assert!(measured.value(disk::P50) > Some(0.0));
    assert!(measured.value(disk::ALLOCATED_P50) > Some(0.0));
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 0);
    Ok(())
}

#[test]
fn a_folder_is_as_large_as_all_that_is_in_it() -> Outcome {
    let folder = tempfile::tempdir()?;
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner)?;
    for place in [folder.path(), &inner] {
        let file = std::fs::File::create(place.join("file"))?;
        std::io::Write::write_all(&mut &file, &vec![1; 64 * 1024])?;
        // Before that a file system may not have given it any space.
        file.sync_all()?;
    }
    assert!(disk::size(folder.path())? >= 128 * 1024);
    Ok(())
}
