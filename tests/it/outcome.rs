//! What callers are told when a request fails: which error, and whether it may have taken effect.
//!
//! Each cause is tried with every request. Those of damage and quarantine are in `supervision`.

use std::{sync::Arc, time::Duration};

use futures::{FutureExt as _, future::join_all};
use sempre::{
    Engine,
    client::{RequestError, RequestOutcome, SignalWorkflowError, StartWorkflowError},
    model::{ExecutionStatus, limits},
    storage::{MemoryStore, StorageErrorKind},
};
use sempre_tests::{
    Outcome, Request, Scenario, World, block_on,
    workflow::{Board, BoardHandle as _},
};

use crate::gate::{self, Holder};

/// Makes each of these requests of an execution and compares what comes of it.
async fn check(world: &World, id: &str, text: &str, expected: &[(Request, &str)]) {
    let engine = world.engine();
    for (request, said) in expected {
        assert_eq!(
            &request.make(&engine, id, text).await,
            said,
            "{request:?} of {id}"
        );
    }
}

/// The same answer to all of these requests.
fn all<'s>(requests: &[Request], said: &'s str) -> Vec<(Request, &'s str)> {
    requests.iter().map(|request| (*request, said)).collect()
}

#[test]
fn an_engine_that_has_shut_down_has_done_nothing() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        world.workflow::<Board>("board").start(()).await?;
        world.engine().shutdown().await;
        let expected = all(&Request::ALL, "Unavailable: not done");
        check(world, "board", "text", &expected).await;
        world.crash_and_restart().await
    })
}

#[test]
fn an_engine_whose_store_failed_before_has_done_nothing() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        world
            .store()
            .fail_next_commit(StorageErrorKind::Unavailable);
        assert!(board.post("lost".into()).await.is_err());
        let mut expected = all(&Request::ALL, "Unavailable: not done");
        // Whether it is set aside, memory knows.
        expected.retain(|(request, _)| *request != Request::Resume);
        expected.push((Request::Resume, "NotQuarantined: not done"));
        check(world, "board", "text", &expected).await;
        world.crash_and_restart().await
    })
}

#[test]
fn a_change_whose_own_commit_fails_may_have_been_made() -> Outcome {
    for request in Request::CHANGES {
        Scenario::of::<Board>().run(async |world| {
            if request != Request::Start {
                world.workflow::<Board>("board").start(()).await?;
            }
            world
                .store()
                .fail_next_commit(StorageErrorKind::Unavailable);
            let expected = [
                (request, "Unknown: unknown"),
                // What comes after it is refused before it is decided.
                (request, "Unavailable: not done"),
            ];
            check(world, "board", "text", &expected).await;
            world.crash_and_restart().await?;
            // Here it was not made, and repeating it is all that is to be done.
            check(world, "board", "text", &[(request, "done")]).await;
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn what_is_refused_while_the_store_fails_was_certainly_not_done() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        world.store().hold();
        world
            .store()
            .fail_next_commit(StorageErrorKind::Unavailable);
        let mut post = std::pin::pin!(board.post("a note".into()).into_future());
        assert!(post.as_mut().now_or_never().is_none());
        world.store().wait_until_held(1);
        // Both wait for the note to be on disk, which it never will be.
        let mut again = std::pin::pin!(world.workflow::<Board>("board").start(()).into_future());
        assert!(again.as_mut().now_or_never().is_none());
        let mut notes = std::pin::pin!(board.notes());
        assert!(notes.as_mut().now_or_never().is_none());
        // Once this one has been taken, those before it have been too.
        let mut described = std::pin::pin!(board.describe());
        assert!(described.as_mut().now_or_never().is_none());
        world.store().release();

        let unknown = post.await.unwrap_err();
        assert_eq!(unknown.outcome(), RequestOutcome::Unknown);
        let refused = again.await.unwrap_err();
        assert_eq!(refused.outcome(), RequestOutcome::NotDone, "{refused}");
        let query = notes.await.unwrap_err();
        assert_eq!(query.outcome(), RequestOutcome::NotDone, "{query}");
        let described = described.await.unwrap_err();
        assert_eq!(described.outcome(), RequestOutcome::NotDone, "{described}");
        world.crash_and_restart().await
    })
}

#[test]
fn an_unknown_outcome_says_under_which_id_to_repeat() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let fail = StorageErrorKind::Unavailable;
        world.store().fail_next_commit(fail);
        let start = world.workflow::<Board>("board").start(());
        let error = start.request_id("click-7").await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("repeat it with request_id=click-7"), "{text}");
        assert_eq!(error.request_id(), Some(&"click-7".into()));

        world.crash_and_restart().await?;
        let start = world.workflow::<Board>("board").start(());
        let board = start.request_id("click-7").await?;
        world.store().fail_next_commit(fail);
        // One that the caller did not choose is told as well.
        let error = board.post("a note".into()).await.unwrap_err();
        let request_id = error.request_id().cloned().ok_or("it had an id")?;

        world.crash_and_restart().await?;
        let board = world.workflow::<Board>("board");
        for _ in 0..2 {
            board
                .post("a note".into())
                .request_id(request_id.clone())
                .await?;
        }
        assert_eq!(board.notes().await?, ["a note"]);
        Ok(())
    })
}

#[test]
fn every_request_on_a_thread_that_is_lost_says_whether_it_may_have_been_made() -> Outcome {
    const GATE: u32 = 2;
    block_on(async {
        let engine = Engine::on_store(Arc::new(MemoryStore::new()))
            .workflow::<Board>()
            .workflow::<Holder>()
            .threads(1)
            .workflow_task_budget(Duration::from_millis(100))
            .start()
            .await?;
        let board = engine.workflow::<Board>("board").start(()).await?;
        let holder = engine.workflow::<Holder>("holder");
        let mut stuck = holder.start(GATE).into_future().boxed_local();
        assert!(stuck.as_mut().now_or_never().is_none());
        gate::until_held(GATE);

        let expected = [
            (Request::Start, "Unknown: unknown"),
            (Request::Signal, "Unknown: unknown"),
            (Request::Cancel, "Unknown: unknown"),
            (Request::Terminate, "Unknown: unknown"),
            (Request::Query, "Unavailable: not done"),
            (Request::Describe, "Unavailable: not done"),
            (Request::History, "Unavailable: not done"),
            (Request::Resume, "Unknown: unknown"),
        ];
        let asked = expected.map(|(request, _)| request.make(&engine, "board", "text"));
        // Whoever waits for a result does not notice, and goes on waiting.
        let mut result = board.result().boxed_local();
        assert!(result.as_mut().now_or_never().is_none());
        for ((request, expected), said) in expected.iter().zip(join_all(asked).await) {
            assert_eq!(said, *expected, "{request:?}");
        }
        assert!(stuck.await.is_err(), "its own start is lost as well");
        // Nothing of it was done here.
        assert_eq!(board.notes().await?, Vec::<String>::new());
        board.close().await?;
        assert_eq!(result.await?, Vec::<String>::new());
        gate::open(GATE);
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn an_execution_that_does_not_exist_is_not_found_by_any_request() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let expected = all(&Request::ALL[1..], "NotFound: not done");
        check(world, "nowhere", "text", &expected).await;
        Ok(())
    })
}

#[test]
fn a_closed_run_is_read_and_not_changed() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        board.close().await?;
        board.result().await?;
        let expected = [
            (Request::Start, "AlreadyStarted: not done"),
            (Request::Signal, "Closed: not done"),
            (Request::Cancel, "done"),
            (Request::Terminate, "Closed: not done"),
            (Request::Query, "done"),
            (Request::Describe, "done"),
            (Request::History, "done"),
            (Request::Result, "done"),
            (Request::Resume, "NotQuarantined: not done"),
        ];
        check(world, "board", "text", &expected).await;
        let error = board.terminate("too late").await.unwrap_err();
        let status = ExecutionStatus::Completed;
        assert_eq!(error, sempre::client::StopWorkflowError::Closed { status });
        Ok(())
    })
}

#[test]
fn what_is_too_large_is_rejected_and_changes_nothing() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let text = "x".repeat(limits::PAYLOAD_BYTES_MAX + 1);
        let mut expected = all(&Request::CHANGES, "Rejected: not done");
        check(world, "new", &text, &expected[..1]).await;
        world.workflow::<Board>("board").start(()).await?;
        expected.remove(0);
        check(world, "board", &text, &expected).await;
        let history = world.workflow::<Board>("board").history().await?;
        assert_eq!(history.events.len(), 4, "{history:?}");
        Ok(())
    })
}

#[test]
fn a_failed_run_and_a_failed_request_are_told_apart() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        board.terminate("enough").await?;
        let ended = board.result().await.unwrap_err();
        let text = "workflow was terminated: enough";
        assert_eq!(
            ended.failure().map(ToString::to_string).as_deref(),
            Some(text)
        );
        world.engine().shutdown().await;
        let unanswered = board.result().await.unwrap_err();
        assert_eq!(unanswered.failure(), None);
        world.crash_and_restart().await
    })
}

#[test]
fn the_errors_of_operations_share_what_any_request_can_meet() {
    let error = RequestError::Unknown {
        reason: "store has failed".into(),
        request_id: Some("click-7".into()),
    };
    let start = StartWorkflowError::from(error.clone());
    let signal = SignalWorkflowError::from(error.clone());
    assert_eq!(start.to_string(), error.to_string());
    assert_eq!(signal.request_id(), error.request_id());
    assert_eq!(
        error.to_string(),
        "store has failed; whether the request was carried out is not known, repeat it with \
         request_id=click-7"
    );
}
