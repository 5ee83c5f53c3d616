//! Stories of several processes, one after the other on one disk: each has the code that the story
//! gives it.
//!
//! A server schedules a workflow task and waits for a worker. So does a process that has no code for
//! it, which is how a story tells what happens between the scheduling of a task and its start.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    time::Duration,
};

use futures::poll;
use sempre::{
    Engine, Workflow, WorkflowHandle,
    runtime::EngineBuilder,
    storage::{Commit, MemoryDisk, MemoryStore, StorageError, StorageErrorKind, WriteStore as _},
    testing::{
        InterceptedStore, ManualClock, RunCounter, SteppedEngine, TestEnvironment, run_test,
    },
};

use crate::story::{Outcome, Told, compare};

/// A disk, and the clock beside it.
#[derive(Default)]
pub(crate) struct Machine {
    disk: MemoryDisk,
    pub(crate) clock: ManualClock,
}

impl Machine {
    /// The next process, with this code. The one before has been shut down.
    pub(crate) async fn process(
        &self,
        code: impl FnOnce(EngineBuilder) -> EngineBuilder,
    ) -> Outcome<Engine> {
        let store = MemoryStore::open(&self.disk)?;
        let engine = Engine::on_store(Arc::new(store)).clock(self.clock.clone());
        let engine = engine.threads(1).shutdown_grace(Duration::ZERO);
        Ok(code(engine).start().await?)
    }

    /// A process that dies behind its first record.
    pub(crate) async fn doomed(
        &self,
        code: impl FnOnce(EngineBuilder) -> EngineBuilder,
    ) -> Outcome<Engine> {
        let is_over = AtomicBool::new(false);
        let commit = move |disk: &MemoryStore, commits: &[Commit]| {
            let was_over = is_over.swap(true, Ordering::SeqCst);
            let lasting = if was_over {
                &[]
            } else {
                commits.get(..1).unwrap_or_default()
            };
            disk.commit(lasting)?;
            if lasting.len() == commits.len() {
                return Ok(());
            }
            let kind = StorageErrorKind::Unavailable;
            Err(StorageError::new(kind, "the process is dead"))
        };
        let store = InterceptedStore::new(MemoryStore::open(&self.disk)?, commit);
        let engine = Engine::on_store(Arc::new(store)).clock(self.clock.clone());
        Ok(code(engine.threads(1)).start().await?)
    }

    /// The next process, which goes on when it is asked for an answer.
    pub(crate) fn waiting(
        &self,
        code: impl FnOnce(EngineBuilder) -> EngineBuilder,
    ) -> Outcome<SteppedEngine> {
        let store = MemoryStore::open(&self.disk)?;
        let engine = Engine::on_store(Arc::new(store)).clock(self.clock.clone());
        Ok(code(engine.threads(1)).start_stepped(&RunCounter::default())?)
    }

    /// The machine with what is on its disk, whatever its process does from now on.
    pub(crate) fn without_process(&self) -> Self {
        Self {
            disk: self.disk.copy(),
            clock: self.clock.clone(),
        }
    }
}

/// Tells a story of several processes, and compares all histories that it leaves with those of the
/// server.
#[track_caller]
#[expect(
    clippy::needless_pass_by_value,
    reason = "a story is written where it is told"
)]
pub(crate) fn check(name: &str, tell: impl AsyncFn(&Machine) -> Outcome<Told>) {
    let machine = Machine::default();
    // Only its runtime is used.
    let told = run_test(TestEnvironment::builder(), async |_| tell(&machine).await);
    compare(name, told);
}

/// Lets a process go on until it has answered.
pub(crate) async fn answer<T>(
    engine: &mut SteppedEngine,
    request: impl IntoFuture<Output = T>,
) -> T {
    let mut request = pin!(request.into_future());
    loop {
        if let Poll::Ready(answer) = poll!(&mut request) {
            return answer;
        }
        engine.go_on(usize::MAX);
        engine.gather(usize::MAX);
        engine.write();
    }
}

/// Waits until a run has this many events.
pub(crate) async fn until_events<W: Workflow>(run: &WorkflowHandle<W>, events: u64) -> Outcome {
    // The engine goes on while this asks.
    while run.describe().await?.history_length < events {}
    Ok(())
}
