//! Bulk jobs of an engine with several threads.

use std::sync::Arc;

use sempre::{
    Engine, Timestamp, bulk::BulkJobState, model::ExecutionStatus, storage::MemoryStore,
    testing::ManualClock,
};
use sempre_tests::workflow::Board;

#[actix::test]
async fn every_run_whose_start_was_answered_is_acted_on_however_short_the_time_between()
-> Result<(), Box<dyn std::error::Error>> {
    // No time passes at all, so ids say nothing of what was later on another thread.
    let clock = ManualClock::starting_at(Timestamp::from_secs(1_764_000_000));
    let engine = Engine::on_store(Arc::new(MemoryStore::new()))
        .workflow::<Board>()
        .clock(clock)
        .threads(4)
        .start()
        .await?;
    for number in 0..50 {
        let board = engine.workflow::<Board>(format!("board-{number}"));
        board.start(()).await?;
    }
    let job = engine.bulk("WorkflowType = 'Board'").terminate("enough");
    let ended = job.start().await?.result().await?;
    assert_eq!(ended.state, BulkJobState::Completed);
    assert_eq!((ended.matched, ended.done), (50, 50));
    let count = engine.count("GROUP BY ExecutionStatus").await?;
    assert_eq!(count.by_status[&ExecutionStatus::Terminated], 50);
    engine.shutdown().await;
    Ok(())
}
