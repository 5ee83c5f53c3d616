//! Settling: records and index changes go to their places in the tree.
//!
//! All that settles of a run is one batch, so its record is at its place exactly if its index
//! change is. The entries of the journal are removed after that. A crash in between leaves entries
//! of which something is settled; when a store is opened, that is told by its records being there.

use ::sled::{Batch, Tree};

use crate::{
    model::{RecordNumber, RunId},
    storage::{
        CommitPart, IndexChange, RunEntry, StorageError, StorageErrorKind, StoredRecord,
        sled::{
            bundle, entry, failure, key,
            piece::{self, Piece},
            unsettled::{RunSettlement, Settlement, UnsettledIndex, WrittenEntry},
        },
    },
};

/// Bound: commits and reads wait while a batch is applied, so a large settlement goes in several.
const BATCH_BYTES_MAX: usize = 64 * 1024;

/// Puts all of a settlement to its place, in order.
pub(super) fn apply(tree: &Tree, settlement: &Settlement) -> Result<(), StorageError> {
    let mut batch = Batch::default();
    let mut bytes = 0;
    for run in &settlement.runs {
        add_run(&mut batch, run)?;
        bytes += run
            .records
            .iter()
            .map(|record| record.bytes.len())
            .sum::<usize>();
        if bytes >= BATCH_BYTES_MAX {
            let full = std::mem::take(&mut batch);
            tree.apply_batch(full).map_err(failure::writing)?;
            bytes = 0;
        }
    }
    tree.apply_batch(batch).map_err(failure::writing)
}

/// Puts a commit's only part to its place without the journal.
pub(super) fn apply_part(tree: &Tree, part: &CommitPart) -> Result<(), StorageError> {
    let mut batch = Batch::default();
    let record = StoredRecord {
        number: part.number,
        bytes: part.record.clone(),
    };
    add_bundle(&mut batch, part.run_id, &[record])?;
    if let Some(change) = &part.index {
        let (entry, is_new) = match change {
            IndexChange::Opened(entry) => (entry, true),
            IndexChange::Changed(entry) => (entry, false),
        };
        add_index_entry(&mut batch, entry, is_new);
    }
    tree.apply_batch(batch).map_err(failure::writing)
}

/// Removes entries of the journal. Each is removed as a whole, so that none is ever broken.
pub(super) fn remove(tree: &Tree, needless: &[WrittenEntry]) -> Result<(), StorageError> {
    for WrittenEntry {
        sequence, pieces, ..
    } in needless
    {
        if *pieces == 1 {
            let key = key::journal(*sequence, Piece::WHOLE);
            tree.remove(key).map_err(failure::writing)?;
            continue;
        }
        let mut batch = Batch::default();
        for piece in piece::pieces(*pieces) {
            batch.remove(&key::journal(*sequence, piece));
        }
        tree.apply_batch(batch).map_err(failure::writing)?;
    }
    Ok(())
}

fn add_run(batch: &mut Batch, run: &RunSettlement) -> Result<(), StorageError> {
    let consecutive = |one: &StoredRecord, next: &StoredRecord| one.number.next() == next.number;
    for records in run.records.chunk_by(consecutive) {
        add_bundle(batch, run.run_id, records)?;
    }
    if let Some(UnsettledIndex { entry, is_new }) = &run.index {
        add_index_entry(batch, entry, *is_new);
    }
    Ok(())
}

fn add_bundle(
    batch: &mut Batch,
    run_id: RunId,
    records: &[StoredRecord],
) -> Result<(), StorageError> {
    let bundle = bundle::encode(records);
    let last = records
        .last()
        .map_or(RecordNumber::NONE, |record| record.number);
    if piece::count(bundle.len()).is_none() {
        let length = bundle.len();
        let message = format!("record is too large: run_id={run_id} record={last} bytes={length}");
        return Err(StorageError::new(StorageErrorKind::Unavailable, message));
    }
    for (piece, part) in piece::cut(&bundle) {
        batch.insert(&key::bundle(run_id, last, piece), part);
    }
    Ok(())
}

fn add_index_entry(batch: &mut Batch, entry: &RunEntry, is_new: bool) {
    let execution = &entry.execution;
    let run_id = execution.run_id;
    let (open, closed) = (key::open_run(run_id), key::closed_run(run_id));
    let is_open = entry.status.is_open();
    let key = if is_open { open } else { closed };
    batch.insert(&key, entry::encode(&key, entry));
    if is_new {
        let current = key::current_run(&execution.workflow_id);
        batch.insert(current, run_id.as_bytes());
    } else if !is_open {
        batch.remove(&open);
    }
}
