//! sled's log is read as sled writes it.

use std::fs::File;

use tempfile::TempDir;

use crate::storage::sled::sled_log::{Message, SEGMENT_HEADER_BYTES, SegmentStart, SledLog};

const SEGMENT_BYTES: u64 = 64 * 1024;

/// A log of many segments, and the folder that it lies in.
fn written_log() -> Result<(TempDir, File), Box<dyn std::error::Error>> {
    let folder = TempDir::new()?;
    let config = ::sled::Config::new().path(folder.path());
    let db = config
        .segment_size(usize::try_from(SEGMENT_BYTES)?)
        .open()?;
    for number in 0..600_u32 {
        let length = usize::try_from(number * 37 % 3_000)?;
        db.insert(number.to_be_bytes(), vec![7; length])?;
    }
    db.flush()?;
    drop(db);
    let file = File::open(folder.path().join("db"))?;
    file.lock()?;
    Ok((folder, file))
}

#[test]
fn every_message_of_a_log_is_read_to_its_end() -> Result<(), Box<dyn std::error::Error>> {
    let (_folder, file) = written_log()?;
    let log = SledLog {
        file: &file,
        segment_bytes: SEGMENT_BYTES,
    };
    let slots = log.slots()?;
    let end = log.end(&slots, 0)?;
    let mut messages = 0;
    let mut last = 0;
    for (place, slot) in (0..).zip(&slots) {
        let SegmentStart::Segment(header) = slot else {
            continue;
        };
        last = last.max(header.lsn);
        let segment = log.segment(place)?;
        let mut at = SEGMENT_HEADER_BYTES as u64;
        while header.lsn + at < end {
            match log.message(&segment, header.lsn, at) {
                Message::Whole { next, .. } => {
                    messages += 1;
                    at = next;
                }
                Message::Cap => break,
                Message::Broken => panic!("broken at {at} of {header:?}"),
            }
        }
    }
    // What sled has cleaned up meanwhile is gone.
    assert!(messages > 100, "{messages} messages");
    assert!(end > last && end <= last + SEGMENT_BYTES, "{end} {last}");
    Ok(())
}

#[test]
fn a_cap_that_is_overwritten_is_about_no_page() -> Result<(), Box<dyn std::error::Error>> {
    let (_folder, file) = written_log()?;
    let log = SledLog {
        file: &file,
        segment_bytes: SEGMENT_BYTES,
    };
    let mut caps = 0;
    for (place, slot) in (0..).zip(log.slots()?) {
        let SegmentStart::Segment(header) = slot else {
            continue;
        };
        let mut segment = log.segment(place)?;
        let mut at = SEGMENT_HEADER_BYTES as u64;
        while let Message::Whole { next, .. } = log.message(&segment, header.lsn, at) {
            at = next;
        }
        let has_room = at + 512 < SEGMENT_BYTES && segment.len() as u64 == SEGMENT_BYTES;
        if !has_room || log.message(&segment, header.lsn, at) != Message::Cap {
            continue;
        }
        caps += 1;
        // As a write into the place of a segment that is used again leaves it, if the power goes.
        let place = segment.len() - 64;
        if let Some(byte) = segment.get_mut(place) {
            *byte ^= 1;
        }
        assert_eq!(log.message(&segment, header.lsn, at), Message::Broken);
        assert_eq!(log.page_of_broken(&segment, header.lsn, at), None);
    }
    assert!(caps > 0, "some segment ends in a cap");
    Ok(())
}
