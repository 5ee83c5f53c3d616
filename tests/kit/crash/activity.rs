//! Activities that are completed from outside, by token and by id.

use std::{convert::Infallible, error::Error, time::Duration};

use derive_more::{Display, Error};
use sempre::{
    ActivityContext, CancellationType, Engine, Failure, Workflow, WorkflowContext, WorkflowHandle,
    activity,
    client::{ActivityDescription, ReportActivityError, RequestError},
    handlers,
    model::TaskToken,
    testing::{CrashRunner, TestEnvironment},
    workflow::{WorkflowRegistry, combinator::join_all},
};

use crate::crash::account::account;

#[derive(Clone, PartialEq, Debug, Display, Error, Failure)]
enum AnswerError {
    #[display("nobody knows")]
    Unknown,
    #[failure(non_retryable)]
    #[display("nobody will ever know")]
    Secret,
}

#[activity(start_to_close = "60s", retry(initial_interval = "1s", backoff = 1.0))]
async fn ask(ctx: ActivityContext, _question: String) -> Result<String, AnswerError> {
    match ctx.complete_async().await {}
}

/// Asks all questions at once, each under its own words, and returns the answers.
#[derive(Workflow, Default)]
struct Office;

#[handlers]
impl Office {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        questions: Vec<String>,
    ) -> Result<Vec<String>, Infallible> {
        let answers = questions.into_iter().map(|question| {
            ctx.activity(ask, question.clone())
                .activity_id(question)
                .cancellation(CancellationType::WaitCancellationCompleted)
        });
        let answers = join_all(answers).await.into_iter();
        let answers = answers.map(|answer| answer.unwrap_or_else(|error| error.to_string()));
        Ok(answers.collect())
    }
}

/// Waits until the activity of a question stands as wanted, and returns the token of its attempt.
async fn until(
    office: &WorkflowHandle<Office>,
    question: &str,
    wanted: impl Fn(&ActivityDescription) -> bool,
) -> Result<TaskToken, Box<dyn Error>> {
    loop {
        let run = office.describe().await?;
        let mut activities = run.activities.iter();
        let found = activities.find(|it| it.activity_id.as_str() == question && wanted(it));
        if let Some(it) = found {
            let execution = run.execution.clone();
            return Ok(TaskToken::new(execution, it.scheduled_event_id, it.attempt));
        }
        tokio::task::yield_now().await;
    }
}

/// Reports to whichever engine runs, until one answers.
///
/// A report that was written just before a crash has no answer, and is refused when it is repeated.
async fn report(
    env: &TestEnvironment,
    report: impl AsyncFn(Engine) -> Result<(), ReportActivityError>,
) -> Result<(), ReportActivityError> {
    use ReportActivityError as Refused;
    use RequestError::{Unavailable, Unknown};
    loop {
        match report(env.engine().await).await {
            Err(Refused::NotRunning | Refused::Closed { .. }) => return Ok(()),
            Err(Refused::Request(Unavailable { .. } | Unknown { .. })) => {
                tokio::task::yield_now().await;
            }
            answer => return answer,
        }
    }
}

#[sempre::test]
async fn an_activity_that_is_completed_from_outside_ends_once_whenever_the_engine_crashes() {
    let mut programs = WorkflowRegistry::default();
    programs.register::<Office>();
    let crashes = CrashRunner::new(|| {
        let builder = TestEnvironment::builder();
        builder.workflow::<Office>().activities(ask)
    })
    .run(async |env: TestEnvironment| {
        let questions = ["tea?", "milk?", "sugar?"].map(str::to_owned).to_vec();
        let office = env.workflow::<Office>("office").start(questions).await?;
        let handed_over = |it: &ActivityDescription| it.handed_over;

        let tea = until(&office, "tea?", handed_over).await?;
        let fail = async |engine: Engine| {
            let answer = engine.async_activity(ask, tea.clone());
            answer.fail(AnswerError::Unknown).await
        };
        report(&env, fail).await?;
        env.skip(Duration::from_secs(1)).await;
        let later = |it: &ActivityDescription| it.handed_over && it.attempt > tea.attempt();
        let again = until(&office, "tea?", later).await?;
        let complete = async |engine: Engine| {
            let answer = engine.async_activity(ask, again.clone());
            answer.complete("please".into()).await
        };
        report(&env, complete).await?;

        until(&office, "milk?", handed_over).await?;
        let refuse = async |engine: Engine| {
            let office = engine.workflow::<Office>("office");
            let answer = office.async_activity(ask, "milk?");
            answer.fail(AnswerError::Secret).await
        };
        report(&env, refuse).await?;

        until(&office, "sugar?", handed_over).await?;
        office.cancel("no time").await?;
        let told = |it: &ActivityDescription| it.handed_over && it.cancel_requested;
        let sugar = until(&office, "sugar?", told).await?;
        let stop = async |engine: Engine| {
            let answer = engine.async_activity(ask, sugar.clone());
            answer.report_canceled(&"the spoon is gone").await
        };
        report(&env, stop).await?;
        let answers = office.result().await?;
        let account = account::<Office>(&env, &programs).await?;
        Ok::<_, Box<dyn Error>>((answers, account))
    })
    .await;
    assert!(crashes >= 16, "crashes={crashes}");
}
