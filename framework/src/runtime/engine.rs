//! The engine: what a service holds.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use derive_more::Debug;
use futures::channel::oneshot;

use crate::{
    actor::{FailureNote, Target},
    client::{
        AsyncActivityHandle, CodedService, Coding, EngineClient, ListRuns, ListRunsError,
        ResumeWorkflowError, RunCount, RunDirectory, UntypedHandle, WorkflowHandle,
        WorkflowService, count_runs,
    },
    clock::SharedClock,
    definition::{Activity, NamesActivity, Workflow},
    dispatch::TaskQueues,
    metrics,
    model::{Identity, Namespace, Namespaces, TaskToken, WorkflowId, system::is_system_queue},
    operator::OperatorDesk,
    runtime::{
        EngineBuilder, EngineFailure, EngineHealth, StartEngineError, TaskQueueHealth,
        backup::Backups,
        client_service::client_service,
        crew::Crew,
        route::Routes,
        shutdown::Running,
        stopper::Stopper,
        watchdog::{Budgets, Watchdog},
    },
    storage::Store,
    supervision::{Quarantine, QuarantinedRun, RunProblem, Troubles},
    workflow::WorkflowRegistry,
};

/// A running engine: the executions of one store, and the threads they live on.
///
/// A cheap clone; `Send` and `Sync`, and at home in any async context. It runs until
/// [`shutdown`](Self::shutdown), or until its last clone is dropped.
///
/// # Examples
/// ```
/// # use sempre::{Engine, guide::example::{Order, OrderHandle as _}};
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = std::sync::Arc::new(sempre::storage::MemoryStore::new());
/// let engine = Engine::on_store(store).workflow::<Order>().start().await?;
///
/// let order = engine.workflow::<Order>("order-42").start(()).await?;
/// order.approve().await?;
/// assert_eq!(order.result().await?, "approved");
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Engine {
    pub(super) inner: Arc<Inner>,
    /// The namespace that it is the engine of, and the ways to that.
    pub(super) namespace: Namespace,
    #[debug(skip)]
    pub(super) service: Arc<dyn WorkflowService>,
    pub(super) client: EngineClient,
}

#[derive(Debug)]
pub(super) struct Inner {
    routes: Routes,
    /// The ways to it in the default namespace.
    #[debug(skip)]
    pub(super) service: Arc<dyn WorkflowService>,
    pub(super) client: EngineClient,
    #[debug(skip)]
    directory: Arc<dyn RunDirectory>,
    pub(super) backups: Arc<Backups>,
    pub(super) namespaces: Namespaces,
    pub(super) programs: Arc<WorkflowRegistry>,
    pub(super) clock: SharedClock,
    pub(super) identity: Identity,
    quarantine: Quarantine,
    troubles: Troubles,
    failure: FailureNote,
    pub(super) queues: Arc<TaskQueues>,
    /// Where operators' wishes arrive.
    pub(super) desk: Arc<OperatorDesk>,
    #[debug(skip)]
    running: Mutex<Option<(Running, Stopper)>>,
}

impl Engine {
    /// An engine on the sled store in this folder, which is made if it does not exist.
    ///
    /// # Examples
    /// ```
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("orders.sempre");
    /// let engine = sempre::Engine::open(&path).start().await?;
    /// engine.shutdown().await;
    /// assert!(path.is_dir());
    /// # Ok(())
    /// # }
    /// ```
    pub fn open(path: impl AsRef<Path>) -> EngineBuilder {
        EngineBuilder::on_sled(path.as_ref())
    }

    /// An engine on a store that is open already.
    ///
    /// # Examples
    /// ```
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use sempre::{Engine, storage::{MemoryDisk, MemoryStore}};
    /// use std::sync::Arc;
    ///
    /// let disk = MemoryDisk::new();
    /// let engine = Engine::on_store(Arc::new(MemoryStore::open(&disk)?)).start().await?;
    /// engine.shutdown().await;
    /// // The disk is free for the next owner.
    /// assert!(MemoryStore::open(&disk).is_ok());
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_store(store: Arc<dyn Store>) -> EngineBuilder {
        EngineBuilder::on_store(store)
    }

    /// The execution with this id, with the types of its program.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let order = engine.workflow::<Order>("order-42");
    /// assert_eq!(order.workflow_id().as_str(), "order-42");
    /// // A name costs nothing, and need not have an execution yet.
    /// assert!(order.describe().await.is_err());
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn workflow<W: Workflow>(&self, workflow_id: impl Into<WorkflowId>) -> WorkflowHandle<W> {
        self.handle(workflow_id.into())
    }

    /// The execution with this id, without the types of its program: for tools that meet any.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::Order;
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// engine.workflow::<Order>("order-42").start(()).await?;
    /// let order = engine.execution("order-42");
    /// let approved: serde_json::Value = order.query("is_approved", &()).await?;
    /// assert_eq!(approved, false);
    /// order.terminate("a test order").await?;
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn execution(&self, workflow_id: impl Into<WorkflowId>) -> UntypedHandle {
        self.handle(workflow_id.into())
    }

    fn handle<W>(&self, workflow_id: WorkflowId) -> WorkflowHandle<W> {
        let workflow_id = workflow_id.within(&self.namespace);
        WorkflowHandle::new(self.service(), self.inner.identity.clone(), workflow_id)
    }

    /// The activity whose attempt has this token, to be completed from outside of it.
    ///
    /// Tokens come from [`ActivityContext::task_token`](crate::ActivityContext::task_token); they
    /// stay good when the process has been replaced, as long as the attempt has not ended.
    pub fn async_activity<A: Activity, Form>(
        &self,
        definition: impl NamesActivity<Form, Activity = A>,
        token: TaskToken,
    ) -> AsyncActivityHandle<A> {
        let service = self.service();
        let client = EngineClient::new(service, self.inner.identity.clone());
        client.async_activity(definition, token)
    }

    /// The engine as its clients see it: what the handles of its executions speak to.
    pub fn service(&self) -> Arc<dyn WorkflowService> {
        Arc::clone(&self.service)
    }

    /// A way to the engine that does not keep it running.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::Order;
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let client = engine.client();
    /// client.workflow::<Order>("order-42").start(()).await?;
    ///
    /// engine.shutdown().await;
    /// let refused = client.workflow::<Order>("order-43").start(()).await.unwrap_err();
    /// assert!(refused.to_string().contains("engine is shutting down"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn client(&self) -> EngineClient {
        self.client.clone()
    }

    /// Lists the runs that pass a filter, the latest first; an empty filter lets all pass.
    ///
    /// The filter is written in Temporal's language, such as
    /// `WorkflowType = 'Order' AND ExecutionStatus = 'Running'`; the guide's page on operations lists
    /// its fields and operators. The list comes in pages, see [`ListRuns`]. A start that has been
    /// answered is in it; reading it holds no workflow up. Which of two runs is later is told to the
    /// millisecond.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// for number in 1..=3 {
    ///     engine.workflow::<Order>(format!("order-{number}")).start(()).await?;
    /// }
    /// let first = engine.list("ExecutionStatus = 'Running'").page_size(2).await?;
    /// assert_eq!(first.runs.len(), 2);
    ///
    /// let next = first.next.expect("there is one more");
    /// let second = engine.list("ExecutionStatus = 'Running'").page_size(2).after(next).await?;
    /// assert_eq!(second.runs.len(), 1);
    /// assert!(second.next.is_none());
    ///
    /// let error = engine.list("WorkflowTyp = 'Order'").await.unwrap_err();
    /// assert!(error.to_string().contains("did you mean WorkflowType? column=1"));
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ListRunsError`] if the filter or the page token is not valid, or the engine does not
    /// answer.
    pub fn list(&self, filter: impl Into<String>) -> ListRuns {
        ListRuns::new(
            Arc::clone(&self.inner.directory),
            self.namespace.clone(),
            self.rules().schema.clone(),
            filter.into(),
        )
    }

    /// Counts the runs that pass a filter, which may end with `GROUP BY ExecutionStatus`.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// use sempre::model::ExecutionStatus;
    ///
    /// engine.workflow::<Order>("order-1").start(()).await?;
    /// engine.workflow::<Order>("order-2").start(()).await?.terminate("a test").await?;
    /// let count = engine.count("WorkflowId STARTS_WITH 'order-' GROUP BY ExecutionStatus").await?;
    /// assert_eq!(count.total, 2);
    /// assert_eq!(count.by_status[&ExecutionStatus::Terminated], 1);
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ListRunsError`] if the filter is not valid, or the engine does not answer.
    pub async fn count(&self, filter: impl AsRef<str>) -> Result<RunCount, ListRunsError> {
        let (namespace, schema) = (self.namespace.clone(), &self.rules().schema);
        count_runs(&*self.inner.directory, namespace, schema, filter.as_ref()).await
    }

    /// The executions that broke too often and are left alone, oldest first.
    ///
    /// Answers at once, also while threads are busy or stuck.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// for run in engine.quarantined() {
    ///     println!("{} since {}: {}", run.execution.workflow_id, run.since, run.cause);
    /// }
    /// assert!(engine.quarantined().is_empty());
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn quarantined(&self) -> Vec<QuarantinedRun> {
        let mut runs = self.inner.quarantine.runs();
        runs.retain(|run| run.execution.workflow_id.is_in(&self.namespace));
        runs
    }

    /// What an operator should look at, oldest first: each problem of an open run that does not mend
    /// itself, and activities that have failed five times or more.
    ///
    /// What [`describe`](crate::client::ExecutionHandle::describe) says of one run, this says of all
    /// that have been brought into memory by this process; a run whose code is missing is as soon
    /// as it has something to do. Answers at once, also while threads are busy or stuck.
    ///
    /// # Examples
    /// ```
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// engine.execution("order-42").start("NotDeployedYet", &()).await?;
    /// for found in engine.needs_attention() {
    ///     println!("{} since {}: {}", found.execution.workflow_id, found.since, found.problem);
    /// }
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn needs_attention(&self) -> Vec<RunProblem> {
        let mut found = self.inner.troubles.needing_attention();
        found.retain(|it| it.execution.workflow_id.is_in(&self.namespace));
        found
    }

    /// Completes when the engine can no longer work, with the cause: its store has failed, no
    /// thread takes the place of a lost one, or it has been shut down.
    ///
    /// # Examples
    /// ```
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// engine.shutdown().await;
    /// assert_eq!(engine.failed().await.cause, "it has been shut down");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn failed(&self) -> EngineFailure {
        let cause = self.inner.failure.told().await;
        EngineFailure { cause }
    }

    /// How the engine stands. Answers within a second or so: a thread that is busy for longer is
    /// said not to have answered.
    ///
    /// # Examples
    /// ```
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let health = engine.health().await;
    /// assert!(health.is_healthy());
    /// assert_eq!(health.quarantined, 0);
    /// # engine.shutdown().await;
    /// assert!(!engine.health().await.is_healthy());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn health(&self) -> EngineHealth {
        let threads = self.inner.routes.threads().await;
        let (requests, request_bytes) = self.inner.routes.load().now();
        let failure = self.inner.failure.cause().map(str::to_owned);
        let queues = self.inner.queues.loads().into_iter();
        let health = EngineHealth {
            failure: failure.map(|cause| EngineFailure { cause }),
            threads,
            task_queues: queues
                // Nobody has set up those of the engine's own workflows, and nobody can.
                .filter(|load| !is_system_queue(&load.task_queue))
                .map(|load| TaskQueueHealth {
                    task_queue: load.task_queue,
                    attempts: load.attempts,
                    max_attempts: load.max_attempts,
                    waiting: load.waiting,
                    waiting_since: load.waiting_since,
                })
                .collect(),
            quarantined: self.inner.quarantine.runs().len(),
            requests,
            request_bytes,
        };
        health.measure(self.inner.clock.read().wall, self.inner.directory.files());
        health
    }

    /// Takes an execution back from quarantine and goes on with it.
    ///
    /// Answers within a second or so: if the execution's thread is busy for longer, the outcome is
    /// unknown, and the error says what the thread does.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// // There is no such execution, so there is nothing to resume.
    /// assert!(engine.resume("order-42").await.is_err());
    /// # engine.shutdown().await;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ResumeWorkflowError`] if there is no such execution, it is not quarantined, or the engine
    /// does not answer.
    pub async fn resume(
        &self,
        workflow_id: impl Into<WorkflowId>,
    ) -> Result<(), ResumeWorkflowError> {
        let target = Target::latest(workflow_id.into().within(&self.namespace));
        Ok(self.inner.routes.resume(target).await?)
    }

    /// Stops the engine: takes no more requests and starts no more attempts, lets running ones end
    /// within the grace period, writes what is decided, and closes the store.
    ///
    /// Attempts that outlast the grace period are abandoned; the next start of the engine retries
    /// them. A second call returns at once.
    ///
    /// # Durability
    /// Once it returns, everything that was decided is on disk, whatever the durability mode.
    ///
    /// # Examples
    /// ```
    /// # use sempre::guide::example::{Order, OrderHandle as _};
    /// # #[actix::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = sempre::guide::example::engine().await?;
    /// let order = engine.workflow::<Order>("order-42").start(()).await?;
    /// engine.shutdown().await;
    /// // Nobody answers any more; the next engine on this store goes on with the order.
    /// assert!(order.approve().await.is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn shutdown(&self) {
        self.inner.routes.close();
        self.inner.failure.tell("it has been shut down");
        if let Some((running, stopper)) = self.inner.take_running() {
            running.begin_to_stop();
            stopper.stop(running).await;
        }
    }

    /// Where to look at runs, and how long closed ones are kept.
    pub(super) fn kept_runs(&self) -> (&dyn RunDirectory, &Namespaces, &SharedClock) {
        let inner = &*self.inner;
        (&*inner.directory, &inner.namespaces, &inner.clock)
    }

    pub(super) async fn start(builder: EngineBuilder) -> Result<Self, StartEngineError> {
        let (done, started) = oneshot::channel();
        // Opening a store blocks, and so does reading which executions are open.
        thread::Builder::new()
            .name("sempre-start".into())
            .spawn(move || {
                // An engine that nobody waits for stops by being dropped.
                let _gone = done.send(assemble(builder));
            })?;
        let stopped = |_| std::io::Error::other("the starting thread has stopped");
        started.await.map_err(stopped)?
    }
}

fn assemble(builder: EngineBuilder) -> Result<Engine, StartEngineError> {
    let identity = builder.identity.clone();
    let budgets = Budgets {
        workflow_task: builder.task_budget,
        attempt_poll: builder.attempt_budget,
    };
    let (grace, threads) = (builder.shutdown_grace, builder.threads);
    let crew = Crew::start(builder)?;
    let watchdog = Watchdog::start(&crew, budgets)?;
    let stopper = Stopper::start()?;
    let routes = crew.routes.clone();
    let quarantine = crew.equipment.quarantine.clone();
    let troubles = crew.equipment.troubles.clone();
    let failure = crew.equipment.failure.clone();
    let force = crew.equipment.force.clone();
    let queues = Arc::clone(&force.queues);
    let client = crew.equipment.client.clone();
    let directory = Arc::clone(&crew.equipment.reader);
    let backups = Arc::clone(&crew.equipment.backups);
    let namespaces = crew.equipment.namespaces.clone();
    let programs = Arc::clone(&crew.equipment.programs);
    let clock = crew.equipment.clock.clone();
    metrics::describe_all();
    let codecs = crew.equipment.programs.codecs().clone();
    let coding = Coding::new(codecs, crew.equipment.payloads.apart());
    let interceptors = crew.equipment.runner.interceptors();
    let service = client_service(routes.clone(), &coding, interceptors);
    let desk = OperatorDesk::new(
        CodedService::of(Arc::new(routes.clone()), &coding),
        identity.clone(),
        clock.clone(),
        crew.equipment.settings.clone(),
        force.over(routes.clone()),
    );
    tracing::info!(%identity, threads, "the engine has started");
    let running = Running {
        crew,
        watchdog,
        grace,
    };
    Ok(Engine {
        namespace: Namespace::default(),
        service: Arc::clone(&service),
        client: client.clone(),
        inner: Arc::new(Inner {
            routes,
            service,
            client,
            directory,
            backups,
            namespaces,
            programs,
            clock,
            identity,
            quarantine,
            troubles,
            failure,
            queues,
            desk: Arc::new(desk),
            running: Mutex::new(Some((running, stopper))),
        }),
    })
}

impl Inner {
    fn take_running(&self) -> Option<(Running, Stopper)> {
        // Invariant: the engine is taken whole, so what is here is valid after a panic elsewhere.
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.routes.close();
        // Nobody can wait here: the threads are told to stop, and end by themselves.
        if let Some((running, _)) = self.take_running() {
            running.let_go();
        }
    }
}
