//! A process that dies, and the next one that goes on where it stood.

use std::{sync::Arc, time::Duration};

use sempre::{
    Engine,
    client::{ResultError, WorkflowFailure},
    model::{EventAttributes, ExecutionStatus, RetryPolicy, RetryState},
    storage::SledOptions,
    testing::ManualClock,
};
use sempre_tests::{
    Mode, Outcome, Scenario, Stage, block_on,
    workflow::{Alarm, Board, BoardHandle as _, Call, Caller, Steps, StepsHandle as _},
};

fn inputs(inputs: &[&str]) -> Vec<String> {
    inputs.iter().map(ToString::to_string).collect()
}

#[test]
fn activities_that_have_completed_do_not_run_again() -> Outcome {
    Scenario::of::<Steps>().run(async |world| {
        let start = world.workflow::<Steps>("steps");
        let steps = start.start(inputs(&["one", "two", "three"])).await?;
        world.stage.attempt().await.complete("1");
        world.stage.attempt().await.complete("2");
        let third = world.stage.attempt().await;
        assert_eq!(steps.done().await?, ["1", "2"]);

        world.crash_and_restart().await?;
        let again = world.stage.attempt().await;
        assert_eq!((&*again.input, again.number()), ("three", 2));
        // The process that ran the first attempt is gone, and nobody listens to it.
        third.complete("a ghost");
        again.complete("3");
        let steps = world.workflow::<Steps>("steps");
        assert_eq!(steps.result().await?, ["1", "2", "3"]);
        assert!(world.stage.started_attempt().is_none());
        Ok(())
    })
}

#[test]
fn an_activity_has_one_idempotency_key_over_attempts_and_restarts() -> Outcome {
    Scenario::of::<Steps>().run(async |world| {
        let start = world.workflow::<Steps>("steps");
        start.start(inputs(&["one", "two"])).await?;
        let first = world.stage.attempt().await;
        let key = first.ctx.info().idempotency_key();
        first.fail("spilled");
        world.pass_seconds(1).await;
        let second = world.stage.attempt().await;
        assert_eq!(second.number(), 2);
        assert_eq!(second.ctx.info().idempotency_key(), key);

        world.crash_and_restart().await?;
        let third = world.stage.attempt().await;
        assert_eq!(third.number(), 3);
        assert_eq!(third.ctx.info().idempotency_key(), key);
        third.complete("1");
        let other = world.stage.attempt().await;
        assert_ne!(other.ctx.info().idempotency_key(), key);
        other.complete("2");
        world.workflow::<Steps>("steps").result().await?;
        Ok(())
    })
}

#[test]
fn an_attempt_that_was_lost_is_repeated_at_once_and_counts() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let caller = world.workflow::<Caller>("caller").start(Call::of("tea"));
        caller.await?;
        for number in 1..=3 {
            let attempt = world.stage.attempt().await;
            assert_eq!(attempt.number(), number);
            world.crash_and_restart().await?;
        }
        // The clock has not moved.
        world.stage.attempt().await.complete("tea");
        let caller = world.workflow::<Caller>("caller");
        assert_eq!(caller.result().await?, "tea");
        let history = caller.history().await?;
        let started = history.attributes().find_map(|event| match event {
            EventAttributes::ActivityTaskStarted(started) => Some(started),
            _ => None,
        });
        let started = started.ok_or("the last attempt is recorded")?;
        assert_eq!(started.attempt, 4);
        let last = started.last_failure.as_ref().map(|it| it.message.as_str());
        assert_eq!(
            last,
            Some("the attempt is lost: its process or its thread ended before its outcome was recorded")
        );
        Ok(())
    })
}

#[test]
fn an_attempt_that_was_lost_is_not_repeated_if_it_was_the_last_one() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let call = Call {
            retry: Some(RetryPolicy::none()),
            ..Call::of("tea")
        };
        world.workflow::<Caller>("caller").start(call).await?;
        let _lost = world.stage.attempt().await;
        world.crash_and_restart().await?;
        let failure = world.workflow::<Caller>("caller").result().await;
        let Err(ResultError::Workflow(WorkflowFailure::Failed(error))) = failure else {
            return Err(format!("the workflow fails: {failure:?}").into());
        };
        assert_eq!(error.retry_state(), RetryState::MaximumAttemptsReached);
        assert!(world.stage.started_attempt().is_none());
        Ok(())
    })
}

#[test]
fn an_attempt_that_waits_to_be_repeated_still_waits_after_a_restart() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let call = Call::of("tea");
        let caller = world.workflow::<Caller>("caller").start(call).await?;
        world.stage.attempt().await.fail("spilled");
        world
            .until(&caller, |run| {
                run.activities.first().is_some_and(|it| it.attempt == 2)
            })
            .await?;
        world.crash_and_restart().await?;
        assert!(world.stage.started_attempt().is_none());
        world.pass_seconds(1).await;
        let attempt = world.stage.attempt().await;
        assert_eq!(attempt.number(), 2);
        attempt.complete("tea");
        world.workflow::<Caller>("caller").result().await?;
        Ok(())
    })
}

#[test]
fn a_timer_that_fell_due_while_no_process_ran_fires_at_once() -> Outcome {
    Scenario::of::<Alarm>().run(async |world| {
        world.workflow::<Alarm>("late").start(60).await?;
        world.workflow::<Alarm>("later").start(120).await?;
        world.clock.advance(Duration::from_secs(90));
        world.crash_and_restart().await?;
        let late = world.workflow::<Alarm>("late");
        assert_eq!(late.result().await?, "it rang");
        let later = world.workflow::<Alarm>("later");
        assert_eq!(later.describe().await?.status, ExecutionStatus::Running);
        world.pass_seconds(30).await;
        assert_eq!(later.result().await?, "it rang");
        Ok(())
    })
}

#[test]
fn a_result_can_be_waited_for_before_the_run_is_in_memory() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        board.post("before".into()).await?;
        world.crash_and_restart().await?;
        let board = world.workflow::<Board>("board");
        let waiting = async { Ok::<_, Box<dyn std::error::Error>>(board.result().await?) };
        let closing = async {
            board.post("after".into()).await?;
            Ok(board.close().await?)
        };
        let (notes, ()) = futures::future::try_join(waiting, closing).await?;
        assert_eq!(notes, ["before", "after"]);
        Ok(())
    })
}

#[test]
fn a_closed_run_is_still_there_after_a_restart() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        board.close().await?;
        board.result().await?;
        let before = board.history().await?;
        world.crash_and_restart().await?;
        let board = world.workflow::<Board>("board");
        assert_eq!(board.result().await?, Vec::<String>::new());
        assert_eq!(board.describe().await?.status, ExecutionStatus::Completed);
        assert_eq!(board.history().await?.events, before.events);
        Ok(())
    })
}

#[test]
fn many_open_runs_all_go_on() -> Outcome {
    Scenario::of::<Caller>().run_in_any_order(async |world| {
        const RUNS: usize = 50;
        for number in 0..RUNS {
            let caller = world.workflow::<Caller>(format!("caller {number}"));
            caller.start(Call::of(number.to_string())).await?;
        }
        for _ in 0..RUNS {
            drop(world.stage.attempt().await);
        }
        world.crash_and_restart().await?;
        for _ in 0..RUNS {
            let attempt = world.stage.attempt().await;
            assert_eq!(attempt.number(), 2);
            let result = attempt.input.clone();
            attempt.complete(result);
        }
        for number in 0..RUNS {
            let caller = world.workflow::<Caller>(format!("caller {number}"));
            assert_eq!(caller.result().await?, number.to_string());
        }
        Ok(())
    })
}

#[test]
fn the_number_of_threads_may_change_from_one_process_to_the_next() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        for number in 0..8 {
            let board = world.workflow::<Board>(format!("board {number}"));
            board.start(()).await?.post("hello".into()).await?;
        }
        world.restart_with(|engine| engine.threads(5)).await?;
        for number in 0..8 {
            let board = world.workflow::<Board>(format!("board {number}"));
            board.close().await?;
            assert_eq!(board.result().await?, ["hello"]);
        }
        Ok(())
    })
}

/// The same on a real disk, with a process that ends and one that dies.
#[test]
fn a_sled_store_is_taken_over_by_the_next_process() -> Outcome {
    let folder = tempfile::tempdir()?;
    for mode in Mode::ALL {
        let path = folder.path().join(mode.to_string());
        let (clock, stage) = (ManualClock::new(), Stage::default());
        let start = || {
            let engine = Engine::open(&path).workflow::<Steps>();
            let engine = engine.clock(clock.clone()).activities(stage.actors());
            mode.configure(engine.shutdown_grace(Duration::ZERO))
                .start()
        };
        block_on(async {
            let engine = start().await?;
            let steps = engine.workflow::<Steps>("steps");
            steps.start(inputs(&["one", "two"])).await?;
            stage.attempt().await.complete("1");
            let lost = stage.attempt().await;
            engine.shutdown().await;
            assert!(lost.is_gone());

            let engine = start().await?;
            let attempt = stage.attempt().await;
            assert_eq!((&*attempt.input, attempt.number()), ("two", 2));
            attempt.complete("2");
            let steps = engine.workflow::<Steps>("steps");
            assert_eq!(steps.result().await?, ["1", "2"]);
            steps.history().await?.check_grammar()?;
            engine.shutdown().await;
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn a_store_that_was_opened_by_the_caller_outlives_its_engine() -> Outcome {
    let folder = tempfile::tempdir()?;
    block_on(async {
        let store = sempre::storage::SledStore::open(folder.path(), SledOptions::default())?;
        let store = Arc::new(store);
        for round in 1..=2 {
            let engine = Engine::on_store(store.clone()).workflow::<Board>();
            let engine = engine.start().await?;
            let board = engine.workflow::<Board>(format!("board {round}"));
            let board = board.start(()).await?;
            board.close().await?;
            board.result().await?;
            engine.shutdown().await;
        }
        assert_eq!(Arc::strong_count(&store), 1, "the engine has let go of it");
        Ok(())
    })
}
