//! The journal: what was committed and is not settled yet, one entry for what shared a flush.
//!
//! An entry begins with the version of this layout. Then comes each part of each commit: the run
//! id, the record's number, the record behind its length, and a byte that says what changed in the
//! index: nothing (0), a run opened (1) or its entry changed (2), with the entry behind its length.
//! Numbers are big-endian. Records and index entries carry their own proof.

use bytes::{Buf as _, Bytes};

use crate::{
    model::{RecordNumber, RunId},
    storage::{
        Commit, CommitPart, IndexChange, RunEntry, StorageError, StorageErrorKind,
        sled::{bundle, entry, key},
    },
};

/// The layout that this release writes.
const VERSION: u8 = 1;

const UNCHANGED: u8 = 0;
const OPENED: u8 = 1;
const CHANGED: u8 = 2;

/// Writes commits as one entry, in place of what is in `bytes`.
pub(super) fn encode(bytes: &mut Vec<u8>, commits: &[Commit]) {
    bytes.clear();
    bytes.push(VERSION);
    for part in commits.iter().flat_map(Commit::parts) {
        bytes.extend_from_slice(part.run_id.as_bytes());
        bytes.extend_from_slice(&part.number.get().to_be_bytes());
        bytes.extend_from_slice(&bundle::length(&part.record));
        bytes.extend_from_slice(&part.record);
        let (kind, entry) = match &part.index {
            None => {
                bytes.push(UNCHANGED);
                continue;
            }
            Some(IndexChange::Opened(entry)) => (OPENED, entry),
            Some(IndexChange::Changed(entry)) => (CHANGED, entry),
        };
        let entry = entry::encode(&entry_key(entry), entry);
        bytes.push(kind);
        bytes.extend_from_slice(&bundle::length(&entry));
        bytes.extend_from_slice(&entry);
    }
}

/// Reads the parts of the commits in the entry with this sequence number.
///
/// # Errors
/// `Corrupt`, naming the entry, if these are not the bytes of one.
pub(super) fn decode(sequence: u64, bytes: Bytes) -> Result<Vec<CommitPart>, StorageError> {
    let mut rest = bytes;
    let mut parts = Vec::new();
    match rest.try_get_u8() {
        Ok(VERSION) => {}
        Ok(version) => {
            let what = format_args!("unknown layout version={version}");
            return Err(damaged(sequence, what));
        }
        Err(_) => return Err(damaged(sequence, "empty")),
    }
    while !rest.is_empty() {
        let part = take_part(&mut rest).ok_or_else(|| damaged(sequence, "cut short or garbled"))?;
        parts.push(part?);
    }
    Ok(parts)
}

/// An entry of the journal that is damaged or missing in part.
pub(super) fn damaged(sequence: u64, what: impl std::fmt::Display) -> StorageError {
    StorageError::new(
        StorageErrorKind::Corrupt,
        format!("journal is damaged: {what} entry={sequence}"),
    )
}

fn take_part(rest: &mut Bytes) -> Option<Result<CommitPart, StorageError>> {
    let run_id = RunId::from_u128(rest.try_get_u128().ok()?);
    let number = RecordNumber::new(rest.try_get_u32().ok()?);
    let record = bundle::take_sized(rest)?;
    let change = match rest.try_get_u8().ok()? {
        UNCHANGED => None,
        OPENED => Some(IndexChange::Opened as fn(RunEntry) -> IndexChange),
        CHANGED => Some(IndexChange::Changed as fn(RunEntry) -> IndexChange),
        _ => return None,
    };
    let mut part = CommitPart {
        run_id,
        number,
        record,
        index: None,
    };
    if let Some(change) = change {
        let bytes = bundle::take_sized(rest)?;
        match entry::decode(&key::open_run(run_id), &bytes) {
            Ok(entry) => part.index = Some(change(entry)),
            Err(error) => return Some(Err(error)),
        }
    }
    Some(Ok(part))
}

/// What the proof of an index entry in the journal covers besides the entry.
fn entry_key(entry: &RunEntry) -> key::RunKey {
    key::open_run(entry.execution.run_id)
}
