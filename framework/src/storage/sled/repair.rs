//! Repair: a store is written anew, with an index that follows from its records, and without the runs
//! that cannot be read, which are set aside with their bytes as they are.
//!
//! What is set aside becomes a [backup](crate::storage::backup) of its own in a folder within the
//! store's, beside a text that says what was found. It is on disk before anything is exchanged, which
//! is done by the steps of [`compaction`]: a crash leaves the store as it was, or repaired.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use ::sled::Tree;

use crate::{
    model::{RecordNumber, RunId, WorkflowExecution},
    storage::{
        FaultKind, StorageError, StorageErrorKind, StoreCheck, WorkMeter,
        sled::{
            aside::Aside,
            check::{check_tree, exists, wrong_latest},
            compaction::{self, SECOND_FOLDER},
            entry, failure,
            folder::Folder,
            inspect::{self, Condition, Inspection},
            key,
            mark::{Mark, State},
            options::SledOptions,
            pairs::{self, Pair, PairWriter},
            store::SledStore,
        },
    },
};

/// What a repair has come to.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Repair {
    /// What was found before.
    pub before: StoreCheck,
    /// What is found now; nothing has changed if there was nothing to repair.
    pub after: StoreCheck,
    /// The runs that were set aside.
    pub set_aside: Vec<WorkflowExecution>,
    /// The folder that they were set aside in, which can be restored like a backup.
    pub set_aside_in: Option<PathBuf>,
}

impl SledStore {
    /// Repairs a store that nobody has open: makes the index, the latest runs and the names of stored
    /// payloads anew where they are not what the records say, and sets runs aside that cannot be read,
    /// with all bytes that there are of them. A store in which there is nothing to repair is left as it
    /// is. Blocks for as long as it takes to check the store twice and to write it once.
    ///
    /// What is set aside is not in the store any more: its execution has no latest run until it is
    /// started again, and a run that waits for it waits on. Restore a backup instead if there is one.
    ///
    /// # Durability
    /// A process that dies in the middle, or a power cut, leaves the store as it was or repaired.
    ///
    /// # Examples
    /// ```
    /// use sempre::storage::{SledOptions, SledStore, WorkMeter};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("orders.sempre");
    /// drop(SledStore::open(&path, SledOptions::default())?);
    /// let repair = SledStore::repair(&path, SledOptions::default(), &WorkMeter::new())?;
    /// assert!(repair.set_aside.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`open`](Self::open), if the store cannot be opened at all: restore a backup then.
    /// `Unsupported` if the folder holds no store; `Unavailable` if there is no space for a second
    /// store, or the work was stopped. The store is as it was then.
    pub fn repair(
        path: impl AsRef<Path>,
        options: SledOptions,
        meter: &WorkMeter,
    ) -> Result<Repair, StorageError> {
        let folder = Folder::take_store(path.as_ref())?;
        let first = Self::open_in(Arc::clone(&folder), options.clone())?;
        first.settle_everything()?;
        let before = check_tree(first.content().tree(), meter)?;
        if !before.faults.iter().any(|fault| is_mended(fault.kind)) {
            return Ok(Repair {
                after: before.clone(),
                before,
                set_aside: Vec::new(),
                set_aside_in: None,
            });
        }
        let second = folder.path().join(SECOND_FOLDER);
        let made = make(&first, &second, &options, &before, meter);
        let made = made.and_then(|aside| Ok((aside, check(&second, options, meter)?)));
        drop(first);
        let ((set_aside, set_aside_in), after) = made.inspect_err(|_| {
            // What is left of it is removed when the store is opened.
            let _left = fs::remove_dir_all(&second);
        })?;
        let closed = compaction::closed_mark(&second)?;
        meter.advance(0)?;
        let state = State::Removing;
        compaction::finish(&folder, Mark { state, ..closed }, true)?;
        Ok(Repair {
            before,
            after,
            set_aside,
            set_aside_in,
        })
    }
}

/// Whether a repair does something about it.
fn is_mended(kind: FaultKind) -> bool {
    match kind {
        FaultKind::Record | FaultKind::Index | FaultKind::LatestRun | FaultKind::PayloadNames => {
            true
        }
        FaultKind::History | FaultKind::UnknownPair => false,
    }
}

/// The second store as it is on the disk.
fn check(
    second: &Path,
    options: SledOptions,
    meter: &WorkMeter,
) -> Result<StoreCheck, StorageError> {
    let store = SledStore::open(second, options)?;
    let after = check_tree(store.content().tree(), meter)?;
    let Some(fault) = after.faults.iter().find(|fault| is_mended(fault.kind)) else {
        return Ok(after);
    };
    let message = format!("store cannot be repaired, it is as it was; restore a backup: {fault}");
    Err(StorageError::new(StorageErrorKind::Corrupt, message))
}

type SetAside = (Vec<WorkflowExecution>, Option<PathBuf>);

/// Makes the second store; what it does not take is set aside.
fn make(
    first: &SledStore,
    second: &Path,
    options: &SledOptions,
    found: &StoreCheck,
    meter: &WorkMeter,
) -> Result<SetAside, StorageError> {
    let store = SledStore::open(second, options.clone())?;
    let mut repairing = Repairing {
        from: first.content().tree(),
        to: PairWriter::new(store.content().tree()),
        aside: Aside::new(first)?,
        set_aside: BTreeMap::new(),
    };
    repairing.copy_what_is_no_runs()?;
    for run_id in inspect::runs(repairing.from) {
        repairing.take(&Inspection::of(repairing.from, run_id?)?)?;
        meter.advance(0)?;
    }
    repairing.take_latest_runs()?;
    repairing.set_lone_names_aside()?;
    repairing.to.flush()?;
    store.content().flush()?;
    let Repairing {
        aside, set_aside, ..
    } = repairing;
    let folder = aside.finish(found)?;
    Ok((set_aside.into_values().collect(), folder))
}

struct Repairing<'r> {
    from: &'r Tree,
    to: PairWriter<'r>,
    aside: Aside<'r>,
    set_aside: BTreeMap<RunId, WorkflowExecution>,
}

impl Repairing<'_> {
    fn copy_what_is_no_runs(&mut self) -> Result<(), StorageError> {
        for kind in 0..=u8::MAX {
            if key::is_of_runs(kind) {
                continue;
            }
            for pair in self.from.scan_prefix([kind]) {
                let pair = pair.map_err(failure::reading)?;
                if !pairs::is_own(&pair.0) {
                    self.to.put(&pair.0, &pair.1)?;
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, run: &Inspection) -> Result<(), StorageError> {
        let run_id = run.run_id;
        let Some(entry) = run.entry().filter(|_| run.condition != Condition::Damaged) else {
            let execution = WorkflowExecution {
                workflow_id: run.workflow_id.clone(),
                run_id,
            };
            self.set_aside.insert(run_id, execution);
            return for_each_of_run(self.from, run_id, |pair| self.aside.add(pair));
        };
        let (open, closed) = (key::open_run(run_id), key::closed_run(run_id));
        let index = if entry.has_work() { open } else { closed };
        self.to.put(&index, &entry::encode(&index, entry))?;
        if entry.status.is_open() {
            let latest = key::current_run(&entry.execution.workflow_id);
            self.to.put(&latest, run_id.as_bytes())?;
        }
        let is_readable = run.condition == Condition::Readable;
        for name in run.names.iter().filter(|_| is_readable) {
            self.to.put(&key::named(run_id, name), &[])?;
            self.to.put(&key::namer(name, run_id), &[])?;
        }
        for_each_of_run(self.from, run_id, |pair| {
            let is_made_anew = match pair.0.first() {
                Some(&(key::OPEN | key::CLOSED)) => true,
                Some(&(key::NAMED | key::NAMER)) => is_readable,
                _ => false,
            };
            if is_made_anew {
                return Ok(());
            }
            self.to.put(&pair.0, &pair.1)
        })
    }

    /// Takes over what can be, and finds the latest runs of executions of which it cannot be said.
    fn take_latest_runs(&mut self) -> Result<(), StorageError> {
        self.to.flush()?;
        let mut unknown = BTreeSet::new();
        for pair in self.from.scan_prefix([key::WORKFLOW]) {
            let (key, value) = pair.map_err(failure::reading)?;
            if self.to.contains(&key)? {
                continue;
            }
            let run_id = key::parse_latest(&value);
            let was_set_aside = run_id.is_some_and(|it| self.set_aside.contains_key(&it));
            let wrong = wrong_latest(self.from, &key, &value)?;
            if wrong.is_none() && !was_set_aside {
                self.to.put(&key, &value)?;
                continue;
            }
            let is_there = match run_id {
                Some(run_id) => exists(self.from, run_id)?,
                None => true,
            };
            // Of an execution whose latest run is gone there is none, as after a deletion.
            if is_there && !was_set_aside {
                unknown.insert(key::parse_workflow(&key));
            }
            self.aside.add(&(key, value))?;
        }
        if unknown.is_empty() {
            return Ok(());
        }
        for pair in self.from.scan_prefix([key::CLOSED]) {
            let (key, bytes) = pair.map_err(failure::reading)?;
            // Run ids begin with their time, so the last one that is found is the latest.
            if let Ok(entry) = entry::decode(&key, &bytes)
                && unknown.contains(&entry.execution.workflow_id)
                && !self.set_aside.contains_key(&entry.execution.run_id)
            {
                let latest = key::current_run(&entry.execution.workflow_id);
                self.to.put(&latest, entry.execution.run_id.as_bytes())?;
            }
        }
        Ok(())
    }

    /// Sets aside what names payloads and belongs to no run, or is said by the payload alone.
    fn set_lone_names_aside(&mut self) -> Result<(), StorageError> {
        self.to.flush()?;
        for kind in [key::NAMED, key::NAMER] {
            for pair in self.from.scan_prefix([kind]) {
                let pair = pair.map_err(failure::reading)?;
                let of = match kind {
                    key::NAMED => key::parse_namer_of(&pair.0),
                    _ => key::parse_namer(&pair.0).map(|(_, run_id)| run_id),
                };
                let is_aside = of.is_some_and(|of| self.set_aside.contains_key(&of));
                if !is_aside && !self.to.contains(&pair.0)? {
                    self.aside.add(&pair)?;
                }
            }
        }
        Ok(())
    }
}

/// All pairs of a run, its latest run's aside.
fn for_each_of_run(
    tree: &Tree,
    run_id: RunId,
    mut take: impl FnMut(&Pair) -> Result<(), StorageError>,
) -> Result<(), StorageError> {
    for key in [key::open_run(run_id), key::closed_run(run_id)] {
        if let Some(value) = tree.get(key).map_err(failure::reading)? {
            take(&(key.as_slice().into(), value))?;
        }
    }
    for pair in tree.range(key::all_named(run_id)) {
        let pair = pair.map_err(failure::reading)?;
        if let Some(name) = key::parse_named(&pair.0) {
            let namer = key::namer(&name, run_id);
            if let Some(value) = tree.get(namer).map_err(failure::reading)? {
                take(&(namer.as_slice().into(), value))?;
            }
        }
        take(&pair)?;
    }
    let all = key::bundles(run_id, RecordNumber::NONE, RecordNumber::new(u32::MAX));
    for pair in tree.range(all) {
        take(&pair.map_err(failure::reading)?)?;
    }
    Ok(())
}
