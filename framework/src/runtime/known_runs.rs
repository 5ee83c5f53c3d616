//! The roster of the runs of an engine: made when runs are first looked for, and kept up to date by
//! what is committed from then on.
//!
//! It is made from the latest run backwards, a chunk at a time, by looks that come to what it does not
//! have yet, and between looks. Down to its *floor* it has every run.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use derive_more::Debug;

use crate::{
    actor::known_entry,
    model::RunId,
    storage::{Commit, IndexChange, RunEntry, StorageError, Store, StoreLayer},
    visibility::Roster,
};

/// Bound: runs in a roster, which takes some 80 bytes for each.
const RUNS_MAX: usize = 4_000_000;
/// Bound: runs that are read at a time, while looks wait.
const CHUNK: usize = 1_024;

/// What is known of the runs of an engine without reading the store.
#[derive(Debug)]
pub(super) struct KnownRuns {
    max_runs: usize,
    phase: Mutex<Phase>,
}

#[derive(Debug)]
enum Phase {
    /// Nobody has looked for runs, so nobody keeps what is known of them.
    Unasked,
    Making {
        #[debug(skip)]
        known: Known,
        /// The runs that were deleted meanwhile, so that what was read of them before counts for nothing.
        deleted: BTreeSet<RunId>,
    },
    Made {
        #[debug(skip)]
        known: Known,
    },
}

/// A roster, and the first run from which on it has all of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) roster: Roster,
    pub(super) floor: RunId,
}

impl Known {
    /// Whether it has every run of the store.
    pub(super) fn is_all(&self) -> bool {
        self.floor == EARLIEST
    }
}

const EARLIEST: RunId = RunId::from_u128(0);
const LATEST: RunId = RunId::from_u128(u128::MAX);

impl Default for KnownRuns {
    fn default() -> Self {
        Self::with(RUNS_MAX)
    }
}

impl KnownRuns {
    /// One whose roster has at most so many runs.
    pub(super) fn with(max_runs: usize) -> Self {
        Self {
            max_runs,
            phase: Mutex::new(Phase::Unasked),
        }
    }

    /// Begins to keep what is known; has no effect a second time.
    pub(super) fn begin(&self) {
        let mut phase = self.lock();
        if matches!(*phase, Phase::Unasked) {
            *phase = Phase::Making {
                known: Known {
                    roster: Roster::default(),
                    floor: LATEST,
                },
                deleted: BTreeSet::new(),
            };
        }
    }

    /// What is known now.
    pub(super) fn known(&self) -> Option<Known> {
        match &*self.lock() {
            Phase::Unasked => None,
            Phase::Making { known, .. } | Phase::Made { known } => Some(known.clone()),
        }
    }

    /// Reads further runs, and takes them in; `None` if there is nothing more to take in.
    ///
    /// # Errors
    /// Those of the store. The same runs are read the next time.
    pub(super) fn read_more(
        &self,
        store: &dyn Store,
    ) -> Result<Option<Vec<RunEntry>>, StorageError> {
        let floor = match &*self.lock() {
            Phase::Making { known, .. } => known.floor,
            Phase::Unasked | Phase::Made { .. } => return Ok(None),
        };
        let before = (floor != LATEST).then_some(floor);
        let entries = store.runs(before, CHUNK)?;
        let entries = entries.into_iter().map(|entry| known_entry(store, entry));
        let entries: Vec<_> = entries.collect();
        self.take_in(&entries);
        Ok(Some(entries))
    }

    /// Takes in what was read.
    pub(super) fn take_in(&self, entries: &[RunEntry]) {
        let mut phase = self.lock();
        let Phase::Making { known, deleted } = &mut *phase else {
            return;
        };
        // Invariant: what has been committed meanwhile is newer, and is in the roster already.
        let read = entries.iter();
        let read = read.filter(|entry| !deleted.contains(&entry.execution.run_id));
        known.roster.insert_missing(read);
        let is_full = known.roster.len() >= self.max_runs;
        known.floor = match entries.last() {
            Some(last) if entries.len() == CHUNK => last.execution.run_id,
            _ => EARLIEST,
        };
        if is_full || known.floor == EARLIEST {
            let known = std::mem::take(known);
            *phase = Phase::Made { known };
        }
    }

    /// Takes note of what has been committed.
    fn note(&self, commits: &[Commit]) {
        let changes = commits.iter().flat_map(Commit::parts);
        let mut changes = changes.filter_map(|part| part.index.as_ref()).peekable();
        if changes.peek().is_none() {
            return;
        }
        let mut phase = self.lock();
        for change in changes {
            match (change, &mut *phase) {
                (_, Phase::Unasked) => return,
                (IndexChange::Deleted(execution), Phase::Making { known, deleted }) => {
                    deleted.insert(execution.run_id);
                    known.roster.remove(execution.run_id);
                }
                (IndexChange::Deleted(execution), Phase::Made { known }) => {
                    known.roster.remove(execution.run_id);
                }
                (
                    IndexChange::Opened(entry) | IndexChange::Changed(entry),
                    Phase::Making { known, .. },
                ) => known.roster.insert(entry),
                (
                    IndexChange::Opened(entry) | IndexChange::Changed(entry),
                    Phase::Made { known },
                ) => {
                    if entry.execution.run_id >= known.floor {
                        known.roster.insert(entry);
                    }
                    // Bound: what is too much is read from the store again.
                    if known.roster.len() > self.max_runs
                        && let Some(first) = known.roster.forget_earliest()
                    {
                        // Invariant: the floor never goes down. What was committed below it while the
                        // roster was made may be there still, and not everything is.
                        known.floor = known.floor.max(first);
                    }
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Phase> {
        // Invariant: a roster says nothing of a run that would be wrong, or it is read again.
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A store whose commits are taken note of.
#[derive(Debug)]
pub(super) struct NotedStore {
    #[debug(skip)]
    inner: Arc<dyn Store>,
    known: Arc<KnownRuns>,
}

impl NotedStore {
    pub(super) fn new(inner: Arc<dyn Store>, known: Arc<KnownRuns>) -> Self {
        Self { inner, known }
    }
}

impl StoreLayer for NotedStore {
    type Inner = dyn Store;

    fn inner(&self) -> &dyn Store {
        &*self.inner
    }

    fn commit(&self, commits: &[Commit]) -> Result<(), StorageError> {
        self.inner.commit(commits)?;
        // Invariant: before anybody is told, so that whoever looks then finds it, and in the order of
        // the commits, because one is written at a time.
        self.known.note(commits);
        Ok(())
    }

    fn commits_briefly(&self) -> bool {
        self.inner.commits_briefly()
    }
}
