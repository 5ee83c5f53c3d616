//! Executions that leave memory: nobody can tell.

use futures::FutureExt as _;
use sempre::{
    TaskQueueOptions,
    model::{ExecutionStatus, RunId},
};
use sempre_tests::{
    Outcome, Scenario,
    workflow::{Alarm, Board, BoardHandle as _, Call, Caller, Steps, StepsHandle as _},
};

/// An engine on one thread that keeps two executions in memory, and otherwise behaves as ever.
fn small(scenario: Scenario) -> Scenario {
    scenario.with(|engine| engine.threads(1).max_resident_executions(2))
}

#[test]
fn executions_that_left_memory_answer_and_go_on() -> Outcome {
    small(Scenario::of::<Board>()).run(async |world| {
        let mut boards = Vec::new();
        for number in 0..6 {
            let board = world.workflow::<Board>(format!("board {number}"));
            boards.push(board.start(()).await?);
        }
        for round in 0..3 {
            for board in &boards {
                board.post(round.to_string()).await?;
            }
        }
        for board in &boards {
            assert_eq!(board.notes().await?, ["0", "1", "2"]);
            board.close().await?;
            assert_eq!(board.result().await?, ["0", "1", "2"]);
        }
        Ok(())
    })
}

#[test]
fn the_result_of_an_attempt_finds_an_execution_that_left_memory() -> Outcome {
    small(Scenario::of::<Steps>().and::<Board>()).run(async |world| {
        let start = world.workflow::<Steps>("steps");
        let steps = start.start(vec!["one".into(), "two".into()]).await?;
        for result in ["1", "2"] {
            let attempt = world.stage.attempt().await;
            // Others take its place in memory, and it is not taken for lost when it comes back.
            for number in 0..3 {
                let board = world.workflow::<Board>(format!("board {result} {number}"));
                board.start(()).await?;
            }
            assert_eq!(attempt.number(), 1);
            attempt.complete(result);
        }
        assert_eq!(steps.result().await?, ["1", "2"]);
        assert_eq!(steps.done().await?, ["1", "2"]);
        Ok(())
    })
}

#[test]
fn a_timer_finds_an_execution_that_left_memory() -> Outcome {
    small(Scenario::of::<Alarm>()).run(async |world| {
        for number in 0..6_u64 {
            let alarm = world.workflow::<Alarm>(format!("alarm {number}"));
            alarm.start(60 + number).await?;
        }
        world.pass_seconds(60).await;
        let first = world.workflow::<Alarm>("alarm 0");
        assert_eq!(first.result().await?, "it rang");
        let second = world.workflow::<Alarm>("alarm 1");
        assert_eq!(second.describe().await?.status, ExecutionStatus::Running);
        for number in 1..6 {
            world.pass_seconds(1).await;
            let alarm = world.workflow::<Alarm>(format!("alarm {number}"));
            assert_eq!(alarm.result().await?, "it rang");
        }
        Ok(())
    })
}

#[test]
fn whoever_waits_for_a_result_gets_it_from_an_execution_that_left_memory() -> Outcome {
    small(Scenario::of::<Board>()).run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let waiting = async { Ok::<_, Box<dyn std::error::Error>>(board.result().await?) };
        let closing = async {
            for number in 0..3 {
                let other = world.workflow::<Board>(format!("other {number}"));
                other.start(()).await?;
            }
            Ok(board.close().await?)
        };
        let (notes, ()) = futures::future::try_join(waiting, closing).await?;
        assert_eq!(notes, Vec::<String>::new());
        Ok(())
    })
}

#[test]
fn whoever_waits_for_the_result_of_an_execution_that_left_memory_does_not_bring_it_back() -> Outcome
{
    small(Scenario::of::<Board>()).run(async |world| {
        world.workflow::<Board>("board").start(()).await?;
        world.crash_and_restart().await?;
        let board = world.workflow::<Board>("board");
        let mut result = board.result().boxed_local();
        assert!(result.as_mut().now_or_never().is_none());
        // The shard answers in the order in which it is asked.
        let elsewhere = board.clone().at_run(RunId::default());
        assert!(elsewhere.describe().await.is_err());
        assert_eq!(world.reads(), [0]);
        board.close().await?;
        assert_eq!(result.await?, Vec::<String>::new());
        Ok(())
    })
}

#[test]
fn an_execution_that_left_memory_comes_back_once_for_the_slot_it_waited_for() -> Outcome {
    let slot = TaskQueueOptions::default().max_concurrent_attempts(1);
    let story =
        small(Scenario::of::<Caller>()).with(move |it| it.task_queue("default", slot.clone()));
    story.run_in_any_order(async |world| {
        let mut results = Vec::new();
        for number in 0..6 {
            let caller = world.workflow::<Caller>(format!("caller {number}"));
            let caller = caller.start(Call::of(number.to_string())).await?;
            let mut result = async move { caller.result().await }.boxed_local();
            assert!(result.as_mut().now_or_never().is_none());
            results.push(result);
        }
        for _ in 0..6 {
            world.stage.attempt().await.complete("done");
        }
        for result in results {
            assert_eq!(result.await?, "done");
        }
        // Whoever else stood in line for the slot has had it before this one gets it.
        let last = world.workflow::<Caller>("last").start(Call::of("last"));
        let last = last.await?;
        let attempt = world.stage.attempt().await;
        assert_eq!(world.reads(), [1, 1, 1, 1, 1, 1, 0]);
        attempt.complete("done");
        last.result().await?;
        Ok(())
    })
}

#[test]
fn the_timers_of_many_executions_fire_at_one_moment_although_few_fit_into_memory() -> Outcome {
    // More than may leave memory at the same time.
    const ALARMS: usize = 1_200;
    small(Scenario::of::<Alarm>()).run_unchecked(async |world| {
        let mut alarms = Vec::new();
        for number in 0..ALARMS {
            let alarm = world.workflow::<Alarm>(format!("alarm {number}"));
            alarms.push(alarm.start(60).await?);
        }
        world.pass_seconds(60).await;
        for alarm in alarms {
            assert_eq!(alarm.result().await?, "it rang");
        }
        Ok(())
    })
}

/// Starts so many boards with a note of so many bytes each.
async fn heavy_boards(
    world: &sempre_tests::World,
    boards: usize,
    bytes: usize,
) -> Result<Vec<sempre::WorkflowHandle<Board>>, Box<dyn std::error::Error>> {
    let mut started = Vec::new();
    for number in 0..boards {
        let board = world.workflow::<Board>(format!("heavy {number}"));
        let board = board.start(()).await?;
        board.post("x".repeat(bytes)).await?;
        started.push(board);
    }
    Ok(started)
}

#[test]
fn executions_leave_memory_by_their_bytes_too() -> Outcome {
    for (limit, stay) in [(3_u64 << 20, false), (64 << 20, true)] {
        let scenario =
            Scenario::of::<Board>().with(move |engine| engine.threads(1).max_resident_bytes(limit));
        scenario.run_unchecked(async |world| {
            if world.mode != sempre_tests::Mode::Live {
                return Ok(());
            }
            let boards = heavy_boards(world, 8, 1 << 20).await?;
            for board in &boards {
                assert_eq!(board.notes().await?.len(), 1);
            }
            let reads = world.reads();
            // Those that left had to be read again; where there is room nobody leaves.
            let came_back = reads.iter().filter(|reads| **reads > 0).count();
            assert_eq!(came_back == 0, stay, "{reads:?}");
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn a_closed_run_that_is_loaded_for_its_result_does_not_keep_its_history() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let boards = heavy_boards(world, 1, 100_000).await?;
        let board = boards.first().ok_or("one board")?;
        board.close().await?;
        board.result().await?;
        world.crash_and_restart().await?;
        let board = world.workflow::<Board>("heavy 0");
        let before = world.reads();
        board.result().await?;
        board.notes().await?;
        let after = world.reads();
        let reads = after.iter().sum::<usize>() - before.iter().sum::<usize>();
        // Once for its result, and once more for the history that the query needs.
        assert!(reads >= 2, "{reads}");
        Ok(())
    })
}
