//! Reading: records put together from their pieces, and the index of runs.

use std::ops::Bound;

use ::sled::Tree;
use bytes::Bytes;

use crate::{
    model::{RecordNumber, RunId, WorkflowId},
    storage::{
        OpenRun, RunEntry, StorageError, StorageErrorKind, StoredRecord,
        sled::{entry, failure, key},
    },
};

/// The latest run of an execution.
pub(super) fn current_run(
    tree: &Tree,
    workflow_id: &WorkflowId,
) -> Result<Option<RunEntry>, StorageError> {
    let Some(run_id) = get(tree, &key::current_run(workflow_id))? else {
        return Ok(None);
    };
    let damaged = || {
        let message = format!("index of executions is damaged: workflow_id={workflow_id}");
        StorageError::new(StorageErrorKind::Corrupt, message)
    };
    let run_id = (*run_id).try_into().map_err(|_| damaged())?;
    run(tree, RunId::from_bytes(run_id))?
        .ok_or_else(damaged)
        .map(Some)
}

/// What the index says of one run.
pub(super) fn run(tree: &Tree, run_id: RunId) -> Result<Option<RunEntry>, StorageError> {
    // Invariant: a run goes from open to closed and never back, so looking in this order misses
    // no run that is being closed meanwhile.
    for key in [key::open_run(run_id), key::closed_run(run_id)] {
        if let Some(bytes) = get(tree, &key)? {
            return entry::decode(&key, &bytes).map(Some);
        }
    }
    Ok(None)
}

/// Up to `limit` open runs after `after`, with their last records.
pub(super) fn open_runs(
    tree: &Tree,
    after: Option<RunId>,
    limit: usize,
) -> Result<Vec<OpenRun>, StorageError> {
    let from = match after {
        Some(run_id) => Bound::Excluded(key::open_run(run_id)),
        None => Bound::Included(key::open_run(RunId::from_u128(0))),
    };
    let to = Bound::Included(key::open_run(RunId::from_u128(u128::MAX)));
    tree.range((from, to))
        .take(limit)
        .map(|pair| {
            let (key, bytes) = pair.map_err(failure::reading)?;
            let entry = entry::decode(&key, &bytes)?;
            let run_id = key::parse_run(&key).unwrap_or_default();
            let last_record = last_record(tree, run_id)?
                .ok_or_else(|| corrupt(run_id, RecordNumber::NONE.next(), "missing"))?;
            Ok(OpenRun { entry, last_record })
        })
        .collect()
}

/// Up to `limit` records of a run from number `from` on.
pub(super) fn records(
    tree: &Tree,
    run_id: RunId,
    from: RecordNumber,
    limit: usize,
) -> Result<Vec<StoredRecord>, StorageError> {
    let from = from.max(RecordNumber::NONE.next());
    let Some((last, _)) = last_piece(tree, run_id)? else {
        return Ok(Vec::new());
    };
    let Some(more) = limit.checked_sub(1).filter(|_| from <= last) else {
        return Ok(Vec::new());
    };
    let more = u32::try_from(more).unwrap_or(u32::MAX);
    // Invariant: the range ends with a record that is there as a whole, so a record written
    // meanwhile is not seen in part.
    let to = RecordNumber::new(from.get().saturating_add(more)).min(last);
    assemble(tree, run_id, from, to)
}

/// The last record of a run.
fn last_record(tree: &Tree, run_id: RunId) -> Result<Option<StoredRecord>, StorageError> {
    let Some((number, whole)) = last_piece(tree, run_id)? else {
        return Ok(None);
    };
    match whole {
        Some(bytes) => Ok(Some(StoredRecord { number, bytes })),
        None => Ok(assemble(tree, run_id, number, number)?.pop()),
    }
}

/// The number of the last record of a run, whether or not it is whole.
pub(super) fn last_number(tree: &Tree, run_id: RunId) -> Result<RecordNumber, StorageError> {
    Ok(last_piece(tree, run_id)?.map_or(RecordNumber::NONE, |(number, _)| number))
}

/// The number of the last record of a run, with its bytes if it consists of one piece.
fn last_piece(
    tree: &Tree,
    run_id: RunId,
) -> Result<Option<(RecordNumber, Option<Bytes>)>, StorageError> {
    let end = key::record_end(run_id, RecordNumber::new(u32::MAX));
    let before = tree.get_lt(end).map_err(failure::reading)?;
    let Some((key, value)) = before else {
        return Ok(None);
    };
    Ok(match key::parse_piece(&key) {
        Some((owner, number, piece)) if owner == run_id => {
            let is_whole = piece.is_last && piece.index == 0;
            let bytes = is_whole.then(|| Bytes::copy_from_slice(&value));
            Some((number, bytes))
        }
        _ => None,
    })
}

/// The records from one number to another, which are all there unless the store is damaged.
fn assemble(
    tree: &Tree,
    run_id: RunId,
    from: RecordNumber,
    to: RecordNumber,
) -> Result<Vec<StoredRecord>, StorageError> {
    let mut records = Vec::new();
    let mut number = from;
    let mut index = 0;
    let mut record = Vec::new();
    for pair in tree.range(key::records(run_id, from, to)) {
        let (key, value) = pair.map_err(failure::reading)?;
        let found = key::parse_piece(&key);
        let Some((_, _, piece)) =
            found.filter(|(_, found, piece)| (*found, piece.index) == (number, index))
        else {
            return Err(corrupt(run_id, number, format_args!("no piece={index}")));
        };
        let bytes = match (piece.is_last, index) {
            (true, 0) => Bytes::copy_from_slice(&value),
            (last, _) => {
                record.extend_from_slice(&value);
                if !last {
                    index += 1;
                    continue;
                }
                std::mem::take(&mut record).into()
            }
        };
        records.push(StoredRecord { number, bytes });
        index = 0;
        if number == to {
            return Ok(records);
        }
        number = number.next();
    }
    Err(corrupt(run_id, number, format_args!("no piece={index}")))
}

/// Whether a record with this number is there, in whole or in part.
pub(super) fn exists(
    tree: &Tree,
    run_id: RunId,
    number: RecordNumber,
) -> Result<bool, StorageError> {
    let before = tree
        .get_lt(key::record_end(run_id, number))
        .map_err(failure::reading)?;
    let found = before.and_then(|(key, _)| key::parse_piece(&key));
    Ok(found.is_some_and(|(owner, found, _)| (owner, found) == (run_id, number)))
}

fn get(tree: &Tree, key: &[u8]) -> Result<Option<::sled::IVec>, StorageError> {
    tree.get(key).map_err(failure::reading)
}

fn corrupt(run_id: RunId, number: RecordNumber, what: impl std::fmt::Display) -> StorageError {
    StorageError::corrupt(run_id, number, what)
}
