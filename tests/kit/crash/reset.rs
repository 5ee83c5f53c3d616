//! Resets: a run ends and another one goes on from it, or neither, wherever the engine crashes.

use sempre::{
    model::ResetPoint,
    testing::{CrashRunner, TestEnvironment},
};
use sempre_tests::workflow::{Board, BoardHandle as _};

#[sempre::test]
async fn a_run_is_reset_once_whenever_the_engine_crashes() {
    for is_closed in [false, true] {
        let crashes = CrashRunner::new(|| TestEnvironment::builder().workflow::<Board>())
            .run(async |env: TestEnvironment| {
                let board = env.workflow::<Board>("board").start(()).await?;
                board.post("one".into()).await?;
                if is_closed {
                    board.close().await?;
                    board.result().await?;
                }
                let reset = board.reset(ResetPoint::FirstTask).request_id("mend");
                let again = reset.await?;
                if !is_closed {
                    again.post("two".into()).await?;
                    again.close().await?;
                }
                let notes = again.result().await?;
                let runs = env.engine().await.list("").await?.runs;
                Ok::<_, Box<dyn std::error::Error>>((notes, runs.len()))
            })
            .await;
        assert!(crashes >= 6, "is_closed={is_closed} crashes={crashes}");
    }
}
