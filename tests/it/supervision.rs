//! Executions that break: rebuilt, or set aside until somebody looks after them. Others go on.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use sempre::{
    Engine,
    client::{
        QueryWorkflowError, RequestError, RequestOutcome, ResumeWorkflowError, SignalWorkflowError,
    },
    clock::{Clock, Reading},
    model::{ExecutionStatus, WorkflowIdConflictPolicy},
    storage::MemoryStore,
    testing::ManualClock,
};
use sempre_tests::{
    Mode, Outcome, Request, block_on,
    workflow::{Alarm, Board, BoardHandle as _, Steps},
};

use crate::ward::Ward;

#[test]
fn a_run_whose_record_is_damaged_is_set_aside_and_others_go_on() -> Outcome {
    block_on(async {
        let ward = Ward::open(Mode::Evicted).await?;
        let (engine, store) = (&ward.engine, &ward.store);
        let ill = engine.workflow::<Board>("ill").start(()).await?;
        let well = engine.workflow::<Board>("well").start(()).await?;
        store.damage(ill.run_id());

        let refused = ill.post("a note".into()).await;
        assert!(
            matches!(&refused, Err(SignalWorkflowError::Request(RequestError::Damaged { cause }))
                if cause.contains("record is damaged")),
            "{refused:?}"
        );
        let refused = ill.notes().await;
        assert!(
            matches!(
                refused,
                Err(QueryWorkflowError::Request(RequestError::Damaged { .. }))
            ),
            "{refused:?}"
        );
        well.post("a note".into()).await?;
        assert_eq!(well.notes().await?, ["a note"]);
        let quarantined = ward.quarantined();
        let [patient] = quarantined.as_slice() else {
            return Err(format!("one of them is ill: {quarantined:?}").into());
        };
        assert!(patient.starts_with("ill: record is damaged"), "{patient}");

        store.heal();
        engine.resume("ill").await?;
        ill.post("better now".into()).await?;
        assert_eq!(ill.notes().await?, ["better now"]);
        assert_eq!(ward.quarantined(), Vec::<String>::new());
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn an_engine_starts_although_a_record_is_damaged_and_says_which() -> Outcome {
    block_on(async {
        let before = Ward::open(Mode::Live).await?;
        let ill = before.engine.workflow::<Alarm>("ill").start(60).await?;
        before.engine.workflow::<Alarm>("well").start(60).await?;
        before.engine.shutdown().await;

        let store = before.store.clone();
        store.damage(ill.run_id());
        let ward = Ward::on(store, Mode::Live, before.clock.clone()).await?;
        ward.pass(Duration::from_secs(60)).await;
        let well = ward.engine.workflow::<Alarm>("well");
        assert_eq!(well.result().await?, "it rang");
        let quarantined = ward.until_quarantined().await;
        assert!(
            quarantined
                .iter()
                .all(|run| run.starts_with("ill: record is damaged")),
            "{quarantined:?}"
        );
        ward.store.heal();
        ward.engine.resume("ill").await?;
        let ill = ward.engine.workflow::<Alarm>("ill");
        assert_eq!(ill.result().await?, "it rang");
        ward.engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn an_execution_that_breaks_is_rebuilt_from_its_records() -> Outcome {
    block_on(async {
        let ward = Ward::open(Mode::Replayed).await?;
        let board = ward.engine.workflow::<Board>("board").start(()).await?;
        board.post("kept".into()).await?;
        ward.store.make_unreadable(board.run_id());
        // It needs its history for the next workflow task, and does not get it.
        let lost = board.post("lost".into()).await;
        assert!(
            matches!(
                lost,
                Err(SignalWorkflowError::Request(
                    RequestError::Unavailable { .. }
                ))
            ),
            "{lost:?}"
        );
        ward.store.heal();
        ward.pass(Duration::from_millis(100)).await;
        // Nothing was written of the step that broke.
        assert_eq!(board.notes().await?, ["kept"]);
        board.post("kept as well".into()).await?;
        assert_eq!(board.notes().await?, ["kept", "kept as well"]);
        assert_eq!(ward.quarantined(), Vec::<String>::new());
        board.history().await?.check_grammar()?;
        ward.engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn an_engine_stops_without_waiting_for_an_execution_to_be_rebuilt() -> Outcome {
    block_on(async {
        let ward = Ward::open(Mode::Replayed).await?;
        let board = ward.engine.workflow::<Board>("board").start(()).await?;
        ward.store.make_unreadable(board.run_id());
        assert!(board.post("lost".into()).await.is_err(), "it breaks");
        // The clock stands still, so it is never rebuilt.
        let name = ward.engine.workflow::<Board>("board");
        let replace = name.start(());
        let replace = replace.id_conflict_policy(WorkflowIdConflictPolicy::TerminateExisting);
        let (replaced, posted, ()) = futures::join!(
            replace.into_future(),
            name.post("later".into()).into_future(),
            ward.engine.shutdown(),
        );
        let replaced = replaced.map(|run| run.run_id());
        assert_eq!(
            replaced.map_err(|error| error.outcome()),
            Err(RequestOutcome::NotDone)
        );
        assert_eq!(
            posted.map_err(|error| error.outcome()),
            Err(RequestOutcome::NotDone)
        );
        Ok(())
    })
}

#[test]
fn an_execution_that_keeps_breaking_is_set_aside_until_it_is_taken_back() -> Outcome {
    block_on(async {
        let ward = Ward::open(Mode::Replayed).await?;
        let engine = &ward.engine;
        let board = engine.workflow::<Board>("board").start(()).await?;
        let well = engine.workflow::<Board>("well").start(()).await?;
        ward.store.make_unreadable(board.run_id());
        assert!(board.post("lost".into()).await.is_err());
        // It is rebuilt after longer and longer waits, and breaks each time.
        for wait_ms in [100, 200, 400, 800] {
            ward.pass(Duration::from_millis(wait_ms)).await;
        }
        let quarantined = ward.until_quarantined().await;
        assert_eq!(quarantined, ["board: the disk does not answer"]);
        let attention = engine.needs_attention();
        let told: Vec<_> = attention.iter().map(|it| it.problem.to_string()).collect();
        assert_eq!(told, ["quarantined: the disk does not answer"]);
        well.post("not ill".into()).await?;

        ward.store.heal();
        // It takes note of what it is told, and does nothing about it.
        board.post("later".into()).await?;
        let problems = sempre_tests::problems(&board.describe().await?);
        assert_eq!(problems, ["quarantined: the disk does not answer"]);
        for (request, expected) in [
            (Request::Query, "Quarantined: not done"),
            (Request::Start, "AlreadyStarted: not done"),
            (Request::Describe, "done"),
            (Request::History, "done"),
        ] {
            let said = request.make(engine, "board", "text").await;
            assert_eq!(said, expected, "{request:?}");
        }
        engine.resume("board").await?;
        assert_eq!(engine.needs_attention(), []);
        // It is healthy now, and says so.
        let said = Request::Resume.make(engine, "board", "text").await;
        assert_eq!(said, "NotQuarantined: not done");
        assert_eq!(board.notes().await?, ["later"]);
        board.history().await?.check_grammar()?;
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn a_timer_whose_run_cannot_be_read_when_it_falls_due_fires_once_it_can() -> Outcome {
    block_on(async {
        let ward = Ward::open(Mode::Evicted).await?;
        let alarm = ward.engine.workflow::<Alarm>("alarm").start(60).await?;
        ward.store.make_unreadable(alarm.run_id());
        ward.pass(Duration::from_secs(60)).await;
        let retried = ward.clock.now().after(Duration::from_millis(100));
        ward.clock.sleeping_until(retried).await;
        ward.store.heal();
        ward.clock.set(retried);
        assert_eq!(alarm.result().await?, "it rang");
        ward.engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn a_clock_that_is_put_back_delays_no_rebuild() -> Outcome {
    block_on(async {
        let ward = Ward::open(Mode::Replayed).await?;
        let board = ward.engine.workflow::<Board>("board").start(()).await?;
        board.post("kept".into()).await?;
        ward.store.make_unreadable(board.run_id());
        assert!(board.post("lost".into()).await.is_err());
        ward.store.heal();
        let backoff = Duration::from_millis(100);
        ward.clock
            .sleeping_until(ward.clock.now().after(backoff))
            .await;
        ward.clock.put_back(Duration::from_secs(3_600));
        ward.clock.advance(backoff);
        assert_eq!(board.notes().await?, ["kept"]);
        ward.engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn a_clock_that_is_put_back_delays_no_second_look_at_a_run_that_could_not_be_read() -> Outcome {
    block_on(async {
        let ward = Ward::open(Mode::Evicted).await?;
        let alarm = ward.engine.workflow::<Alarm>("alarm").start(60).await?;
        ward.store.make_unreadable(alarm.run_id());
        ward.pass(Duration::from_secs(60)).await;
        let backoff = Duration::from_millis(100);
        ward.clock
            .sleeping_until(ward.clock.now().after(backoff))
            .await;
        ward.store.heal();
        ward.clock.put_back(Duration::from_secs(3_600));
        ward.clock.advance(backoff);
        assert_eq!(alarm.result().await?, "it rang");
        ward.engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn the_end_of_an_attempt_is_kept_until_its_run_can_be_read() -> Outcome {
    block_on(async {
        let ward = Ward::open(Mode::Evicted).await?;
        let start = ward.engine.workflow::<Steps>("steps");
        let steps = start.start(vec!["one".into()]).await?;
        let attempt = ward.stage.attempt().await;
        ward.store.make_unreadable(steps.run_id());
        attempt.complete("kept meanwhile");
        let retried = ward.clock.now().after(Duration::from_millis(100));
        ward.clock.sleeping_until(retried).await;
        ward.store.heal();
        ward.clock.set(retried);
        assert_eq!(steps.result().await?, ["kept meanwhile"]);
        assert!(ward.stage.started_attempt().is_none(), "it ran once");
        ward.engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn the_end_of_an_attempt_is_kept_for_whoever_reads_the_run_first() -> Outcome {
    block_on(async {
        let ward = Ward::open(Mode::Evicted).await?;
        let start = ward.engine.workflow::<Steps>("steps");
        let steps = start.start(vec!["one".into()]).await?;
        let attempt = ward.stage.attempt().await;
        ward.store.make_unreadable(steps.run_id());
        attempt.complete("kept meanwhile");
        let retried = ward.clock.now().after(Duration::from_millis(100));
        ward.clock.sleeping_until(retried).await;
        ward.store.heal();
        // The clock stands still: it is this request that brings the run back.
        assert_eq!(steps.describe().await?.status, ExecutionStatus::Completed);
        assert_eq!(steps.result().await?, ["kept meanwhile"]);
        ward.engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn an_attempt_whose_run_is_set_aside_when_it_ends_counts_as_lost_once_it_is_taken_back() -> Outcome
{
    block_on(async {
        let ward = Ward::open(Mode::Evicted).await?;
        let start = ward.engine.workflow::<Steps>("steps");
        let steps = start.start(vec!["one".into()]).await?;
        let attempt = ward.stage.attempt().await;
        ward.store.make_unreadable(steps.run_id());
        attempt.complete("lost");
        for wait_ms in [100, 200, 400, 800] {
            ward.pass(Duration::from_millis(wait_ms)).await;
        }
        ward.until_quarantined().await;
        ward.store.heal();
        ward.engine.resume("steps").await?;
        let again = ward.stage.attempt().await;
        assert_eq!(again.number(), 2);
        again.complete("1");
        assert_eq!(steps.result().await?, ["1"]);
        ward.engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn only_what_is_set_aside_can_be_taken_back() -> Outcome {
    block_on(async {
        let ward = Ward::open(Mode::Live).await?;
        ward.engine.workflow::<Board>("board").start(()).await?;
        let refused = ward.engine.resume("board").await;
        assert!(
            matches!(refused, Err(ResumeWorkflowError::NotQuarantined { .. })),
            "{refused:?}"
        );
        let refused = ward.engine.resume("nowhere").await;
        assert!(
            matches!(
                refused,
                Err(ResumeWorkflowError::Request(RequestError::NotFound { .. }))
            ),
            "{refused:?}"
        );
        ward.engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn every_request_of_a_damaged_execution_says_that_it_is_damaged() -> Outcome {
    block_on(async {
        let ward = Ward::open(Mode::Evicted).await?;
        let ill = ward.engine.workflow::<Board>("ill").start(()).await?;
        ward.store.damage(ill.run_id());
        for request in [
            Request::Signal,
            Request::Query,
            Request::Describe,
            Request::History,
            Request::Result,
        ] {
            let said = request.make(&ward.engine, "ill", "text").await;
            assert_eq!(said, "Damaged: not done", "{request:?}");
        }
        ward.store.heal();
        ward.engine.resume("ill").await?;
        assert_eq!(ill.notes().await?, Vec::<String>::new());
        ward.engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn a_store_that_panics_has_failed_to_answer_and_nothing_else() -> Outcome {
    block_on(async {
        let ward = Ward::open(Mode::Evicted).await?;
        let board = ward.engine.workflow::<Board>("board").start(()).await?;
        let well = ward.engine.workflow::<Board>("well").start(()).await?;
        ward.store.make_explosive(board.run_id());
        let lost = board.post("lost".into()).await;
        let lost = lost.err().map(|error| error.to_string());
        assert!(
            lost.as_ref()
                .is_some_and(|text| text.contains("the store panicked: this store has a bug")),
            "{lost:?}"
        );
        well.post("not ill".into()).await?;
        ward.store.heal();
        board.post("kept".into()).await?;
        assert_eq!(board.notes().await?, ["kept"]);
        ward.engine.shutdown().await;
        Ok(())
    })
}

/// The time, until it is told to panic, which it does once, where a shard asks for it.
#[derive(Clone, Default)]
struct Trapdoor {
    clock: ManualClock,
    is_open: Arc<AtomicBool>,
}

impl Clock for Trapdoor {
    fn read(&self) -> Reading {
        let thread = std::thread::current();
        let on_shard = thread
            .name()
            .is_some_and(|it| it.starts_with("sempre-shard"));
        let falls = on_shard && self.is_open.swap(false, Ordering::SeqCst);
        assert!(!falls, "this clock has a bug");
        self.clock.read()
    }

    fn sleep_until(&self, deadline: Reading) -> BoxFuture<'static, ()> {
        self.clock.sleep_until(deadline)
    }
}

#[test]
fn a_shard_that_panics_is_replaced_and_nobody_waits_for_ever() -> Outcome {
    block_on(async {
        let clock = Trapdoor::default();
        let engine = Engine::on_store(Arc::new(MemoryStore::new()))
            .workflow::<Board>()
            .threads(1)
            .clock(clock.clone())
            .start()
            .await?;
        let board = engine.workflow::<Board>("board").start(()).await?;
        board.post("before".into()).await?;
        let result = tokio::spawn({
            let board = board.clone();
            async move { board.result().await }
        });
        clock.is_open.store(true, Ordering::SeqCst);
        let start = || {
            engine
                .workflow::<Board>("other")
                .start(())
                .request_id("one")
        };
        let lost = start().await;
        let lost = lost.err().map(|error| error.to_string());
        assert!(
            lost.as_ref()
                .is_some_and(|text| text.contains("thread was lost")),
            "{lost:?}"
        );
        let other = start().await?;
        other.post("after".into()).await?;
        assert_eq!(other.notes().await?, ["after"]);
        assert_eq!(board.notes().await?, ["before"]);
        board.close().await?;
        result.await??;
        engine.shutdown().await;
        Ok(())
    })
}
