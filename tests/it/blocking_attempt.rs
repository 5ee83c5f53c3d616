//! An async activity that blocks its thread: others get on, a warning names it, its result counts.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    time::Duration,
};

use futures::{StreamExt as _, channel::mpsc};
use sempre::{
    ActivityContext, ActivityError, Engine, EngineBuilder, Workflow, WorkflowContext,
    WorkflowHandle, activities, handlers,
    model::RetryPolicy,
    storage::{MemoryDisk, MemoryStore},
    testing::ManualClock,
};
use sempre_tests::{
    Line, Log, Outcome, block_on, problems,
    workflow::{Board, BoardHandle as _},
};
use tracing::Level;

/// How often an activity type has to be quick before it is trusted with the thread of a shard.
const PROBATION: usize = 32;

/// Blocks its thread where it is told to, until the gate opens.
struct Blocking {
    entrance: mpsc::UnboundedSender<u32>,
    gate: Mutex<Receiver<()>>,
}

#[activities]
impl Blocking {
    /// Says on which thread it has run.
    #[activity(start_to_close = "1h")]
    async fn step(&self, ctx: ActivityContext, blocks: bool) -> String {
        if blocks {
            // The test may be over.
            let _gone = self.entrance.unbounded_send(ctx.info().attempt);
            let gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
            let _open = gate.recv();
        }
        let thread = std::thread::current();
        thread.name().unwrap_or_default().to_owned()
    }
}

/// Runs the steps one after the other, each of them once.
#[derive(Workflow, Default)]
struct Walk;

#[handlers]
impl Walk {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        steps: Vec<bool>,
    ) -> Result<Vec<String>, ActivityError<Infallible>> {
        let mut threads = Vec::new();
        for blocks in steps {
            let once = RetryPolicy::default().max_attempts(1);
            threads.push(ctx.activity(Blocking::step, blocks).retry(once).await?);
        }
        Ok(threads)
    }
}

/// The test's side of [`Blocking`].
struct Door {
    arrivals: mpsc::UnboundedReceiver<u32>,
    gate: Sender<()>,
}

/// An engine of one thread whose clock stands still, so that no poll takes any time by it.
fn engine(store: MemoryStore) -> (EngineBuilder, Door) {
    let (entrance, arrivals) = mpsc::unbounded();
    let (open, gate) = channel();
    let gate = Mutex::new(gate);
    let engine = Engine::on_store(Arc::new(store))
        .clock(ManualClock::new())
        .threads(1)
        .attempt_poll_budget(Duration::from_millis(20))
        .shutdown_grace(Duration::ZERO)
        .workflow::<Walk>()
        .workflow::<Twice>()
        .workflow::<Board>()
        .activities(Blocking { entrance, gate });
    let gate = open;
    (engine, Door { arrivals, gate })
}

/// The warnings about attempts of a run that block.
fn warnings<W>(log: Log, run: &WorkflowHandle<W>) -> Vec<Line> {
    let mut lines = run.run_id().map(|id| log.of_run(id)).unwrap_or_default();
    lines.retain(|line| line.message.contains("blocks its thread") && line.level == Level::WARN);
    lines
}

/// Waits for the first of them.
async fn warning<W>(log: Log, run: &WorkflowHandle<W>) -> Line {
    // Bound: it comes once the budget is over, or the test is given up.
    loop {
        if let Some(warning) = warnings(log, run).into_iter().next() {
            return warning;
        }
        tokio::task::yield_now().await;
    }
}

#[test]
fn an_async_attempt_that_blocks_holds_nobody_up_is_named_and_counts() -> Outcome {
    block_on(async {
        let log = Log::open();
        let (engine, mut door) = engine(MemoryStore::new());
        let engine = engine.start().await?;
        let walk = engine.workflow::<Walk>("walk").start(vec![true]).await?;
        door.arrivals.next().await.ok_or("it has begun")?;

        // Everything is on the one thread of the engine, and gets on.
        let board = engine.workflow::<Board>("board").start(()).await?;
        board.post("tea".into()).await?;
        assert_eq!(board.notes().await?, ["tea"]);

        let warning = warning(log, &walk).await;
        assert_eq!(warning.field("workflow_id"), "walk");
        assert_eq!(warning.field("activity_type"), "step");
        assert_eq!(warning.field("activity_id"), "1");
        assert_eq!(warning.field("attempt"), "1");
        assert_eq!(warning.field("thread"), "sempre-attempts-0-0");
        assert_eq!(warning.field("budget"), "20ms");
        let described = problems(&walk.describe().await?).join("\n");
        assert!(
            described.starts_with("activity attempt blocks its thread activity_type=step activity_id=1: thread=sempre-attempts-0-0"),
            "{described}"
        );

        // Attempts that begin meanwhile have another thread.
        let other = engine.workflow::<Walk>("other").start(vec![false]).await?;
        assert_eq!(other.result().await?, ["sempre-attempts-0-1"]);

        door.gate.send(())?;
        assert_eq!(walk.result().await?, ["sempre-attempts-0-0"]);
        assert_eq!(warnings(log, &walk).len(), 1, "it is warned of once");
        assert!(walk.describe().await?.problems.is_empty());
        let run_id = walk.run_id().ok_or("it has started")?;
        let lines = log.of_run(run_id);
        let over = |line: &Line| line.message.contains("no longer blocks its thread");
        assert!(lines.iter().any(over), "{lines:?}");
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn an_activity_type_that_is_quick_is_trusted_with_its_shard_until_it_blocks() -> Outcome {
    block_on(async {
        let log = Log::open();
        let (engine, mut door) = engine(MemoryStore::new());
        let engine = engine.start().await?;
        let mut steps = vec![false; PROBATION + 1];
        steps.extend([true, false]);
        let walk = engine.workflow::<Walk>("walk").start(steps).await?;
        door.arrivals.next().await.ok_or("it has begun")?;
        let warning = warning(log, &walk).await;
        assert_eq!(warning.field("thread"), "sempre-shard-0");
        door.gate.send(())?;

        let mut expected = vec!["sempre-attempts-0-0"; PROBATION];
        expected.extend(["sempre-shard-0", "sempre-shard-0", "sempre-attempts-0-0"]);
        assert_eq!(walk.result().await?, expected);
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn an_engine_stops_although_an_attempt_blocks_and_the_next_one_repeats_it() -> Outcome {
    block_on(async {
        let log = Log::open();
        let disk = MemoryDisk::new();
        let (first, mut door) = engine(MemoryStore::open(&disk)?);
        let first = first.start().await?;
        let start = first.workflow::<Twice>("twice").start(()).await?;
        assert_eq!(door.arrivals.next().await, Some(1));
        warning(log, &start).await;
        first.shutdown().await;

        let (second, mut other_door) = engine(MemoryStore::open(&disk)?);
        let second = second.start().await?;
        assert_eq!(other_door.arrivals.next().await, Some(2));
        // The first attempt ends, and nobody listens any more.
        door.gate.send(())?;
        other_door.gate.send(())?;
        let twice = second.workflow::<Twice>("twice");
        assert_eq!(twice.result().await?, "sempre-attempts-0-0");
        second.shutdown().await;
        Ok(())
    })
}

/// A step that blocks, and may be repeated.
#[derive(Workflow, Default)]
struct Twice;

#[handlers]
impl Twice {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, ActivityError<Infallible>> {
        ctx.activity(Blocking::step, true).await
    }
}
