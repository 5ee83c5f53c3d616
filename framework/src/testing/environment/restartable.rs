//! The engine behind a test environment: started when it is needed, and anew when it has to be.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use derive_more::Debug;
use futures::executor::block_on;

use crate::{
    activity::{ActivityCode, ActivitySet as _, IntoActivitySet},
    actor::RunNumbers,
    definition::Activity,
    model::{ActivityType, StartOptions, TaskQueue},
    runtime::{Engine, EngineBuilder, StartEngineError},
    storage::{MemoryDisk, MemoryStore, Store},
    testing::{
        crash::ReportCrash,
        environment::{mock::Switchboard, skipper::TimeSkipper},
    },
    workflow::{WorkflowHandlers, WorkflowRegistry},
};

/// A part of an engine's configuration.
pub(super) type Configure = Arc<dyn Fn(EngineBuilder) -> EngineBuilder + Send + Sync>;

/// Makes the store of the next engine, from what the one before it has left.
pub(super) type OpenStore = Arc<dyn Fn(MemoryStore, ReportCrash) -> Arc<dyn Store> + Send + Sync>;

/// An engine, and all that is needed to start it again.
#[derive(Debug)]
pub(super) struct RestartableEngine {
    pub(super) skipper: TimeSkipper,
    #[debug(skip)]
    pub(super) configure: Vec<Configure>,
    #[debug(skip)]
    pub(super) open_store: Option<OpenStore>,
    run_numbers: RunNumbers,
    known: Mutex<Known>,
    activities: Switchboard,
    /// Whether something was added that the running engine does not know.
    is_outdated: AtomicBool,
    running: futures::lock::Mutex<Option<Running>>,
    /// This host, for those who outlive it.
    #[debug(skip)]
    shared: Weak<Self>,
}

/// What has been registered so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    pub(super) programs: WorkflowRegistry,
    #[debug("{}", workflows.len())]
    workflows: Vec<fn(EngineBuilder) -> EngineBuilder>,
    task_queues: BTreeSet<TaskQueue>,
}

#[derive(Debug)]
struct Running {
    engine: Engine,
    /// Which engine of this host it is, from 1.
    life: u64,
    disk: MemoryDisk,
}

/// An engine that runs, as far as its host knows.
#[derive(Clone, Debug)]
pub(super) struct Life {
    pub(super) engine: Engine,
    number: u64,
}

impl RestartableEngine {
    pub(super) fn new(skipper: TimeSkipper) -> Self {
        let known = Known {
            task_queues: BTreeSet::from([StartOptions::default().task_queue]),
            ..Known::default()
        };
        Self {
            skipper,
            configure: Vec::new(),
            open_store: None,
            run_numbers: RunNumbers::default(),
            known: Mutex::new(known),
            activities: Switchboard::default(),
            is_outdated: AtomicBool::new(false),
            running: futures::lock::Mutex::default(),
            shared: Weak::new(),
        }
    }

    /// The host, with which its engines can speak.
    pub(super) fn share(mut self) -> Arc<Self> {
        Arc::new_cyclic(|shared| {
            self.shared = shared.clone();
            self
        })
    }

    /// Adds a workflow, if this version of its type is not known yet.
    pub(super) fn add_workflow<W: WorkflowHandlers>(&self) {
        let mut known = self.known();
        if !known.programs.contains::<W>() {
            known.programs.register::<W>();
            known.workflows.push(EngineBuilder::workflow::<W>);
            self.is_outdated.store(true, Ordering::SeqCst);
        }
    }

    /// Adds a task queue that activities are dispatched from.
    pub(super) fn add_task_queue(&self, task_queue: TaskQueue) {
        if self.known().task_queues.insert(task_queue) {
            self.is_outdated.store(true, Ordering::SeqCst);
        }
    }

    /// Puts a mock in the place of an activity.
    pub(super) fn add_mock<A: Activity>(&self, code: ActivityCode) {
        if let Some(task_queue) = A::options().task_queue {
            self.add_task_queue(task_queue);
        }
        self.connect(ActivityType::new(A::TYPE), code, true);
    }

    /// Adds real activities, where there is no mock.
    pub(super) fn add_activities<Form>(&self, set: impl IntoActivitySet<Form>) {
        for implementation in Arc::new(set.into_activity_set()).implementations() {
            self.connect(implementation.activity_type, implementation.code, false);
        }
    }

    fn connect(&self, activity_type: ActivityType, code: ActivityCode, is_mock: bool) {
        if self.activities.connect(activity_type, code, is_mock) {
            self.is_outdated.store(true, Ordering::SeqCst);
        }
    }

    /// What has been registered so far.
    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        // Invariant: it is only added to, so it is valid after a panic elsewhere.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The engine, started if it does not run and started anew if it does not know everything.
    pub(super) async fn life(&self) -> Result<Life, StartEngineError> {
        let mut running = self.running.lock().await;
        let is_outdated = self.is_outdated.swap(false, Ordering::SeqCst);
        let running = match running.take() {
            Some(current) if !is_outdated => running.insert(current),
            before => running.insert(self.next(before).await?),
        };
        Ok(Life {
            engine: running.engine.clone(),
            number: running.life,
        })
    }

    /// Whether another engine runs in the place of this one, or will at the next request.
    pub(super) async fn is_over(&self, life: &Life) -> bool {
        let running = self.running.lock().await;
        running.as_ref().is_none_or(|now| now.life != life.number)
    }

    /// Waits until another engine runs in the place of one that has crashed.
    pub(super) async fn crash(&self, life: &Life) -> Result<(), StartEngineError> {
        self.replace_crashed(life.number).await
    }

    async fn replace_crashed(&self, life: u64) -> Result<(), StartEngineError> {
        let mut running = self.running.lock().await;
        if let Some(Running { engine, disk, .. }) = running.take_if(|now| now.life == life) {
            // Nobody waits for the threads of a process that has crashed.
            drop(engine);
            *running = Some(self.start(life + 1, disk.copy()).await?);
        }
        Ok(())
    }

    /// What an engine's store calls when the engine crashes.
    fn report_crash(&self, life: u64) -> ReportCrash {
        let host = self.shared.clone();
        Arc::new(move || {
            let host = host.clone();
            // On a thread of its own: the one that calls belongs to the engine.
            thread::spawn(move || {
                let Some(host) = host.upgrade() else { return };
                if let Err(error) = block_on(host.replace_crashed(life)) {
                    tracing::error!(%error, "the engine does not start after its crash");
                }
            });
        })
    }

    /// Ends the engine.
    pub(super) async fn stop(&self) {
        if let Some(running) = self.running.lock().await.take() {
            running.engine.shutdown().await;
        }
    }

    async fn next(&self, before: Option<Running>) -> Result<Running, StartEngineError> {
        let Some(Running { engine, life, disk }) = before else {
            return self.start(1, MemoryDisk::new()).await;
        };
        engine.shutdown().await;
        // A thread that does not end may hold the disk for ever.
        self.start(life + 1, disk.copy()).await
    }

    async fn start(&self, life: u64, disk: MemoryDisk) -> Result<Running, StartEngineError> {
        let store = MemoryStore::open(&disk)?;
        let store: Arc<dyn Store> = match &self.open_store {
            Some(open) => open(store, self.report_crash(life)),
            None => Arc::new(store),
        };
        let Known {
            workflows,
            task_queues,
            ..
        } = self.known().clone();
        let mut builder = Engine::on_store(store)
            .clock(self.skipper.clock().clone())
            .run_numbers(self.run_numbers.clone())
            .rest_observer(self.skipper.observe_next())
            .shutdown_grace(Duration::ZERO);
        for workflow in workflows {
            builder = workflow(builder);
        }
        for task_queue in task_queues {
            builder = builder.activities_on(task_queue, self.activities.clone());
        }
        for configure in &self.configure {
            builder = configure(builder);
        }
        // Until it has started, what its runs have to tell one another waits.
        let _starting = self.skipper.begin_request();
        // What counts as idle is a matter of one thread.
        let engine = builder.threads(1).start().await?;
        Ok(Running { engine, life, disk })
    }
}
