//! Writing: what a call commits goes into the journal, in as few entries as it takes.

use ::sled::{Batch, Tree};

use crate::storage::{
    Commit, CommitPart, StorageError, StorageErrorKind,
    sled::{
        failure, journal, key,
        piece::{self, PIECE_BYTES_MAX, Piece},
        unsettled::WrittenEntry,
    },
};

/// Bound: a larger record goes to its place at once. To write it twice would cost more than the
/// keys that are saved.
const RECORD_BYTES_MAX: usize = 2 * PIECE_BYTES_MAX;

/// Bound: reads wait while a batch is applied, so a large group of commits goes in several. A single
/// commit is never cut.
const PORTION_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The part of a commit that goes to its place at once: its record is too large for the journal.
///
/// Several parts go through the journal whatever their size, because an entry of it is atomic.
pub(super) fn large(commit: &Commit) -> Option<&CommitPart> {
    let mut parts = commit.parts();
    let first = parts.next()?;
    let is_alone = parts.next().is_none();
    (is_alone && first.record.len() > RECORD_BYTES_MAX).then_some(first)
}

/// How many of these commits, of which the first one is not large, go into one entry.
pub(super) fn portion(commits: &[Commit]) -> usize {
    let mut bytes = 0;
    let fitting = commits.iter().take_while(|commit| {
        let fits = bytes < PORTION_BYTES_MAX && large(commit).is_none();
        bytes += commit.record_bytes();
        fits
    });
    fitting.count()
}

/// Writes commits into the journal, as the entry with this sequence number; `entry` is room for it.
pub(super) fn write_down(
    tree: &Tree,
    sequence: u64,
    commits: &[Commit],
    entry: &mut Vec<u8>,
) -> Result<WrittenEntry, StorageError> {
    journal::encode(entry, commits);
    let pieces = piece::count(entry.len()).ok_or_else(|| {
        let message = format!("journal entry is too large: bytes={}", entry.len());
        StorageError::new(StorageErrorKind::Unavailable, message)
    })?;
    if entry.len() <= PIECE_BYTES_MAX {
        // The usual step of a lone execution. One key is atomic as it is; a batch would write its
        // own extent first, and waiting for that costs a third of the step.
        let key = key::journal(sequence, Piece::WHOLE);
        tree.insert(key, entry.as_slice())
            .map_err(failure::writing)?;
    } else {
        let mut batch = Batch::default();
        for (piece, part) in piece::cut(entry) {
            batch.insert(&key::journal(sequence, piece), part);
        }
        tree.apply_batch(batch).map_err(failure::writing)?;
    }
    Ok(WrittenEntry {
        sequence,
        pieces,
        bytes: entry.len(),
    })
}
