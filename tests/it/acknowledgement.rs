//! Nothing escapes before its cause is durable, and nothing escapes at all if it never will be.
//!
//! The store of these tests waits and fails on demand. That a commit of a real store has reached
//! the disk when it returns is shown by `durability`.

use futures::FutureExt as _;
use sempre::{
    client::{
        QueryWorkflowError, RequestError, ResultError, SignalWorkflowError, StartWorkflowError,
    },
    storage::StorageErrorKind,
};
use sempre_tests::{
    Outcome, Scenario, World,
    workflow::{Board, BoardHandle as _, Call, Caller, Echo},
};

/// Polls a future once, which it does not survive; then lets go of the store and awaits it.
async fn only_after_release<T>(world: &World, reply: impl IntoFuture<Output = T>) -> T {
    let mut reply = std::pin::pin!(reply.into_future());
    assert!(reply.as_mut().now_or_never().is_none());
    world.store().wait_until_held(1);
    // The transition is with the store, and no further: the reply has to wait.
    assert!(reply.as_mut().now_or_never().is_none());
    world.store().release();
    reply.await
}

#[test]
fn the_reply_to_a_start_waits_until_the_run_is_on_disk() -> Outcome {
    Scenario::of::<Echo>().run(async |world| {
        world.store().hold();
        let start = world.workflow::<Echo>("echo").start("hello".into());
        let echo = only_after_release(world, start).await?;
        assert_eq!(echo.result().await?, "hello");
        Ok(())
    })
}

#[test]
fn the_reply_to_a_signal_waits_until_the_signal_is_on_disk() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        world.store().hold();
        only_after_release(world, board.post("a note".into())).await?;
        board.close().await?;
        assert_eq!(board.result().await?, ["a note"]);
        Ok(())
    })
}

#[test]
fn the_replies_to_cancel_and_terminate_wait_until_the_request_is_on_disk() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let canceled = world.workflow::<Board>("canceled").start(()).await?;
        world.store().hold();
        only_after_release(world, canceled.cancel("no time")).await?;
        assert!(canceled.result().await.is_err());
        let terminated = world.workflow::<Board>("terminated").start(()).await?;
        world.store().hold();
        only_after_release(world, terminated.terminate("enough")).await?;
        assert!(terminated.result().await.is_err());
        Ok(())
    })
}

#[test]
fn the_answer_to_a_query_waits_until_what_it_shows_is_on_disk() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        world.store().hold();
        let mut post = std::pin::pin!(board.post("a note".into()).into_future());
        assert!(post.as_mut().now_or_never().is_none());
        world.store().wait_until_held(1);
        // The program may know of the note by now, and nobody else does.
        let notes = only_after_release(world, board.notes()).await?;
        assert_eq!(notes, ["a note"]);
        post.await?;
        Ok(())
    })
}

#[test]
fn what_describe_and_history_show_is_on_disk() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let before = board.describe().await?.history_length;
        world.store().hold();
        let mut post = std::pin::pin!(board.post("a note".into()).into_future());
        assert!(post.as_mut().now_or_never().is_none());
        world.store().wait_until_held(1);
        let mut history = std::pin::pin!(board.history());
        assert!(history.as_mut().now_or_never().is_none());
        let described = only_after_release(world, board.describe()).await?;
        assert!(described.history_length > before);
        assert!(history.await?.events.len() as u64 > before);
        post.await?;
        Ok(())
    })
}

#[test]
fn an_attempt_does_not_run_before_its_start_is_on_disk() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        world.store().hold();
        let start = world.workflow::<Caller>("caller").start(Call::of("tea"));
        let mut start = start.into_future();
        assert!((&mut start).now_or_never().is_none());
        world.store().wait_until_held(1);
        assert!(world.stage.started_attempt().is_none());
        world.store().release();
        let caller = start.await?;
        world.stage.attempt().await.complete("tea");
        assert_eq!(caller.result().await?, "tea");
        Ok(())
    })
}

#[test]
fn a_result_is_not_told_before_the_close_is_on_disk() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let call = Call::of("tea");
        let caller = world.workflow::<Caller>("caller").start(call).await?;
        let attempt = world.stage.attempt().await;
        world.store().hold();
        attempt.complete("tea");
        assert_eq!(only_after_release(world, caller.result()).await?, "tea");
        Ok(())
    })
}

#[test]
fn a_run_that_is_started_while_another_start_of_it_is_on_its_way_is_refused_once_that_is_on_disk()
-> Outcome {
    Scenario::of::<Board>().run(async |world| {
        world.store().hold();
        let first = world.workflow::<Board>("board").start(());
        let mut first = first.into_future();
        assert!((&mut first).now_or_never().is_none());
        world.store().wait_until_held(1);
        let second = world.workflow::<Board>("board").start(());
        let refused = only_after_release(world, second.into_future()).await;
        let run_id = first.await?.run_id().ok_or("a start names its run")?;
        assert!(
            matches!(refused, Err(StartWorkflowError::AlreadyStarted { run_id: named })
                if named == run_id),
            "{refused:?}"
        );
        Ok(())
    })
}

#[test]
fn a_signal_that_cannot_be_written_is_reported_and_was_never_there() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        board.post("kept".into()).await?;
        world
            .store()
            .fail_next_commit(StorageErrorKind::Unavailable);
        let failed = board.post("lost".into()).await;
        assert!(
            matches!(&failed, Err(SignalWorkflowError::Request(RequestError::Unknown { reason, .. }))
                if reason.contains("store has failed")),
            "{failed:?}"
        );
        world.crash_and_restart().await?;
        let board = world.workflow::<Board>("board");
        assert_eq!(board.notes().await?, ["kept"]);
        board.close().await?;
        assert_eq!(board.result().await?, ["kept"]);
        Ok(())
    })
}

#[test]
fn a_start_that_cannot_be_written_is_reported_and_leaves_no_run() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        world
            .store()
            .fail_next_commit(StorageErrorKind::Unavailable);
        let call = Call::of("tea");
        let failed = world.workflow::<Caller>("caller").start(call).await;
        assert!(
            matches!(&failed, Err(StartWorkflowError::Request(RequestError::Unknown { reason, .. }))
                if reason.contains("store has failed")),
            "{failed:?}"
        );
        assert!(world.stage.started_attempt().is_none());
        world.crash_and_restart().await?;
        let nowhere = world.workflow::<Caller>("caller").describe().await;
        assert!(
            matches!(nowhere, Err(RequestError::NotFound { .. })),
            "{nowhere:?}"
        );
        Ok(())
    })
}

#[test]
fn an_engine_whose_store_has_failed_takes_nothing_and_tells_everybody() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let mut others = Vec::new();
        for number in 0..8 {
            // On the same thread and on others.
            let other = world.workflow::<Board>(format!("other {number}"));
            others.push(other.start(()).await?);
        }
        let results = futures::future::join_all(others.iter().map(|it| it.result()));
        let mut results = std::pin::pin!(results);
        assert!(results.as_mut().now_or_never().is_none());
        world
            .store()
            .fail_next_commit(StorageErrorKind::Unavailable);
        assert!(board.post("lost".into()).await.is_err());

        for result in results.await {
            assert!(
                matches!(&result, Err(ResultError::Request(RequestError::Unavailable { reason }))
                    if reason.contains("store has failed")),
                "{result:?}"
            );
        }
        // Every thread has noticed by now, and decides on nothing more.
        let start = world.workflow::<Board>("other 0").start(()).await;
        assert!(
            matches!(
                start,
                Err(StartWorkflowError::Request(
                    RequestError::Unavailable { .. }
                ))
            ),
            "{start:?}"
        );
        for other in &others {
            let signal = other.post("lost as well".into()).await;
            assert!(
                matches!(
                    signal,
                    Err(SignalWorkflowError::Request(
                        RequestError::Unavailable { .. }
                    ))
                ),
                "{signal:?}"
            );
        }
        let query = board.notes().await;
        assert!(
            matches!(
                query,
                Err(QueryWorkflowError::Request(
                    RequestError::Unavailable { .. }
                ))
            ),
            "{query:?}"
        );
        world.crash_and_restart().await?;
        Ok(())
    })
}

#[test]
fn what_an_attempt_has_done_is_done_again_if_its_end_was_not_written() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let call = Call::of("tea");
        let caller = world.workflow::<Caller>("caller").start(call).await?;
        let attempt = world.stage.attempt().await;
        world
            .store()
            .fail_next_commit(StorageErrorKind::Unavailable);
        attempt.complete("tea");
        assert!(caller.result().await.is_err());
        world.crash_and_restart().await?;
        let again = world.stage.attempt().await;
        assert_eq!(again.number(), 2);
        again.complete("more tea");
        let caller = world.workflow::<Caller>("caller");
        assert_eq!(caller.result().await?, "more tea");
        Ok(())
    })
}
