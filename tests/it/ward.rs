//! A store whose runs fall ill on demand, and an engine on it.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sempre::{
    Engine,
    model::{RecordNumber, RunId},
    storage::{
        MemoryStore, OpenRun, ReadStore as _, StorageError, StorageErrorKind, StoreLayer,
        StoredRecord,
    },
    testing::ManualClock,
};
use sempre_tests::{
    Mode, Stage,
    courier::Courier,
    family::{Household, Kid},
    workflow::{Alarm, Board, Steps},
};

/// A store in memory some of whose runs come back damaged, or not at all.
#[derive(Clone, Default)]
pub(crate) struct Hospital {
    inner: MemoryStore,
    patients: Arc<Mutex<Patients>>,
}

#[derive(Default)]
struct Patients {
    damaged: BTreeSet<RunId>,
    unreadable: BTreeSet<RunId>,
    explosive: BTreeSet<RunId>,
}

impl Hospital {
    fn patients(&self) -> MutexGuard<'_, Patients> {
        self.patients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Damages a run: its records come back garbled.
    pub(crate) fn damage(&self, run_id: Option<RunId>) {
        self.patients().damaged.extend(run_id);
    }

    /// Makes the records of a run unreadable.
    pub(crate) fn make_unreadable(&self, run_id: Option<RunId>) {
        self.patients().unreadable.extend(run_id);
    }

    /// Makes the store panic when it is asked for records of this run.
    pub(crate) fn make_explosive(&self, run_id: Option<RunId>) {
        self.patients().explosive.extend(run_id);
    }

    /// Makes all runs well again.
    pub(crate) fn heal(&self) {
        *self.patients() = Patients::default();
    }

    /// The record as this store hands it out.
    fn examine(&self, run_id: RunId, record: StoredRecord) -> StoredRecord {
        if !self.patients().damaged.contains(&run_id) {
            return record;
        }
        let mut bytes = record.bytes.to_vec();
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        StoredRecord {
            bytes: bytes.into(),
            ..record
        }
    }
}

impl StoreLayer for Hospital {
    type Inner = MemoryStore;

    fn inner(&self) -> &MemoryStore {
        &self.inner
    }

    fn open_runs(&self, after: Option<RunId>, limit: usize) -> Result<Vec<OpenRun>, StorageError> {
        let runs = self.inner.open_runs(after, limit)?.into_iter();
        let examined = runs.map(|run| OpenRun {
            last_record: self.examine(run.entry.execution.run_id, run.last_record),
            entry: run.entry,
        });
        Ok(examined.collect())
    }

    fn records(
        &self,
        run_id: RunId,
        from: RecordNumber,
        limit: usize,
    ) -> Result<Vec<StoredRecord>, StorageError> {
        if self.patients().unreadable.contains(&run_id) {
            let kind = StorageErrorKind::Unavailable;
            return Err(StorageError::new(kind, "the disk does not answer"));
        }
        let explodes = self.patients().explosive.contains(&run_id);
        assert!(!explodes, "this store has a bug");
        let records = self.inner.records(run_id, from, limit)?.into_iter();
        Ok(records.map(|record| self.examine(run_id, record)).collect())
    }
}

/// An engine on such a store, with a clock that stands still.
pub(crate) struct Ward {
    pub(crate) engine: Engine,
    pub(crate) store: Hospital,
    pub(crate) clock: ManualClock,
    pub(crate) stage: Stage,
}

impl Ward {
    /// An engine on a new store.
    pub(crate) async fn open(mode: Mode) -> Result<Self, Box<dyn std::error::Error>> {
        Self::on(Hospital::default(), mode, ManualClock::new()).await
    }

    /// An engine on this store.
    pub(crate) async fn on(
        store: Hospital,
        mode: Mode,
        clock: ManualClock,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let stage = Stage::default();
        let engine = Engine::on_store(Arc::new(store.clone()))
            .workflow::<Board>()
            .workflow::<Alarm>()
            .workflow::<Steps>()
            .workflow::<Courier>()
            .workflow::<Household>()
            .workflow::<Kid>()
            .activities(stage.actors())
            .clock(clock.clone())
            .shutdown_grace(Duration::ZERO);
        Ok(Self {
            engine: mode.configure(engine).start().await?,
            store,
            clock,
            stage,
        })
    }

    /// Lets so much time pass, once the engine waits for it.
    pub(crate) async fn pass(&self, duration: Duration) {
        let then = self.clock.now().after(duration);
        self.clock.sleeping_until(then).await;
        self.clock.set(then);
    }

    /// The executions that are set aside.
    pub(crate) fn quarantined(&self) -> Vec<String> {
        let runs = self.engine.quarantined();
        runs.iter()
            .map(|run| format!("{}: {}", run.execution.workflow_id, run.cause))
            .collect()
    }

    /// Waits until an execution is set aside.
    pub(crate) async fn until_quarantined(&self) -> Vec<String> {
        loop {
            let quarantined = self.quarantined();
            if !quarantined.is_empty() {
                return quarantined;
            }
            tokio::task::yield_now().await;
        }
    }
}
