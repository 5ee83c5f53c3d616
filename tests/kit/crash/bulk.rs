//! Bulk jobs: each run is acted on once, wherever the engine crashes, and the job knows what came of it.

use std::{error::Error, time::Duration};

use sempre::{
    bulk::{Bulk, BulkJobState, BulkOutcome, StartBulk},
    model::ResetPoint,
    testing::{CrashRunner, TestEnvironment},
    workflow::WorkflowRegistry,
};
use sempre_tests::workflow::{Board, BoardHandle as _};

use crate::crash::account::account;

/// What is done to the boards.
type Start = fn(Bulk) -> StartBulk;

const BOARDS: &str = "WorkflowType = 'Board' AND ExecutionStatus = 'Running'";

/// Tells of a job about three boards, of which one has closed.
async fn tell(
    env: &TestEnvironment,
    start: Start,
) -> Result<Vec<(String, BulkOutcome)>, Box<dyn Error>> {
    for number in 0..3 {
        let board = env.workflow::<Board>(format!("board-{number}"));
        board.start(()).await?;
    }
    env.workflow::<Board>("board-0").close().await?;
    env.workflow::<Board>("board-0").result().await?;
    let bulk = env.bulk("WorkflowType = 'Board'").await;
    let job = start(bulk).job_id("job").rate(1).start().await?;
    let ended = job.result().await?;
    assert_eq!(ended.state, BulkJobState::Completed, "{:?}", ended.problem);
    assert_eq!(
        (ended.matched, ended.failed),
        (3, 0),
        "{:?}",
        ended.failures
    );
    let page = job.results(0).await?;
    let outcomes: Vec<_> = page
        .results
        .into_iter()
        .map(|it| (it.execution.workflow_id.as_str().to_owned(), it.outcome))
        .collect();
    let done = outcomes.iter().filter(|it| it.1 == BulkOutcome::Done);
    assert_eq!(done.count() as u64, ended.done);
    Ok(outcomes)
}

#[sempre::test]
async fn each_run_is_acted_on_once_whenever_the_engine_crashes() {
    let cases: [(&str, Start); 5] = [
        ("signal", |it| {
            it.signal::<Board>(|board| board.post("seen".to_owned()))
        }),
        ("cancel", |it| it.cancel("enough")),
        ("terminate", |it| it.terminate("enough")),
        ("pause", |it| it.pause("the bank is down")),
        ("reset", |it| it.reset(ResetPoint::FirstTask)),
    ];
    for (name, start) in cases {
        let mut programs = WorkflowRegistry::default();
        programs.register::<Board>();
        let crashes = CrashRunner::new(|| TestEnvironment::builder().workflow::<Board>())
            .run(async |env: TestEnvironment| {
                let outcomes = tell(&env, start).await?;
                // A reset gives runs whose history no program has told, so these are only counted.
                let runs = env.engine().await.list("").await?.runs;
                let account = if name == "reset" {
                    None
                } else {
                    Some(account::<Board>(&env, &programs).await?)
                };
                Ok::<_, Box<dyn Error>>((outcomes, runs.len(), account))
            })
            .await;
        assert!(crashes >= 24, "{name} crashes={crashes}");
    }
}

#[sempre::test]
async fn runs_are_paused_and_let_go_on_and_deleted_whenever_the_engine_crashes() {
    let crashes = CrashRunner::new(|| TestEnvironment::builder().workflow::<Board>())
        .run(async |env: TestEnvironment| {
            for number in 0..2 {
                let board = env.workflow::<Board>(format!("board-{number}"));
                board.start(()).await?.pause("by hand").await?;
            }
            let unpause = env
                .bulk("ExecutionStatus = 'Paused'")
                .await
                .unpause("go on");
            let unpaused = unpause.job_id("unpause").start().await?.result().await?;
            let delete = env.bulk("WorkflowType = 'Board'").await.delete();
            let deleted = delete.job_id("delete").start().await?.result().await?;
            let left = env.engine().await.count("").await?.total;
            Ok::<_, Box<dyn Error>>((unpaused.done, deleted.done, left))
        })
        .await;
    assert!(crashes >= 30, "crashes={crashes}");
}

#[sempre::test]
async fn a_job_that_is_held_back_stays_so_whenever_the_engine_crashes() {
    let crashes = CrashRunner::new(|| TestEnvironment::builder().workflow::<Board>())
        .run(async |env: TestEnvironment| {
            for number in 0..3 {
                let board = env.workflow::<Board>(format!("board-{number}"));
                board.start(()).await?;
            }
            // One a second, so it cannot have ended before it is held back.
            let terminate = env.bulk(BOARDS).await.terminate("enough").rate(1);
            let job = terminate.job_id("job").start().await?;
            job.pause("lunch").await?;
            env.skip(Duration::from_secs(60)).await;
            let seen = job.describe().await?;
            job.resume().await?;
            let ended = job.result().await?;
            Ok::<_, Box<dyn Error>>((seen.state, seen.done < 3, ended.state, ended.done))
        })
        .await;
    assert!(crashes >= 10, "crashes={crashes}");
}
