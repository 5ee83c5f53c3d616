//! Starts that bring an update: both or neither, and each of them once.

use std::time::Duration;

use sempre::{
    client::{RequestOutcome, StartWorkflowError, UpdateError, UpdateWithStartError},
    model::{
        EventAttributes, EventType, ExecutionStatus, History, RecordNumber,
        WorkflowIdConflictPolicy as Conflict,
    },
    storage::ReadStore as _,
};
use sempre_tests::{
    Outcome, Scenario, World,
    workflow::{Board, Nothing, Till, TillHandle as _},
};

fn types(history: &History) -> Vec<EventType> {
    let attributes = history.attributes();
    attributes.map(EventAttributes::event_type).collect()
}

async fn runs(world: &World) -> Result<usize, Box<dyn std::error::Error>> {
    Ok(world.engine().list("WorkflowId = 'till'").await?.runs.len())
}

#[test]
fn a_new_run_begins_with_the_update_in_one_record() -> Outcome {
    Scenario::of::<Till>().run(async |world| {
        let till = world.workflow::<Till>("till");
        let (run, sum) = till.start(()).update(till.add(3)).await?;
        assert_eq!(sum, 3);
        assert_eq!(
            types(&run.history().await?),
            [
                EventType::WorkflowExecutionStarted,
                EventType::WorkflowTaskScheduled,
                EventType::WorkflowTaskStarted,
                EventType::WorkflowTaskCompleted,
                EventType::WorkflowExecutionUpdateAccepted,
                EventType::WorkflowExecutionUpdateCompleted,
            ]
        );
        let run_id = run.run_id().ok_or("a start names its run")?;
        let store = world.store();
        let records = store.records(run_id, RecordNumber::NONE.next(), usize::MAX)?;
        assert_eq!(records.len(), 1);
        run.close().await?;
        assert_eq!(run.result().await?, 3);
        Ok(())
    })
}

#[test]
fn an_update_that_is_rejected_leaves_the_run_that_was_started_for_it() -> Outcome {
    Scenario::of::<Till>().run(async |world| {
        let till = world.workflow::<Till>("till");
        let refused = till.start(()).update(till.add(0)).await;
        let refused = refused.expect_err("nothing is added");
        let expected = UpdateWithStartError::Update(UpdateError::Rejected(Nothing));
        assert_eq!(refused, expected);
        assert_eq!(refused.outcome(), RequestOutcome::NotDone);
        let history = till.history().await?;
        assert_eq!(types(&history).len(), 4);
        assert_eq!(till.describe().await?.status, ExecutionStatus::Running);
        Ok(())
    })
}

#[test]
fn an_open_run_carries_the_update_out_if_the_policy_lets_it() -> Outcome {
    Scenario::of::<Till>().run(async |world| {
        let till = world.workflow::<Till>("till").start(()).await?;
        let again = world.workflow::<Till>("till");
        let (run, sum) = again.start(()).update(again.add(3)).await?;
        assert_eq!((run.run_id(), sum), (till.run_id(), 3));

        let fails = again.start(()).update(again.add(4));
        let refused = fails.id_conflict_policy(Conflict::Fail).await;
        assert!(matches!(
            refused,
            Err(UpdateWithStartError::Start(
                StartWorkflowError::AlreadyStarted { .. }
            ))
        ));
        till.close().await?;
        assert_eq!(till.result().await?, 3);
        Ok(())
    })
}

#[test]
fn a_start_that_replaces_the_open_run_brings_its_update_to_the_new_one() -> Outcome {
    Scenario::of::<Till>().run(async |world| {
        let first = world.workflow::<Till>("till").start(()).await?;
        assert_eq!(first.add(5).await?, 5);
        let till = world.workflow::<Till>("till");
        let replaces = till.start(()).update(till.add(3));
        let (second, sum) = replaces
            .id_conflict_policy(Conflict::TerminateExisting)
            .await?;
        assert_eq!(sum, 3);
        assert_ne!(second.run_id(), first.run_id());
        assert_eq!(first.describe().await?.status, ExecutionStatus::Terminated);
        Ok(())
    })
}

#[test]
fn an_update_that_is_repeated_is_carried_out_once_and_starts_nothing() -> Outcome {
    Scenario::of::<Till>().run(async |world| {
        let till = world.workflow::<Till>("till");
        let ask = |policy: Conflict| {
            let both = till.start(()).update(till.add(3).id("click-8"));
            both.id_conflict_policy(policy)
        };
        let (first, sum) = ask(Conflict::Fail).await?;
        assert_eq!(sum, 3);
        for policy in Conflict::ALL {
            let (again, sum) = ask(*policy).await?;
            assert_eq!((again.run_id(), sum), (first.run_id(), 3), "{policy}");
        }
        first.close().await?;
        assert_eq!(first.result().await?, 3);
        // Also when the run has closed.
        let (again, sum) = ask(Conflict::UseExisting).await?;
        assert_eq!((again.run_id(), sum), (first.run_id(), 3));
        assert_eq!(runs(world).await?, 1);
        // Another one begins a run of its own.
        let (second, sum) = till.start(()).update(till.add(4)).await?;
        assert_eq!(sum, 4);
        assert_ne!(second.run_id(), first.run_id());
        assert_eq!(runs(world).await?, 2);
        Ok(())
    })
}

#[test]
fn a_start_that_is_repeated_under_its_request_id_repeats_its_update() -> Outcome {
    Scenario::of::<Till>().run(async |world| {
        let till = world.workflow::<Till>("till");
        for _ in 0..2 {
            let start = till.start(()).request_id("basket-7");
            let (_, sum) = start.update(till.add(3)).await?;
            assert_eq!(sum, 3);
        }
        assert_eq!(runs(world).await?, 1);
        till.close().await?;
        assert_eq!(till.result().await?, 3);
        // The start has been, its run has closed, and this update is a new one.
        let start = till.start(()).request_id("basket-7");
        let late = start.update(till.add(3).id("late")).await;
        let status = ExecutionStatus::Completed;
        let closed = UpdateWithStartError::Update(UpdateError::Closed { status });
        assert_eq!(late.expect_err("it has closed"), closed);
        assert_eq!(runs(world).await?, 1);
        Ok(())
    })
}

#[test]
fn an_update_ends_the_delay_of_its_start_and_may_be_awaited_later() -> Outcome {
    Scenario::of::<Till>().run(async |world| {
        let till = world.workflow::<Till>("till");
        let start = till.start(()).start_delay(Duration::from_secs(60));
        let (run, update) = start.update(till.add_slowly(3)).start().await?;
        world.pass_seconds(1).await;
        assert_eq!(update.result().await?, 3);
        assert_eq!(update.run_id(), run.run_id().ok_or("a run")?);
        Ok(())
    })
}

#[test]
fn a_start_takes_a_signal_or_an_update_and_what_is_wrong_with_either_starts_nothing() -> Outcome {
    Scenario::of::<Till>().and::<Board>().run(async |world| {
        let till = world.workflow::<Till>("till");
        let both = till.start(()).signal(till.close()).update(till.add(3));
        let refused = both.await.expect_err("both").to_string();
        assert!(refused.contains("cannot be used together"), "{refused}");
        let long = till.add(3).id("x".repeat(1_001));
        let refused = till.start(()).update(long).await.expect_err("too long");
        assert!(refused.to_string().contains("update id is too large"));
        assert_eq!(runs(world).await?, 0);
        Ok(())
    })
}

#[test]
fn what_was_answered_is_there_after_a_crash() -> Outcome {
    Scenario::of::<Till>().run_unchecked(async |world| {
        let till = world.workflow::<Till>("till");
        let (_, sum) = till.start(()).update(till.add(3).id("one")).await?;
        assert_eq!(sum, 3);
        world.crash_and_restart().await?;
        let till = world.workflow::<Till>("till");
        let (_, sum) = till.start(()).update(till.add(3).id("one")).await?;
        assert_eq!(sum, 3);
        assert_eq!(till.add(1).await?, 4);
        Ok(())
    })
}
