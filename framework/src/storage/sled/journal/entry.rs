//! Entries: what is written with one write, and is there as a whole or not at all.
//!
//! An entry is its head, its directory, the records, zeros up to a multiple of 64 bytes, and then
//! directory and head once more. So a damaged place costs at most the records that lie there: what
//! they were is said by the directory at the other end.
//!
//! The directory has one item for each part of each commit: the run id, the record's number, its
//! length, its CRC-32, and the length of what changes in the index, which follows: nothing, or a
//! byte that says whether a run was opened (1) or its entry changed (2), and the entry, or that the run was
//! deleted (3), and its ids. A record that names stored payloads has that byte with its highest bit set,
//! which may be nothing else (128): their number follows it, and their keys, and the entry then.

use std::ops::Range;

use bytes::{Buf as _, Bytes};

use crate::{
    model::{ContentKey, RecordNumber, RunId},
    storage::{
        CommitPart, IndexChange, RunEntry,
        sled::journal::head::{HEAD_BYTES, Head, Side, UNIT_BYTES},
    },
};

const OPENED: u8 = 1;
const CHANGED: u8 = 2;
const DELETED: u8 = 3;
/// The bit that says that keys of stored payloads follow.
const NAMES: u8 = 0x80;

/// Puts the parts of commits together as an entry, in place of what is in `bytes`. It has no heads
/// yet, see [`seal`].
///
/// Returns the length of the directory; `None` if the entry would be too large to be described.
pub(super) fn compose<'p>(
    bytes: &mut Vec<u8>,
    parts: impl Iterator<Item = &'p CommitPart> + Clone,
) -> Option<u32> {
    bytes.clear();
    bytes.resize(HEAD_BYTES, 0);
    for part in parts.clone() {
        add_item(bytes, part)?;
    }
    let directory = HEAD_BYTES..bytes.len();
    for part in parts {
        bytes.extend_from_slice(&part.record);
    }
    let end = bytes.len() + directory.len() + HEAD_BYTES;
    let padding = end.next_multiple_of(UNIT_BYTES) - end;
    bytes.resize(bytes.len() + padding, 0);
    bytes.extend_from_within(directory.clone());
    bytes.resize(bytes.len() + HEAD_BYTES, 0);
    u32::try_from(bytes.len() / UNIT_BYTES).ok()?;
    u32::try_from(directory.len()).ok()
}

#[expect(clippy::expect_used, reason = "there is no I/O that could fail")]
fn add_item(bytes: &mut Vec<u8>, part: &CommitPart) -> Option<()> {
    let record_bytes = u32::try_from(part.record.len()).ok()?;
    bytes.extend_from_slice(part.run_id.as_bytes());
    bytes.extend_from_slice(&part.number.get().to_be_bytes());
    bytes.extend_from_slice(&record_bytes.to_be_bytes());
    bytes.extend_from_slice(&crc32fast::hash(&part.record).to_be_bytes());
    let length_at = bytes.len();
    bytes.extend_from_slice(&[0; 4]);
    let kind = match &part.index {
        None if part.payloads.is_empty() => return Some(()),
        None => 0,
        Some(IndexChange::Opened(_)) => OPENED,
        Some(IndexChange::Changed(_)) => CHANGED,
        Some(IndexChange::Deleted(_)) => DELETED,
    };
    if part.payloads.is_empty() {
        bytes.push(kind);
    } else {
        bytes.push(kind | NAMES);
        bytes.extend_from_slice(&u32::try_from(part.payloads.len()).ok()?.to_be_bytes());
        for key in &part.payloads {
            bytes.extend_from_slice(key.as_bytes());
        }
    }
    match &part.index {
        None => Ok(()),
        Some(IndexChange::Opened(entry) | IndexChange::Changed(entry)) => {
            rmp_serde::encode::write(bytes, entry)
        }
        Some(IndexChange::Deleted(execution)) => rmp_serde::encode::write(bytes, execution),
    }
    .expect("index entries serialize");
    let index_bytes = u32::try_from(bytes.len() - length_at - 4).ok()?;
    let length = bytes.get_mut(length_at..length_at + 4)?;
    length.copy_from_slice(&index_bytes.to_be_bytes());
    Some(())
}

/// Gives an entry that was put together its heads. What they say of its length is filled in.
pub(super) fn seal(bytes: &mut [u8], head: Head) {
    // Invariant: `compose` has seen that lengths fit.
    let units = u32::try_from(bytes.len() / UNIT_BYTES).unwrap_or(u32::MAX);
    let head = Head { units, ..head };
    let directory = head.directory_bytes as usize;
    let Some((front, rest)) = bytes.split_first_chunk_mut::<HEAD_BYTES>() else {
        return;
    };
    let Some((rest, back)) = rest.split_last_chunk_mut::<HEAD_BYTES>() else {
        return;
    };
    let directory = rest.get(..directory).unwrap_or_default();
    *front = head.to_bytes(Side::Front, directory);
    *back = head.to_bytes(Side::Back, directory);
}

/// What an entry holds, as far as it can be read.
#[derive(PartialEq, Debug)]
pub(super) struct EntryContent {
    /// Its parts, in order. The record of a garbled one is what is there instead of it.
    pub(super) parts: Vec<CommitPart>,
    /// Which of its parts are garbled.
    pub(super) garbled: Vec<usize>,
}

/// Reads what the entry in a file that begins at `start` holds, by its directory.
///
/// `None` if the directory is not one of this head, which its proof has ruled out.
pub(super) fn read(
    file: &[u8],
    head: &Head,
    start: usize,
    directory: &[u8],
) -> Option<EntryContent> {
    let mut items = directory;
    let mut content = EntryContent {
        parts: Vec::new(),
        garbled: Vec::new(),
    };
    let mut record_at = start + HEAD_BYTES + directory.len();
    while !items.is_empty() {
        let (mut part, record) = take_item(&mut items)?;
        let place = record_at..record_at.checked_add(record.bytes)?;
        record_at = place.end;
        part.record = Bytes::copy_from_slice(within(file, place));
        if part.record.len() != record.bytes || crc32fast::hash(&part.record) != record.checksum {
            content.garbled.push(content.parts.len());
        }
        content.parts.push(part);
    }
    let rest = directory.len() + HEAD_BYTES;
    let end = start.checked_add(head.bytes())?.checked_sub(rest)?;
    (record_at <= end).then_some(content)
}

/// What a file has in a place, which it may end before.
fn within(file: &[u8], Range { start, end }: Range<usize>) -> &[u8] {
    let start = start.min(file.len());
    file.get(start..end.min(file.len())).unwrap_or_default()
}

/// What an item of the directory says of a record.
struct Record {
    bytes: usize,
    checksum: u32,
}

/// Takes off the first item of a directory: the part, without its record.
fn take_item(items: &mut &[u8]) -> Option<(CommitPart, Record)> {
    let run_id = RunId::from_u128(items.try_get_u128().ok()?);
    let number = RecordNumber::new(items.try_get_u32().ok()?);
    let record = Record {
        bytes: items.try_get_u32().ok()? as usize,
        checksum: items.try_get_u32().ok()?,
    };
    let index_bytes = items.try_get_u32().ok()? as usize;
    let (index, rest) = items.split_at_checked(index_bytes)?;
    *items = rest;
    let mut payloads = Vec::new();
    let index = match index.split_first() {
        None => None,
        Some((&kind, mut rest)) => {
            if kind & NAMES != 0 {
                payloads = take_keys(&mut rest)?;
            }
            match kind & !NAMES {
                0 => None,
                kind => Some(index_change(kind, rest)?),
            }
        }
    };
    let part = CommitPart {
        run_id,
        number,
        record: Bytes::new(),
        index,
        payloads,
    };
    Some((part, record))
}

/// Takes off the keys of stored payloads.
fn take_keys(bytes: &mut &[u8]) -> Option<Vec<ContentKey>> {
    let count = bytes.try_get_u32().ok()? as usize;
    let keys = bytes.split_off(..count.checked_mul(ContentKey::BYTES)?)?;
    let (keys, _) = keys.as_chunks();
    Some(keys.iter().copied().map(ContentKey::from_bytes).collect())
}

fn index_change(kind: u8, entry: &[u8]) -> Option<IndexChange> {
    let change = match kind {
        OPENED => IndexChange::Opened as fn(Box<RunEntry>) -> IndexChange,
        CHANGED => IndexChange::Changed as fn(Box<RunEntry>) -> IndexChange,
        DELETED => {
            let execution = rmp_serde::from_slice(entry).ok();
            return execution.map(IndexChange::Deleted);
        }
        _ => return None,
    };
    rmp_serde::from_slice(entry).ok().map(change)
}
