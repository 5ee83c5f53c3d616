//! Writing: conflicts are refused before anything is applied, then batches carry whole commits.

use ::sled::{Batch, Tree};

use crate::storage::{
    Commit, IndexChange, RunEntry, StorageError, StorageErrorKind,
    sled::{
        entry, failure,
        key::{self, Piece},
        read,
        recent::RecentRuns,
    },
};

/// Bound: sixteen pieces fill a page of sled, which must stay far below a quarter of a segment, or
/// sled writes it to a file of its own and never syncs that file.
pub(super) const PIECE_BYTES_MAX: usize = 4 * 1024;

/// Bound: reads wait while a batch is applied, so a large group of commits goes in several.
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Refuses the commits if one of their records exists, or two are the same.
pub(super) fn refuse_conflicts(
    tree: &Tree,
    recent: &RecentRuns,
    commits: &[Commit],
) -> Result<(), StorageError> {
    for (position, Commit { run_id, number, .. }) in commits.iter().enumerate() {
        let last = recent.last_record(*run_id, || read::last_number(tree, *run_id))?;
        if *number <= last {
            let mut before = commits.iter().take(position);
            let repeats = before.any(|other| (other.run_id, other.number) == (*run_id, *number));
            if repeats || read::exists(tree, *run_id, *number)? {
                return Err(StorageError::new(
                    StorageErrorKind::Conflict,
                    format!("record exists already: run_id={run_id} record={number}"),
                ));
            }
        }
        // Invariant: never lower than the last record that exists. It may be higher, if these
        // commits are refused after all; then the tree is asked.
        recent.note(*run_id, last.max(*number));
    }
    Ok(())
}

/// Applies the commits in order, each with its index change in the same batch.
pub(super) fn apply(tree: &Tree, commits: &[Commit]) -> Result<(), StorageError> {
    match commits {
        // The usual step of a lone execution. One key is atomic as it is; a batch would write its
        // own extent first, and waiting for that costs a third of the step.
        [commit] if commit.index.is_none() && commit.record.len() <= PIECE_BYTES_MAX => {
            let whole = Piece {
                index: 0,
                is_last: true,
            };
            let key = key::piece(commit.run_id, commit.number, whole);
            let inserted = tree.insert(key, commit.record.as_ref());
            inserted.map(|_| ()).map_err(failure::writing)
        }
        _ => apply_in_batches(tree, commits),
    }
}

fn apply_in_batches(tree: &Tree, commits: &[Commit]) -> Result<(), StorageError> {
    let mut batch = Batch::default();
    let mut bytes = 0;
    for commit in commits {
        add_record(&mut batch, commit)?;
        if let Some(change) = &commit.index {
            add_index_change(&mut batch, change);
        }
        bytes += commit.record.len();
        if bytes >= BATCH_BYTES_MAX {
            tree.apply_batch(std::mem::take(&mut batch))
                .map_err(failure::writing)?;
            bytes = 0;
        }
    }
    tree.apply_batch(batch).map_err(failure::writing)
}

fn add_record(batch: &mut Batch, commit: &Commit) -> Result<(), StorageError> {
    let Commit {
        run_id,
        number,
        record,
        ..
    } = commit;
    let last = record.len().saturating_sub(1) / PIECE_BYTES_MAX;
    let last = u32::try_from(last)
        .ok()
        .filter(|last| *last <= Piece::INDEX_MAX)
        .ok_or_else(|| {
            let length = record.len();
            let message =
                format!("record is too large: run_id={run_id} record={number} bytes={length}");
            StorageError::new(StorageErrorKind::Unavailable, message)
        })?;
    let mut rest = record.as_ref();
    for index in 0..=last {
        let (value, after) = rest.split_at(rest.len().min(PIECE_BYTES_MAX));
        let is_last = index == last;
        let key = key::piece(*run_id, *number, Piece { index, is_last });
        batch.insert(&key, value);
        rest = after;
    }
    Ok(())
}

fn add_index_change(batch: &mut Batch, change: &IndexChange) {
    let insert = |batch: &mut Batch, key: key::RunKey, entry: &RunEntry| {
        batch.insert(&key, entry::encode(&key, entry));
    };
    match change {
        IndexChange::Opened(entry) => {
            let execution = &entry.execution;
            let run_id = execution.run_id;
            let is_open = entry.status.is_open();
            let entry_key = if is_open {
                key::open_run
            } else {
                key::closed_run
            };
            insert(batch, entry_key(run_id), entry);
            let current = key::current_run(&execution.workflow_id);
            batch.insert(current, run_id.as_bytes());
        }
        IndexChange::Closed(entry) => {
            let run_id = entry.execution.run_id;
            batch.remove(&key::open_run(run_id));
            insert(batch, key::closed_run(run_id), entry);
        }
    }
}
