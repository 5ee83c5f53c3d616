//! What becomes of a run whose code did not fit, once other code is deployed; and of signals that
//! one code takes and another does not.

use sempre::{
    ActivityError, Canceled, Workflow, WorkflowContext, definition::Signal, handlers,
    model::RetryPolicy, runtime::EngineBuilder,
};
use sempre_tests::{
    Actors, Outcome, Scenario, StageError, problems,
    workflow::{Board, BoardHandle as _, Call, Caller},
};

/// A signal that a board does not know.
pub(crate) struct Shout;

impl Signal for Shout {
    type Workflow = Board;
    type Input = String;
    const NAME: &'static str = "shout";
}

/// The signal `post` of a board, with an input that is none.
struct PostNumber;

impl Signal for PostNumber {
    type Workflow = Board;
    type Input = u32;
    const NAME: &'static str = "post";
}

/// The next release of the board: it takes numbers and shouts.
#[derive(Workflow, Default)]
#[workflow(name = "Board")]
struct NumberBoard {
    numbers: Vec<u32>,
    shouts: Vec<String>,
    closed: bool,
}

#[handlers]
impl NumberBoard {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<Vec<String>, Canceled> {
        ctx.wait_until(|board| board.closed).await?;
        Ok(ctx.state(|board| board.shouts.clone()))
    }

    #[signal]
    fn post(&mut self, number: u32) {
        self.numbers.push(number);
    }

    #[signal]
    fn shout(&mut self, text: String) {
        self.shouts.push(text);
    }

    #[signal]
    fn close(&mut self) {
        self.closed = true;
    }

    #[query]
    fn numbers(&self) -> Vec<u32> {
        self.numbers.clone()
    }
}

#[test]
fn a_signal_that_does_not_decode_is_dropped_and_those_behind_it_are_handled() -> Outcome {
    Scenario::of::<Board>().run(async |world| {
        let board = world.workflow::<Board>("board").start(()).await?;
        board.signal::<PostNumber>(7).await?;
        board.post("fine".into()).await?;
        assert_eq!(board.notes().await?, ["fine"]);
        let told = problems(&board.describe().await?);
        let [told] = told.as_slice() else {
            return Err(format!("{told:?}").into());
        };
        let expected = "signal is dropped signal_name=post count=1: its input is malformed";
        assert!(told.starts_with(expected), "{told}");
        board.close().await?;
        assert_eq!(board.result().await?, ["fine"]);
        Ok(())
    })
}

#[test]
fn a_signal_that_was_dropped_is_handled_by_later_code_that_takes_it() -> Outcome {
    Scenario::default().run_unchecked(async |world| {
        world.restart_with(EngineBuilder::workflow::<Board>).await?;
        let board = world.workflow::<Board>("board").start(()).await?;
        board.signal::<PostNumber>(7).await?;
        board.signal::<Shout>("hey".into()).await?;
        assert_eq!(problems(&board.describe().await?).len(), 2);
        world
            .restart_with(EngineBuilder::workflow::<NumberBoard>)
            .await?;
        let board = world.workflow::<NumberBoard>("board");
        assert_eq!(board.numbers().await?, [7]);
        board.shout("ho".into()).await?;
        // Now that the new code has completed a task, nothing is missing any more.
        assert_eq!(board.describe().await?.problems, []);
        board.close().await?;
        assert_eq!(board.result().await?, ["hey", "ho"]);
        Ok(())
    })
}

#[test]
fn a_signal_that_was_handled_is_dropped_by_later_code_that_does_not_take_it() -> Outcome {
    Scenario::default().run_unchecked(async |world| {
        world
            .restart_with(EngineBuilder::workflow::<NumberBoard>)
            .await?;
        let board = world.workflow::<NumberBoard>("board").start(()).await?;
        board.post(7).await?;
        board.shout("hey".into()).await?;
        assert_eq!(board.describe().await?.problems, []);
        world.restart_with(EngineBuilder::workflow::<Board>).await?;
        let board = world.workflow::<Board>("board");
        board.post("fine".into()).await?;
        assert_eq!(board.notes().await?, ["fine"]);
        assert_eq!(problems(&board.describe().await?).len(), 2);
        board.close().await?;
        assert_eq!(board.result().await?, ["fine"]);
        Ok(())
    })
}

/// Asks for tea, or fails to.
#[derive(Workflow, Default)]
#[workflow(name = "Tea")]
struct Broken {
    fits: bool,
}

#[handlers]
impl Broken {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, ActivityError<StageError>> {
        assert!(ctx.state(|it| it.fits), "the old code");
        ctx.activity(Actors::perform, "tea".to_owned()).await
    }
}

#[derive(Workflow, Default)]
#[workflow(name = "Tea")]
struct StillBroken {
    fits: bool,
}

#[handlers]
impl StillBroken {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, ActivityError<StageError>> {
        assert!(ctx.state(|it| it.fits), "the new code");
        ctx.activity(Actors::perform, "tea".to_owned()).await
    }
}

#[derive(Workflow, Default)]
#[workflow(name = "Tea")]
struct Mended;

#[handlers]
impl Mended {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<String, ActivityError<StageError>> {
        ctx.activity(Actors::perform, "tea".to_owned()).await
    }
}

#[test]
fn a_new_process_tries_a_parked_task_at_once_and_reports_what_its_own_code_does() -> Outcome {
    Scenario::default().run_unchecked(async |world| {
        world
            .restart_with(EngineBuilder::workflow::<Broken>)
            .await?;
        let tea = world.workflow::<Broken>("tea").start(()).await?;
        let parked = world
            .until(&tea, |run| {
                let task = run.workflow_task.as_ref();
                task.is_some_and(|task| task.attempt == 3)
            })
            .await?;
        assert!(problems(&parked).join("").contains("the old code"));
        // The clock stands still: the old backoff is not over.
        world
            .restart_with(EngineBuilder::workflow::<StillBroken>)
            .await?;
        let tea = world.workflow::<StillBroken>("tea");
        assert!(
            problems(&tea.describe().await?)
                .join("")
                .contains("the new code")
        );
        world
            .restart_with(EngineBuilder::workflow::<Mended>)
            .await?;
        world.stage.attempt().await.complete("tea");
        let tea = world.workflow::<Mended>("tea");
        assert_eq!(tea.result().await?, "tea");
        Ok(())
    })
}

#[test]
fn activities_that_back_off_are_tried_when_the_operator_says_so() -> Outcome {
    Scenario::of::<Caller>().run(async |world| {
        let call = Call {
            retry: Some(RetryPolicy::default()),
            ..Call::of("tea")
        };
        let caller = world.workflow::<Caller>("caller").start(call).await?;
        assert!(!caller.retry_activity_now("1").await?);
        world.stage.attempt().await.fail("spilled");
        let backs_off = |attempt| {
            move |run: &sempre::client::WorkflowDescription| {
                let mut activities = run.activities.iter();
                activities.any(|it| it.attempt == attempt && it.started_at.is_none())
            }
        };
        world.until(&caller, backs_off(2)).await?;
        assert!(caller.retry_activity_now("1").await?);
        let attempt = world.stage.attempt().await;
        assert_eq!(attempt.number(), 2);
        attempt.fail("burnt");
        world.until(&caller, backs_off(3)).await?;
        assert_eq!(caller.retry_now().await?, 1);
        world.stage.attempt().await.complete("tea");
        assert_eq!(caller.result().await?, "tea");
        assert!(caller.retry_now().await.is_err());
        Ok(())
    })
}
