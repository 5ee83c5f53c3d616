//! What a store holds: the tree, and beside it what of the journal is not settled.
//!
//! Reads look at what is unsettled first and into the tree then. What settles meanwhile is in the
//! tree before it is forgotten here, so a read sees it at least once.

use std::sync::{Mutex, MutexGuard, PoisonError};

use derive_more::Debug;

use crate::{
    model::{RecordNumber, RunId, WorkflowId},
    storage::{
        Commit, CommitPart, IndexChange, OpenRun, RunEntry, StorageError, StorageErrorKind,
        StoredRecord,
        sled::{
            commit,
            data_file::DataFile,
            failure,
            options::{Durability, SledOptions},
            read, settle,
            unsettled::{LastNumbers, Settlement, Unsettled},
        },
    },
};

/// Bound: room for entries of the journal that is kept from one commit to the next.
const ENTRY_BYTES_KEPT: usize = 256 * 1024;

/// The tree, and what is not settled in it yet.
#[derive(Debug)]
pub(super) struct Content {
    // Invariant: these are dropped in this order: sled closes before its log is waited for.
    #[debug(skip)]
    db: ::sled::Db,
    data_file: DataFile,
    durability: Durability,
    #[debug(skip)]
    unsettled: Mutex<Unsettled>,
    /// Where entries of the journal are put together; fresh memory for each would cost as much as
    /// all the rest of a commit.
    #[debug(skip)]
    entry: Mutex<Vec<u8>>,
    /// Held by who settles; one at a time.
    settling: Mutex<()>,
}

impl Content {
    /// The content of this database, whose log this is; its journal is read.
    ///
    /// # Errors
    /// `Corrupt` if the journal is damaged.
    pub(super) fn open(
        // In this order, so that sled closes before its log is waited for if this fails.
        data_file: DataFile,
        db: ::sled::Db,
        options: &SledOptions,
    ) -> Result<Self, StorageError> {
        let (unsettled, needless) = read::journal(&db, options.journal_capacity_bytes)?;
        settle::remove(&db, &needless)?;
        Ok(Self {
            db,
            data_file,
            durability: options.durability,
            unsettled: Mutex::new(unsettled),
            entry: Mutex::default(),
            settling: Mutex::default(),
        })
    }

    /// Applies the commits in order, each with all its parts and index changes in one batch.
    ///
    /// # Durability
    /// They are on disk once the database has been flushed.
    ///
    /// # Errors
    /// `Conflict` if one of their records exists, or two are the same; then nothing is applied.
    pub(super) fn apply(&self, commits: &[Commit]) -> Result<(), StorageError> {
        let last_numbers = self.refuse_conflicts(commits)?;
        // Invariant: it is written anew each time, so what a panic leaves in it does not matter.
        let mut entry = self.entry.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rest = commits;
        while let Some(first) = rest.first() {
            if let Some(large) = commit::large(first) {
                self.apply_at_its_place(large)?;
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            let (portion, after) = rest.split_at(commit::portion(rest));
            let sequence = self.unsettled().next_sequence();
            let written = commit::write_down(&self.db, sequence, portion, &mut entry)?;
            let parts = portion.iter().flat_map(Commit::parts);
            self.unsettled().add(written, parts, &last_numbers);
            rest = after;
        }
        // Bound: what most groups need is kept.
        entry.clear();
        entry.shrink_to(ENTRY_BYTES_KEPT);
        Ok(())
    }

    /// Refuses the commits if one of their records exists, or two are the same; otherwise says
    /// which the last records of their runs are about to be.
    fn refuse_conflicts(&self, commits: &[Commit]) -> Result<LastNumbers, StorageError> {
        let mut last_numbers = LastNumbers::new();
        let parts = commits.iter().flat_map(Commit::parts);
        for (position, CommitPart { run_id, number, .. }) in parts.clone().enumerate() {
            let last = match last_numbers.get(run_id) {
                Some(last) => *last,
                None => self.last_number(*run_id)?,
            };
            // Only what is not new has to be looked for.
            if *number <= last {
                let mut before = parts.clone().take(position);
                let repeats =
                    before.any(|other| (other.run_id, other.number) == (*run_id, *number));
                if repeats || self.exists(*run_id, *number)? {
                    return Err(StorageError::new(
                        StorageErrorKind::Conflict,
                        format!("record exists already: run_id={run_id} record={number}"),
                    ));
                }
            }
            last_numbers.insert(*run_id, last.max(*number));
        }
        Ok(last_numbers)
    }

    /// Applies a part whose record would be written twice for nothing.
    fn apply_at_its_place(&self, part: &CommitPart) -> Result<(), StorageError> {
        // Invariant: of a run, and of the runs of an execution, what came first settles first.
        self.settle(|unsettled| unsettled.run_and_before(part.run_id))?;
        if let Some(IndexChange::Opened(entry)) = &part.index {
            let before = self.unsettled().current_run(&entry.execution.workflow_id);
            if let Some(before) = before {
                self.settle(|unsettled| unsettled.run_and_before(before))?;
            }
        }
        settle::apply_part(&self.db, part)
    }

    /// Puts everything that was written where a power cut leaves it.
    pub(super) fn flush(&self) -> Result<(), StorageError> {
        // Durability: sled's flush hands the log to the operating system and starts the writing,
        // it does not wait for the disk; the sync that follows does.
        self.db.flush().map_err(failure::writing)?;
        self.data_file.sync()
    }

    /// Lets every sync from now on fail, as a broken disk would.
    #[cfg(test)]
    pub(super) fn break_disk(&self) -> std::io::Result<()> {
        self.data_file.break_down()
    }

    /// Settles until the bounds are kept.
    pub(super) fn settle_due(&self) -> Result<(), StorageError> {
        while self.settle(Unsettled::due)? {}
        Ok(())
    }

    /// Settles all that has been committed so far.
    pub(super) fn settle_all(&self) -> Result<(), StorageError> {
        let last = self.unsettled().last_sequence();
        while self.settle(|unsettled| unsettled.up_to(last))? {}
        Ok(())
    }

    /// Whether something is to be settled so that the bounds are kept.
    pub(super) fn is_settlement_due(&self) -> bool {
        self.unsettled().is_due()
    }

    /// Whether so much is unsettled that commits have to wait.
    pub(super) fn is_settlement_overdue(&self) -> bool {
        self.unsettled().is_overdue()
    }

    /// Settles what is chosen; `false` if that is nothing.
    fn settle(&self, choose: impl FnOnce(&Unsettled) -> Settlement) -> Result<bool, StorageError> {
        let turn = self.settling.lock();
        // Invariant: it guards no data; what a panic leaves is in the tree or still unsettled.
        let _turn = turn.unwrap_or_else(PoisonError::into_inner);
        let settlement = choose(&self.unsettled());
        if settlement.runs.is_empty() {
            return Ok(false);
        }
        settle::apply(&self.db, &settlement)?;
        if self.durability == Durability::Fsync {
            // Durability: sled writes over what is removed as soon as it likes, so an entry stays
            // until what it holds is on disk at its place.
            self.flush()?;
        }
        let needless = self.unsettled().settled(&settlement);
        settle::remove(&self.db, &needless)?;
        Ok(true)
    }

    /// The latest run of an execution.
    pub(super) fn current_run(
        &self,
        workflow_id: &WorkflowId,
    ) -> Result<Option<RunEntry>, StorageError> {
        let unsettled = self.unsettled().current_run(workflow_id);
        let run_id = match unsettled {
            Some(run_id) => Some(run_id),
            None => read::current_run(&self.db, workflow_id)?,
        };
        let Some(run_id) = run_id else {
            return Ok(None);
        };
        let run = self.run(run_id)?;
        run.map(Some)
            .ok_or_else(|| read::damaged_index(workflow_id))
    }

    /// What the index says of one run.
    pub(super) fn run(&self, run_id: RunId) -> Result<Option<RunEntry>, StorageError> {
        let unsettled = self.unsettled().run(run_id).cloned();
        match unsettled {
            Some(entry) => Ok(Some(entry)),
            None => read::run(&self.db, run_id),
        }
    }

    /// Up to `limit` of the open runs that are settled after `after`, with their last records.
    pub(super) fn open_runs(
        &self,
        after: Option<RunId>,
        limit: usize,
    ) -> Result<Vec<OpenRun>, StorageError> {
        read::open_runs(&self.db, after, limit)
    }

    /// Up to `limit` records of a run from number `from` on.
    pub(super) fn records(
        &self,
        run_id: RunId,
        from: RecordNumber,
        limit: usize,
    ) -> Result<Vec<StoredRecord>, StorageError> {
        // Invariant: what is at most this number was there before the reading began, so that what
        // is missing of it is no record on its way.
        let last = self.last_number(run_id)?;
        let from = from.max(RecordNumber::NONE.next());
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let Some(more) = limit.checked_sub(1).filter(|_| from <= last) else {
            return Ok(Vec::new());
        };
        let to = RecordNumber::new(from.get().saturating_add(more)).min(last);
        let unsettled: Vec<_> = self
            .unsettled()
            .records(run_id, from..=to)
            .cloned()
            .collect();
        let mut found = read::records(&self.db, run_id, from, to)?;
        found.extend(unsettled);
        without_gaps(run_id, from, to, found)
    }

    /// The number of the last record of a run.
    fn last_number(&self, run_id: RunId) -> Result<RecordNumber, StorageError> {
        let unsettled = self.unsettled().last_number(run_id);
        match unsettled {
            Some(last) => Ok(last),
            None => read::last_number(&self.db, run_id),
        }
    }

    /// Whether a record with this number is there.
    fn exists(&self, run_id: RunId, number: RecordNumber) -> Result<bool, StorageError> {
        let unsettled = self
            .unsettled()
            .records(run_id, number..=number)
            .next()
            .is_some();
        Ok(unsettled || read::exists(&self.db, run_id, number)?)
    }

    fn unsettled(&self) -> MutexGuard<'_, Unsettled> {
        // Invariant: no code that can panic runs under this lock.
        self.unsettled
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records by their numbers, all of them from one number to another.
fn without_gaps(
    run_id: RunId,
    from: RecordNumber,
    to: RecordNumber,
    mut found: Vec<StoredRecord>,
) -> Result<Vec<StoredRecord>, StorageError> {
    found.sort_by_key(|record| record.number);
    // What settled in between was found twice.
    found.dedup_by_key(|record| record.number);
    let numbers = (from.get()..=to.get()).map(RecordNumber::new);
    let mut present = found.iter().map(|record| record.number);
    for number in numbers {
        if present.next() != Some(number) {
            return Err(StorageError::corrupt(run_id, number, "missing"));
        }
    }
    Ok(found)
}
