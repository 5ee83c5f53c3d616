//! The runway is never in sled's way, and what is unused of it goes.

use std::{
    error::Error,
    fs::{self, File, OpenOptions},
    io::{Seek as _, SeekFrom, Write as _},
    path::Path,
    thread,
};

use tempfile::TempDir;

use crate::storage::sled::runway::Runway;

const SEGMENT: u64 = 4096;
/// A sector of what sled writes.
const WRITTEN: [u8; 512] = [0xa5; 512];

/// Writes where a log goes on, as sled does: at a place, whatever the file's length is.
fn write(log: &mut File, at: u64) -> std::io::Result<()> {
    log.seek(SeekFrom::Start(at))?;
    log.write_all(&WRITTEN)
}

fn length(log: &Path) -> u64 {
    fs::metadata(log).expect("the log exists").len()
}

#[test]
fn zeros_never_lie_over_what_was_written() -> Result<(), Box<dyn Error>> {
    let folder = TempDir::new()?;
    let log = folder.path().join("db");
    let mut writer = OpenOptions::new().create_new(true).write(true).open(&log)?;
    let runway = Runway::build(&log, SEGMENT)?;
    // Far more than a stretch, so that the log overtakes the runway again and again.
    let sectors = 16 * 1024;
    for sector in 0..sectors {
        write(&mut writer, sector * 512)?;
        runway.check();
    }
    drop(runway);
    let bytes = fs::read(&log)?;
    assert_eq!(
        bytes.len() as u64,
        sectors * 512,
        "what was not used is gone"
    );
    assert!(bytes.iter().all(|byte| *byte == 0xa5));
    Ok(())
}

#[test]
fn only_whole_segments_are_cut_off() -> Result<(), Box<dyn Error>> {
    let cases = [
        // What was written, and how long the log is afterwards.
        (0, 0),
        (1, SEGMENT),
        (SEGMENT / 512, SEGMENT),
        (SEGMENT / 512 + 1, 2 * SEGMENT),
    ];
    for (sectors, expected) in cases {
        let folder = TempDir::new()?;
        let log = folder.path().join("db");
        let mut writer = OpenOptions::new().create_new(true).write(true).open(&log)?;
        for sector in 0..sectors {
            write(&mut writer, sector * 512)?;
        }
        drop(Runway::build(&log, SEGMENT)?);
        assert_eq!(length(&log), expected, "{sectors} sectors");
    }
    Ok(())
}

#[test]
fn a_log_that_is_cut_short_meanwhile_gets_a_new_runway() -> Result<(), Box<dyn Error>> {
    let folder = TempDir::new()?;
    let log = folder.path().join("db");
    let writer = OpenOptions::new().create_new(true).write(true).open(&log)?;
    let runway = Runway::build(&log, SEGMENT)?;
    while length(&log) == 0 {
        thread::yield_now();
    }
    // sled gives the free end of its log back.
    writer.set_len(0)?;
    while length(&log) == 0 {
        runway.check();
        thread::yield_now();
    }
    Ok(())
}
