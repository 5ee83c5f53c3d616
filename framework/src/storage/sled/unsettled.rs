//! What the journal holds that is not settled: in memory, for readers and for what settles it.
//!
//! Every commit is in the journal first, and here. *Settling* a run puts all it has here into the
//! tree under the run's own keys; the journal is needed from the first entry on that holds
//! something unsettled. Pure bookkeeping: what it decides is done in [`settle`](super::settle).

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::{Bound, RangeInclusive},
};

use crate::{
    model::{ContentKey, RecordNumber, RunId, WorkflowId},
    storage::{
        CommitPart, IndexChange, RunEntry, StoredRecord, payload_names::PayloadNames,
        sled::journal::WrittenEntry,
    },
};

/// Bound: unsettled bytes of a run; from here on a larger bundle would gain nothing.
pub(super) const RUN_BYTES_MAX: usize = 64 * 1024;
/// Bound: bytes that are settled at a time, while commits wait.
const SETTLEMENT_BYTES: usize = 128 * 1024;

/// The unsettled part of a store.
#[derive(Debug)]
pub(super) struct Unsettled {
    /// Bound: bytes of the journal from the first entry on that holds something unsettled; what is
    /// committed beyond it is settled, the oldest first. So much memory it takes at most, so much
    /// of the disk, and so much is read when a store is opened that was not closed.
    capacity_bytes: u64,
    runs: BTreeMap<RunId, UnsettledRun>,
    /// Those of the runs whose index entry is about to change.
    changed: BTreeSet<RunId>,
    /// The latest runs of the executions of which a run was opened.
    current: BTreeMap<WorkflowId, RunId>,
    /// The stored payloads that the records here name.
    payloads: PayloadNames,
    /// The entries of the journal that hold something unsettled.
    entries: BTreeMap<u64, JournalEntry>,
    /// The runs by the age of what they have here.
    by_age: BTreeSet<(u64, RunId)>,
    /// The runs that have reached their bound.
    full: BTreeSet<RunId>,
    /// The bytes of all entries so far.
    written_bytes: u64,
    last_sequence: u64,
}

/// What is unsettled of a run; never empty.
#[derive(Debug, Default)]
struct UnsettledRun {
    records: Vec<UnsettledRecord>,
    /// The number of the run's last record.
    last: RecordNumber,
    bytes: usize,
    /// Boxed: a map sets room for eleven runs aside, and few of them have one.
    index: Option<Box<UnsettledIndex>>,
    /// The run of the same execution that was the latest before; it settles no later.
    before: Option<RunId>,
}

#[derive(Debug)]
struct UnsettledRecord {
    record: StoredRecord,
    /// The entry of the journal that holds it.
    sequence: u64,
}

/// The index entry that a run gets when it is settled.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct UnsettledIndex {
    /// What the index will say.
    pub(super) entry: RunEntry,
    /// Whether the run is new to the settled index.
    pub(super) is_new: bool,
}

/// The numbers of the last records of runs.
pub(super) type LastNumbers = BTreeMap<RunId, RecordNumber>;

#[derive(Debug)]
struct JournalEntry {
    /// The bytes of all entries before it.
    begins_at: u64,
    /// How many of its parts are not settled.
    unsettled: usize,
}

/// Everything that is unsettled of some runs, to be settled at once.
#[derive(PartialEq, Debug, Default)]
pub(super) struct Settlement {
    /// The runs, in the order in which they are settled.
    pub(super) runs: Vec<RunSettlement>,
}

/// Everything that is unsettled of one run.
#[derive(PartialEq, Debug)]
pub(super) struct RunSettlement {
    /// The run.
    pub(super) run_id: RunId,
    /// Its records, by their numbers.
    pub(super) records: Vec<StoredRecord>,
    /// What changes in the index, if anything.
    pub(super) index: Option<Box<UnsettledIndex>>,
    /// The stored payloads that the records name.
    pub(super) payloads: Vec<ContentKey>,
    /// How many records it was, among those that came later.
    taken: usize,
}

impl RunSettlement {
    /// What one part of a commit changes, with its record or without.
    pub(super) fn of_part(part: &CommitPart, with_record: bool) -> Self {
        let record = StoredRecord {
            number: part.number,
            bytes: part.record.clone(),
        };
        let index = match &part.index {
            Some(IndexChange::Opened(entry)) => Some((entry, true)),
            Some(IndexChange::Changed(entry)) => Some((entry, false)),
            Some(IndexChange::Deleted(_)) | None => None,
        };
        let index = index.map(|(entry, is_new)| UnsettledIndex {
            entry: (**entry).clone(),
            is_new,
        });
        Self {
            run_id: part.run_id,
            records: with_record.then_some(record).into_iter().collect(),
            index: index.map(Box::new),
            payloads: part.payloads.clone(),
            taken: 0,
        }
    }
}

impl Unsettled {
    /// Nothing, where the journal may hold so many bytes.
    pub(super) fn new(capacity_bytes: usize) -> Self {
        Self {
            capacity_bytes: capacity_bytes as u64,
            runs: BTreeMap::new(),
            changed: BTreeSet::new(),
            current: BTreeMap::new(),
            payloads: PayloadNames::default(),
            entries: BTreeMap::new(),
            by_age: BTreeSet::new(),
            full: BTreeSet::new(),
            written_bytes: 0,
            last_sequence: 0,
        }
    }

    /// The first entry of the journal that is needed.
    pub(super) fn needed(&self) -> u64 {
        self.first_needed().unwrap_or(self.last_sequence + 1)
    }

    /// The first entry of the journal that holds something unsettled, if one does.
    pub(super) fn first_needed(&self) -> Option<u64> {
        self.entries.keys().next().copied()
    }

    /// The bytes of the journal that are needed.
    fn journal_bytes(&self) -> u64 {
        let first = self.entries.first_key_value();
        first.map_or(0, |(_, entry)| self.written_bytes - entry.begins_at)
    }

    /// Takes in the parts of commits that an entry of the journal holds, of runs with these last records.
    pub(super) fn add<'c>(
        &mut self,
        entry: WrittenEntry,
        parts: impl Iterator<Item = &'c CommitPart>,
        last_numbers: &LastNumbers,
    ) {
        let WrittenEntry { sequence, bytes } = entry;
        self.last_sequence = self.last_sequence.max(sequence);
        let mut unsettled = 0;
        for part in parts {
            let last = last_numbers.get(&part.run_id);
            self.add_part(sequence, part, last.copied().unwrap_or(part.number));
            unsettled += 1;
        }
        if unsettled > 0 {
            let begins_at = self.written_bytes;
            self.written_bytes += bytes as u64;
            let entry = JournalEntry {
                begins_at,
                unsettled,
            };
            self.entries.insert(sequence, entry);
        }
    }

    fn add_part(&mut self, sequence: u64, part: &CommitPart, last: RecordNumber) {
        let run_id = part.run_id;
        self.payloads.add(run_id, &part.payloads);
        let by_age = &mut self.by_age;
        let run = self.runs.entry(run_id).or_insert_with(|| {
            by_age.insert((sequence, run_id));
            UnsettledRun::default()
        });
        run.last = last;
        run.bytes += part.record.len();
        let record = StoredRecord {
            number: part.number,
            bytes: part.record.clone(),
        };
        run.records.push(UnsettledRecord { record, sequence });
        if run.bytes >= RUN_BYTES_MAX {
            self.full.insert(run_id);
        }
        if matches!(
            part.index,
            Some(IndexChange::Opened(_) | IndexChange::Changed(_))
        ) {
            self.changed.insert(run_id);
        }
        match &part.index {
            Some(IndexChange::Opened(entry)) => {
                let workflow_id = entry.execution.workflow_id.clone();
                let before = self.current.insert(workflow_id, run_id);
                run.before = before.filter(|before| *before != run_id);
                run.change_index(entry, true);
            }
            Some(IndexChange::Changed(entry)) => run.change_index(entry, false),
            // Invariant: what is deleted is deleted in the tree, and never comes here.
            Some(IndexChange::Deleted(_)) | None => {}
        }
    }

    /// The unsettled records of a run that have these numbers.
    pub(super) fn records(
        &self,
        run_id: RunId,
        numbers: RangeInclusive<RecordNumber>,
    ) -> impl Iterator<Item = &StoredRecord> {
        let records = self.runs.get(&run_id).map(|run| run.records.as_slice());
        let records = records.unwrap_or_default().iter();
        records
            .map(|unsettled| &unsettled.record)
            .filter(move |record| numbers.contains(&record.number))
    }

    /// The number of the last record of a run, settled or not, if something of it is not.
    pub(super) fn last_number(&self, run_id: RunId) -> Option<RecordNumber> {
        self.runs.get(&run_id).map(|run| run.last)
    }

    /// What the index will say of a run, if that is not settled.
    pub(super) fn run(&self, run_id: RunId) -> Option<&RunEntry> {
        let index = self.runs.get(&run_id)?.index.as_ref()?;
        Some(&index.entry)
    }

    /// What the index will say of up to `limit` runs before `before`, the greatest id first, where
    /// that is not settled.
    pub(super) fn changed_runs(&self, before: Option<RunId>, limit: usize) -> Vec<RunEntry> {
        let end = before.map_or(Bound::Unbounded, Bound::Excluded);
        let runs = self.changed.range((Bound::Unbounded, end)).rev();
        let entries = runs.filter_map(|run_id| self.run(*run_id));
        entries.take(limit).cloned().collect()
    }

    /// What the index will say of up to `limit` runs without work after `after`, in the order of their
    /// ids, where that is not settled.
    pub(super) fn closed_runs(&self, after: Option<RunId>, limit: usize) -> Vec<RunEntry> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let runs = self.changed.range((from, Bound::Unbounded));
        let entries = runs.filter_map(|run_id| self.run(*run_id));
        let closed = entries.filter(|entry| !entry.has_work());
        closed.take(limit).cloned().collect()
    }

    /// The latest run of an execution, if it is not settled that it is.
    pub(super) fn current_run(&self, workflow_id: &WorkflowId) -> Option<RunId> {
        self.current.get(workflow_id).copied()
    }

    /// The stored payloads that a run names, as far as that is not settled, in the order of their keys.
    pub(super) fn payloads(&self, run_id: RunId) -> Vec<ContentKey> {
        self.payloads.of_run(run_id)
    }

    /// Whether a run names this stored payload, and that is not settled.
    pub(super) fn names_payload(&self, key: &ContentKey) -> bool {
        self.payloads.contains(key)
    }

    /// The age of the last entry; what is there now is at least as old.
    pub(super) fn last_sequence(&self) -> u64 {
        self.last_sequence
    }

    /// Whether something is to be settled so that the bounds are kept.
    pub(super) fn is_due(&self) -> bool {
        self.journal_bytes() > self.capacity_bytes || !self.full.is_empty()
    }

    /// Whether so much is unsettled that commits have to wait.
    pub(super) fn is_overdue(&self) -> bool {
        self.journal_bytes() > self.capacity_bytes.saturating_mul(2)
    }

    /// What is settled next so that the bounds are kept: full runs, and while the journal is too
    /// long what has been waiting longest.
    pub(super) fn due(&self) -> Settlement {
        let is_long = self.journal_bytes() > self.capacity_bytes;
        let oldest = self.by_age.iter().filter(|_| is_long);
        self.choose_from(self.full.iter().chain(oldest.map(|(_, run_id)| run_id)))
    }

    /// What is settled next so that nothing is left of what the journal held up to this entry.
    pub(super) fn up_to(&self, until: u64) -> Settlement {
        let oldest = self.by_age.range(..=(until, RunId::from_u128(u128::MAX)));
        self.choose_from(oldest.map(|(_, run_id)| run_id))
    }

    /// What is settled next so that nothing is left of these runs.
    pub(super) fn of_runs(&self, runs: &[RunId]) -> Settlement {
        self.choose_from(runs.iter())
    }

    fn choose_from<'r>(&self, runs: impl Iterator<Item = &'r RunId>) -> Settlement {
        let mut chosen = Chosen::default();
        for run_id in runs {
            if chosen.bytes >= SETTLEMENT_BYTES {
                break;
            }
            self.choose(*run_id, &mut chosen);
        }
        chosen.settlement
    }

    /// Chooses a run, and before it the runs that must not settle after it.
    fn choose(&self, run_id: RunId, chosen: &mut Chosen) {
        let mut chain = Vec::new();
        let mut next = Some(run_id);
        while let Some(run_id) = next
            && let Some(run) = self.runs.get(&run_id)
            && chosen.runs.insert(run_id)
        {
            chain.push((run_id, run));
            next = run.before;
        }
        for (run_id, run) in chain.into_iter().rev() {
            chosen.bytes += run.bytes;
            let payloads = self.payloads.of_run(run_id);
            chosen
                .settlement
                .runs
                .push(run.settlement(run_id, payloads));
        }
    }

    /// Forgets what has been settled.
    pub(super) fn settled(&mut self, settlement: &Settlement) {
        for settled in &settlement.runs {
            let Some(run) = self.runs.get_mut(&settled.run_id) else {
                continue;
            };
            let taken: Vec<_> = run.records.drain(..settled.taken).collect();
            if let Some(first) = taken.first() {
                self.by_age.remove(&(first.sequence, settled.run_id));
            }
            run.bytes -= taken.iter().map(|it| it.record.bytes.len()).sum::<usize>();
            for UnsettledRecord { sequence, .. } in taken {
                self.settled_part(sequence);
            }
            self.settled_run(settled);
        }
    }

    /// One part in an entry has been settled; the entry is forgotten with the last one.
    fn settled_part(&mut self, sequence: u64) {
        if let Some(entry) = self.entries.get_mut(&sequence) {
            entry.unsettled -= 1;
            if entry.unsettled == 0 {
                self.entries.remove(&sequence);
            }
        }
    }

    /// What is left of a run of which something has been settled, if anything is.
    fn settled_run(&mut self, settled: &RunSettlement) {
        let run_id = settled.run_id;
        // What a record that came meanwhile names again is known to be named.
        self.payloads.remove(run_id, &settled.payloads);
        let Some(run) = self.runs.get_mut(&run_id) else {
            return;
        };
        if let Some(index) = &settled.index {
            let workflow_id = &index.entry.execution.workflow_id;
            if self.current.get(workflow_id) == Some(&run_id) {
                self.current.remove(workflow_id);
            }
            if run.index.as_ref() == Some(index) {
                run.index = None;
                self.changed.remove(&run_id);
            } else if let Some(index) = &mut run.index {
                index.is_new = false;
            }
        }
        run.before = None;
        if run.bytes < RUN_BYTES_MAX {
            self.full.remove(&run_id);
        }
        match run.records.first() {
            Some(first) => {
                self.by_age.insert((first.sequence, run_id));
            }
            None => {
                self.runs.remove(&run_id);
            }
        }
    }
}

/// What has been chosen to be settled so far.
#[derive(Default)]
struct Chosen {
    runs: BTreeSet<RunId>,
    bytes: usize,
    settlement: Settlement,
}

impl UnsettledRun {
    fn change_index(&mut self, entry: &RunEntry, opened: bool) {
        let was_new = self.index.as_ref().is_some_and(|index| index.is_new);
        self.index = Some(Box::new(UnsettledIndex {
            entry: entry.clone(),
            is_new: opened || was_new,
        }));
    }

    fn settlement(&self, run_id: RunId, payloads: Vec<ContentKey>) -> RunSettlement {
        let records = self.records.iter();
        let mut records: Vec<_> = records.map(|unsettled| unsettled.record.clone()).collect();
        records.sort_unstable_by_key(|record| record.number);
        RunSettlement {
            run_id,
            taken: records.len(),
            records,
            index: self.index.clone(),
            payloads,
        }
    }
}
