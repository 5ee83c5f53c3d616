//! Starting executions: who gets an id, and what is refused.

use sempre::{
    Engine, Failure,
    client::{RequestError, ResultError, StartWorkflowError, WorkflowFailure},
    model::{
        EventAttributes, ExecutionStatus, RunId, WorkflowIdConflictPolicy as Conflict,
        WorkflowIdReusePolicy as Reuse, limits,
    },
    runtime::{EngineBuilder, StartEngineError},
    storage::{MemoryStore, StorageErrorKind},
};
use sempre_tests::{
    Outcome, Scenario, Stage, World, block_on,
    workflow::{Board, BoardHandle as _, Echo, Steps},
};

/// Starts an echo and waits for its end.
async fn echoed(world: &World, workflow_id: &str) -> Result<RunId, Box<dyn std::error::Error>> {
    let echo = world.workflow::<Echo>(workflow_id).start("hello".into());
    let echo = echo.await?;
    assert_eq!(echo.result().await?, "hello");
    echo.run_id().ok_or_else(|| "a start names its run".into())
}

#[test]
fn an_id_whose_run_is_open_is_refused_and_the_run_is_named() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let refused = world.workflow::<Board>("board").start(()).await;
        let Err(StartWorkflowError::AlreadyStarted { run_id }) = refused else {
            return Err(format!("not refused: {refused:?}").into());
        };
        assert_eq!(Some(run_id), board.run_id());
        Ok(())
    })
}

#[test]
fn an_open_run_is_taken_if_the_start_says_so() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let again = world.workflow::<Board>("board").start(());
        let again = again.id_conflict_policy(Conflict::UseExisting).await?;
        assert_eq!(again.run_id(), board.run_id());
        assert_eq!(world.started().len(), 1);
        Ok(())
    })
}

#[test]
fn an_open_run_is_terminated_and_replaced_if_the_start_says_so() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let first = world.workflow::<Board>("board").start(()).await?;
        let second = world.workflow::<Board>("board").start(());
        let second = second
            .id_conflict_policy(Conflict::TerminateExisting)
            .await?;
        assert_ne!(first.run_id(), second.run_id());
        let ended = first.result().await;
        assert!(
            matches!(&ended, Err(ResultError::Workflow(WorkflowFailure::Terminated { reason }))
                if reason == "TerminateIfRunning WorkflowIdReusePolicy"),
            "{ended:?}"
        );
        let latest = world.workflow::<Board>("board").describe().await?;
        assert_eq!(Some(latest.execution.run_id), second.run_id());
        assert_eq!(latest.status, ExecutionStatus::Running);
        let history = first.history().await?;
        let last = history.events.last().map(|event| &event.attributes);
        let Some(EventAttributes::WorkflowExecutionTerminated(terminated)) = last else {
            return Err(format!("not terminated: {last:?}").into());
        };
        let successor = second.run_id().ok_or("a start names its run")?;
        let details: String = terminated.details.decode()?;
        assert_eq!(details, format!("terminated by new runID: {successor}"));
        assert_eq!(terminated.identity.as_str(), "history-service");
        second.post("to the new run".into()).await?;
        assert_eq!(second.notes().await?, ["to the new run"]);
        Ok(())
    })
}

#[test]
fn a_start_that_is_refused_terminates_nothing() -> Outcome {
    Scenario::of::<Board>().run_unchecked(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let large = "x".repeat(limits::PAYLOAD_BYTES_MAX + 1);
        let long = "x".repeat(limits::ID_BYTES_MAX + 1);
        let start = |input: &str| {
            let start = world.workflow::<Echo>("board").start(input.to_owned());
            start.id_conflict_policy(Conflict::TerminateExisting)
        };
        let refused = [
            start(&large),
            start("small").request_id(long.as_str()),
            start("small").task_queue(long.as_str()),
            start("small").task_queue(""),
            start("small").id_reuse_policy(Reuse::RejectDuplicate),
        ];
        for start in refused {
            let refused = start.await;
            assert!(
                matches!(
                    &refused,
                    Err(StartWorkflowError::Request(RequestError::Rejected(_)))
                ),
                "{:?}",
                refused.err()
            );
            assert_eq!(board.describe().await?.status, ExecutionStatus::Running);
        }
        board.close().await?;
        board.result().await?;
        assert_eq!(world.started().len(), 1);
        Ok(())
    })
}

#[test]
fn a_run_is_not_terminated_if_its_successor_cannot_be_written() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        world
            .store()
            .fail_next_commit(StorageErrorKind::Unavailable);
        let start = world.workflow::<Board>("board").start(());
        let failed = start.id_conflict_policy(Conflict::TerminateExisting).await;
        assert!(failed.is_err());
        world.crash_and_restart().await?;
        let latest = world.workflow::<Board>("board").describe().await?;
        assert_eq!(Some(latest.execution.run_id), board.run_id());
        assert_eq!(latest.status, ExecutionStatus::Running);
        Ok(())
    })
}

#[test]
fn requests_for_an_id_whose_run_is_being_replaced_reach_the_new_run() -> Outcome {
    Scenario::of::<Board>().run_unchecked(async |world| {
        let first = world.workflow::<Board>("board").start(()).await?;
        let name = world.workflow::<Board>("board");
        let replace = || {
            let start = name.start(());
            start.id_conflict_policy(Conflict::TerminateExisting)
        };
        let (second, posted, third, described) = futures::join!(
            replace().into_future(),
            name.post("to the second".into()).into_future(),
            replace().into_future(),
            name.describe(),
        );
        posted?;
        let runs = [first.run_id(), second?.run_id(), third?.run_id()];
        assert_eq!(Some(described?.execution.run_id), runs[2]);
        let started = world.started().into_iter().map(|run| Some(run.run_id));
        assert_eq!(started.collect::<Vec<_>>(), runs);
        let second = runs[1].ok_or("a start names its run")?;
        let second = name.clone().at_run(second);
        assert!(second.result().await.is_err(), "it has been replaced");
        let signaled = second.history().await?.events;
        let signaled = signaled.iter().any(|event| {
            matches!(
                event.attributes,
                EventAttributes::WorkflowExecutionSignaled(_)
            )
        });
        assert!(signaled, "the signal came before the third start");
        Ok(())
    })
}

#[test]
fn an_id_whose_run_has_completed_is_free_unless_the_start_says_otherwise() -> Outcome {
    Scenario::of::<Echo>().run(async |world| {
        let first = echoed(world, "echo").await?;
        for policy in [Reuse::RejectDuplicate, Reuse::AllowDuplicateFailedOnly] {
            let start = world.workflow::<Echo>("echo").start("again".into());
            let refused = start.id_reuse_policy(policy).await;
            assert!(
                matches!(refused, Err(StartWorkflowError::AlreadyStarted { run_id })
                    if run_id == first),
                "{policy}: {refused:?}"
            );
        }
        assert_ne!(echoed(world, "echo").await?, first);
        Ok(())
    })
}

#[test]
fn an_id_whose_run_has_failed_is_free_to_those_who_want_to_repeat_failures() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let first = world.workflow::<Board>("board").start(()).await?;
        first.terminate("to be repeated").await?;
        let start = world.workflow::<Board>("board").start(());
        let second = start
            .id_reuse_policy(Reuse::AllowDuplicateFailedOnly)
            .await?;
        assert_ne!(first.run_id(), second.run_id());
        Ok(())
    })
}

#[test]
fn a_repeated_request_gives_the_same_run_open_or_closed() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let start = || {
            let start = world.workflow::<Board>("board").start(());
            let start = start.id_reuse_policy(Reuse::RejectDuplicate);
            start.request_id("request-1")
        };
        let first = start().await?;
        assert_eq!(start().await?.run_id(), first.run_id());
        first.close().await?;
        first.result().await?;
        assert_eq!(start().await?.run_id(), first.run_id());
        assert_eq!(world.started().len(), 1);
        Ok(())
    })
}

#[test]
fn a_handle_names_its_run_and_a_name_means_the_latest() -> Outcome {
    Scenario::of::<Echo>().run(async |world| {
        let first = world.workflow::<Echo>("echo").start("one".into()).await?;
        first.result().await?;
        world.workflow::<Echo>("echo").start("two".into()).await?;
        assert_eq!(first.result().await?, "one");
        assert_eq!(world.workflow::<Echo>("echo").result().await?, "two");
        Ok(())
    })
}

#[test]
fn what_is_too_large_is_refused_with_its_limit_and_leaves_nothing() -> Outcome {
    Scenario::of::<Echo>().run(async |world| {
        let id = "x".repeat(limits::ID_BYTES_MAX + 1);
        let input = "x".repeat(limits::PAYLOAD_BYTES_MAX + 1);
        for (id, input, limit) in [
            (id.as_str(), "small", limits::ID_BYTES_MAX),
            ("large", input.as_str(), limits::PAYLOAD_BYTES_MAX),
        ] {
            let echo = world.workflow::<Echo>(id);
            let refused = echo.start(input.to_owned()).await;
            let Err(error @ StartWorkflowError::Request(RequestError::Rejected(_))) = refused
            else {
                return Err("a start that is too large is rejected".into());
            };
            let text = error.to_string();
            assert!(text.contains(&format!("limit={limit}")), "{text}");
            let unknown = echo.describe().await;
            assert!(
                matches!(unknown, Err(RequestError::NotFound { .. })),
                "{unknown:?}"
            );
        }
        assert_eq!(world.started(), []);
        Ok(())
    })
}

#[test]
fn what_is_as_large_as_allowed_passes() -> Outcome {
    Scenario::of::<Echo>().run(async |world| {
        // A string is two bytes longer as JSON.
        let largest = "x".repeat(limits::PAYLOAD_BYTES_MAX - 2);
        let echo = world
            .workflow::<Echo>("echo")
            .start(largest.clone())
            .await?;
        assert!(echo.result().await? == largest);
        Ok(())
    })
}

#[test]
fn a_workflow_type_that_nobody_registered_waits_and_says_so_until_somebody_does() -> Outcome {
    Scenario::of::<Board>().run_unchecked(async |world| {
        let echo = world.workflow::<Echo>("echo").start("hello".into()).await?;
        let description = echo.describe().await?;
        assert_eq!(description.status, ExecutionStatus::Running);
        assert_eq!(
            sempre_tests::problems(&description),
            ["workflow type is not registered workflow_type=Echo"]
        );
        world.restart_with(EngineBuilder::workflow::<Echo>).await?;
        assert_eq!(world.workflow::<Echo>("echo").result().await?, "hello");
        Ok(())
    })
}

#[test]
fn two_workflows_or_two_activities_of_one_type_do_not_start() -> Outcome {
    block_on(async {
        let engine = || Engine::on_store(std::sync::Arc::new(MemoryStore::new()));
        let twice = engine().workflow::<Echo>().workflow::<Echo>().start().await;
        assert!(
            matches!(&twice, Err(StartEngineError::RepeatedWorkflow { workflow_type, .. })
                if workflow_type.as_str() == "Echo"),
            "{twice:?}"
        );
        let stage = Stage::default();
        let twice = engine()
            .activities(stage.actors())
            .activities(stage.actors());
        let twice = twice.start().await;
        assert!(
            matches!(&twice, Err(StartEngineError::RepeatedActivity { activity_type, .. })
                if activity_type.as_str() == "perform"),
            "{twice:?}"
        );
        // On another queue it is another activity.
        let apart = engine()
            .activities(stage.actors())
            .activities_on("elsewhere", stage.actors());
        apart.workflow::<Steps>().start().await?.shutdown().await;
        Ok(())
    })
}

#[test]
fn a_workflow_that_returns_an_error_can_be_started_again_by_failed_only() -> Outcome {
    Scenario::of::<Steps>().run(async |world| {
        let steps = world.workflow::<Steps>("steps").start(vec!["tea".into()]);
        let steps = steps.await?;
        let reason = "no tea".to_owned();
        let fatal = sempre_tests::StageError::Fatal { reason };
        world.stage.attempt().await.end(Err(fatal.clone()));
        let Err(ResultError::Workflow(WorkflowFailure::Failed(error))) = steps.result().await
        else {
            return Err("the workflow fails".into());
        };
        assert_eq!(error.application(), Some(&fatal));
        assert!(!error.to_failure().is_canceled());
        let again = world.workflow::<Steps>("steps").start(vec![]);
        let again = again
            .id_reuse_policy(Reuse::AllowDuplicateFailedOnly)
            .await?;
        assert_eq!(again.result().await?, Vec::<String>::new());
        Ok(())
    })
}

#[test]
fn a_history_names_the_process_and_its_host() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let history = board.history().await?;
        let identity = history.attributes().find_map(|event| match event {
            EventAttributes::WorkflowExecutionStarted(started) => {
                Some(started.identity.to_string())
            }
            _ => None,
        });
        let identity = identity.ok_or("a history begins with a start")?;
        let (process, host) = identity.split_once('@').ok_or("it names both")?;
        assert_eq!(process, std::process::id().to_string());
        assert!(!host.is_empty());
        Ok(())
    })
}
