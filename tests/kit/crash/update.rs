//! Requests that change a run, alone or with the start that makes it.

use sempre::{
    client::UpdateError,
    model::WorkflowIdConflictPolicy as Conflict,
    testing::{CrashRunner, TestEnvironment},
    workflow::WorkflowRegistry,
};
use sempre_tests::workflow::{Board, BoardHandle as _, Nothing, Till, TillHandle as _};

use crate::crash::account::account;

#[sempre::test]
async fn an_update_is_accepted_and_carried_out_once_whenever_the_engine_crashes() {
    let mut programs = WorkflowRegistry::default();
    programs.register::<Till>();
    let crashes = CrashRunner::new(|| TestEnvironment::builder().workflow::<Till>())
        .run(async |env: TestEnvironment| {
            let till = env.workflow::<Till>("till").start(()).await?;
            let slow = till.add_slowly(5).id("slow").start().await?;
            let refused = till.add(0).await;
            let quick = (till.add(3).await?, till.add(4).id("four").await?);
            let again = till.add(4).id("four").await?;
            let slow = (slow.result().await?, till.add_slowly(1).await?);
            till.close().await?;
            assert_eq!(refused, Err(UpdateError::Rejected(Nothing)));
            assert_eq!((quick, again, slow), ((3, 7), 7, (12, 13)));
            assert_eq!(till.result().await?, 13);
            account::<Till>(&env, &programs).await
        })
        .await;
    assert!(crashes >= 12, "crashes={crashes}");
}

#[sempre::test]
async fn a_start_brings_its_update_once_whenever_the_engine_crashes() {
    let mut programs = WorkflowRegistry::default();
    programs.register::<Till>();
    let crashes = CrashRunner::new(|| TestEnvironment::builder().workflow::<Till>())
        .run(async |env: TestEnvironment| {
            let till = env.workflow::<Till>("till");
            let (first, sum) = till.start(()).update(till.add(3)).await?;
            assert_eq!(sum, 3);
            let click = || till.start(()).update(till.add(4).id("click")).into_future();
            for _ in 0..2 {
                let (run, sum) = click().await?;
                assert_eq!((run.run_id(), sum), (first.run_id(), 7), "the open run");
            }
            let refused = till.start(()).update(till.add(0)).await;
            assert!(refused.is_err(), "nothing is added");
            let start = till.start(()).update(till.add_slowly(2));
            let start = start.id_conflict_policy(Conflict::TerminateExisting);
            let (second, slow) = start.start().await?;
            assert_ne!(second.run_id(), first.run_id());
            assert_eq!(slow.result().await?, 2);
            second.close().await?;
            assert_eq!(second.result().await?, 2);
            let (third, sum) = till.start(()).update(till.add(9)).await?;
            assert_eq!(sum, 9);
            third.close().await?;
            assert_eq!(third.result().await?, 9);
            account::<Till>(&env, &programs).await
        })
        .await;
    assert!(crashes >= 14, "crashes={crashes}");
}

#[sempre::test]
async fn a_start_brings_its_signal_once_whenever_the_engine_crashes() {
    let mut programs = WorkflowRegistry::default();
    programs.register::<Board>();
    let crashes = CrashRunner::new(|| TestEnvironment::builder().workflow::<Board>())
        .run(async |env: TestEnvironment| {
            let board = env.workflow::<Board>("board");
            let first = board.start(()).signal(board.post("one".into())).await?;
            for _ in 0..2 {
                let start = board.start(()).request_id("click");
                let open = start.signal(board.post("two".into())).await?;
                assert_eq!(open.run_id(), first.run_id());
            }
            let start = board.start(()).signal(board.post("three".into()));
            let start = start.id_conflict_policy(Conflict::TerminateExisting);
            let second = start.await?;
            board.start(()).signal(board.close()).await?;
            assert_eq!(second.result().await?, ["three"]);
            let third = board.start(()).signal(board.post("four".into())).await?;
            third.close().await?;
            assert_eq!(third.result().await?, ["four"]);
            account::<Board>(&env, &programs).await
        })
        .await;
    assert!(crashes >= 12, "crashes={crashes}");
}
