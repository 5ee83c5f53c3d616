//! What an engine says of itself: how it stands, why it can no longer work, and that it is busy.

use std::sync::Arc;

use futures::{FutureExt as _, future::join_all};
use sempre::{
    Engine,
    client::{RequestError, RequestOutcome, ResumeWorkflowError, SignalWorkflowError},
    storage::{MemoryStore, StorageErrorKind},
    testing::FaultStore,
};
use sempre_tests::{
    Outcome, block_on,
    workflow::{Board, BoardHandle as _, Echo},
};

use crate::gate::{self, Holder};

#[test]
fn an_engine_says_how_it_stands() -> Outcome {
    block_on(async {
        let engine = Engine::on_store(Arc::new(MemoryStore::new()))
            .workflow::<Board>()
            .threads(2)
            .start()
            .await?;
        for number in 0..10 {
            let board = engine.workflow::<Board>(format!("board {number}"));
            board.start(()).await?;
        }
        let health = engine.health().await;
        assert!(health.is_healthy(), "{health:?}");
        assert_eq!(health.threads.len(), 2);
        let loads = health.threads.iter().filter_map(|thread| thread.load);
        let resident: usize = loads.map(|load| load.resident_executions).sum();
        assert_eq!(resident, 10);
        assert_eq!((health.quarantined, health.failure), (0, None));
        assert_eq!((health.requests, health.request_bytes), (0, 0));
        engine.shutdown().await;
        let health = engine.health().await;
        assert!(!health.is_healthy());
        let cause = health.failure.map(|failure| failure.cause);
        assert_eq!(cause.as_deref(), Some("it has been shut down"));
        Ok(())
    })
}

#[test]
fn an_engine_says_which_code_it_has() -> Outcome {
    block_on(async {
        let engine = Engine::on_store(Arc::new(MemoryStore::new()))
            .workflow::<Echo>()
            .workflow::<Board>()
            .start()
            .await?;
        let code = engine.registered();
        let types = code.workflows.iter().map(|it| it.workflow_type.as_str());
        assert_eq!(types.collect::<Vec<_>>(), ["Board", "Echo"]);
        let board = code.workflows.first().ok_or("no board")?;
        assert_eq!(board.version.get(), 1);
        assert!(board.messages.signals.contains(&"post"), "{board:?}");
        assert!(board.messages.queries.contains(&"notes"), "{board:?}");
        // What the engine has of its own, for schedules, is nobody's to start.
        assert!(code.activities.is_empty(), "{code:?}");
        let mut attributes = code.search_attributes.iter();
        assert!(attributes.any(|(name, _)| *name == "BuildIds"));
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn whoever_waits_for_a_failure_is_told_the_cause_once_the_store_has_failed() -> Outcome {
    block_on(async {
        let store = FaultStore::new(MemoryStore::new());
        let engine = Engine::on_store(Arc::new(store.clone()))
            .workflow::<Board>()
            .start()
            .await?;
        let board = engine.workflow::<Board>("board").start(()).await?;
        let mut failed = std::pin::pin!(engine.failed());
        assert!(failed.as_mut().now_or_never().is_none());
        store.fail_next_commit(StorageErrorKind::Unavailable);
        assert!(board.post("lost".into()).await.is_err());
        let cause = failed.await.cause;
        assert!(cause.contains("commit failed as planned"), "{cause}");
        assert_eq!(
            engine.failed().await.cause,
            cause,
            "also those who ask later"
        );
        assert!(!engine.health().await.is_healthy());
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn requests_beyond_the_bound_are_refused_as_busy_and_have_changed_nothing() -> Outcome {
    block_on(async {
        let store = FaultStore::new(MemoryStore::new());
        let engine = Engine::on_store(Arc::new(store.clone()))
            .workflow::<Board>()
            .max_requests(4)
            .start()
            .await?;
        let board = engine.workflow::<Board>("board").start(()).await?;
        let mut result = board.result().boxed_local();
        assert!(
            result.as_mut().now_or_never().is_none(),
            "it counts nothing"
        );
        store.hold();
        let posts = (0..6).map(|number| board.post(number.to_string()).into_future());
        let mut posts: Vec<_> = posts.map(|post| post.boxed_local()).collect();
        // Requests are on their way as soon as they are asked for the first time.
        let refused: Vec<_> = posts
            .iter_mut()
            .filter_map(|post| post.now_or_never())
            .collect();
        assert_eq!(refused.len(), 2);
        for refused in refused {
            let Err(error) = refused else {
                return Err("a fifth request is refused".into());
            };
            assert_eq!(error.outcome(), RequestOutcome::NotDone);
            let SignalWorkflowError::Request(RequestError::Busy { retry_after }) = error else {
                return Err(format!("not busy: {error:?}").into());
            };
            assert!(!retry_after.is_zero());
        }
        assert_eq!(engine.health().await.requests, 4);
        store.release();
        posts.truncate(4);
        for posted in join_all(posts).await {
            posted?;
        }
        assert_eq!(board.notes().await?, ["0", "1", "2", "3"]);
        assert_eq!(engine.health().await.requests, 0);
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn inputs_beyond_the_bound_are_refused_as_busy_whatever_they_are_for() -> Outcome {
    block_on(async {
        let store = FaultStore::new(MemoryStore::new());
        let engine = Engine::on_store(Arc::new(store.clone()))
            .workflow::<Board>()
            .workflow::<Echo>()
            .max_request_bytes(1_000)
            .start()
            .await?;
        let board = engine.workflow::<Board>("board").start(()).await?;
        store.hold();
        let large = || "x".repeat(600);
        let mut first = board.post(large()).into_future().boxed_local();
        assert!(first.as_mut().now_or_never().is_none(), "there is room");
        let echo = engine.workflow::<Echo>("echo");
        let refused = [
            (
                "a signal",
                board
                    .post(large())
                    .await
                    .map_err(|it| format!("{it:?}"))
                    .err(),
            ),
            (
                "a start",
                echo.start(large())
                    .await
                    .map_err(|it| format!("{it:?}"))
                    .err(),
            ),
        ];
        for (request, refused) in refused {
            let is_busy = refused.as_ref().is_some_and(|it| it.contains("Busy"));
            assert!(is_busy, "{request}: {refused:?}");
        }
        let mut small = board.post("small".into()).into_future().boxed_local();
        assert!(small.as_mut().now_or_never().is_none(), "it fits");
        let bytes = engine.health().await.request_bytes;
        assert!((600..=1_000).contains(&bytes), "{bytes}");
        store.release();
        first.await?;
        small.await?;
        // One that is alone is taken whatever its size, or it would be refused for ever.
        board.post("x".repeat(5_000)).await?;
        assert_eq!(engine.health().await.request_bytes, 0);
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn an_operator_is_answered_while_a_thread_is_stuck_and_told_what_it_does() -> Outcome {
    const GATE: u32 = 1;
    block_on(async {
        let engine = Engine::on_store(Arc::new(MemoryStore::new()))
            .workflow::<Holder>()
            .threads(1)
            .start()
            .await?;
        let holder = engine.workflow::<Holder>("holder");
        let mut started = holder.start(GATE).into_future().boxed_local();
        assert!(started.as_mut().now_or_never().is_none());
        gate::until_held(GATE);

        let unknown = engine.resume("holder").await.unwrap_err();
        assert_eq!(unknown.outcome(), RequestOutcome::Unknown);
        let text = unknown.to_string();
        for fact in [
            "not answered in time",
            "sempre-shard-0",
            "workflow_id=holder",
        ] {
            assert!(text.contains(fact), "{fact} is in {text}");
        }
        assert_eq!(engine.quarantined(), []);
        let health = engine.health().await;
        let [thread] = health.threads.as_slice() else {
            return Err(format!("one thread: {health:?}").into());
        };
        assert_eq!(thread.load, None);
        let running = thread.running.as_deref();
        assert!(running.is_some_and(|it| it.contains("workflow_id=holder")));

        gate::open(GATE);
        started.await?;
        let healthy = engine.resume("holder").await;
        assert!(
            matches!(healthy, Err(ResumeWorkflowError::NotQuarantined { .. })),
            "{healthy:?}"
        );
        engine.shutdown().await;
        Ok(())
    })
}
