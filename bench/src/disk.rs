//! The floor: one bare write and fdatasync in the same directory.
//!
//! Two of them, because they are not the same: an append to a growing file makes the file system
//! write its own journal as well, a write into space that is allocated does not. A store does the
//! one or the other, and a reader wants to know both.

use std::{
    fs::File,
    io::{Seek as _, Write as _},
    path::Path,
};

use crate::{
    Outcome, clock,
    measurement::{Figure, Measurement, Samples, Unit, float},
};

/// The bytes of the append that steps are compared with, if a scenario says nothing else.
pub(crate) const USUAL_BYTES: usize = 512;
/// What ratios are made from: an append to a growing file, and a write into allocated space.
pub(crate) const P50: &str = "append p50";
pub(crate) const ALLOCATED_P50: &str = "allocated p50";

/// Writes this many bytes again and again, and waits for the disk each time.
pub(crate) fn write_and_sync(folder: &Path, bytes: usize) -> Outcome<Measurement> {
    // Large blocks take their time, and say as much in fewer turns.
    let times = (32 * 1024 * 1024 / bytes.max(1)).clamp(30, 500);
    let path = folder.join("bare-writes");
    let mut file = File::create(&path)?;
    let block = vec![7_u8; bytes];
    let begun = clock::now();
    let appends = write_all(&mut file, &block, times)?;
    let took = begun.elapsed();
    // The same place once more.
    file.sync_all()?;
    file.rewind()?;
    let allocated = write_all(&mut file, &block, times)?;
    drop(file);
    std::fs::remove_file(path)?;
    Ok(Measurement {
        figures: vec![
            Figure::new("bytes", Unit::Bytes, float(bytes as u64)),
            Figure::time(P50, appends.percentile(0.5)),
            Figure::time("append p99", appends.percentile(0.99)),
            Figure::rate("appends per second", times as u64, took),
            Figure::time(ALLOCATED_P50, allocated.percentile(0.5)),
            Figure::time("allocated p99", allocated.percentile(0.99)),
        ],
        distribution: Some(appends.distribution("a bare append")),
        ..Measurement::default()
    })
}

fn write_all(file: &mut File, block: &[u8], times: usize) -> Outcome<Samples> {
    let mut samples = Vec::with_capacity(times);
    for _ in 0..times {
        let begun = clock::now();
        file.write_all(block)?;
        file.sync_data()?;
        samples.push(begun.elapsed());
    }
    Ok(Samples::new(samples))
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
