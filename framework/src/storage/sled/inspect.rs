//! Inspecting one run of a store that nobody writes to: whether its records can be read and make a
//! history, and whether all else that is kept of it follows from them.

use std::{collections::BTreeSet, ops::Bound};

use ::sled::Tree;

use crate::{
    model::{Change, ContentKey, Entry, RecordNumber, RunId, WorkflowId},
    storage::{
        FaultKind, RunEntry, RunReader, StorageError, StorageErrorKind, StoredRecord,
        derived_entry::difference,
        record,
        sled::{entry, failure, key, read},
    },
};

/// What was found of a run.
pub(super) struct Inspection {
    pub(super) run_id: RunId,
    /// The execution that it belongs to, as far as that is known.
    pub(super) workflow_id: WorkflowId,
    pub(super) condition: Condition,
    /// What the index says, if it can be read.
    pub(super) indexed: Option<RunEntry>,
    /// What the records say that the index has to say.
    pub(super) derived: Option<RunEntry>,
    /// The stored payloads that the records name.
    pub(super) names: BTreeSet<ContentKey>,
    /// The records that can be read.
    pub(super) records: u64,
    pub(super) events: u64,
    pub(super) faults: Vec<(FaultKind, String)>,
}

/// Whether a run can be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Condition {
    /// All of its records are what was written.
    Readable,
    /// They are not, and the run was ended because of that: nobody has to read it any more.
    GivenUp,
    /// They are not.
    Damaged,
}

impl Inspection {
    /// Inspects this run.
    ///
    /// # Errors
    /// sled's, if it cannot read at all.
    pub(super) fn of(tree: &Tree, run_id: RunId) -> Result<Self, StorageError> {
        let mut found = Self {
            run_id,
            workflow_id: WorkflowId::default(),
            condition: Condition::Readable,
            indexed: None,
            derived: None,
            names: BTreeSet::new(),
            records: 0,
            events: 0,
            faults: Vec::new(),
        };
        found.read_records(tree)?;
        found.read_index(tree)?;
        if found.condition == Condition::Readable {
            found.compare_names(tree)?;
        }
        Ok(found)
    }

    /// What the index has to say.
    pub(super) fn entry(&self) -> Option<&RunEntry> {
        // What has only been counted otherwise stays as it is.
        let agrees = self.index_difference().is_none();
        let indexed = self.indexed.as_ref().filter(|_| agrees);
        indexed.or(self.derived.as_ref())
    }

    fn fault(&mut self, kind: FaultKind, what: impl Into<String>) {
        self.faults.push((kind, what.into()));
    }

    fn read_records(&mut self, tree: &Tree) -> Result<(), StorageError> {
        let mut reader = RunReader::of(self.run_id);
        let read = read_all(tree, &mut reader);
        self.records = reader.records;
        self.events = reader.events;
        if let Err(error) = read {
            return match error.kind() {
                StorageErrorKind::Corrupt => self.damaged(tree, error.to_string()),
                _ => Err(error),
            };
        }
        let Some(derived) = reader.entry() else {
            return self.damaged(tree, "its first record is missing".into());
        };
        if let Some(violation) = reader.violation {
            self.fault(FaultKind::History, violation.to_string());
        }
        self.names = reader.names;
        self.workflow_id = derived.execution.workflow_id.clone();
        self.derived = Some(derived);
        Ok(())
    }

    /// A record cannot be read: that is a fault, unless the run was ended because of it.
    fn damaged(&mut self, tree: &Tree, what: String) -> Result<(), StorageError> {
        let last = match read::last_record(tree, self.run_id) {
            Err(error) if error.kind() == StorageErrorKind::Corrupt => None,
            last => last?,
        };
        let was_ended = last.is_some_and(|last| ends_a_damaged_run(self.run_id, &last));
        self.condition = if was_ended {
            Condition::GivenUp
        } else {
            self.fault(FaultKind::Record, what);
            Condition::Damaged
        };
        Ok(())
    }

    fn read_index(&mut self, tree: &Tree) -> Result<(), StorageError> {
        let (open, closed) = (key::open_run(self.run_id), key::closed_run(self.run_id));
        let mut found = Vec::new();
        for key in [open, closed] {
            if let Some(bytes) = tree.get(key).map_err(failure::reading)? {
                found.push((key, bytes));
            }
        }
        match found.as_slice() {
            [] => self.fault(FaultKind::Index, "index entry is missing"),
            [(key, bytes)] => match entry::decode(key, bytes) {
                Err(error) => self.fault(FaultKind::Index, error.to_string()),
                Ok(indexed) if indexed.has_work() != (*key == open) => {
                    self.fault(FaultKind::Index, "index entry is among the wrong ones");
                }
                Ok(indexed) => self.indexed = Some(indexed),
            },
            _ => self.fault(FaultKind::Index, "index says that it is open and closed"),
        }
        if self.derived.is_none()
            && let Some(indexed) = &self.indexed
        {
            self.workflow_id = indexed.execution.workflow_id.clone();
        }
        if let Some(field) = self.index_difference() {
            let what = format!("index entry is not what the records say: field={field}");
            self.fault(FaultKind::Index, what);
        }
        self.expect_latest(tree)
    }

    fn index_difference(&self) -> Option<&'static str> {
        difference(self.indexed.as_ref()?, self.derived.as_ref()?)
    }

    /// A run that is open is the latest of its execution.
    fn expect_latest(&mut self, tree: &Tree) -> Result<(), StorageError> {
        let is_open = self.entry().is_some_and(|entry| entry.status.is_open());
        if !is_open {
            return Ok(());
        }
        let latest = tree.get(key::current_run(&self.workflow_id));
        let latest = latest.map_err(failure::reading)?;
        if latest.is_none_or(|latest| *latest != *self.run_id.as_bytes()) {
            let what = "it is open, and not the latest run of its execution";
            self.fault(FaultKind::LatestRun, what);
        }
        Ok(())
    }

    fn compare_names(&mut self, tree: &Tree) -> Result<(), StorageError> {
        let known: BTreeSet<_> = read::payloads(tree, self.run_id)?.into_iter().collect();
        let mut wrong: Vec<ContentKey> = known.symmetric_difference(&self.names).copied().collect();
        for name in &self.names {
            let namer = key::namer(name, self.run_id);
            if !tree.contains_key(namer).map_err(failure::reading)? {
                wrong.push(*name);
            }
        }
        if let Some(first) = wrong.first() {
            let what = format!(
                "its records name other payloads: count={} key={first}",
                wrong.len()
            );
            self.fault(FaultKind::PayloadNames, what);
        }
        Ok(())
    }
}

fn read_all(tree: &Tree, reader: &mut RunReader) -> Result<(), StorageError> {
    let (first, last) = (RecordNumber::NONE, RecordNumber::new(u32::MAX));
    for bundle in read::bundles(tree, reader.run_id(), first, last) {
        bundle?.iter().try_for_each(|stored| reader.read(stored))?;
    }
    Ok(())
}

/// Whether this is the record that has ended a run which could not be read.
fn ends_a_damaged_run(run_id: RunId, last: &StoredRecord) -> bool {
    let last = record::decode(run_id, last);
    last.is_ok_and(|last| {
        let mut entries = last.entries.iter();
        entries.any(|entry| matches!(entry, Entry::Change(Change::RecordsLost(_))))
    })
}

/// All runs of which there is something in a tree, in the order of their ids.
pub(super) fn runs(tree: &Tree) -> impl Iterator<Item = Result<RunId, StorageError>> {
    let mut after = None;
    std::iter::from_fn(move || {
        let next = next_run(tree, after).transpose()?;
        after = next.as_ref().ok().copied();
        Some(next)
    })
    // Whoever reads on after an error would begin anew.
    .scan(false, |has_failed, next| {
        let failed_before = std::mem::replace(has_failed, next.is_err());
        (!failed_before).then_some(next)
    })
}

fn next_run(tree: &Tree, after: Option<RunId>) -> Result<Option<RunId>, StorageError> {
    let last = RunId::from_u128(u128::MAX);
    let mut next: Option<RunId> = None;
    for key_of in [key::open_run as fn(RunId) -> key::RunKey, key::closed_run] {
        let from = match after {
            Some(after) => Bound::Excluded(key_of(after)),
            None => Bound::Included(key_of(RunId::from_u128(0))),
        };
        let keys = tree.range((from, Bound::Included(key_of(last)))).keys();
        for key in keys {
            if let Some(run_id) = key::parse_run(&key.map_err(failure::reading)?) {
                next = Some(next.map_or(run_id, |next| next.min(run_id)));
                break;
            }
        }
    }
    let end = RecordNumber::new(u32::MAX);
    let from = after.map_or(Bound::Unbounded, |after| {
        Bound::Excluded(key::bundle_end(after, end))
    });
    let from = match from {
        Bound::Unbounded => {
            let first = key::bundles(RunId::from_u128(0), RecordNumber::NONE, end);
            Bound::Included(*first.start())
        }
        from => from,
    };
    let to = Bound::Included(key::bundle_end(last, end));
    for key in tree.range((from, to)).keys() {
        if let Some(((run_id, _), _)) = key::parse_bundle(&key.map_err(failure::reading)?) {
            next = Some(next.map_or(run_id, |next| next.min(run_id)));
            break;
        }
    }
    Ok(next)
}
