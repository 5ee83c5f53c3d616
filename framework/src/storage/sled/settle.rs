//! Settling: records and index changes go to their places in the tree.
//!
//! All that settles of a run is one batch, so its record is at its place exactly if its index
//! change is, and what it names of stored payloads. The journal is told after that, and after a sync. A crash in between leaves entries
//! of which something is settled; when a store is opened, that is told by its records being there.
//!
//! Settlements are counted, here and in the journal, which says how many of them are on disk. So
//! it shows when sled has lost some.

use std::collections::BTreeSet;

use ::sled::{Batch, Tree};

use crate::{
    model::{RecordNumber, RunId, WorkflowExecution},
    storage::{
        CommitPart, RunEntry, StorageError, StorageErrorKind, StoredRecord,
        sled::{
            bundle, entry, failure, key, piece, read,
            unsettled::{RunSettlement, Settlement},
        },
    },
};

/// Bound: commits and reads wait while a batch is applied, so a large settlement goes in several.
const BATCH_BYTES_MAX: usize = 64 * 1024;

/// Puts all of a settlement to its place, in order, as the one with this number.
pub(super) fn apply(tree: &Tree, settlement: &Settlement, number: u64) -> Result<(), StorageError> {
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
    batch.insert(&key::SETTLEMENTS, &number.to_be_bytes());
    tree.apply_batch(batch).map_err(failure::writing)
}

fn add_run(batch: &mut Batch, run: &RunSettlement) -> Result<(), StorageError> {
    let consecutive = |one: &StoredRecord, next: &StoredRecord| one.number.next() == next.number;
    for records in run.records.chunk_by(consecutive) {
        add_bundle(batch, run.run_id, records)?;
    }
    for named in &run.payloads {
        batch.insert(&key::named(run.run_id, named)[..], &[]);
        batch.insert(&key::namer(named, run.run_id)[..], &[]);
    }
    if let Some(index) = &run.index {
        add_index_entry(batch, &index.entry, index.is_new);
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
    let is_open = entry.has_work();
    let key = if is_open { open } else { closed };
    batch.insert(&key, entry::encode(&key, entry));
    if is_new {
        let current = key::current_run(&execution.workflow_id);
        batch.insert(current, run_id.as_bytes());
    } else if !is_open {
        batch.remove(&open);
    }
}

/// Removes what says by payloads that these runs name them, which have been deleted.
///
/// For a tree that was read while they were: what a payload says is read before what its run says, so a
/// run may have gone in between, and [`delete`] finds by the run alone what it has named.
pub(super) fn forget_names(tree: &Tree, deleted: &BTreeSet<RunId>) -> Result<(), StorageError> {
    if deleted.is_empty() {
        return Ok(());
    }
    let mut batch = Batch::default();
    for key in tree.scan_prefix([key::NAMER]).keys() {
        let key = key.map_err(failure::reading)?;
        if key::parse_namer(&key).is_some_and(|(_, run_id)| deleted.contains(&run_id)) {
            batch.remove(key);
        }
    }
    tree.apply_batch(batch).map_err(failure::writing)
}

/// Puts the parts of an entry of the journal to their places once more, in order, whatever of them is
/// there already.
pub(super) fn redo(tree: &Tree, parts: &[CommitPart]) -> Result<(), StorageError> {
    let mut batch = Batch::default();
    for part in parts {
        if let Some(execution) = part.deleted() {
            let before = std::mem::take(&mut batch);
            tree.apply_batch(before).map_err(failure::writing)?;
            delete(tree, execution)?;
            continue;
        }
        let is_there = match read::exists(tree, part.run_id, part.number) {
            // Whoever reads the run is told; the other runs go on.
            Err(error) if error.kind() == StorageErrorKind::Corrupt => true,
            exists => exists?,
        };
        add_run(&mut batch, &RunSettlement::of_part(part, !is_there))?;
    }
    tree.apply_batch(batch).map_err(failure::writing)
}

/// Removes all that has settled of a run, and its execution's latest run if it is that.
///
/// One batch, so that nobody sees a part of it.
pub(super) fn delete(tree: &Tree, execution: &WorkflowExecution) -> Result<(), StorageError> {
    let run_id = execution.run_id;
    let mut batch = Batch::default();
    let all = key::bundles(run_id, RecordNumber::NONE, RecordNumber::new(u32::MAX));
    for key in tree.range(all).keys() {
        batch.remove(key.map_err(failure::reading)?);
    }
    for named in read::payloads(tree, run_id)? {
        batch.remove(&key::named(run_id, &named)[..]);
        batch.remove(&key::namer(&named, run_id)[..]);
    }
    batch.remove(&key::open_run(run_id));
    batch.remove(&key::closed_run(run_id));
    let latest = key::current_run(&execution.workflow_id);
    let is_latest = tree.get(&latest).map_err(failure::reading)?;
    if is_latest.is_some_and(|latest| *latest == *run_id.as_bytes()) {
        batch.remove(latest);
    }
    tree.apply_batch(batch).map_err(failure::writing)
}
