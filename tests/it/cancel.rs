//! Asking a run to stop, and ending it.

use std::time::Duration;

use sempre::{
    ActivityError, Workflow, WorkflowContext,
    client::{RequestError, ResultError, StopWorkflowError, WorkflowFailure},
    handlers,
    model::{EventAttributes, EventType, ExecutionStatus, History, HistoryEvent},
};
use sempre_tests::{
    Actors, Outcome, Scenario, StageError,
    workflow::{Alarm, Board, BoardHandle as _, Call, Caller},
};

fn types(history: &History) -> Vec<EventType> {
    history
        .events
        .iter()
        .map(HistoryEvent::event_type)
        .collect()
}

#[test]
fn a_run_that_lets_itself_be_canceled_closes_as_canceled() -> Outcome {
    Scenario::of::<Alarm>().run(async |world| {
        let alarm = world.workflow::<Alarm>("alarm").start(60).await?;
        alarm.cancel("no time").await?;
        let failure = alarm.result().await;
        assert!(failure.is_err_and(|failure| failure.is_canceled()));
        let description = alarm.describe().await?;
        assert_eq!(description.status, ExecutionStatus::Canceled);
        assert_eq!(description.pending_timers, 0);
        let history = alarm.history().await?;
        let cause = history.attributes().find_map(|event| match event {
            EventAttributes::WorkflowExecutionCancelRequested(asked) => Some(&asked.cause),
            _ => None,
        });
        assert_eq!(cause.map(String::as_str), Some("no time"));
        let end = [
            EventType::WorkflowTaskCompleted,
            EventType::TimerCanceled,
            EventType::WorkflowExecutionCanceled,
        ];
        assert!(types(&history).ends_with(&end), "{history:?}");
        Ok(())
    })
}

/// Cleans up before it stops.
#[derive(Workflow, Default)]
struct Careful;

#[handlers]
impl Careful {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, ActivityError<StageError>> {
        let Err(_canceled) = ctx.sleep(Duration::from_secs(60)).await else {
            return Ok("nobody asked".to_owned());
        };
        let cleanup = ctx.detached();
        cleanup
            .activity(Actors::perform, "clean up".to_owned())
            .await
    }
}

#[test]
fn a_run_may_clean_up_and_return_although_it_is_asked_to_stop() -> Outcome {
    Scenario::of::<Careful>().run(async |world| {
        let careful = world.workflow::<Careful>("careful").start(()).await?;
        careful.cancel("no time").await?;
        // Once is enough: the second request changes nothing.
        careful.cancel("still no time").await?;
        let attempt = world.stage.attempt().await;
        assert_eq!(attempt.input, "clean up");
        assert!(careful.describe().await?.cancel_requested);
        attempt.complete("clean");
        assert_eq!(careful.result().await?, "clean");
        let history = careful.history().await?;
        let requests = history.events.iter();
        let requests = requests
            .filter(|event| event.event_type() == EventType::WorkflowExecutionCancelRequested);
        assert_eq!(requests.count(), 1);
        Ok(())
    })
}

#[test]
fn an_activity_of_a_canceled_run_is_asked_to_stop_and_not_waited_for() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let caller = world.workflow::<Caller>("caller").start(Call::of("tea"));
        let caller = caller.await?;
        let attempt = world.stage.attempt().await;
        caller.cancel("no time").await?;
        let failure = caller.result().await;
        assert!(
            matches!(
                failure,
                Err(ResultError::Workflow(WorkflowFailure::Canceled(_)))
            ),
            "{failure:?}"
        );
        attempt.ctx.canceled().await;
        let history = caller.history().await?;
        let end = [
            EventType::WorkflowTaskCompleted,
            EventType::ActivityTaskCancelRequested,
            EventType::WorkflowExecutionCanceled,
        ];
        assert!(types(&history).ends_with(&end), "{history:?}");
        Ok(())
    })
}

#[test]
fn a_terminated_run_ends_at_once_and_its_program_is_not_asked() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let caller = world.workflow::<Caller>("caller").start(Call::of("tea"));
        let caller = caller.await?;
        let attempt = world.stage.attempt().await;
        caller.terminate("enough").await?;
        let failure = caller.result().await;
        assert!(
            matches!(&failure, Err(ResultError::Workflow(WorkflowFailure::Terminated { reason })) if reason == "enough"),
            "{failure:?}"
        );
        attempt.ctx.canceled().await;
        attempt.complete("too late");
        let history = caller.history().await?;
        let last = history.events.last().ok_or("a history has events")?;
        assert_eq!(last.event_type(), EventType::WorkflowExecutionTerminated);
        Ok(())
    })
}

#[test]
fn a_closed_run_has_nothing_left_to_cancel_and_cannot_be_terminated() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        board.close().await?;
        board.result().await?;
        let status = ExecutionStatus::Completed;
        let closed = Err(StopWorkflowError::Closed { status });
        let events = board.history().await?.events.len();
        assert_eq!(board.cancel("too late").await, Ok(()));
        assert_eq!(board.history().await?.events.len(), events);
        assert_eq!(board.terminate("too late").await, closed);
        Ok(())
    })
}

#[test]
fn an_execution_that_does_not_exist_can_be_asked_nothing() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let nowhere = world.workflow::<Board>("nowhere");
        let workflow_id = nowhere.workflow_id().clone();
        let not_found = RequestError::NotFound { workflow_id };
        assert_eq!(nowhere.cancel("why").await, Err(not_found.clone().into()));
        assert_eq!(
            nowhere.terminate("why").await,
            Err(not_found.clone().into())
        );
        assert_eq!(nowhere.describe().await, Err(not_found.clone()));
        assert_eq!(nowhere.history().await, Err(not_found));
        let result = nowhere.result().await;
        assert!(
            matches!(
                result,
                Err(ResultError::Request(RequestError::NotFound { .. }))
            ),
            "{result:?}"
        );
        Ok(())
    })
}
