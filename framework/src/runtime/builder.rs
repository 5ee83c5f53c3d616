//! Describing an engine: its store, its workflows, its activities, its bounds.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use derive_more::Debug;

use crate::{
    activity::{ActivitySet as _, IntoActivitySet},
    actor::{RequestLimits, RunNumbers, ShardOptions},
    bulk::{self, BulkJob},
    client::AnyArchive,
    clock::{Clock, SharedClock},
    codec::Caught,
    definition::{Failure as _, FailureTypes},
    dispatch::{TaskQueueOptions, TaskQueues, TaskQueuesBuilder},
    interceptor::{Inbound, Interceptors, Outbound},
    model::{
        ActivityType, BuildId, Codec, Codecs, Identity, Namespaces, Retention, SearchAttribute,
        StartOptions, TaskQueue, WorkflowType, WorkflowVersion,
    },
    operator::{self, Keeper},
    runtime::{
        Engine, RestObserver, StartEngineError, SystemClock,
        attributes::Attributes,
        default_schedule::{self, DefaultSchedule},
        identity,
        namespaces::NamespacePlan,
        payloads::PayloadOptions,
    },
    schedule::{self, Scheduler},
    storage::{Durability, SledOptions, SledStore, StorageError, Store},
    supervision::RestartPolicy,
    workflow::{WorkflowHandlers, WorkflowRegistry},
};

#[cfg(any(test, feature = "testing"))]
use crate::runtime::{RunCounter, SteppedEngine};

/// Where an engine keeps its executions.
#[derive(Debug)]
enum StoreSource {
    /// A sled store in this folder.
    Sled(PathBuf, SledOptions),
    /// A store that is open already.
    Open(#[debug(skip)] Arc<dyn Store>),
}

/// The threads that blocking activities may use where nothing else is said.
const BLOCKING_THREADS: usize = 64;

/// The closed runs that are deleted in a second where nothing else is said.
const DELETIONS_PER_SECOND: u32 = 1_000;

/// An engine that has not started yet.
///
/// # Examples
/// ```
/// use sempre::{Engine, TaskQueueOptions, activity};
///
/// #[activity(start_to_close = "10s", task_queue = "slow")]
/// fn render(page: String) -> String { page }
///
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// let engine = Engine::open(folder.path().join("pages.sempre"))
///     .activities_on("slow", render)
///     .task_queue("slow", TaskQueueOptions::default().max_concurrent_attempts(4))
///     .threads(1)
///     .start()
///     .await?;
/// # engine.shutdown().await;
///
/// // A type that is registered twice is refused before anything is opened.
/// let twice = Engine::open("never-made").activities(render).activities(render);
/// assert!(twice.start().await.is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "an engine does nothing unless it is started"]
pub struct EngineBuilder {
    store: StoreSource,
    compacts: bool,
    pub(super) workflows: WorkflowRegistry,
    attributes: Attributes,
    pub(super) namespaces: NamespacePlan,
    pub(super) queues: TaskQueuesBuilder,
    pub(super) clock: SharedClock,
    pub(super) identity: Identity,
    pub(super) build_id: Option<BuildId>,
    pub(super) codecs: Codecs,
    pub(super) interceptors: Interceptors,
    pub(super) payloads: PayloadOptions,
    pub(super) requires_code: bool,
    pub(super) threads: usize,
    pub(super) shard_options: ShardOptions,
    pub(super) run_numbers: Option<RunNumbers>,
    pub(super) restart_policy: RestartPolicy,
    pub(super) request_limits: RequestLimits,
    pub(super) shutdown_grace: Duration,
    pub(super) task_budget: Duration,
    pub(super) attempt_budget: Duration,
    pub(super) max_blocking_threads: usize,
    #[debug(skip)]
    pub(super) rest_observer: Option<Arc<dyn RestObserver>>,
    repeated_workflows: Vec<(WorkflowType, WorkflowVersion)>,
    repeated_activities: Vec<(ActivityType, TaskQueue)>,
    failure_types: FailureTypes,
    pub(super) schedules: Vec<DefaultSchedule>,
    pub(super) retention: Retention,
    pub(super) max_deletions_per_second: u32,
    pub(super) archive: Option<AnyArchive>,
}

impl EngineBuilder {
    pub(super) fn on_sled(path: &Path) -> Self {
        Self::new(StoreSource::Sled(path.to_owned(), SledOptions::default()))
    }

    pub(super) fn on_store(store: Arc<dyn Store>) -> Self {
        Self::new(StoreSource::Open(store))
    }

    fn new(store: StoreSource) -> Self {
        let mut workflows = WorkflowRegistry::default();
        // Invariant: they are the first, so they replace none.
        let _none = workflows.register::<Scheduler>();
        let _none = workflows.register::<Keeper>();
        let _none = workflows.register::<BulkJob>();
        let mut queues = TaskQueues::builder();
        schedule::add_activities(&mut queues);
        operator::add_activities(&mut queues);
        bulk::add_activities(&mut queues);
        Self {
            store,
            compacts: false,
            workflows,
            attributes: Attributes::default(),
            namespaces: NamespacePlan::default(),
            queues,
            clock: SharedClock::new(SystemClock),
            identity: identity::of_this_process(),
            build_id: None,
            codecs: Codecs::NONE,
            interceptors: Interceptors::spans(),
            payloads: PayloadOptions::default(),
            requires_code: false,
            threads: std::thread::available_parallelism().map_or(1, NonZeroUsize::get),
            shard_options: ShardOptions::default(),
            run_numbers: None,
            restart_policy: RestartPolicy::default(),
            request_limits: RequestLimits::default(),
            shutdown_grace: Duration::from_secs(10),
            task_budget: Duration::from_secs(10),
            attempt_budget: Duration::from_secs(1),
            max_blocking_threads: BLOCKING_THREADS,
            rest_observer: None,
            repeated_workflows: Vec::new(),
            repeated_activities: Vec::new(),
            failure_types: FailureTypes::default(),
            schedules: Vec::new(),
            retention: Retention::default(),
            max_deletions_per_second: DELETIONS_PER_SECOND,
            archive: None,
        }
    }

    /// Adds a workflow.
    ///
    /// Several versions of one type stand side by side: a run stays with the version that it began
    /// with, and one that begins takes the newest; see
    /// [the guide](crate::guide::changing_code#versions).
    pub fn workflow<W: WorkflowHandlers>(mut self) -> Self {
        W::Error::declare_types(&mut self.failure_types);
        if self.workflows.register::<W>() {
            let version = W::VERSION.unwrap_or(WorkflowVersion::FIRST);
            self.repeated_workflows
                .push((WorkflowType::new(W::TYPE), version));
        }
        self
    }

    /// Declares a search attribute, so that runs can have it and lists can ask for it.
    ///
    /// A start, or a workflow task, that brings one which is not declared, or of another type, is
    /// refused. One that is declared no longer stays with the runs that have it.
    ///
    /// # Examples
    /// ```
    /// use sempre::{Engine, SearchAttribute, storage::MemoryStore};
    /// use std::sync::Arc;
    ///
    /// const CUSTOMER: SearchAttribute<String> = SearchAttribute::keyword("Customer");
    ///
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = Arc::new(MemoryStore::new());
    /// let engine = Engine::on_store(store).search_attribute(CUSTOMER).start().await?;
    /// let ada = engine.execution("order-42").start("Order", &());
    /// ada.search_attributes([CUSTOMER.set("ada")]).await?;
    /// assert_eq!(engine.list("Customer = 'ada'").await?.runs.len(), 1);
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn search_attribute<T>(mut self, attribute: SearchAttribute<T>) -> Self {
        self.attributes.declare(attribute);
        self
    }

    /// Adds activities on the task queue that workflows use unless they say otherwise.
    pub fn activities<Form>(self, set: impl IntoActivitySet<Form>) -> Self {
        let default_queue = StartOptions::default().task_queue;
        self.activities_on(default_queue, set)
    }

    /// Adds activities on a task queue.
    pub fn activities_on<S: IntoActivitySet<Form>, Form>(
        mut self,
        task_queue: impl Into<TaskQueue>,
        set: S,
    ) -> Self {
        let task_queue = task_queue.into();
        S::Set::declare_failure_types(&mut self.failure_types);
        let repeated = self.queues.register(task_queue.clone(), set);
        self.repeated_activities.extend(
            repeated
                .into_iter()
                .map(|activity| (activity, task_queue.clone())),
        );
        self
    }

    /// Sets how many attempts a task queue runs at once, and how fast it starts them.
    pub fn task_queue(
        mut self,
        task_queue: impl Into<TaskQueue>,
        options: TaskQueueOptions,
    ) -> Self {
        self.queues.configure(task_queue.into(), options);
        self
    }

    /// Has the store [compacted](SledStore::compact) before it is opened, if at least three
    /// quarters of its files are space that was freed and the store is larger than 16 MiB. Default: it is not.
    ///
    /// The start takes longer by the reading of what the store holds, and by the writing of it where that
    /// is worth it. Has no effect on a store that was opened by the caller.
    pub fn compact_at_start(mut self) -> Self {
        self.compacts = true;
        self
    }

    /// Sets what an acknowledgement promises. Default: [`Durability::Fsync`].
    ///
    /// Has no effect on a store that was opened by the caller.
    pub fn durability(mut self, durability: Durability) -> Self {
        if let StoreSource::Sled(_, options) = &mut self.store {
            options.durability = durability;
        }
        self
    }

    /// Sets the memory for the store's cache, in bytes. Default: 64 MiB, which fill up over time.
    /// [`SledOptions`] says more.
    ///
    /// Has no effect on a store that was opened by the caller.
    pub fn cache_capacity_bytes(mut self, bytes: u64) -> Self {
        if let StoreSource::Sled(_, options) = &mut self.store {
            options.cache_capacity_bytes = bytes;
        }
        self
    }

    /// Sets what the store's journal may hold, in bytes, which it keeps in memory too. Default: 16
    /// MiB. [`SledOptions`] says more.
    ///
    /// Has no effect on a store that was opened by the caller.
    pub fn journal_capacity_bytes(mut self, bytes: usize) -> Self {
        if let StoreSource::Sled(_, options) = &mut self.store {
            options.journal_capacity_bytes = bytes;
        }
        self
    }

    /// Sets the clock. Default: the machine's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = SharedClock::new(clock);
        self
    }

    /// Sets who this process is in histories. Default: process id and host name, as in
    /// `3176@orders-7c9f`.
    pub fn identity(mut self, identity: impl Into<Identity>) -> Self {
        self.identity = identity.into();
        self
    }

    /// Sets which build of the program this is, say a release or a revision. Default: none.
    ///
    /// It stands in each `WorkflowTaskCompleted`, so that a history tells which build answered.
    pub fn build_id(mut self, build_id: impl Into<BuildId>) -> Self {
        self.build_id = Some(build_id.into());
        self
    }

    /// Adds a codec, such as compression or encryption, that the values of workflows, activities and
    /// clients go through before they are kept. Default: none.
    ///
    /// Several encode in the order in which they are added. Values that were kept before a codec was
    /// added stay readable; to read those that it has encoded, the codec has to stay.
    ///
    /// # Examples
    /// ```
    /// use sempre::{Engine, codec::Compression};
    ///
    /// let builder = Engine::open("orders.sempre").codec(Compression::default());
    /// # let _ = builder;
    /// ```
    pub fn codec(mut self, codec: impl Codec) -> Self {
        self.codecs = self.codecs.and(Caught(codec));
        self
    }

    /// Adds an interceptor that is told of every call before it leaves a client or workflow code, and
    /// may add to the header that travels with it. Default: the engine's own spans; see
    /// [`interceptor`](crate::interceptor).
    ///
    /// Several are told in the order in which they are added.
    pub fn outbound(mut self, interceptor: impl Outbound) -> Self {
        self.interceptors = self.interceptors.outbound(interceptor);
        self
    }

    /// Adds an interceptor that is told of every call before the code of an activity or a workflow is
    /// run for it, and may refuse it. Default: the engine's own spans.
    ///
    /// Several are told in the order in which they are added, and the scope of the first one is
    /// outermost.
    pub fn inbound(mut self, interceptor: impl Inbound) -> Self {
        self.interceptors = self.interceptors.inbound(interceptor);
        self
    }

    /// Has the start refused while open runs need code that is not registered: their workflow, the
    /// version of it that they stay with, or an activity that is pending. Default: such runs wait, and
    /// a warning says how many.
    ///
    /// The start reads the records of all open runs for it, so it takes longer the more there are; without
    /// it, of activities no more is looked at than those of a thousand runs in which something is due.
    ///
    /// # Examples
    /// ```
    /// use sempre::{Engine, storage::MemoryStore};
    /// use std::sync::Arc;
    ///
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = Arc::new(MemoryStore::new());
    /// let engine = Engine::on_store(store).require_code_for_open_runs().start().await?;
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn require_code_for_open_runs(mut self) -> Self {
        self.requires_code = true;
        self
    }

    /// Sets the number of threads that run workflows, and async activities whose type has shown
    /// that it does not block; at least 1. Default: one per core.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// Sets how many executions stay in memory per thread. Default: 10,000.
    pub fn max_resident_executions(mut self, max: usize) -> Self {
        self.shard_options.max_resident_executions = max;
        self
    }

    /// Sets how many bytes the executions in memory may take per thread, as an estimate. Default:
    /// 256 MiB.
    ///
    /// An execution counts with 8 KiB, and with the bytes of its history while its program is in
    /// memory. Those of usual size are bounded by their number; this bounds those with large
    /// inputs and results. The one that was used last stays, however large it is.
    pub fn max_resident_bytes(mut self, bytes: u64) -> Self {
        self.shard_options.max_resident_bytes = bytes;
        self
    }

    /// Sets whether a program is rebuilt from its whole history for each workflow task; slow, and
    /// a good test of determinism. Default: no.
    pub fn replay_every_task(mut self, replay: bool) -> Self {
        self.shard_options.replay_every_task = replay;
        self
    }

    /// Sets how many requests may be without an answer at the same time; at least 1. Default:
    /// 65,536.
    ///
    /// Further ones are refused as busy, with a time to wait, and have changed nothing. Waiting for
    /// a result is not counted.
    pub fn max_requests(mut self, requests: usize) -> Self {
        self.request_limits.max_requests = requests.max(1);
        self
    }

    /// Sets how many bytes the inputs of requests without an answer may take. Default: 256 MiB.
    ///
    /// Further ones are refused as busy, except for one that is alone.
    pub fn max_request_bytes(mut self, bytes: usize) -> Self {
        self.request_limits.max_bytes = bytes;
        self
    }

    /// Sets what is done about executions that break.
    pub fn restart_policy(mut self, policy: RestartPolicy) -> Self {
        self.restart_policy = policy;
        self
    }

    /// Sets how long a shutdown waits for running attempts. Default: 10 s.
    pub fn shutdown_grace(mut self, grace: Duration) -> Self {
        self.shutdown_grace = grace;
        self
    }

    /// Sets how long workflow code may hold its thread in one workflow task before its execution
    /// is taken from it and set aside. Default: 10 s; at least 10 ms.
    pub fn workflow_task_budget(mut self, budget: Duration) -> Self {
        self.task_budget = budget.max(Duration::from_millis(10));
        self
    }

    /// Sets how long an attempt of an async activity may hold its thread without awaiting before a
    /// warning names it, and its type never again runs on the thread of an execution. Default: 1 s;
    /// at least 10 ms.
    ///
    /// An async activity gives its thread back within a millisecond or so. A second is more than a
    /// busy machine takes a thread away for, so that what is warned of is the activity's own doing.
    pub fn attempt_poll_budget(mut self, budget: Duration) -> Self {
        self.attempt_budget = budget.max(Duration::from_millis(10));
        self
    }

    /// Sets how many threads blocking activities may use; further attempts wait for one while
    /// their clocks run. Default: 64; at least 1.
    ///
    /// The engine is a guest in a service that has pools of its own. A thread is made when it is
    /// needed and ends when it has been idle for 10 s; 64 of them reserve 128 MiB of addresses for
    /// their stacks, and touch a fraction of that. Raise it where more activities wait for files or
    /// for blocking clients at the same time; those that compute gain nothing beyond the cores.
    pub fn max_blocking_threads(mut self, threads: usize) -> Self {
        self.max_blocking_threads = threads.max(1);
        self
    }

    /// Sets who is told when a thread of the engine comes to rest. Default: nobody.
    ///
    /// For whoever drives the engine's clock, as a test environment does.
    pub fn rest_observer(mut self, observer: Arc<dyn RestObserver>) -> Self {
        self.rest_observer = Some(observer);
        self
    }

    /// Makes run ids of these numbers, so that they are the same every time, and what is seeded from
    /// them.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn run_numbers(mut self, numbers: RunNumbers) -> Self {
        self.run_numbers = Some(numbers);
        self
    }

    /// Opens the store, finds its open executions, and starts the engine.
    ///
    /// Works in any async context: the engine has threads and runtimes of its own.
    ///
    /// # Durability
    /// Executions that were open when an earlier process ended go on by themselves, those with
    /// something due first. Attempts that were running then are known to be lost and are retried
    /// at once under their policies.
    ///
    /// # Errors
    /// [`StartEngineError`] if a type is registered twice, a search attribute cannot be declared, a
    /// [schedule](Self::schedule) makes no sense or cannot be created, two
    /// errors share a type of failure, the store cannot be opened (in use, damaged, no space), open runs
    /// lack code that is [required](Self::require_code_for_open_runs), or there are no threads to be had.
    pub async fn start(mut self) -> Result<Engine, StartEngineError> {
        self.check()?;
        let schedules = std::mem::take(&mut self.schedules);
        default_schedule::check(&schedules, self.clock.read().wall)?;
        let engine = Engine::start(self).await?;
        if let Err(error) = default_schedule::create(&engine, schedules).await {
            engine.shutdown().await;
            return Err(error);
        }
        Ok(engine)
    }

    /// Starts an engine without threads, which goes on when it is told to. Opens the store, so it
    /// blocks.
    ///
    /// Its run ids are made of these numbers, so that they are the same every time.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    #[cfg(any(test, feature = "testing"))]
    pub fn start_stepped(self, runs: &RunCounter) -> Result<SteppedEngine, StartEngineError> {
        self.check()?;
        SteppedEngine::start(self, runs)
    }

    /// Refuses what is registered twice.
    fn check(&self) -> Result<(), StartEngineError> {
        if let Some((workflow_type, version)) = self.repeated_workflows.first() {
            return Err(StartEngineError::RepeatedWorkflow {
                workflow_type: workflow_type.clone(),
                version: *version,
            });
        }
        self.namespaces()?;
        if let Some((activity_type, task_queue)) = self.repeated_activities.first() {
            let (activity_type, task_queue) = (activity_type.clone(), task_queue.clone());
            return Err(StartEngineError::RepeatedActivity {
                activity_type,
                task_queue,
            });
        }
        if let Some(conflict) = self.failure_types.conflict() {
            return Err(StartEngineError::RepeatedFailureType(conflict.clone()));
        }
        Ok(())
    }

    /// Opens the store. Blocks.
    /// The namespaces that the engine is to have.
    pub(super) fn namespaces(&self) -> Result<Namespaces, StartEngineError> {
        self.namespaces.build(&self.retention, &self.attributes)
    }

    pub(super) fn open_store(&self) -> Result<Arc<dyn Store>, StorageError> {
        match &self.store {
            StoreSource::Sled(path, options) => {
                let mut store = SledStore::open(path, options.clone())?;
                if self.compacts && store.is_worth_compacting()? {
                    drop(store);
                    let compaction = SledStore::compact(path, options.clone())?;
                    tracing::info!(?compaction, "the store has been compacted");
                    store = SledStore::open(path, options.clone())?;
                }
                Ok(Arc::new(store))
            }
            StoreSource::Open(store) => Ok(Arc::clone(store)),
        }
    }
}
