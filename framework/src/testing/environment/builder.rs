//! Describing a test environment.

use std::sync::Arc;

use derive_more::Debug;

use crate::{
    activity::IntoActivitySet,
    model::{TaskQueue, Timestamp},
    runtime::{EngineBuilder, StartEngineError},
    storage::{MemoryStore, Store},
    testing::{
        ManualClock, TestEnvironment,
        crash::ReportCrash,
        environment::{restartable::RestartableEngine, skipper::TimeSkipper},
    },
    workflow::WorkflowHandlers,
};

/// A test environment that has not started yet.
#[derive(Debug)]
#[must_use = "an environment does nothing unless it is started"]
pub struct TestEnvironmentBuilder {
    host: RestartableEngine,
}

impl TestEnvironmentBuilder {
    pub(super) fn new() -> Self {
        Self::on(ManualClock::new())
    }

    fn on(clock: ManualClock) -> Self {
        Self {
            host: RestartableEngine::new(TimeSkipper::new(clock)),
        }
    }

    /// Sets the time at which the environment begins. Default: the beginning of 2026.
    ///
    /// Comes first: it begins the description anew.
    pub fn starting_at(self, now: Timestamp) -> Self {
        drop(self);
        Self::on(ManualClock::starting_at(now))
    }

    /// Adds a workflow. Not needed for those that the test itself names.
    pub fn workflow<W: WorkflowHandlers>(self) -> Self {
        self.host.add_workflow::<W>();
        self
    }

    /// Adds real activities; a mock takes their place.
    pub fn activities<Form>(self, set: impl IntoActivitySet<Form>) -> Self {
        self.host.add_activities(set);
        self
    }

    /// Adds a task queue. Not needed for those that a mock's own options name.
    pub fn task_queue(self, task_queue: impl Into<TaskQueue>) -> Self {
        self.host.add_task_queue(task_queue.into());
        self
    }

    /// Changes the engine in any other way. Its clock, its store and its one thread stay what they
    /// are.
    pub fn engine(
        mut self,
        configure: impl Fn(EngineBuilder) -> EngineBuilder + Send + Sync + 'static,
    ) -> Self {
        self.host.configure.push(Arc::new(configure));
        self
    }

    /// Puts something between each engine and its store, which may end the engine by failing.
    pub(in crate::testing) fn store(
        mut self,
        open: impl Fn(MemoryStore, ReportCrash) -> Arc<dyn Store> + Send + Sync + 'static,
    ) -> Self {
        self.host.open_store = Some(Arc::new(open));
        self
    }

    /// The environment, whose engine starts when it is needed.
    pub fn build(self) -> TestEnvironment {
        TestEnvironment::on_host(self.host)
    }

    /// The environment, with its engine running.
    ///
    /// # Errors
    /// [`StartEngineError`] if the engine does not start.
    pub async fn start(self) -> Result<TestEnvironment, StartEngineError> {
        let environment = self.build();
        environment.try_engine().await?;
        Ok(environment)
    }
}
