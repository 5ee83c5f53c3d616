//! The workflow task that stays open: heartbeats, messages, crashes, eviction and the end of an engine.

use std::pin::pin;

use futures::{FutureExt as _, future::join_all, poll};
use sempre::model::{EventType, limits};
use sempre_tests::{Outcome, Scenario};

use super::workflow::*;

const HEARTBEAT: [EventType; 3] = [
    EventType::WorkflowTaskCompleted,
    EventType::WorkflowTaskScheduled,
    EventType::WorkflowTaskStarted,
];

#[test]
fn the_workflow_task_heartbeats_while_a_local_activity_runs() -> Outcome {
    Scenario::of::<Choosy>().run(async |world| {
        let start = world.workflow::<Choosy>("choosy");
        let choosy = start.start(Choice::StartToClose(3_600)).await?;
        let attempt = world.stage.attempt().await;
        world.pass_seconds(8).await;
        world.pass_seconds(8).await;
        // The third task has begun, and the attempt goes on.
        let then = world.seconds_from_now(8);
        world.clock.sleeping_until(then).await;
        attempt.complete("done");
        assert_eq!(choosy.result().await?, "done");
        let history = choosy.history().await?;
        let types = types(&history);
        assert_eq!(
            (&types[3..6], &types[6..9]),
            (&HEARTBEAT[..], &HEARTBEAT[..])
        );
        assert_eq!(types.len(), 12);
        Ok(())
    })
}

#[test]
fn signals_wait_for_the_task_and_queries_for_what_is_written() -> Outcome {
    Scenario::of::<Chores>().run(async |world| {
        let start = world.workflow::<Chores>("chores");
        let chores = start.start(vec!["one".into(), "two".into()]).await?;
        world.stage.attempt().await.complete("1");
        let second = world.stage.attempt().await;
        chores.note("a note".into()).await?;
        // What the program has seen of the first chore is on no disk yet.
        let mut asked = pin!(chores.done().into_future());
        assert!(poll!(&mut asked).is_pending());
        world.pass_seconds(8).await;
        let done = asked.await?;
        assert!(done == ["1"] || done == ["1", "a note"], "{done:?}");
        // From here on there is nothing that is not.
        assert_eq!(chores.done().await?, ["1", "a note"]);
        second.complete("2");
        assert_eq!(chores.result().await?, ["1", "a note", "2"]);
        Ok(())
    })
}

#[test]
fn an_update_waits_for_the_local_activities_of_the_task_and_comes_with_the_next() -> Outcome {
    Scenario::of::<Desk>().run(async |world| {
        let start = world.workflow::<Desk>("desk");
        let desk = start.start("one".into()).await?;
        let first = world.stage.attempt().await;
        let mut counted = pin!(desk.count("last".into()).into_future());
        assert!(poll!(&mut counted).is_pending());
        desk.note("a note".into()).await?;
        first.complete("1");
        assert_eq!(counted.await?, 3);
        desk.close().await?;
        assert_eq!(desk.result().await?, ["1", "a note", "last"]);
        assert_eq!(
            types(&desk.history().await?)[3..10],
            [
                EventType::WorkflowTaskCompleted,
                EventType::MarkerRecorded,
                EventType::WorkflowExecutionSignaled,
                EventType::WorkflowTaskScheduled,
                EventType::WorkflowTaskStarted,
                EventType::WorkflowTaskCompleted,
                EventType::WorkflowExecutionUpdateAccepted,
            ]
        );
        Ok(())
    })
}

#[test]
fn an_update_that_has_waited_and_is_rejected_leaves_no_trace() -> Outcome {
    Scenario::of::<Desk>().run(async |world| {
        let start = world.workflow::<Desk>("desk");
        let desk = start.start("one".into()).await?;
        let first = world.stage.attempt().await;
        let mut counted = pin!(desk.count(String::new()).into_future());
        assert!(poll!(&mut counted).is_pending());
        first.complete("1");
        assert!(
            counted
                .await
                .is_err_and(|it| it.to_string().contains("a note says"))
        );
        assert_eq!(desk.history().await?.events.len(), 5);
        Ok(())
    })
}

#[test]
fn updates_come_with_the_heartbeats_of_a_task_that_lasts() -> Outcome {
    Scenario::of::<Chores>().run(async |world| {
        let start = world.workflow::<Chores>("chores");
        let chores = start.start(vec!["one".into()]).await?;
        let first = world.stage.attempt().await;
        let mut counted = pin!(futures::future::try_join3(
            chores.count("now".into()).id("u1").into_future(),
            chores.count("then".into()).id("u2").into_future(),
            chores.count("never".into()).id("u1").into_future(),
        ));
        assert!(poll!(&mut counted).is_pending());
        // Whoever comes next finds them waiting.
        chores.note("a note".into()).await?;
        world.pass_seconds(8).await;
        assert_eq!(counted.await?, (2, 3, 2));
        first.complete("1");
        assert_eq!(chores.result().await?, ["a note", "now", "then", "1"]);
        Ok(())
    })
}

#[test]
fn no_more_updates_wait_than_may_be_in_flight() -> Outcome {
    Scenario::of::<Desk>().run(async |world| {
        let start = world.workflow::<Desk>("desk");
        let desk = start.start("one".into()).await?;
        let first = world.stage.attempt().await;
        let notes = (0..=limits::UPDATES_IN_FLIGHT_MAX).map(|note| note.to_string());
        let mut counted = pin!(join_all(notes.map(|it| desk.count(it).into_future())));
        assert!(poll!(&mut counted).is_pending());
        // Whoever comes next finds them waiting.
        desk.note("a note".into()).await?;
        first.complete("1");
        let counted = counted.await;
        let refused = counted.iter().filter(|it| it.is_err()).count();
        assert_eq!(refused, 1, "{counted:?}");
        Ok(())
    })
}

#[test]
fn a_run_that_is_terminated_stops_its_local_activities() -> Outcome {
    Scenario::of::<Chores>().run(async |world| {
        let start = world.workflow::<Chores>("chores");
        let chores = start.start(vec!["one".into()]).await?;
        let first = world.stage.attempt().await;
        chores.note("unread".into()).await?;
        chores.terminate("enough").await?;
        assert!(chores.result().await.is_err());
        first.ctx.canceled().await;
        assert_eq!(
            types(&chores.history().await?)[3..],
            [
                EventType::WorkflowTaskFailed,
                EventType::WorkflowExecutionSignaled,
                EventType::WorkflowExecutionTerminated
            ]
        );
        Ok(())
    })
}

#[test]
fn after_a_crash_what_was_not_written_is_done_again() -> Outcome {
    Scenario::of::<Chores>().run(async |world| {
        let start = world.workflow::<Chores>("chores");
        start.start(vec!["one".into(), "two".into()]).await?;
        world.stage.attempt().await.complete("1");
        let second = world.stage.attempt().await;
        world.crash_and_restart().await?;
        let again = world.stage.attempt().await;
        assert_eq!((&*again.input, again.number()), ("one", 1));
        second.complete("a ghost");
        again.complete("first");
        world.stage.attempt().await.complete("second");
        let chores = world.workflow::<Chores>("chores");
        assert_eq!(chores.result().await?, ["first", "second"]);
        // It is the same workflow task that goes on.
        assert_eq!(chores.history().await?.events.len(), 7);
        Ok(())
    })
}

#[test]
fn a_heartbeat_keeps_what_has_ended_from_being_done_again() -> Outcome {
    Scenario::of::<Chores>().run(async |world| {
        let start = world.workflow::<Chores>("chores");
        let chores = start.start(vec!["one".into(), "two".into()]).await?;
        world.stage.attempt().await.complete("1");
        let _second = world.stage.attempt().await;
        world.pass_seconds(8).await;
        assert_eq!(chores.done().await?, ["1"]);
        world.crash_and_restart().await?;
        let again = world.stage.attempt().await;
        assert_eq!(&*again.input, "two");
        again.complete("2");
        let chores = world.workflow::<Chores>("chores");
        assert_eq!(chores.result().await?, ["1", "2"]);
        Ok(())
    })
}

#[test]
fn an_engine_that_stops_keeps_what_has_ended() -> Outcome {
    Scenario::of::<Chores>().run(async |world| {
        let start = world.workflow::<Chores>("chores");
        start.start(vec!["one".into(), "two".into()]).await?;
        world.stage.attempt().await.complete("1");
        let second = world.stage.attempt().await;
        world.engine().shutdown().await;
        assert!(second.ctx.is_canceled());
        world.crash_and_restart().await?;
        let again = world.stage.attempt().await;
        assert_eq!(&*again.input, "two");
        again.complete("2");
        let chores = world.workflow::<Chores>("chores");
        assert_eq!(chores.result().await?, ["1", "2"]);
        Ok(())
    })
}

#[test]
fn a_run_with_a_local_activity_stays_in_memory() -> Outcome {
    let small = Scenario::of::<Chores>().with(|engine| engine.threads(1));
    small.run(async |world| {
        let start = world.workflow::<Chores>("chores");
        let chores = start.start(vec!["one".into()]).await?;
        let first = world.stage.attempt().await;
        for number in 0..3 {
            let other = world.workflow::<Chores>(format!("other {number}"));
            other.start(Vec::new()).await?.result().await?;
        }
        first.complete("1");
        assert_eq!(chores.result().await?, ["1"]);
        assert!(world.stage.started_attempt().is_none());
        Ok(())
    })
}

#[test]
fn local_activities_that_a_pause_cuts_off_are_run_again_when_the_run_goes_on() -> Outcome {
    Scenario::of::<Chores>().run_in_any_order(async |world| {
        let chores = world
            .workflow::<Chores>("chores")
            .start(vec!["dishes".into(), "floor".into()])
            .await?;
        world.stage.attempt().await.complete("clean");
        let floor = world.stage.attempt().await;
        chores.pause("guests").await?;
        floor.complete("swept");
        let mut stand = chores.describe().await?;
        while stand.workflow_task.is_some() {
            world.clock.set(world.seconds_from_now(1));
            stand = chores.describe().await?;
        }
        chores.unpause("they have left").await?;
        let mut result = Box::pin(chores.result());
        let said = loop {
            // What no record says is done again.
            if let Some(attempt) = world.stage.started_attempt() {
                let result = format!("{}, again", attempt.input);
                attempt.complete(result);
            }
            if let Some(said) = (&mut result).now_or_never() {
                break said?;
            }
            tokio::task::yield_now().await;
        };
        // What the task had come to is recorded if it had said so before.
        assert!(["clean", "dishes, again"].contains(&&*said[0]), "{said:?}");
        assert_eq!(said[1], "floor, again");
        Ok(())
    })
}
