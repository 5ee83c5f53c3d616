//! The engine behind a test environment: started when it is needed, and anew when it has to be.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use derive_more::Debug;

use crate::{
    activity::{ActivityCode, ActivitySet},
    definition::Activity,
    model::{ActivityType, StartOptions, TaskQueue},
    runtime::{Engine, EngineBuilder, StartEngineError},
    storage::{MemoryDisk, MemoryStore, Store},
    testing::environment::{mock::Switchboard, skipper::TimeSkipper},
    workflow::{WorkflowHandlers, WorkflowRegistry},
};

/// A part of an engine's configuration.
pub(super) type Configure = Arc<dyn Fn(EngineBuilder) -> EngineBuilder + Send + Sync>;

/// Makes the store of the next engine, from what the one before it has left.
pub(super) type OpenStore = Arc<dyn Fn(MemoryStore) -> Arc<dyn Store> + Send + Sync>;

/// An engine, and all that is needed to start it again.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) skipper: TimeSkipper,
    #[debug(skip)]
    pub(super) configure: Vec<Configure>,
    #[debug(skip)]
    pub(super) open_store: Option<OpenStore>,
    known: Mutex<Known>,
    activities: Switchboard,
    /// Whether something was added that the running engine does not know.
    is_outdated: AtomicBool,
    running: futures::lock::Mutex<Option<Running>>,
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

impl Host {
    pub(super) fn new(skipper: TimeSkipper) -> Self {
        let known = Known {
            task_queues: BTreeSet::from([StartOptions::default().task_queue]),
            ..Known::default()
        };
        Self {
            skipper,
            configure: Vec::new(),
            open_store: None,
            known: Mutex::new(known),
            activities: Switchboard::default(),
            is_outdated: AtomicBool::new(false),
            running: futures::lock::Mutex::default(),
        }
    }

    /// Adds a workflow, if its type is not known yet.
    pub(super) fn add_workflow<W: WorkflowHandlers>(&self) {
        let mut known = self.known();
        if known.programs.find(&W::TYPE.into()).is_none() {
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
    pub(super) fn add_activities(&self, set: impl ActivitySet) {
        for implementation in Arc::new(set).implementations() {
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

    /// Ends the engine as a crash would, and starts another one on what it has left.
    pub(super) async fn crash(&self, life: &Life) -> Result<(), StartEngineError> {
        let mut running = self.running.lock().await;
        if let Some(current) = running.take_if(|now| now.life == life.number) {
            *running = Some(self.next(Some(current)).await?);
        }
        Ok(())
    }

    /// Ends the engine.
    pub(super) async fn stop(&self) {
        if let Some(running) = self.running.lock().await.take() {
            running.engine.shutdown().await;
        }
    }

    async fn next(&self, before: Option<Running>) -> Result<Running, StartEngineError> {
        let (life, disk) = match before {
            None => (1, MemoryDisk::new()),
            Some(before) => {
                before.engine.shutdown().await;
                // A thread that does not end may hold the disk for ever.
                (before.life + 1, before.disk.copy())
            }
        };
        let store = MemoryStore::open(&disk)?;
        let store: Arc<dyn Store> = match &self.open_store {
            Some(open) => open(store),
            None => Arc::new(store),
        };
        let Known {
            workflows,
            task_queues,
            ..
        } = self.known().clone();
        let mut builder = Engine::on_store(store)
            .clock(self.skipper.clock().clone())
            .rest_observer(Arc::new(self.skipper.clone()))
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
        // What counts as idle is a matter of one thread.
        let engine = builder.threads(1).start().await?;
        Ok(Running { engine, life, disk })
    }
}
