//! Signals: recorded once, in order, before the program goes on; refused where nobody would read.

use std::time::Duration;

use sempre::{
    Canceled, Workflow, WorkflowContext,
    client::{RequestError, SignalWorkflowError},
    definition::Signal,
    handlers,
    model::{EventAttributes, ExecutionStatus, limits},
    runtime::EngineBuilder,
};
use sempre_tests::{
    Outcome, Scenario,
    workflow::{Board, BoardHandle as _, Echo},
};

#[test]
fn signals_are_recorded_and_handled_in_the_order_in_which_they_were_sent() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let notes: Vec<String> = (0..20).map(|number| format!("note {number}")).collect();
        for note in &notes {
            board.post(note.clone()).await?;
        }
        board.close().await?;
        assert_eq!(board.result().await?, notes);
        Ok(())
    })
}

#[test]
fn signals_sent_all_at_once_are_all_recorded() -> Outcome {
    Scenario::of::<Board>().run_in_any_order(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let notes: Vec<String> = (0..100).map(|number| format!("note {number:2}")).collect();
        let sent = notes
            .iter()
            .map(|note| board.post(note.clone()).into_future());
        futures::future::try_join_all(sent).await?;
        board.close().await?;
        let mut read = board.result().await?;
        read.sort();
        assert_eq!(read, notes);
        Ok(())
    })
}

#[test]
fn a_repeated_signal_is_recorded_once() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        for _ in 0..3 {
            let send = board.post("only once".to_owned());
            send.request_id("request-1").await?;
        }
        world.crash_and_restart().await?;
        let board = world.workflow::<Board>("board");
        board
            .post("only once".to_owned())
            .request_id("request-1")
            .await?;
        board.close().await?;
        assert_eq!(board.result().await?, ["only once"]);
        Ok(())
    })
}

/// A signal that a board does not know.
struct Unknown;

impl Signal for Unknown {
    type Workflow = Board;
    type Input = u32;
    const NAME: &'static str = "unknown";
}

#[test]
fn a_signal_that_nobody_handles_is_recorded_and_disturbs_nobody() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        board.signal::<Unknown>(7).await?;
        board.post("still here".into()).await?;
        board.close().await?;
        assert_eq!(board.result().await?, ["still here"]);
        let history = board.history().await?;
        let mut events = history.attributes();
        assert!(events.any(|event| matches!(event,
            EventAttributes::WorkflowExecutionSignaled(signal)
                if signal.signal_name.as_str() == "unknown")));
        Ok(())
    })
}

#[test]
fn a_signal_to_a_closed_run_is_refused_with_how_it_closed() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        board.close().await?;
        board.result().await?;
        let refused = board.post("too late".into()).await;
        let status = ExecutionStatus::Completed;
        assert_eq!(refused, Err(SignalWorkflowError::Closed { status }));
        Ok(())
    })
}

#[test]
fn a_signal_to_an_execution_that_does_not_exist_is_refused() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let nowhere = world.workflow::<Board>("nowhere");
        let workflow_id = nowhere.workflow_id().clone();
        let refused = nowhere.post("hello".into()).await;
        assert_eq!(
            refused,
            Err(SignalWorkflowError::Request(RequestError::NotFound {
                workflow_id
            }))
        );
        Ok(())
    })
}

#[test]
fn a_run_id_gives_no_access_to_another_execution() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let run_id = board.run_id().ok_or("a start names its run")?;
        let other = world.workflow::<Board>("other").at_run(run_id);
        let refused = other.post("hello".into()).await;
        assert!(
            matches!(
                refused,
                Err(SignalWorkflowError::Request(RequestError::NotFound { .. }))
            ),
            "{refused:?}"
        );
        Ok(())
    })
}

#[test]
fn a_signal_that_is_too_large_is_rejected_with_the_limit_and_changes_nothing() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        let before = board.describe().await?.history_length;
        let refused = board.post("x".repeat(limits::PAYLOAD_BYTES_MAX)).await;
        let Err(error @ SignalWorkflowError::Request(RequestError::Rejected(_))) = refused else {
            return Err(format!("not rejected: {refused:?}").into());
        };
        let text = error.to_string();
        assert_eq!(
            text,
            "request was rejected: signal input is too large limit=2097152 actual=2097154"
        );
        assert_eq!(board.describe().await?.history_length, before);
        Ok(())
    })
}

/// Says what it knew when its main routine began.
#[derive(Workflow, Default)]
struct Prepared {
    words: Vec<String>,
}

#[handlers]
impl Prepared {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Vec<String> {
        ctx.state(|state| state.words.clone())
    }

    #[signal]
    fn say(&mut self, word: String) {
        self.words.push(word);
    }
}

#[test]
fn a_signal_that_came_before_the_first_workflow_task_is_handled_before_the_main_routine() -> Outcome
{
    // Nobody can run the workflow at first, so its first workflow task waits.
    Scenario::default().run_in_any_order(async |world| {
        let prepared = world.workflow::<Prepared>("prepared").start(()).await?;
        prepared.say("first".into()).await?;
        prepared.say("second".into()).await?;
        world
            .restart_with(EngineBuilder::workflow::<Prepared>)
            .await?;
        let prepared = world.workflow::<Prepared>("prepared");
        assert_eq!(prepared.result().await?, ["first", "second"]);
        Ok(())
    })
}

/// Handles its signal at leisure.
#[derive(Workflow, Default)]
struct Slow {
    words: Vec<String>,
}

#[handlers]
impl Slow {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<Vec<String>, Canceled> {
        ctx.wait_until(|state| state.words.len() == 2).await?;
        Ok(ctx.state(|state| state.words.clone()))
    }

    #[signal]
    async fn say(ctx: WorkflowContext<Self>, word: String) {
        let pause = Duration::from_secs(word.len() as u64);
        if ctx.sleep(pause).await.is_ok() {
            ctx.update(|state| state.words.push(word));
        }
    }
}

#[test]
fn an_async_handler_goes_on_while_other_signals_are_handled() -> Outcome {
    Scenario::of::<Slow>().run(async |world| {
        let slow = world.workflow::<Slow>("slow").start(()).await?;
        slow.say("longer".into()).await?;
        slow.say("short".into()).await?;
        world.pass_seconds(5).await;
        world.until(&slow, |run| run.pending_timers == 1).await?;
        world.pass_seconds(1).await;
        assert_eq!(slow.result().await?, ["short", "longer"]);
        Ok(())
    })
}

#[test]
fn a_signal_does_not_reach_a_run_that_returned_at_once() -> Outcome {
    Scenario::of::<Echo>().run(async |world| {
        let echo = world.workflow::<Echo>("echo").start("hello".into()).await?;
        echo.result().await?;
        let board = world.workflow::<Board>("echo");
        let refused = board.post("hello".into()).await;
        assert!(
            matches!(refused, Err(SignalWorkflowError::Closed { .. })),
            "{refused:?}"
        );
        Ok(())
    })
}
