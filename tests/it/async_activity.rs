//! Activities that are completed by somebody else: by token or by ids, once, and across processes.

use std::{cell::RefCell, convert::Infallible, rc::Rc};

use derive_more::{Display, Error};
use futures::{
    StreamExt as _,
    channel::{mpsc, oneshot},
};
use sempre::{
    ActivityContext, CancellationType, Failure, Workflow, WorkflowContext, WorkflowHandle,
    activities,
    client::{ReportActivityError, RequestOutcome},
    handlers,
    model::{EventAttributes, EventType, TaskToken},
    runtime::TaskQueueOptions,
    workflow::combinator::join_all,
};
use sempre_tests::{Outcome, Scenario, World};

#[derive(Clone, PartialEq, Debug, Display, Error, Failure)]
enum AnswerError {
    #[display("nobody knows")]
    Unknown,
    #[failure(non_retryable)]
    #[display("nobody will ever know")]
    Secret,
}

/// Sends each question away, with the token that its answer needs.
struct Desk {
    letters: mpsc::UnboundedSender<Letter>,
}

/// A question on its way.
struct Letter {
    question: String,
    token: TaskToken,
    attempt: u32,
    ctx: ActivityContext,
    /// While it is there, the attempt is not handed over.
    held: Option<oneshot::Sender<()>>,
}

#[activities]
impl Desk {
    #[activity(start_to_close = "60s")]
    async fn ask(&self, ctx: ActivityContext, question: String) -> Result<String, AnswerError> {
        let (held, let_go) = oneshot::channel();
        let letter = Letter {
            token: ctx.task_token(),
            attempt: ctx.info().attempt,
            question,
            ctx: ctx.clone(),
            held: Some(held),
        };
        // A test that is over reads no letters.
        let _gone = self.letters.unbounded_send(letter);
        let _let_go = let_go.await;
        match ctx.complete_async().await {}
    }
}

/// Asks all questions at once, and returns the answers.
#[derive(Workflow, Default)]
struct Office;

#[handlers]
impl Office {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        questions: Vec<String>,
    ) -> Result<Vec<String>, Infallible> {
        let answers = questions.into_iter().enumerate().map(|(number, question)| {
            ctx.activity(Desk::ask, question)
                .activity_id(format!("question-{number}"))
                .cancellation(CancellationType::WaitCancellationCompleted)
        });
        let answers = join_all(answers).await.into_iter();
        let answers = answers.map(|answer| match answer {
            Ok(answer) => answer,
            Err(error) => match error.application() {
                Some(error) => error.to_string(),
                None => format!("no answer: {error}"),
            },
        });
        Ok(answers.collect())
    }
}

/// A story about an office with a desk; the letters arrive in the order of the questions.
struct Post {
    letters: RefCell<mpsc::UnboundedReceiver<Letter>>,
}

impl Post {
    fn scenario() -> (Scenario, Rc<Self>) {
        let (sender, receiver) = mpsc::unbounded();
        let scenario = Scenario::of::<Office>().with(move |engine| {
            let letters = sender.clone();
            let slots = TaskQueueOptions::default().max_concurrent_attempts(1);
            engine
                .task_queue("default", slots)
                .activities(Desk { letters })
        });
        let letters = RefCell::new(receiver);
        (scenario, Rc::new(Self { letters }))
    }

    /// The next letter, whose attempt goes on until it is let go.
    #[expect(
        clippy::await_holding_refcell_ref,
        clippy::expect_used,
        reason = "a test waits for one letter at a time, and its engine holds the entrance open"
    )]
    async fn held_letter(&self) -> Letter {
        let letter = self.letters.borrow_mut().next().await;
        letter.expect("the desk is open")
    }

    /// The next letter, whose attempt is handed over.
    async fn letter(&self) -> Letter {
        let mut letter = self.held_letter().await;
        letter.held = None;
        letter
    }

    fn is_empty(&self) -> bool {
        self.letters.borrow_mut().try_recv().is_err()
    }
}

async fn open(
    world: &World,
    questions: &[&str],
) -> Result<WorkflowHandle<Office>, Box<dyn std::error::Error>> {
    let questions = questions.iter().map(ToString::to_string).collect();
    Ok(world.workflow::<Office>("office").start(questions).await?)
}

/// Waits until so many questions have been handed over.
async fn handed_over(world: &World, office: &WorkflowHandle<Office>, count: usize) -> Outcome {
    let is_so = |office: &sempre::client::WorkflowDescription| {
        let handed_over = office.activities.iter().filter(|it| it.handed_over);
        handed_over.count() == count
    };
    world.until(office, is_so).await?;
    Ok(())
}

#[test]
fn an_attempt_that_is_handed_over_frees_its_slot_and_is_completed_by_its_token() -> Outcome {
    let (scenario, post) = Post::scenario();
    scenario.run(async |world| {
        let office = open(world, &["tea?", "milk?"]).await?;
        // There is one slot, and both questions are on their way.
        let tea = post.letter().await;
        let milk = post.letter().await;
        assert_eq!([&*tea.question, &*milk.question], ["tea?", "milk?"]);
        handed_over(world, &office, 2).await?;

        // A token goes through any hands.
        let text = serde_json::to_string(&tea.token)?;
        let token: TaskToken = serde_json::from_str(&text)?;
        assert_eq!(TaskToken::from_bytes(&token.to_bytes()), Ok(tea.token));
        let engine = world.engine();
        let answer = engine.async_activity(Desk::ask, token);
        assert!(!answer.heartbeat(&"thinking").await?.cancel_requested);
        answer.complete("please".into()).await?;
        let again = answer.complete("no".into()).await;
        assert_eq!(again, Err(ReportActivityError::NotRunning));
        assert!(again.is_err_and(|it| it.outcome() == RequestOutcome::NotDone));

        let answer = engine.async_activity(Desk::ask, milk.token);
        answer.complete("a drop".into()).await?;
        assert_eq!(office.result().await?, ["please", "a drop"]);
        let late = answer.complete("none".into()).await;
        assert!(
            matches!(late, Err(ReportActivityError::Closed { .. })),
            "{late:?}"
        );
        Ok(())
    })
}

#[test]
fn an_attempt_is_completed_by_the_ids_of_its_run_and_its_activity() -> Outcome {
    let (scenario, post) = Post::scenario();
    scenario.run(async |world| {
        let office = open(world, &["tea?"]).await?;
        post.letter().await;
        handed_over(world, &office, 1).await?;
        let unknown = office.async_activity(Desk::ask, "question-1");
        let refused = unknown.complete("what?".into()).await;
        assert_eq!(refused, Err(ReportActivityError::NotRunning));
        let latest = world.workflow::<Office>("office");
        let answer = latest.async_activity(Desk::ask, "question-0");
        answer.complete("by id".into()).await?;
        assert_eq!(office.result().await?, ["by id"]);
        let history = office.history().await?;
        let types = history.attributes().map(EventAttributes::event_type);
        let ends: Vec<_> = types.skip(4).take(3).collect();
        assert_eq!(
            ends,
            [
                EventType::ActivityTaskScheduled,
                EventType::ActivityTaskStarted,
                EventType::ActivityTaskCompleted
            ]
        );
        Ok(())
    })
}

#[test]
fn a_failure_from_outside_is_tried_again_under_another_token_or_is_final() -> Outcome {
    let (scenario, post) = Post::scenario();
    scenario.run(async |world| {
        let office = open(world, &["tea?"]).await?;
        let first = post.letter().await;
        handed_over(world, &office, 1).await?;
        let engine = world.engine();
        let early = engine.async_activity(Desk::ask, first.token);
        early.fail(AnswerError::Unknown).await?;
        // No attempt runs until the backoff is over.
        let by_id = office.async_activity(Desk::ask, "question-0");
        let waiting = by_id.complete("too early".into()).await;
        assert_eq!(waiting, Err(ReportActivityError::NotRunning));
        world.pass_seconds(1).await;
        let second = post.letter().await;
        assert_eq!(second.attempt, 2);
        handed_over(world, &office, 1).await?;
        let late = early.complete("too late".into()).await;
        assert_eq!(late, Err(ReportActivityError::NotRunning));
        let last = engine.async_activity(Desk::ask, second.token);
        last.fail(AnswerError::Secret).await?;
        assert_eq!(office.result().await?, ["nobody will ever know"]);
        Ok(())
    })
}

#[test]
fn whoever_completes_an_activity_learns_that_it_is_to_stop_and_says_that_it_did() -> Outcome {
    let (scenario, post) = Post::scenario();
    scenario.run(async |world| {
        let office = open(world, &["tea?"]).await?;
        let letter = post.letter().await;
        handed_over(world, &office, 1).await?;
        let answer = world.engine().async_activity(Desk::ask, letter.token);
        let early = answer.report_canceled(&()).await;
        assert_eq!(early, Err(ReportActivityError::CancelNotRequested));
        office.cancel("no time").await?;
        world
            .until(&office, |it| {
                it.activities.iter().all(|it| it.cancel_requested)
            })
            .await?;
        assert!(answer.heartbeat(&()).await?.cancel_requested);
        answer.report_canceled(&"the kettle is off").await?;
        assert_eq!(
            office.result().await?,
            ["no answer: activity canceled: canceled"]
        );
        let history = office.history().await?;
        let details = history.attributes().find_map(|event| match event {
            EventAttributes::ActivityTaskCanceled(it) => it.details.decode::<String>().ok(),
            _ => None,
        });
        assert_eq!(details.as_deref(), Some("the kettle is off"));
        Ok(())
    })
}

#[test]
fn an_attempt_that_was_handed_over_times_out_like_any_other() -> Outcome {
    let (scenario, post) = Post::scenario();
    scenario.run(async |world| {
        let office = open(world, &["tea?"]).await?;
        let first = post.letter().await;
        handed_over(world, &office, 1).await?;
        world.pass_seconds(60).await;
        world.pass_seconds(1).await;
        let second = post.letter().await;
        assert_eq!((first.attempt, second.attempt), (1, 2));
        handed_over(world, &office, 1).await?;
        let engine = world.engine();
        let late = engine.async_activity(Desk::ask, first.token);
        assert_eq!(
            late.heartbeat(&()).await,
            Err(ReportActivityError::NotRunning)
        );
        let answer = engine.async_activity(Desk::ask, second.token);
        answer.complete("at last".into()).await?;
        assert_eq!(office.result().await?, ["at last"]);
        Ok(())
    })
}

#[test]
fn an_attempt_that_was_handed_over_outlives_its_process() -> Outcome {
    let (scenario, post) = Post::scenario();
    scenario.run(async |world| {
        let office = open(world, &["tea?", "milk?"]).await?;
        let (tea, milk) = (post.letter().await, post.letter().await);
        handed_over(world, &office, 2).await?;
        world.crash_and_restart().await?;
        let office = world.workflow::<Office>("office");
        handed_over(world, &office, 2).await?;
        let answer = world.engine().async_activity(Desk::ask, tea.token);
        answer.complete("please".into()).await?;
        world.crash_and_restart().await?;
        let answer = world.engine().async_activity(Desk::ask, milk.token);
        answer.complete("a drop".into()).await?;
        let office = world.workflow::<Office>("office");
        assert_eq!(office.result().await?, ["please", "a drop"]);
        assert!(post.is_empty(), "nothing was asked again");
        Ok(())
    })
}

#[test]
fn an_attempt_whose_process_dies_before_it_is_handed_over_is_lost() -> Outcome {
    let (scenario, post) = Post::scenario();
    scenario.run(async |world| {
        open(world, &["tea?"]).await?;
        let mut lost = post.held_letter().await;
        world.store().hold();
        lost.held = None;
        // What the code says from then on is not on the disk.
        world.store().wait_until_held(1);
        world.crash_and_restart().await?;
        let office = world.workflow::<Office>("office");
        let second = post.letter().await;
        assert_eq!((lost.attempt, second.attempt), (1, 2));
        handed_over(world, &office, 1).await?;
        let engine = world.engine();
        let late = engine.async_activity(Desk::ask, lost.token);
        let refused = late.complete("by an old token".into()).await;
        assert_eq!(refused, Err(ReportActivityError::NotRunning));
        let answer = engine.async_activity(Desk::ask, second.token);
        answer.complete("by a new one".into()).await?;
        assert_eq!(office.result().await?, ["by a new one"]);
        Ok(())
    })
}

/// Gives its token away and goes on until it is told to stop.
struct Slow {
    letters: mpsc::UnboundedSender<Letter>,
}

#[activities]
impl Slow {
    #[activity(start_to_close = "60s", name = "ask")]
    async fn dawdle(&self, ctx: ActivityContext, question: String) -> Result<String, AnswerError> {
        let letter = Letter {
            token: ctx.task_token(),
            attempt: ctx.info().attempt,
            question,
            ctx: ctx.clone(),
            held: None,
        };
        let _gone = self.letters.unbounded_send(letter);
        futures::future::pending().await
    }
}

#[test]
fn an_attempt_that_is_completed_while_its_code_runs_is_told_to_stop() -> Outcome {
    let (sender, receiver) = mpsc::unbounded();
    let post = Post {
        letters: RefCell::new(receiver),
    };
    let scenario = Scenario::of::<Office>().with(move |engine| {
        let letters = sender.clone();
        engine.activities(Slow { letters })
    });
    scenario.run(async |world| {
        let office = open(world, &["tea?"]).await?;
        let letter = post.letter().await;
        let answer = world.engine().async_activity(Desk::ask, letter.token);
        answer.complete("never mind".into()).await?;
        letter.ctx.canceled().await;
        assert_eq!(office.result().await?, ["never mind"]);
        Ok(())
    })
}

/// Asks two questions under one id.
#[derive(Workflow, Default)]
struct Stutter;

#[handlers]
impl Stutter {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(), Infallible> {
        let ask = |question: &str| ctx.activity(Desk::ask, question.into()).activity_id("same");
        join_all([ask("tea?"), ask("milk?")]).await;
        Ok(())
    }
}

#[test]
fn two_pending_activities_of_one_id_fail_the_workflow_task() -> Outcome {
    let (scenario, post) = Post::scenario();
    scenario.and::<Stutter>().run_unchecked(async |world| {
        let stutter = world.workflow::<Stutter>("stutter").start(()).await?;
        let failed = |it: &sempre::client::WorkflowDescription| {
            let task = it.workflow_task.as_ref();
            task.is_some_and(|task| task.last_failure.is_some())
        };
        world.until(&stutter, failed).await?;
        let history = stutter.history().await?;
        let cause = history.attributes().find_map(|event| match event {
            EventAttributes::WorkflowTaskFailed(it) => Some(it.cause.to_string()),
            _ => None,
        });
        assert_eq!(cause.as_deref(), Some("SCHEDULE_ACTIVITY_DUPLICATE_ID"));
        assert!(post.is_empty(), "nothing was asked");
        Ok(())
    })
}
