//! The floor: one bare append and fdatasync in the same directory.

use std::{fs::File, io::Write as _, path::Path, time::Duration};

use crate::{Outcome, measure};

/// Appends `bytes` and waits for the disk, this many times.
pub(crate) fn appends(folder: &Path, bytes: usize, times: usize) -> Outcome<Vec<Duration>> {
    let mut file = File::create(folder.join("floor"))?;
    let block = vec![7_u8; bytes];
    let mut samples = Vec::with_capacity(times);
    for _ in 0..times {
        let begun = measure::now();
        file.write_all(&block)?;
        file.sync_data()?;
        samples.push(begun.elapsed());
    }
    Ok(samples)
}

/// The bytes that a folder takes on disk.
pub(crate) fn size(folder: &Path) -> Outcome<u64> {
    let mut total = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        total += if metadata.is_dir() {
            size(&entry.path())?
        } else {
            allocated(&metadata)
        };
    }
    Ok(total)
}

#[cfg(unix)]
fn allocated(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::blocks(metadata) * 512
}

#[cfg(not(unix))]
fn allocated(metadata: &std::fs::Metadata) -> u64 {
    metadata.len()
}
