//! Attempts: made again, timed out, canceled, refused, and what is written when they have ended.

use sempre::{
    Canceled,
    model::{EventAttributes, EventType, TimeoutType},
};
use sempre_tests::{Outcome, Scenario, StageError, problems};

use super::workflow::*;

#[test]
fn a_local_activity_leaves_a_marker_and_nothing_else() -> Outcome {
    Scenario::of::<Chores>().run(async |world| {
        let chores = world
            .workflow::<Chores>("chores")
            .start(vec!["dishes".into()])
            .await?;
        world.stage.attempt().await.complete("clean");
        assert_eq!(chores.result().await?, ["clean"]);
        let history = chores.history().await?;
        assert_eq!(
            types(&history),
            [
                EventType::WorkflowExecutionStarted,
                EventType::WorkflowTaskScheduled,
                EventType::WorkflowTaskStarted,
                EventType::WorkflowTaskCompleted,
                EventType::MarkerRecorded,
                EventType::WorkflowExecutionCompleted,
            ]
        );
        assert_eq!(markers(&history), ["1 perform 1: clean"]);
        Ok(())
    })
}

#[test]
fn failed_attempts_are_made_again_within_the_workflow_task() -> Outcome {
    Scenario::of::<Chores>().run(async |world| {
        let chores = world
            .workflow::<Chores>("chores")
            .start(vec!["dishes".into()])
            .await?;
        world.stage.attempt().await.fail("no water");
        world.pass_seconds(1).await;
        let second = world.stage.attempt().await;
        assert_eq!(second.number(), 2);
        second.complete("clean");
        assert_eq!(chores.result().await?, ["clean"]);
        assert_eq!(markers(&chores.history().await?), ["1 perform 2: clean"]);
        Ok(())
    })
}

#[test]
fn what_the_last_attempt_failed_with_is_the_failure_of_the_run() -> Outcome {
    Scenario::of::<Chores>().run(async |world| {
        let chores = world
            .workflow::<Chores>("chores")
            .start(vec!["dishes".into()])
            .await?;
        let reason = "no sink".into();
        world
            .stage
            .attempt()
            .await
            .end(Err(StageError::Fatal { reason }));
        assert!(chores.result().await.is_err());
        let history = chores.history().await?;
        assert_eq!(markers(&history), ["1 perform 1: never: no sink"]);
        let EventAttributes::WorkflowExecutionFailed(failed) = &history.events[5].attributes else {
            panic!("{history:?}");
        };
        assert_eq!(failed.failure.message, "never: no sink");
        assert!(failed.failure.cause.is_none());
        Ok(())
    })
}

#[test]
fn local_activities_that_run_at_once_are_written_as_they_end() -> Outcome {
    Scenario::of::<Pair>().run(async |world| {
        let pair = world.workflow::<Pair>("pair").start(()).await?;
        let long = world.stage.attempt().await;
        let short = world.stage.attempt().await;
        assert_eq!((&*long.input, &*short.input), ("long", "short"));
        short.complete("s");
        // It is seen before the other one ends.
        world.until(&pair, |_| true).await?;
        long.complete("l");
        assert_eq!(pair.result().await?, ("l".to_owned(), "s".to_owned()));
        let history = pair.history().await?;
        assert_eq!(markers(&history), ["2 perform 1: s", "1 perform 1: l"]);
        assert_eq!(history.events.len(), 7);
        Ok(())
    })
}

#[test]
fn a_thousand_in_a_row_are_two_transitions() -> Outcome {
    let counting = Scenario::of::<Sum>().with(|engine| engine.activities(double));
    counting.run(async |world| {
        let sum = world.workflow::<Sum>("sum").start(1_000).await?;
        assert_eq!(sum.result().await?, 999_000);
        let history = sum.history().await?;
        assert_eq!(history.events.len(), 1_005);
        Ok(())
    })
}

#[test]
fn a_long_wait_between_two_attempts_is_a_timer() -> Outcome {
    Scenario::of::<Choosy>().run(async |world| {
        let start = world.workflow::<Choosy>("choosy");
        let choosy = start.start(Choice::Threshold(1)).await?;
        // One second is not above the threshold, and two are.
        world.stage.attempt().await.fail("one");
        world.pass_seconds(1).await;
        world.stage.attempt().await.fail("two");
        world.pass_seconds(2).await;
        let third = world.stage.attempt().await;
        assert_eq!(third.number(), 3);
        third.complete("done");
        assert_eq!(choosy.result().await?, "done");
        let history = choosy.history().await?;
        assert_eq!(
            markers(&history),
            ["1 perform 2: not now: two", "2 perform 3: done"]
        );
        let types = types(&history);
        assert_eq!(
            types[5..7],
            [EventType::TimerStarted, EventType::TimerFired]
        );
        Ok(())
    })
}

#[test]
fn an_attempt_whose_time_is_up_has_failed() -> Outcome {
    for (choice, expected) in [
        (Choice::StartToClose(3), TimeoutType::StartToClose),
        (Choice::ScheduleToClose(3), TimeoutType::ScheduleToClose),
    ] {
        Scenario::of::<Choosy>().run(async |world| {
            let choosy = world.workflow::<Choosy>("choosy").start(choice).await?;
            let attempt = world.stage.attempt().await;
            world.pass_seconds(3).await;
            let failure = choosy.result().await.unwrap_err();
            assert!(
                failure.to_string().contains("Activity timed out"),
                "{failure}"
            );
            assert!(attempt.ctx.is_canceled());
            let history = choosy.history().await?;
            let EventAttributes::WorkflowExecutionFailed(failed) = &history.events[5].attributes
            else {
                panic!("{history:?}");
            };
            assert_eq!(failed.failure.timeout_type(), Some(expected));
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn a_call_without_a_limit_of_time_fails_the_workflow_task() -> Outcome {
    refused(
        Choice::Untimed,
        "has no limit of time: give it start_to_close or schedule_to_close",
    )
}

#[test]
fn an_activity_that_nobody_has_registered_fails_the_workflow_task() -> Outcome {
    refused(
        Choice::Unregistered,
        "local activity unheard_of is not registered",
    )
}

fn refused(choice: Choice, expected: &str) -> Outcome {
    Scenario::of::<Choosy>().run(async |world| {
        let choosy = world.workflow::<Choosy>("choosy").start(choice).await?;
        let stuck = world.until(&choosy, |it| !problems(it).is_empty()).await?;
        let problem = problems(&stuck).join("; ");
        assert!(problem.contains(expected), "{problem}");
        choosy.terminate("seen").await?;
        Ok(())
    })
}

#[test]
fn canceling_asks_the_attempt_to_stop_and_waits_for_its_end() -> Outcome {
    Scenario::of::<Choosy>().run(async |world| {
        let start = world.workflow::<Choosy>("choosy");
        let choosy = start.start(Choice::Cancel(Way::Wait)).await?;
        let attempt = world.stage.attempt().await;
        choosy.cancel("enough").await?;
        // The request is buffered until the task heartbeats.
        assert!(!attempt.ctx.is_canceled());
        world.pass_seconds(8).await;
        attempt.ctx.canceled().await;
        attempt.end(Err(StageError::Stopped(Canceled::default())));
        assert!(choosy.result().await.is_err());
        assert_eq!(choosy.canceled().await?, Some(true));
        Ok(())
    })
}

#[test]
fn canceling_need_not_wait_for_the_end_of_the_attempt() -> Outcome {
    for (way, asks) in [(Way::Try, true), (Way::Abandon, false)] {
        Scenario::of::<Choosy>().run(async |world| {
            let start = world.workflow::<Choosy>("choosy");
            let choosy = start.start(Choice::Cancel(way)).await?;
            let attempt = world.stage.attempt().await;
            choosy.cancel("enough").await?;
            world.pass_seconds(8).await;
            assert!(choosy.result().await.is_err());
            assert_eq!(choosy.canceled().await?, Some(true));
            assert_eq!(attempt.ctx.is_canceled(), asks);
            let history = choosy.history().await?;
            assert_eq!(markers(&history), ["1 perform 0: activity canceled"]);
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn what_loses_a_race_is_asked_to_stop() -> Outcome {
    Scenario::of::<Choosy>().run(async |world| {
        let choosy = world
            .workflow::<Choosy>("choosy")
            .start(Choice::Race)
            .await?;
        let (chore, long) = (world.stage.attempt().await, world.stage.attempt().await);
        chore.complete("won");
        assert_eq!(choosy.result().await?, "won");
        assert!(long.ctx.is_canceled());
        let history = choosy.history().await?;
        assert_eq!(
            markers(&history),
            ["chore perform 1: won", "2 perform 0: activity canceled"]
        );
        Ok(())
    })
}
