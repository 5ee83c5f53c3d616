//! Reading what is settled: records out of their bundles, and the index of runs.

use std::{collections::BTreeMap, ops::Bound};

use ::sled::Tree;
use bytes::Bytes;

use crate::{
    model::{ContentKey, ExecutionStatus, RecordNumber, RunId, WorkflowId},
    storage::{
        CommitPart, OpenRun, RunEntry, StorageError, StorageErrorKind, StoredRecord,
        sled::{
            bundle, entry, failure,
            journal::{RecoveredEntry, WrittenEntry},
            key,
            piece::{self, Piece},
            settle,
            unsettled::{LastNumbers, Unsettled},
        },
    },
};

/// The latest run of an execution.
pub(super) fn current_run(
    tree: &Tree,
    workflow_id: &WorkflowId,
) -> Result<Option<RunId>, StorageError> {
    let Some(run_id) = get(tree, &key::current_run(workflow_id))? else {
        return Ok(None);
    };
    let run_id = (*run_id)
        .try_into()
        .map_err(|_| damaged_index(workflow_id))?;
    Ok(Some(RunId::from_bytes(run_id)))
}

/// The index does not say what it should about an execution.
fn damaged_index(workflow_id: &WorkflowId) -> StorageError {
    let message = format!("index of executions is damaged: workflow_id={workflow_id}");
    StorageError::new(StorageErrorKind::Corrupt, message)
}

/// What the index says of one run.
pub(super) fn run(tree: &Tree, run_id: RunId) -> Result<Option<RunEntry>, StorageError> {
    // Invariant: a run goes from open to closed and never back, so looking in this order misses
    // no run that is being closed meanwhile.
    for (key, status) in [
        (key::open_run(run_id), ExecutionStatus::Running),
        (key::closed_run(run_id), ExecutionStatus::Unspecified),
    ] {
        if let Some(bytes) = get(tree, &key)? {
            return Ok(Some(read_entry(&key, &bytes, status)));
        }
    }
    Ok(None)
}

/// What the index says under this key, or what is known without it.
fn read_entry(key: &[u8], bytes: &[u8], status: ExecutionStatus) -> RunEntry {
    entry::decode(key, bytes).unwrap_or_else(|error| {
        let mut entry = RunEntry {
            status,
            damage: Some(error.to_string().into()),
            ..RunEntry::default()
        };
        entry.execution.run_id = key::parse_run(key).unwrap_or_default();
        entry
    })
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
            let entry = read_entry(&key, &bytes, ExecutionStatus::Running);
            let last_record = match last_record(tree, entry.execution.run_id) {
                // Whoever reads the run is told what is wrong with it; the others go on.
                Err(error) if error.kind() == StorageErrorKind::Corrupt => StoredRecord::default(),
                last => last?.unwrap_or_default(),
            };
            Ok(OpenRun { entry, last_record })
        })
        .collect()
}

/// Up to `limit` settled runs without work after `after`, in the order of their ids.
pub(super) fn closed_runs(
    tree: &Tree,
    after: Option<RunId>,
    limit: usize,
) -> Result<Vec<RunEntry>, StorageError> {
    let from = match after {
        Some(run_id) => Bound::Excluded(key::closed_run(run_id)),
        None => Bound::Included(key::closed_run(RunId::from_u128(0))),
    };
    let to = Bound::Included(key::closed_run(RunId::from_u128(u128::MAX)));
    let pairs = tree.range((from, to)).take(limit);
    let entries = pairs.map(|pair| {
        let (key, bytes) = pair.map_err(failure::reading)?;
        Ok(read_entry(&key, &bytes, ExecutionStatus::Unspecified))
    });
    entries.collect()
}

/// Up to `limit` settled runs before `before`, open and closed, the greatest id first.
pub(super) fn runs(
    tree: &Tree,
    before: Option<RunId>,
    limit: usize,
) -> Result<Vec<RunEntry>, StorageError> {
    let mut runs = BTreeMap::new();
    // Invariant: a run goes from open to closed and never back, so looking in this order misses
    // no run that is being closed meanwhile, and the later look knows more.
    for (key_of, status) in [
        (
            key::open_run as fn(RunId) -> key::RunKey,
            ExecutionStatus::Running,
        ),
        (key::closed_run, ExecutionStatus::Unspecified),
    ] {
        let last = RunId::from_u128(u128::MAX);
        let end = before.map_or(Bound::Included(key_of(last)), |id| {
            Bound::Excluded(key_of(id))
        });
        let from = Bound::Included(key_of(RunId::from_u128(0)));
        for pair in tree.range((from, end)).rev().take(limit) {
            let (key, bytes) = pair.map_err(failure::reading)?;
            let entry = read_entry(&key, &bytes, status);
            runs.insert(entry.execution.run_id, entry);
        }
    }
    Ok(runs.into_values().rev().take(limit).collect())
}

/// The records of a run with these numbers that are settled.
pub(super) fn records(
    tree: &Tree,
    run_id: RunId,
    from: RecordNumber,
    to: RecordNumber,
) -> Result<Vec<StoredRecord>, StorageError> {
    let mut records = Vec::new();
    // Invariant: the range ends with a bundle that is there as a whole, so that one that settles
    // meanwhile is not seen in part.
    let last = last_number(tree, run_id)?;
    for bundle in bundles(tree, run_id, from, last) {
        let bundle = bundle?;
        let ends = bundle.last().is_some_and(|record| record.number >= to);
        let wanted = |record: &StoredRecord| (from..=to).contains(&record.number);
        records.extend(bundle.into_iter().filter(wanted));
        if ends {
            break;
        }
    }
    Ok(records)
}

/// The last settled record of a run.
pub(super) fn last_record(
    tree: &Tree,
    run_id: RunId,
) -> Result<Option<StoredRecord>, StorageError> {
    let Some((number, whole)) = last_piece(tree, run_id)? else {
        return Ok(None);
    };
    let mut bundle = match whole {
        Some(bytes) => bundle::decode(run_id, number, &bytes)?,
        None => bundles(tree, run_id, number, number)
            .next()
            .transpose()?
            .unwrap_or_default(),
    };
    Ok(bundle.pop())
}

/// The number of the last settled record of a run, whether or not it is whole.
pub(super) fn last_number(tree: &Tree, run_id: RunId) -> Result<RecordNumber, StorageError> {
    Ok(last_piece(tree, run_id)?.map_or(RecordNumber::NONE, |(number, _)| number))
}

/// The number of the last settled record of a run, with its bundle if that is one piece.
fn last_piece(
    tree: &Tree,
    run_id: RunId,
) -> Result<Option<(RecordNumber, Option<Bytes>)>, StorageError> {
    let end = key::bundle_end(run_id, RecordNumber::new(u32::MAX));
    let before = tree.get_lt(end).map_err(failure::reading)?;
    let Some((key, value)) = before else {
        return Ok(None);
    };
    Ok(match key::parse_bundle(&key) {
        Some(((owner, number), piece)) if owner == run_id => {
            let bytes = (piece == Piece::WHOLE).then(|| Bytes::copy_from_slice(&value));
            Some((number, bytes))
        }
        _ => None,
    })
}

/// The bundles of a run that end with one of these records, in order.
pub(super) fn bundles(
    tree: &Tree,
    run_id: RunId,
    from: RecordNumber,
    to: RecordNumber,
) -> impl Iterator<Item = Result<Vec<StoredRecord>, StorageError>> {
    let broken = |(run_id, last), index| {
        StorageError::corrupt(run_id, last, format_args!("no piece={index} of its bundle"))
    };
    let pairs = tree.range(key::bundles(run_id, from, to));
    let bundles = piece::values(pairs, key::parse_bundle, broken);
    bundles.map(|bundle| {
        let ((run_id, last), bytes) = bundle?;
        bundle::decode(run_id, last, &bytes)
    })
}

/// The stored payloads that a run names, as far as that is settled, in the order of their keys.
pub(super) fn payloads(tree: &Tree, run_id: RunId) -> Result<Vec<ContentKey>, StorageError> {
    let keys = tree.range(key::all_named(run_id)).keys();
    let named = keys.filter_map(|key| match key {
        Ok(key) => key::parse_named(&key).map(Ok),
        Err(error) => Some(Err(failure::reading(error))),
    });
    named.collect()
}

/// Whether it is settled that a run names this stored payload.
pub(super) fn names_payload(tree: &Tree, key: &ContentKey) -> Result<bool, StorageError> {
    let mut keys = tree.range(key::namers(key)).keys();
    let first = keys.next().transpose().map_err(failure::reading)?;
    Ok(first.is_some())
}

/// Whether a record with this number is settled.
pub(super) fn exists(
    tree: &Tree,
    run_id: RunId,
    number: RecordNumber,
) -> Result<bool, StorageError> {
    let bundle = bundles(tree, run_id, number, RecordNumber::new(u32::MAX)).next();
    let records = bundle.transpose()?.unwrap_or_default();
    Ok(records.iter().any(|record| record.number == number))
}

/// How often something has been settled.
pub(super) fn settlements(tree: &Tree) -> Result<u64, StorageError> {
    let Some(number) = get(tree, &key::SETTLEMENTS)? else {
        return Ok(0);
    };
    let number = (*number).try_into().map_err(|_| {
        let message = "number of settlements is damaged";
        StorageError::new(StorageErrorKind::Corrupt, message)
    })?;
    Ok(u64::from_be_bytes(number))
}

/// What of the entries of a journal is not settled.
pub(super) fn unsettled(
    tree: &Tree,
    entries: Vec<RecoveredEntry>,
    capacity_bytes: usize,
) -> Result<Unsettled, StorageError> {
    let mut unsettled = Unsettled::new(capacity_bytes);
    let mut last_numbers = LastNumbers::new();
    let parts = entries.iter().flat_map(|entry| &entry.parts);
    let deleted: BTreeMap<_, _> = parts
        .filter_map(CommitPart::deleted)
        .map(|execution| (execution.run_id, execution.clone()))
        .collect();
    for execution in deleted.values() {
        settle::delete(tree, execution)?;
    }
    for RecoveredEntry {
        sequence,
        bytes,
        parts,
    } in entries
    {
        let mut missing = Vec::new();
        for part in parts {
            if deleted.contains_key(&part.run_id) {
                continue;
            }
            if !is_settled(tree, &mut last_numbers, &part)? {
                missing.push(part);
            }
        }
        let entry = WrittenEntry { sequence, bytes };
        unsettled.add(entry, missing.iter(), &last_numbers);
    }
    Ok(unsettled)
}

/// Whether a part of a commit in the journal is settled; takes note of the last record of its run.
fn is_settled(
    tree: &Tree,
    last_numbers: &mut LastNumbers,
    part: &CommitPart,
) -> Result<bool, StorageError> {
    let CommitPart { run_id, number, .. } = part;
    let last = match last_numbers.get(run_id) {
        Some(last) => *last,
        None => last_number(tree, *run_id)?,
    };
    last_numbers.insert(*run_id, last.max(*number));
    if *number > last {
        return Ok(false);
    }
    match exists(tree, *run_id, *number) {
        // Reading the run reports it; the other runs go on.
        Err(error) if error.kind() == StorageErrorKind::Corrupt => Ok(true),
        exists => exists,
    }
}

fn get(tree: &Tree, key: &[u8]) -> Result<Option<::sled::IVec>, StorageError> {
    tree.get(key).map_err(failure::reading)
}
