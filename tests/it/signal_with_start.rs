//! Starts that bring a signal: both are there or neither, and the signal is recorded once.

use sempre::{
    client::{StartWorkflowError, WorkflowHandle},
    model::{
        EventType, WorkflowIdConflictPolicy as Conflict, WorkflowIdReusePolicy as Reuse, limits,
    },
    storage::StorageErrorKind,
};
use sempre_tests::{
    Outcome, Scenario, World,
    workflow::{Board, BoardHandle as _},
};

fn board(world: &World) -> WorkflowHandle<Board> {
    world.workflow::<Board>("board")
}

/// The types of the first events of a run.
async fn first_events(
    run: &WorkflowHandle<Board>,
    count: usize,
) -> Result<Vec<EventType>, Box<dyn std::error::Error>> {
    let history = run.history().await?;
    let events = history.events.iter().take(count);
    Ok(events.map(|event| event.event_type()).collect())
}

/// Story `policy/signal_with_start_new`.
#[test]
fn a_new_run_begins_with_the_signal_before_its_first_task() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let name = board(world);
        let run = name.start(()).signal(name.post("first".into())).await?;
        assert_eq!(run.notes().await?, ["first"]);
        assert_eq!(
            first_events(&run, 4).await?,
            [
                EventType::WorkflowExecutionStarted,
                EventType::WorkflowExecutionSignaled,
                EventType::WorkflowTaskScheduled,
                EventType::WorkflowTaskStarted,
            ]
        );
        Ok(())
    })
}

/// Story `policy/signal_with_start_closed`.
#[test]
fn where_the_latest_run_is_closed_a_new_one_begins_with_the_signal() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let name = board(world);
        let closed = name.start(()).signal(name.close()).await?;
        closed.result().await?;
        let run = name.start(()).signal(name.post("again".into())).await?;
        assert_ne!(run.run_id(), closed.run_id());
        assert_eq!(run.notes().await?, ["again"]);
        Ok(())
    })
}

#[test]
fn an_open_run_gets_the_signal_and_nothing_is_started() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let name = board(world);
        let open = name.start(()).await?;
        let run = name.start(()).signal(name.post("for you".into())).await?;
        assert_eq!(run.run_id(), open.run_id());
        assert_eq!(run.notes().await?, ["for you"]);
        assert_eq!(world.started().len(), 1);
        Ok(())
    })
}

#[test]
fn an_open_run_can_be_replaced_by_one_that_begins_with_the_signal() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let name = board(world);
        let open = name.start(()).await?;
        let start = name.start(()).signal(name.post("new".into()));
        let run = start
            .id_conflict_policy(Conflict::TerminateExisting)
            .await?;
        assert_ne!(run.run_id(), open.run_id());
        assert_eq!(run.notes().await?, ["new"]);
        assert!(open.result().await.is_err(), "it has been replaced");
        Ok(())
    })
}

#[test]
fn an_open_run_gets_no_signal_if_the_start_says_so() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let name = board(world);
        let open = name.start(()).await?;
        let start = name.start(()).signal(name.post("lost".into()));
        let refused = start.id_conflict_policy(Conflict::Fail).await;
        assert!(
            matches!(refused, Err(StartWorkflowError::AlreadyStarted { run_id })
                if Some(run_id) == open.run_id()),
            "{refused:?}"
        );
        assert!(open.notes().await?.is_empty());
        Ok(())
    })
}

#[test]
fn a_signal_with_start_that_is_repeated_is_recorded_once() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let name = board(world);
        let click = || {
            let start = name.start(()).request_id("click-7");
            start.signal(name.post("once".into())).into_future()
        };
        // With the run that it starts …
        let run = click().await?;
        assert_eq!(click().await?.run_id(), run.run_id());
        assert_eq!(run.notes().await?, ["once"]);
        // … also once that has closed.
        run.close().await?;
        run.result().await?;
        assert_eq!(click().await?.run_id(), run.run_id());
        assert_eq!(world.started().len(), 1);
        Ok(())
    })
}

#[test]
fn a_signal_that_an_open_run_got_is_not_repeated_with_a_new_one() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let name = board(world);
        let open = name.start(()).await?;
        let click = || {
            let start = name.start(()).request_id("click-7");
            start.signal(name.post("once".into())).into_future()
        };
        click().await?;
        click().await?;
        open.close().await?;
        assert_eq!(open.result().await?, ["once"]);
        assert_eq!(click().await?.run_id(), open.run_id());
        assert_eq!(world.started().len(), 1);
        // Another request is a new one.
        let other = name.start(()).request_id("click-8");
        let other = other.signal(name.post("twice".into())).await?;
        assert_ne!(other.run_id(), open.run_id());
        Ok(())
    })
}

#[test]
fn a_signal_that_is_refused_starts_nothing() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let name = board(world);
        let too_large = "x".repeat(limits::PAYLOAD_BYTES_MAX);
        let refused = name.start(()).signal(name.post(too_large)).await;
        assert!(refused.is_err());
        assert!(name.describe().await.is_err(), "there is no run");
        Ok(())
    })
}

#[test]
fn the_policy_for_closed_runs_holds_for_a_start_with_a_signal() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let name = board(world);
        let closed = name.start(()).signal(name.close()).await?;
        closed.result().await?;
        let start = name.start(()).signal(name.post("late".into()));
        let refused = start.id_reuse_policy(Reuse::RejectDuplicate).await;
        assert!(
            matches!(refused, Err(StartWorkflowError::AlreadyStarted { .. })),
            "{refused:?}"
        );
        Ok(())
    })
}

#[test]
fn a_start_and_its_signal_are_written_together_or_not_at_all() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let name = board(world);
        world
            .store()
            .fail_next_commit(StorageErrorKind::Unavailable);
        let failed = name.start(()).signal(name.post("never".into())).await;
        assert!(failed.is_err());
        world.crash_and_restart().await?;
        assert!(board(world).describe().await.is_err(), "there is no run");
        Ok(())
    })
}

#[test]
fn signals_that_come_with_starts_while_the_run_closes_are_each_recorded_once() -> Outcome {
    Scenario::of::<Board>().run_unchecked(async |world| {
        let name = board(world);
        let open = name.start(()).await?;
        let (closed, first, second) = futures::join!(
            open.close().into_future(),
            name.start(()).signal(name.post("1".into())).into_future(),
            name.start(()).signal(name.post("2".into())).into_future(),
        );
        closed?;
        let (first, second) = (first?, second?);
        open.result().await?;
        let mut notes = Vec::new();
        for run in world.started() {
            notes.extend(name.clone().at_run(run.run_id).notes().await?);
        }
        notes.sort();
        assert_eq!(notes, ["1", "2"]);
        assert!(first.run_id().is_some() && second.run_id().is_some());
        Ok(())
    })
}

#[test]
fn the_last_signal_that_is_given_counts() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let name = board(world);
        let start = name.start(()).signal(name.post("first".into()));
        let run = start.signal(name.post("second".into())).await?;
        assert_eq!(run.notes().await?, ["second"]);
        Ok(())
    })
}
