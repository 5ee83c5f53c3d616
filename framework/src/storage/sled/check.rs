//! Checking a store that nobody writes to: every record, and all else against the records.
//!
//! Run by run, so that memory is bounded by the longest history. What was found is told, and nothing
//! is changed.

use std::path::Path;

use ::sled::Tree;

use crate::{
    model::{RecordNumber, RunId, WorkflowId},
    storage::{
        FaultKind, StorageError, StoreCheck, StoreFault, WorkMeter,
        sled::{
            failure,
            inspect::{self, Condition, Inspection},
            key,
            options::SledOptions,
            read,
            store::SledStore,
        },
    },
};

impl SledStore {
    /// Checks a store that nobody has open: every record by its checksum, every history by its grammar,
    /// and the index, the latest runs and the names of stored payloads by what the records say. Blocks
    /// for as long as it takes to read the store.
    ///
    /// # Examples
    /// ```
    /// use sempre::storage::{SledOptions, SledStore, WorkMeter};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("orders.sempre");
    /// drop(SledStore::open(&path, SledOptions::default())?);
    /// let check = SledStore::check(&path, SledOptions::default(), &WorkMeter::new())?;
    /// assert!(check.is_sound());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`open`](Self::open), if the store cannot be opened at all; `Unsupported` if the folder
    /// holds no store; `Unavailable` if the work was stopped. Faults are no error.
    pub fn check(
        path: impl AsRef<Path>,
        options: SledOptions,
        meter: &WorkMeter,
    ) -> Result<StoreCheck, StorageError> {
        let store = Self::open_existing(path.as_ref(), options)?;
        store.settle_everything()?;
        check_tree(store.content().tree(), meter)
    }
}

/// Checks all that a tree holds.
pub(super) fn check_tree(tree: &Tree, meter: &WorkMeter) -> Result<StoreCheck, StorageError> {
    let mut check = StoreCheck::default();
    meter.expect(indexed_runs(tree)?);
    for run_id in inspect::runs(tree) {
        check.take(Inspection::of(tree, run_id?)?);
        meter.advance(1)?;
    }
    check.read_latest_runs(tree)?;
    check.read_names(tree)?;
    check.read_unknown(tree)?;
    Ok(check)
}

fn indexed_runs(tree: &Tree) -> Result<u64, StorageError> {
    let mut count = 0;
    for kind in [key::OPEN, key::CLOSED] {
        for key in tree.scan_prefix([kind]).keys() {
            key.map_err(failure::reading)?;
            count += 1;
        }
    }
    Ok(count)
}

impl StoreCheck {
    fn take(&mut self, run: Inspection) {
        let is_open = run.entry().is_some_and(|entry| entry.status.is_open());
        self.runs += 1;
        self.open_runs += u64::from(is_open);
        self.records += run.records;
        self.events += run.events;
        self.named_payloads += run.names.len() as u64;
        self.given_up_runs += u64::from(run.condition == Condition::GivenUp);
        for (kind, what) in run.faults {
            self.add(StoreFault {
                kind,
                run_id: run.run_id,
                workflow_id: run.workflow_id.clone(),
                what,
            });
        }
    }

    fn read_latest_runs(&mut self, tree: &Tree) -> Result<(), StorageError> {
        for pair in tree.scan_prefix([key::WORKFLOW]) {
            let (key, run_id) = pair.map_err(failure::reading)?;
            if let Some((workflow_id, what)) = wrong_latest(tree, &key, &run_id)? {
                self.add(StoreFault {
                    kind: FaultKind::LatestRun,
                    run_id: key::parse_latest(&run_id).unwrap_or_default(),
                    workflow_id,
                    what: what.into(),
                });
            }
        }
        Ok(())
    }

    /// What names a payload without being known by its run, and what is known of runs that there are
    /// not. What is wrong about a run that is there is known by now.
    fn read_names(&mut self, tree: &Tree) -> Result<(), StorageError> {
        for key in tree.scan_prefix([key::NAMER]).keys() {
            let key = key.map_err(failure::reading)?;
            let Some((name, run_id)) = key::parse_namer(&key) else {
                self.add(unknown(&key));
                continue;
            };
            let named = tree.contains_key(key::named(run_id, &name));
            if !named.map_err(failure::reading)? {
                let what = format!("a payload is named by a run that does not name it: key={name}");
                self.add(of_run(FaultKind::PayloadNames, run_id, what));
            }
        }
        let mut known = None;
        for key in tree.scan_prefix([key::NAMED]).keys() {
            let key = key.map_err(failure::reading)?;
            let Some(run_id) = key::parse_namer_of(&key) else {
                self.add(unknown(&key));
                continue;
            };
            if known == Some(run_id) {
                continue;
            }
            known = Some(run_id);
            if !exists(tree, run_id)? {
                let what = "payloads are named by a run that is not there".into();
                self.add(of_run(FaultKind::PayloadNames, run_id, what));
            }
        }
        Ok(())
    }

    fn read_unknown(&mut self, tree: &Tree) -> Result<(), StorageError> {
        for kind in 0..=u8::MAX {
            if key::is_known(kind) {
                continue;
            }
            let first = tree.scan_prefix([kind]).keys().next().transpose();
            if let Some(first) = first.map_err(failure::reading)? {
                self.add(unknown(&first));
            }
        }
        Ok(())
    }
}

/// What is wrong with what is kept as the latest run of an execution, if something is.
pub(super) fn wrong_latest(
    tree: &Tree,
    key: &[u8],
    run_id: &[u8],
) -> Result<Option<(WorkflowId, &'static str)>, StorageError> {
    let workflow_id = key::parse_workflow(key);
    let Some(run_id) = key::parse_latest(run_id) else {
        return Ok(Some((workflow_id, "it is no id of a run")));
    };
    if !exists(tree, run_id)? {
        return Ok(Some((workflow_id, "the run is not there")));
    }
    let entry = read::run(tree, run_id)?.filter(|entry| entry.damage.is_none());
    let is_other = entry.is_some_and(|entry| entry.execution.workflow_id != workflow_id);
    Ok(is_other.then_some((workflow_id, "the run belongs to another execution")))
}

/// Whether there is something of a run: a record, or what the index says of it.
pub(super) fn exists(tree: &Tree, run_id: RunId) -> Result<bool, StorageError> {
    let has_records = read::last_number(tree, run_id)? != RecordNumber::NONE;
    Ok(has_records || read::run(tree, run_id)?.is_some())
}

fn of_run(kind: FaultKind, run_id: RunId, what: String) -> StoreFault {
    StoreFault {
        kind,
        run_id,
        workflow_id: WorkflowId::default(),
        what,
    }
}

fn unknown(key: &[u8]) -> StoreFault {
    let what = format!("a key of an unknown kind: key={}", key.escape_ascii());
    of_run(FaultKind::UnknownPair, RunId::default(), what)
}
