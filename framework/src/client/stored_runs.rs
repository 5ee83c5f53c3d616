//! The runs of a store that no engine runs on, for tools.

use std::{
    sync::{Arc, OnceLock},
    thread,
};

use derive_more::Debug;

use crate::{
    actor::{Outage, Refusal, known_entry},
    client::{
        ListRuns, ListRunsError, ListedRun, LookAtRuns, PatchUse, RequestError, RunCount,
        RunDirectory, StoreReport, UntypedHandle, WorkflowHandle,
        at_rest::AtRest,
        count_runs,
        directory::{Search, Sight, stored_entries},
        find_patches, report_store,
    },
    model::{
        History, Identity, Namespace, Namespaces, RecordNumber, RunId, SearchAttributeSchema,
        Timestamp, WorkflowId,
    },
    storage::{
        ReadStore, RunEntry, RunReader, StorageError, StorageErrorKind, StoreFiles, StoredRecord,
        difference, record,
    },
};

/// Bound: records that are read at a time.
const CHUNK: usize = 256;

/// The runs of a store that no engine runs on: lists, counts and histories, and nothing is changed.
///
/// A cheap clone. Search attributes are known by the values that runs have of them.
///
/// # Examples
/// ```
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use sempre::{client::StoredRuns, storage::MemoryStore};
/// use std::sync::{Arc, OnceLock};
///
/// let runs = StoredRuns::new(Arc::new(MemoryStore::new()));
/// assert!(runs.list("ExecutionStatus = 'Running'").await?.runs.is_empty());
/// assert_eq!(runs.count("").await?.total, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct StoredRuns {
    #[debug(skip)]
    store: Arc<dyn ReadStore>,
    /// Found when it is first asked for.
    schema: Arc<OnceLock<SearchAttributeSchema>>,
    /// Whether whoever asks does not wait on its own thread.
    is_apart: bool,
    namespace: Namespace,
}

impl StoredRuns {
    /// The runs of this store.
    pub fn new(store: Arc<dyn ReadStore>) -> Self {
        Self {
            store,
            schema: Arc::default(),
            is_apart: false,
            namespace: Namespace::default(),
        }
    }

    /// The same runs, where each look at all of them has a thread of its own, and ends when nobody waits
    /// for it any more. Default: whoever asks looks itself, and holds its thread up meanwhile.
    #[must_use]
    pub fn apart(mut self) -> Self {
        self.is_apart = true;
        self
    }

    /// The runs of a namespace of the store: what is listed, counted and read by its id is there.
    /// Default: the default one.
    #[must_use]
    pub fn within(mut self, namespace: impl Into<Namespace>) -> Self {
        self.namespace = namespace.into();
        self
    }

    /// The namespace whose runs are listed, counted and read by their ids.
    pub fn namespace(&self) -> &Namespace {
        &self.namespace
    }

    /// All runs of all namespaces, the latest first: those of schedules, too, which lists leave out.
    ///
    /// # Errors
    /// Each item is a [`RequestError`] if it cannot be read.
    pub fn iter(&self) -> impl Iterator<Item = Result<ListedRun, RequestError>> + '_ {
        let entries = stored_entries(&*self.store, None);
        entries.map(|entry| Ok(entry?.into()))
    }

    /// Lists runs as [`Engine::list`](crate::Engine::list) does.
    pub fn list(&self, filter: impl Into<String>) -> ListRuns {
        let filter = filter.into();
        let schema = self.schema(&filter);
        let namespace = self.namespace.clone();
        ListRuns::new(Arc::new(self.clone()), namespace, schema, filter)
    }

    /// Counts runs as [`Engine::count`](crate::Engine::count) does.
    ///
    /// # Errors
    /// [`ListRunsError`] if the filter cannot be read, or the store cannot.
    pub async fn count(&self, filter: impl AsRef<str>) -> Result<RunCount, ListRunsError> {
        let filter = filter.as_ref();
        let namespace = self.namespace.clone();
        count_runs(self, namespace, &self.schema(filter), filter).await
    }

    /// Says what the store holds, as [`Engine::store_report`](crate::Engine::store_report) does for an
    /// engine without retention at this time.
    ///
    /// # Errors
    /// [`ListRunsError`] if the store cannot be read.
    pub async fn report(&self, now: Timestamp) -> Result<StoreReport, ListRunsError> {
        report_store(self, Namespaces::default(), now).await
    }

    /// Says how many open runs may need each patch, as [`Engine::patches`](crate::Engine::patches) does.
    ///
    /// # Errors
    /// [`ListRunsError`] if the store cannot be read.
    pub async fn patches(&self) -> Result<Vec<PatchUse>, ListRunsError> {
        find_patches(self).await
    }

    /// An execution by its id, as [`Engine::execution`](crate::Engine::execution) gives it, to be
    /// described and read: how it stands, its history, and how it has ended. Whatever else is asked of
    /// it is refused, because nothing runs.
    ///
    /// Problems of a run are those that its records tell. Whether there is code for it is not known
    /// here, and what a codec has encoded stays so.
    ///
    /// # Examples
    /// ```
    /// # use sempre::{Engine, guide::example::{Order, OrderHandle as _}, storage::MemoryStore};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sempre::client::StoredRuns;
    /// # use std::sync::Arc;
    ///
    /// # let store = Arc::new(MemoryStore::new());
    /// # let engine = Engine::on_store(store.clone()).workflow::<Order>().start().await?;
    /// # engine.workflow::<Order>("order-42").start(()).await?;
    /// # engine.shutdown().await;
    /// let order = StoredRuns::new(store).execution("order-42");
    /// assert!(order.describe().await?.status.is_open());
    /// assert!(order.signal("approve", &()).await.is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn execution(&self, workflow_id: impl Into<WorkflowId>) -> UntypedHandle {
        let service = Arc::new(AtRest::new(self.clone()));
        let workflow_id = workflow_id.into().within(&self.namespace);
        WorkflowHandle::new(service, Identity::default(), workflow_id)
    }

    /// The history of a run of this execution as it is kept: of this run, or of the latest one.
    ///
    /// # Errors
    /// [`RequestError`] if there is no such run, or the store cannot be read.
    pub fn history(
        &self,
        workflow_id: impl Into<WorkflowId>,
        run_id: Option<RunId>,
    ) -> Result<History, RequestError> {
        let workflow_id = workflow_id.into().within(&self.namespace);
        Ok(self.kept_history(&workflow_id, run_id)?)
    }

    /// Reads every record of a run, and says what is wrong with it if something is: with a record, the
    /// grammar of its history, or what the index and the names of stored payloads say of it.
    ///
    /// # Errors
    /// [`StorageError`] if the run, or one of its records, cannot be read, or something is not what the
    /// records say.
    pub fn check(&self, run_id: RunId) -> Result<(), StorageError> {
        let Some(entry) = self.store.run(run_id)? else {
            return Ok(());
        };
        let wrong = |what: String| {
            let message = format!("{what} run_id={run_id}");
            Err(StorageError::new(StorageErrorKind::Corrupt, message))
        };
        if let Some(damage) = entry.damage {
            return wrong(damage.into());
        }
        let mut reader = RunReader::of(run_id);
        self.for_each_record(run_id, |stored| reader.read(stored))?;
        if let Some(violation) = &reader.violation {
            return wrong(format!(
                "history is not one that a run can have: {violation}"
            ));
        }
        let Some(derived) = reader.entry() else {
            let first = RecordNumber::NONE.next();
            return Err(StorageError::corrupt(run_id, first, "missing"));
        };
        if let Some(field) = difference(&entry, &derived) {
            return wrong(format!(
                "index entry is not what the records say: field={field}"
            ));
        }
        if !self.store.payloads(run_id)?.iter().eq(&reader.names) {
            return wrong("stored payloads are named otherwise than by the records".into());
        }
        Ok(())
    }

    pub(super) fn kept_history(
        &self,
        workflow_id: &WorkflowId,
        run_id: Option<RunId>,
    ) -> Result<History, Refusal> {
        let entry = self.entry(workflow_id, run_id)?;
        let history = self.history_of(&entry);
        history.map_err(|error| Refusal::unreadable(&error))
    }

    /// What the index says of a run of this execution: of this run, or of the latest one.
    pub(super) fn entry(
        &self,
        workflow_id: &WorkflowId,
        run_id: Option<RunId>,
    ) -> Result<RunEntry, Refusal> {
        let found = match run_id {
            None => self.store.current_run(workflow_id),
            Some(run_id) => self.store.run(run_id),
        };
        let found = found.map_err(|error| Refusal::unreadable(&error))?;
        let entry = found.map(|entry| known_entry(&*self.store, entry));
        let entry = entry.filter(|entry| entry.execution.workflow_id == *workflow_id);
        entry.ok_or_else(|| Refusal::NotFound {
            workflow_id: workflow_id.clone(),
        })
    }

    pub(super) fn store(&self) -> &dyn ReadStore {
        &*self.store
    }

    fn history_of(&self, entry: &RunEntry) -> Result<History, StorageError> {
        let execution = entry.execution.clone();
        let (run_id, mut events) = (execution.run_id, Vec::new());
        self.for_each_record(run_id, |stored| {
            let transition = record::decode(run_id, stored)?;
            events.extend(transition.events().cloned());
            Ok(())
        })?;
        Ok(History { execution, events })
    }

    fn for_each_record(
        &self,
        run_id: RunId,
        mut read: impl FnMut(&StoredRecord) -> Result<(), StorageError>,
    ) -> Result<(), StorageError> {
        let mut from = RecordNumber::NONE.next();
        // Bound: each turn reads further records, of which there is an end.
        loop {
            let records = self.store.records(run_id, from, CHUNK)?;
            for stored in &records {
                read(stored)?;
                from = stored.number.next();
            }
            if records.len() < CHUNK {
                return Ok(());
            }
        }
    }

    /// The search attributes that runs have, if there is a filter, which may ask for them.
    fn schema(&self, filter: &str) -> SearchAttributeSchema {
        if filter.trim().is_empty() {
            return SearchAttributeSchema::default();
        }
        self.schema.get_or_init(|| self.found_schema()).clone()
    }

    fn found_schema(&self) -> SearchAttributeSchema {
        let mut schema = SearchAttributeSchema::default();
        // What cannot be read is told by the look that follows.
        for entry in stored_entries(&*self.store, None).map_while(Result::ok) {
            let details = entry.details.unwrap_or_default();
            for (name, value) in details.search_attributes {
                if schema.value_type(&name).is_none() {
                    // Bound: one for each name, once for a store that is looked at.
                    schema.declare(name.leak(), value.value_type());
                }
            }
        }
        schema
    }
}

impl RunDirectory for StoredRuns {
    fn look(&self, search: Search, look: LookAtRuns) -> Result<(), Refusal> {
        let see = move |store: &dyn ReadStore| {
            look(Sight {
                counts: None,
                entries: &mut stored_entries(store, search.before),
            });
        };
        if !self.is_apart {
            see(&*self.store);
            return Ok(());
        }
        let store = Arc::clone(&self.store);
        let thread = thread::Builder::new().name("sempre-look".into());
        let begun = thread.spawn(move || see(&*store));
        let failed = |error: std::io::Error| {
            Refusal::Unavailable(Outage::NotRunning {
                reason: error.to_string(),
            })
        };
        begun.map(drop).map_err(failed)
    }

    fn files(&self) -> Option<StoreFiles> {
        self.store.files()
    }
}
