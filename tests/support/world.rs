//! What a scenario is given.

use std::{cell::RefCell, error::Error, time::Duration};

use derive_more::Debug;
use sempre::{
    Engine, Workflow, WorkflowHandle,
    client::WorkflowDescription,
    model::{History, Namespace, Timestamp, WorkflowExecution, WorkflowId},
    runtime::{EngineBuilder, NamespaceOptions, StartEngineError},
    storage::{MemoryDisk, MemoryStore},
    testing::{FaultStore, ManualClock},
};

use crate::{Ledger, Mode, Stage};

/// Stands for a workflow of any type where only its history matters.
#[derive(Workflow, Default)]
struct Any;

/// An engine, and all that a scenario needs to play with it.
#[derive(Debug)]
pub struct World {
    /// The clock, which stands still.
    pub clock: ManualClock,
    /// Where the attempts of activities arrive.
    pub stage: Stage,
    /// How the engine keeps its programs.
    pub mode: Mode,
    ledger: Ledger,
    current: RefCell<Running>,
    #[debug(skip)]
    configure: Box<dyn Fn(EngineBuilder) -> EngineBuilder>,
}

#[derive(Debug)]
struct Running {
    engine: Engine,
    store: FaultStore<MemoryStore>,
}

impl World {
    pub(crate) async fn begin(
        mode: Mode,
        configure: Box<dyn Fn(EngineBuilder) -> EngineBuilder>,
    ) -> Result<Self, StartEngineError> {
        let (clock, stage) = (ManualClock::new(), Stage::default());
        let ledger = Ledger::default();
        let store = FaultStore::new(MemoryStore::new());
        let configure = with_stage(configure, clock.clone(), stage.clone(), mode);
        let builder = Engine::on_store(ledger.around(store.clone()));
        let engine = configure(builder).start().await?;
        Ok(Self {
            clock,
            stage,
            mode,
            ledger,
            current: RefCell::new(Running { engine, store }),
            configure,
        })
    }

    /// The engine that runs now, in the namespace that the story takes place in.
    pub fn engine(&self) -> Engine {
        let engine = &self.current.borrow().engine;
        // It has been declared with the engine.
        let within = engine.namespace(namespace());
        within.unwrap_or_else(|_| engine.clone())
    }

    /// Its store, which can be made to fail and to wait.
    pub fn store(&self) -> FaultStore<MemoryStore> {
        self.current.borrow().store.clone()
    }

    /// What is on the disk now: what a crash at this moment would leave.
    pub fn disk(&self) -> MemoryDisk {
        self.store().inner().disk().copy()
    }

    /// An execution.
    pub fn workflow<W: Workflow>(&self, workflow_id: impl Into<WorkflowId>) -> WorkflowHandle<W> {
        self.engine().workflow(workflow_id)
    }

    /// The time so many seconds from now.
    pub fn seconds_from_now(&self, seconds: u64) -> Timestamp {
        self.clock.now().after(Duration::from_secs(seconds))
    }

    /// Moves the clock on, once the engine sleeps until then.
    pub async fn pass_seconds(&self, seconds: u64) {
        let then = self.seconds_from_now(seconds);
        self.clock.sleeping_until(then).await;
        self.clock.set(then);
    }

    /// Waits until an execution stands as wanted, asking it again and again.
    ///
    /// # Errors
    /// The engine's, if it does not answer.
    pub async fn until<W>(
        &self,
        workflow: &WorkflowHandle<W>,
        wanted: impl Fn(&WorkflowDescription) -> bool,
    ) -> Result<WorkflowDescription, Box<dyn Error>> {
        loop {
            let description = workflow.describe().await?;
            if wanted(&description) {
                return Ok(description);
            }
            tokio::task::yield_now().await;
        }
    }

    /// Lets the process crash and starts another one, on what the first one left on its disk.
    ///
    /// # Errors
    /// The engine's, if it does not start.
    pub async fn crash_and_restart(&self) -> Result<(), Box<dyn Error>> {
        self.restart_with(|engine| engine).await
    }

    /// The same, with a process of another configuration.
    ///
    /// # Errors
    /// The engine's, if it does not start.
    pub async fn restart_with(
        &self,
        change: impl FnOnce(EngineBuilder) -> EngineBuilder,
    ) -> Result<(), Box<dyn Error>> {
        let disk = self.disk();
        let store = FaultStore::new(MemoryStore::open(&disk)?);
        let builder = Engine::on_store(self.ledger.around(store.clone()));
        let builder = (self.configure)(builder);
        let engine = change(builder).start().await?;
        *self.current.borrow_mut() = Running { engine, store };
        Ok(())
    }

    /// The runs started so far, in their order.
    pub fn started(&self) -> Vec<WorkflowExecution> {
        self.ledger.started()
    }

    /// How often each run's records were read so far, in the order in which the runs were started.
    pub fn reads(&self) -> Vec<usize> {
        let started = self.ledger.started();
        let reads = started.iter().map(|it| self.ledger.reads(it.run_id));
        reads.collect()
    }

    /// The history of a run, whatever its type.
    ///
    /// # Errors
    /// The engine's, if it does not answer.
    pub async fn history(&self, execution: WorkflowExecution) -> Result<History, Box<dyn Error>> {
        let WorkflowExecution {
            workflow_id,
            run_id,
        } = execution;
        let run = self.workflow::<Any>(workflow_id).at_run(run_id);
        Ok(run.history().await?)
    }
}

/// The namespace that stories take place in.
fn namespace() -> Namespace {
    let named = std::env::var("SEMPRE_TEST_NAMESPACE");
    named.map_or_else(|_| Namespace::default(), Namespace::from)
}

fn with_stage(
    configure: Box<dyn Fn(EngineBuilder) -> EngineBuilder>,
    clock: ManualClock,
    stage: Stage,
    mode: Mode,
) -> Box<dyn Fn(EngineBuilder) -> EngineBuilder> {
    Box::new(move |engine| {
        let engine = engine
            .clock(clock.clone())
            .activities(stage.actors())
            .threads(2)
            .shutdown_grace(Duration::ZERO);
        let engine = match namespace() {
            namespace if namespace.is_default() => engine,
            namespace => engine.namespace(namespace, NamespaceOptions::default()),
        };
        configure(mode.configure(engine))
    })
}
