//! Stories of activities that somebody else completes.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use sempre::{
    ActivityContext, Workflow, WorkflowContext, WorkflowHandle, activity, handlers,
    model::{self, ApplicationFailureInfo, FailureInfo, TaskToken},
    testing::TestEnvironment,
};
use serde_json::{Value, json};

use crate::{
    program::Ended,
    story::{Outcome, Told, check, run, workflow_id},
};

#[activity(start_to_close = "10s")]
async fn later(ctx: ActivityContext) -> Result<String, Ended> {
    leave(ctx).await
}

/// Leaves an activity to be completed by somebody else.
async fn leave(ctx: ActivityContext) -> Result<String, Ended> {
    match ctx.complete_async().await {}
}

/// Calls an activity with the options that it is given.
#[derive(Workflow, Default)]
struct Act;

#[handlers]
impl Act {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        (_what, _arguments, options): (String, Vec<Value>, Value),
    ) -> Result<String, Ended> {
        let mut call = ctx.activity(later, ());
        if let Some(seconds) = options.get("heartbeat_timeout").and_then(Value::as_u64) {
            call = call.heartbeat(Duration::from_secs(seconds));
        }
        if let Some(id) = options.get("activity_id").and_then(Value::as_str) {
            call = call.activity_id(id);
        }
        Ok(call.await.unwrap_or_else(|error| {
            let cause = error.failure().cause.as_deref();
            let message = cause.map_or_else(String::new, |cause| cause.message.clone());
            format!("caught 2 ApplicationError: Out: {message}")
        }))
    }
}

/// Begins a story, and waits until its activity is handed over.
async fn begin(env: &TestEnvironment, story: &str, options: Value) -> Outcome<WorkflowHandle<Act>> {
    let act = env.workflow::<Act>(workflow_id(story));
    let act = act.start(("later".to_owned(), Vec::new(), options));
    let act = act.task_queue("tq-acts").await?;
    while !act
        .describe()
        .await?
        .activities
        .iter()
        .any(|it| it.handed_over)
    {}
    Ok(act)
}

/// The end of a story, behind which nobody can complete the activity.
async fn end(act: &WorkflowHandle<Act>) -> Outcome<Told> {
    act.result().await?;
    let answer = act.async_activity(later, "a1");
    assert!(answer.complete("again".into()).await.is_err(), "too late");
    run(act).await
}

#[test]
fn an_activity_is_completed_by_its_token() {
    let story = "activity/async_token";
    check(story, async |env| {
        let letter = Arc::new(Mutex::new(None));
        let sent = Arc::clone(&letter);
        env.activity_with_context(later, move |ctx, ()| {
            if let Ok(mut letter) = sent.lock() {
                *letter = Some(ctx.task_token());
            }
            leave(ctx)
        });
        let options = json!({ "heartbeat_timeout": 5, "start_to_close_timeout": 10 });
        let act = begin(env, story, options).await?;
        let token: Option<TaskToken> = letter.lock().ok().and_then(|letter| letter.clone());
        let answer = env
            .engine()
            .await
            .async_activity(later, token.ok_or("a token")?);
        answer.heartbeat(&()).await?;
        answer.complete("by token".into()).await?;
        end(&act).await
    });
}

#[test]
fn an_activity_is_completed_by_ids() {
    let story = "activity/async_id";
    check(story, async |env| {
        env.activities(later);
        let options = json!({ "activity_id": "a1", "start_to_close_timeout": 10 });
        let act = begin(env, story, options).await?;
        let answer = act.async_activity(later, "a1");
        answer.complete("by id".into()).await?;
        end(&act).await
    });
}

#[test]
fn an_activity_is_failed_by_ids() {
    let story = "activity/async_fail";
    check(story, async |env| {
        env.activities(later);
        let options = json!({ "activity_id": "a1", "start_to_close_timeout": 10 });
        let act = begin(env, story, options).await?;
        let info = ApplicationFailureInfo {
            error_type: "Out".to_owned(),
            non_retryable: true,
            ..ApplicationFailureInfo::default()
        };
        let failure = model::Failure::new("from outside", FailureInfo::Application(info));
        act.async_activity(later, "a1").fail(Ended(failure)).await?;
        end(&act).await
    });
}
