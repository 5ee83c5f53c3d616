//! Messages from one run to another.

use std::error::Error;

use sempre::{
    model::EventAttributes,
    testing::{CrashRunner, TestEnvironment},
    workflow::WorkflowRegistry,
};
use sempre_tests::{
    courier::{Courier, Errand},
    workflow::Board,
};

use crate::crash::account::account;

#[sempre::test]
async fn messages_arrive_once_and_in_their_order_whenever_the_engine_crashes() {
    let crashes = CrashRunner::new(|| {
        let builder = TestEnvironment::builder();
        builder.workflow::<Board>().workflow::<Courier>()
    })
    .run(async |env: TestEnvironment| {
        let board = env.workflow::<Board>("board").start(()).await?;
        let notes = ["one", "two", "three"].map(str::to_owned).to_vec();
        let errands = vec![
            Errand::PostAll("board".into(), notes),
            Errand::Post("nobody".into(), "lost".into()),
            Errand::Close("board".into()),
            Errand::Cancel("board".into()),
        ];
        let courier = env.workflow::<Courier>("courier").start(errands).await?;
        let outcome = (courier.result().await?, board.result().await?);
        env.assert_replays(&courier).await;
        env.assert_replays(&board).await;
        let history = board.history().await?;
        let signals = history.attributes();
        let signals =
            signals.filter(|it| matches!(it, EventAttributes::WorkflowExecutionSignaled(_)));
        assert_eq!(signals.count(), 4, "each was recorded once");
        let mut programs = WorkflowRegistry::default();
        programs.register::<Board>();
        programs.register::<Courier>();
        let account = account::<Board>(&env, &programs).await?;
        Ok::<_, Box<dyn Error>>((outcome, account))
    })
    .await;
    assert!(
        crashes >= 16,
        "before and after each of so many commits: {crashes}"
    );
}
