//! What a store holds: the journal, what of it is not settled, and the tree.
//!
//! Reads look at what is unsettled first and into the tree then. What settles meanwhile is in the
//! tree before it is forgotten here, so a read sees it at least once.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use derive_more::Debug;

use crate::{
    model::{ContentKey, RecordNumber, RunId, WorkflowExecution, WorkflowId},
    storage::{
        Commit, CommitPart, OpenRun, RunEntry, StorageError, StorageErrorKind, StoredRecord,
        sled::{
            data_file::DataFile,
            failure,
            journal::{Journal, StoredJournal, Tap},
            key,
            mark::StoreId,
            options::{Durability, SledOptions},
            read, settle,
            unsettled::{LastNumbers, Settlement, Unsettled},
        },
    },
};

/// The tree, the journal, and what of the journal is not settled in the tree yet.
#[derive(Debug)]
pub(super) struct Content {
    // Invariant: these are dropped in this order: sled closes before its log is waited for.
    #[debug(skip)]
    db: ::sled::Db,
    data_file: DataFile,
    durability: Durability,
    journal: Journal,
    #[debug(skip)]
    unsettled: Mutex<Unsettled>,
    /// The number of the last settlement; held by who settles, one at a time.
    settlements: Mutex<u64>,
}

impl Content {
    /// The content of this database, whose log and whose journal these are.
    ///
    /// # Durability
    /// All that counts of the journal is on disk then, with its name, and all that sled was told.
    ///
    /// # Errors
    /// `Corrupt` if sled has lost what was settled.
    pub(super) fn open(
        // In this order, so that sled closes before its log is waited for if this fails.
        data_file: DataFile,
        db: ::sled::Db,
        mut journal: StoredJournal,
        options: &SledOptions,
    ) -> Result<Self, StorageError> {
        let settlements = read::settlements(&db)?;
        if settlements < journal.settlements() {
            return Err(StorageError::new(
                StorageErrorKind::Corrupt,
                format!(
                    "store is damaged, sled has lost what it had on disk, restore a backup: \
                     settlements={settlements} known={}",
                    journal.settlements()
                ),
            ));
        }
        for garbled in journal.garbled() {
            tracing::error!(
                run_id = %garbled.run_id,
                record = %garbled.number,
                entry = garbled.sequence,
                "a record in the journal is damaged; its run is set aside unless it has settled"
            );
        }
        let entries = journal.take_entries();
        let unsettled = read::unsettled(&db, entries, options.journal_capacity_bytes)?;
        // Durability: the journal is about to let go of entries whose deletions were only done now.
        flush(&db, &data_file)?;
        let journal = journal.go_on(unsettled.first_needed())?;
        Ok(Self {
            db,
            data_file,
            durability: options.durability,
            journal,
            unsettled: Mutex::new(unsettled),
            settlements: Mutex::new(settlements),
        })
    }

    /// Writes commits to the journal, all of them as one entry.
    ///
    /// # Durability
    /// With [`Durability::Fsync`] they are on disk then. Reads see them from then on.
    ///
    /// # Errors
    /// `Conflict` if one of their records exists, or two are the same; then nothing is written.
    pub(super) fn commit(&self, commits: &[Commit]) -> Result<(), StorageError> {
        let last_numbers = self.refuse_conflicts(commits)?;
        let parts = commits.iter().flat_map(Commit::parts);
        let deleted: Vec<_> = parts.clone().filter_map(CommitPart::deleted).collect();
        let mut settling = None;
        if !deleted.is_empty() {
            // Invariant: what is deleted has nothing that is unsettled, and nobody lets go of the
            // entry that says so before it is done.
            let runs: Vec<_> = deleted.iter().map(|execution| execution.run_id).collect();
            while self.settle(|unsettled| unsettled.of_runs(&runs))? {}
            settling = Some(self.settling());
        }
        let written = self.journal.append(parts.clone())?;
        if self.durability == Durability::Fsync || !deleted.is_empty() {
            self.journal.sync()?;
        }
        let is_kept = |part: &&CommitPart| {
            let mut deleted = deleted.iter();
            deleted.all(|execution| execution.run_id != part.run_id)
        };
        self.unsettled()
            .add(written, parts.filter(is_kept), &last_numbers);
        for execution in &deleted {
            settle::delete(&self.db, execution)?;
        }
        if !deleted.is_empty() {
            // Durability: should it be cut short, the journal says what is to be deleted.
            self.flush()?;
        }
        drop(settling);
        Ok(())
    }

    /// Refuses the commits if one of their records exists, or two are the same; otherwise says
    /// which the last records of their runs are about to be.
    fn refuse_conflicts(&self, commits: &[Commit]) -> Result<LastNumbers, StorageError> {
        let mut last_numbers = LastNumbers::new();
        let parts = commits.iter().flat_map(Commit::parts);
        for (position, part) in parts.clone().enumerate() {
            let CommitPart { run_id, number, .. } = part;
            if part.deleted().is_some() {
                continue;
            }
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

    /// Puts everything that sled was told where a power cut leaves it.
    pub(super) fn flush(&self) -> Result<(), StorageError> {
        flush(&self.db, &self.data_file)
    }

    /// Opens a tap on the journal, which has each entry from now on.
    ///
    /// # Errors
    /// `Unavailable` if somebody has one.
    pub(super) fn tap(&self) -> Result<Arc<Tap>, StorageError> {
        self.journal.tap().ok_or_else(|| {
            let message = "another backup of the store is being taken, wait for it";
            StorageError::new(StorageErrorKind::Unavailable, message)
        })
    }

    /// Closes this tap on the journal; gives back the sequence number of the last entry.
    pub(super) fn untap(&self, tap: &Arc<Tap>) -> u64 {
        self.journal.untap(tap)
    }

    /// The name that the store keeps when it is compacted or restored; one is made if it has none.
    ///
    /// # Durability
    /// It is on disk then.
    pub(super) fn lineage(&self, new: StoreId) -> Result<StoreId, StorageError> {
        // Invariant: nothing settles meanwhile, so nobody flushes what is not told yet.
        let _settling = self.settling();
        if let Some(found) = self.db.get(key::LINEAGE).map_err(failure::reading)?
            && let Ok(id) = (*found).try_into()
        {
            return Ok(StoreId(id));
        }
        self.db
            .insert(key::LINEAGE, &new.0)
            .map_err(failure::writing)?;
        self.flush()?;
        Ok(new)
    }

    /// Where everything is that has settled.
    pub(super) fn tree(&self) -> &::sled::Tree {
        &self.db
    }

    /// Refuses if sled's log was removed.
    pub(super) fn check_in_place(&self) -> Result<(), StorageError> {
        self.data_file.check_in_place()
    }

    /// Lets every sync from now on fail, as a broken disk would.
    #[cfg(test)]
    pub(super) fn break_disk(&self) -> io::Result<()> {
        self.journal.break_down()?;
        self.data_file.break_down()
    }

    /// Settles until the bounds are kept.
    pub(super) fn settle_due(&self) -> Result<(), StorageError> {
        while self.settle(Unsettled::due)? {}
        Ok(())
    }

    /// Makes the journal's next file ready.
    pub(super) fn prepare(&self) -> io::Result<()> {
        self.journal.prepare()
    }

    /// Puts all that was committed so far where a power cut leaves it.
    pub(super) fn sync(&self) -> Result<(), StorageError> {
        self.journal.sync()
    }

    /// Settles all, and marks the end of the journal.
    pub(super) fn close(&self) -> Result<(), StorageError> {
        self.settle_all()?;
        self.flush()?;
        self.journal.close()
    }

    /// Settles all that has been committed so far.
    pub(super) fn settle_all(&self) -> Result<(), StorageError> {
        let last = self.unsettled().last_sequence();
        while self.settle(|unsettled| unsettled.up_to(last))? {}
        Ok(())
    }

    /// Whether something is to be settled so that the bounds are kept, or a file to be made ready.
    pub(super) fn wants_tending(&self) -> bool {
        self.unsettled().is_due() || self.journal.wants_spare()
    }

    /// Whether so much is unsettled that commits have to wait.
    pub(super) fn is_settlement_overdue(&self) -> bool {
        self.unsettled().is_overdue()
    }

    /// Settles what is chosen; `false` if that is nothing.
    fn settle(&self, choose: impl FnOnce(&Unsettled) -> Settlement) -> Result<bool, StorageError> {
        let mut last = self.settling();
        let settlement = choose(&self.unsettled());
        if settlement.runs.is_empty() {
            return Ok(false);
        }
        if self.durability != Durability::Fsync {
            // Durability: what settles is on disk in the journal, and with it all that came before:
            // only the end may be lost.
            self.journal.sync()?;
        }
        let number = *last + 1;
        settle::apply(&self.db, &settlement, number)?;
        // Durability: an entry is needed until what it holds is on disk at its place.
        self.flush()?;
        *last = number;
        let needed = {
            let mut unsettled = self.unsettled();
            unsettled.settled(&settlement);
            unsettled.needed()
        };
        self.journal.release(needed, number);
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
        let mut entry = self.run(run_id)?.unwrap_or_else(|| RunEntry {
            damage: Some(format!("index entry is damaged: missing run_id={run_id}").into()),
            ..RunEntry::default()
        });
        if entry.damage.is_some() {
            entry.execution = WorkflowExecution {
                workflow_id: workflow_id.clone(),
                run_id,
            };
        }
        Ok(Some(entry))
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

    /// Up to `limit` of the runs without work after `after`, in the order of their ids.
    pub(super) fn closed_runs(
        &self,
        after: Option<RunId>,
        limit: usize,
    ) -> Result<Vec<RunEntry>, StorageError> {
        // Invariant: what settles in between is found settled, so no run is missed.
        let unsettled = self.unsettled().closed_runs(after, limit);
        let settled = read::closed_runs(&self.db, after, limit)?;
        let by_id = |entry: RunEntry| (entry.execution.run_id, entry);
        let runs: BTreeMap<_, _> = settled.into_iter().chain(unsettled).map(by_id).collect();
        Ok(runs.into_values().take(limit).collect())
    }

    /// Up to `limit` runs before `before`, open and closed, the greatest id first.
    pub(super) fn runs(
        &self,
        before: Option<RunId>,
        limit: usize,
    ) -> Result<Vec<RunEntry>, StorageError> {
        // Invariant: what settles in between is found settled, so no run is missed.
        let unsettled = self.unsettled().changed_runs(before, limit);
        let settled = read::runs(&self.db, before, limit)?;
        let by_id = |entry: RunEntry| (entry.execution.run_id, entry);
        let mut runs: BTreeMap<_, _> = settled.into_iter().map(by_id).collect();
        for entry in unsettled {
            let known = runs.get(&entry.execution.run_id);
            // It may have closed and settled since.
            let is_newer = known.is_none_or(|known| known.status.is_open());
            if is_newer {
                runs.insert(entry.execution.run_id, entry);
            }
        }
        Ok(runs.into_values().rev().take(limit).collect())
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

    /// The stored payloads that the records of a run name.
    pub(super) fn payloads(&self, run_id: RunId) -> Result<Vec<ContentKey>, StorageError> {
        // Invariant: what settles in between is found settled.
        let mut keys = self.unsettled().payloads(run_id);
        keys.extend(read::payloads(&self.db, run_id)?);
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }

    /// Whether a record of any run names this stored payload.
    pub(super) fn names_payload(&self, key: &ContentKey) -> Result<bool, StorageError> {
        // Invariant: what settles in between is found settled.
        let unsettled = self.unsettled().names_payload(key);
        Ok(unsettled || read::names_payload(&self.db, key)?)
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

    /// The turn of who settles.
    fn settling(&self) -> MutexGuard<'_, u64> {
        // Invariant: what a panic leaves is in the tree or still unsettled.
        let last = self.settlements.lock();
        last.unwrap_or_else(PoisonError::into_inner)
    }

    fn unsettled(&self) -> MutexGuard<'_, Unsettled> {
        // Invariant: no code that can panic runs under this lock.
        self.unsettled
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn flush(db: &::sled::Db, data_file: &DataFile) -> Result<(), StorageError> {
    // Durability: sled's flush hands the log to the operating system and starts the writing, it does
    // not wait for the disk; the sync that follows does.
    db.flush().map_err(failure::writing)?;
    data_file.sync()
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
