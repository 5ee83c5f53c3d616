//! Attempts speak to the engine that runs them, and do not keep it alive.

use std::sync::Arc;

use sempre::{
    ActivityContext, ActivityError, ApplicationFailure, Engine, OrFailure, Workflow,
    WorkflowContext, activity,
    client::{RequestError, RequestOutcome, StartWorkflowError},
    handlers,
    storage::{MemoryDisk, MemoryStore},
};
use sempre_tests::{
    Outcome, Scenario, Stage, block_on,
    workflow::{Board, BoardHandle as _, Call, Caller},
};

#[test]
fn an_attempt_starts_signals_and_asks_other_workflows_of_its_engine() -> Outcome {
    Scenario::of::<Caller>().and::<Board>().run(async |world| {
        let caller = world.workflow::<Caller>("caller").start(Call::of("tea"));
        let caller = caller.await?;
        let attempt = world.stage.attempt().await;
        let board = attempt.ctx.engine().workflow::<Board>("board");
        let board = board.start(()).await?;
        board.post("tea, please".into()).await?;
        assert_eq!(board.notes().await?, ["tea, please"]);
        board.close().await?;
        attempt.complete(board.result().await?.concat());
        assert_eq!(caller.result().await?, "tea, please");
        Ok(())
    })
}

/// Blocks its thread until the board has the note.
#[activity(start_to_close = "10s")]
fn post(ctx: ActivityContext, note: String) -> Result<Vec<String>, ApplicationFailure> {
    tokio::runtime::Handle::current().block_on(async {
        let board = ctx.engine().workflow::<Board>("board");
        board.post(note).await.or_failure("Post")?;
        board.notes().await.or_failure("Notes")
    })
}

#[derive(Workflow, Default)]
struct Poster;

#[handlers]
impl Poster {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        note: String,
    ) -> Result<Vec<String>, ActivityError<ApplicationFailure>> {
        ctx.activity(post, note).await
    }
}

#[test]
fn a_blocking_attempt_waits_for_its_engine() -> Outcome {
    let scenario = Scenario::of::<Poster>().and::<Board>();
    let scenario = scenario.with(|engine| engine.activities(post));
    scenario.run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let poster = world.workflow::<Poster>("poster").start("tea".into());
        assert_eq!(poster.await?.result().await?, ["tea"]);
        board.close().await?;
        board.result().await?;
        Ok(())
    })
}

#[test]
fn an_attempt_that_outlives_its_engine_is_told_that_nothing_was_done() -> Outcome {
    let scenario = Scenario::of::<Caller>().and::<Board>();
    scenario.run_unchecked(async |world| {
        let caller = world.workflow::<Caller>("caller").start(Call::of("tea"));
        caller.await?;
        let attempt = world.stage.attempt().await;
        let engine = attempt.ctx.engine();
        world.engine().shutdown().await;
        let refused = engine.workflow::<Board>("board").start(()).await;
        let Err(StartWorkflowError::Request(refused)) = refused else {
            return Err("the start is answered by an engine that has shut down".into());
        };
        assert_eq!(refused.outcome(), RequestOutcome::NotDone);
        assert!(
            matches!(&refused, RequestError::Unavailable { reason }
                if reason.contains("engine is shutting down")),
            "{refused}"
        );
        Ok(())
    })
}

#[test]
fn an_attempt_does_not_keep_its_engine_alive() -> Outcome {
    block_on(async {
        let (disk, stage) = (MemoryDisk::new(), Stage::default());
        let engine = Engine::on_store(Arc::new(MemoryStore::open(&disk)?))
            .workflow::<Caller>()
            .activities(stage.actors())
            .start()
            .await?;
        let caller = engine.workflow::<Caller>("caller").start(Call::of("tea"));
        caller.await?;
        let attempt = stage.attempt().await;
        let client = attempt.ctx.engine();
        let board = client.workflow::<Board>("board");
        assert!(MemoryStore::open(&disk).is_err(), "the engine has the disk");
        drop(engine);
        // Bound: its threads end by themselves, or the test is given up.
        while MemoryStore::open(&disk).is_err() {
            tokio::task::yield_now().await;
        }
        let refused = board.describe().await;
        assert!(
            matches!(refused, Err(RequestError::Unavailable { .. })),
            "{refused:?}"
        );
        assert!(attempt.ctx.is_shutting_down());
        Ok(())
    })
}
