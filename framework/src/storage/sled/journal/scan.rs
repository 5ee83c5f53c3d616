//! Scanning: finding the entries in the bytes of a file, whatever lies between them.
//!
//! Entries follow each other from the beginning of a file. Behind the last one are zeros, or what
//! the file held before it was used again, or what a crash has left of a write. So a place where
//! no entry begins is not the end: what is found behind it says what it means (see
//! [`recovery`](super::recovery)).

use std::ops::Range;

use crate::storage::sled::journal::{
    entry::{self, EntryContent},
    head::{self, HEAD_BYTES, Head, Side, UNIT_BYTES},
    recovery::RecoveredEntry,
};

/// An entry in a file, of which at least one head and directory are what was written.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Found {
    /// Its head.
    pub(super) head: Head,
    /// Where it begins in the file.
    start: usize,
    /// The directory that is proven.
    directory: Range<usize>,
}

impl Found {
    /// What the entry holds, of the file in which it was found.
    pub(super) fn read(&self, file: &[u8]) -> Option<EntryContent> {
        let directory = file.get(self.directory.clone())?;
        entry::read(file, &self.head, self.start, directory)
    }
}

/// The entry that these bytes are, and nothing else; `None` if they are not one.
pub(in crate::storage::sled) fn read_entry(bytes: &[u8]) -> Option<RecoveredEntry> {
    let (side, found) = look(bytes, 0, bytes.first_chunk()?)?;
    let is_whole = side == Side::Front && found.head.bytes() == bytes.len();
    let content = found.read(bytes).filter(|_| is_whole)?;
    // What is garbled keeps the bytes that are there, and is seen by whoever reads the run.
    Some(RecoveredEntry {
        sequence: found.head.sequence,
        bytes: bytes.len(),
        parts: content.parts,
    })
}

/// The entries in the bytes of a file, in the order in which they lie there.
pub(super) fn entries(file: &[u8]) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut newest = 0;
    let mut at = 0;
    while let Some(bytes) = file.get(at..).and_then(|rest| rest.first_chunk()) {
        let Some((side, entry)) = look(file, at, bytes) else {
            at += UNIT_BYTES;
            continue;
        };
        let head = entry.head;
        newest = newest.max(head.file);
        // What lies inside of an entry is passed over: records may hold anything. An entry of the
        // file's past reaches into what was written over it, though.
        let is_passed_over =
            side == Side::Front && head.file == newest && file.len() - at >= head.bytes();
        at += if is_passed_over {
            head.bytes()
        } else {
            UNIT_BYTES
        };
        found.push(entry);
    }
    found
}

/// The entry whose head is at this place, if one is and is proven.
fn look(file: &[u8], at: usize, bytes: &[u8; HEAD_BYTES]) -> Option<(Side, Found)> {
    let (side, head) = Head::from_bytes(bytes)?;
    if head.bytes() < 2 * HEAD_BYTES {
        return None;
    }
    let directory_bytes = head.directory_bytes as usize;
    let (start, directory) = match side {
        Side::Front => {
            let begins = at + HEAD_BYTES;
            (at, begins..begins.checked_add(directory_bytes)?)
        }
        Side::Back => {
            let start = (at + HEAD_BYTES).checked_sub(head.bytes())?;
            (start, at.checked_sub(directory_bytes)?..at)
        }
    };
    if !head::is_proven(bytes, file.get(directory.clone())?) {
        return None;
    }
    let found = Found {
        head,
        start,
        directory,
    };
    Some((side, found))
}
