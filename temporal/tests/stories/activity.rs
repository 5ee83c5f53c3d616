//! Stories of activities that succeed, fail, and take too long.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::join;
use sempre::{
    ActivityContext, RetryPolicy, Workflow, WorkflowContext, WorkflowHandle, activity,
    definition::Activity,
    handlers,
    model::{ApplicationFailureInfo, Failure, FailureInfo, Payloads},
    runtime::TaskQueueOptions,
    testing::TestEnvironment,
    workflow::ActivityCall,
};
use serde_json::{Value, json};

use crate::{
    program::{Ended, failed, of_type},
    story::{Outcome, check, check_on, run, workflow_id},
};

#[activity(start_to_close = "5s")]
async fn echo(text: String) -> Result<String, Ended> {
    Ok(text)
}

#[activity(start_to_close = "5s")]
async fn nap(_seconds: f64) -> Result<String, Ended> {
    std::future::pending().await
}

/// Fails until the attempt that it is told of.
#[activity(start_to_close = "5s")]
async fn flaky(ctx: ActivityContext, arguments: Value) -> Result<String, Ended> {
    let attempt = ctx.info().attempt;
    let argument = |index: usize| arguments.get(index);
    let succeeds_at = arguments.as_u64().or_else(|| argument(0)?.as_u64());
    if succeeds_at.is_some_and(|at| u64::from(attempt) >= at) {
        return Ok(format!("attempt {attempt}"));
    }
    let error_type = argument(1).and_then(Value::as_str).unwrap_or("Flaky");
    let delay = argument(3).and_then(Value::as_u64);
    let info = ApplicationFailureInfo {
        error_type: error_type.to_owned(),
        non_retryable: argument(2).and_then(Value::as_bool).unwrap_or_default(),
        details: Payloads::encode(&json!({ "try": attempt })).unwrap_or_default(),
        next_retry_delay: delay.map(Duration::from_secs),
        ..ApplicationFailureInfo::default()
    };
    Err(failed(format!("attempt {attempt}"), info))
}

/// Fails until the attempt that it is told of, and leaves details for the next.
#[activity(start_to_close = "5s")]
async fn beats(ctx: ActivityContext, succeeds_at: u32) -> Result<String, Ended> {
    let attempt = ctx.info().attempt;
    if attempt >= succeeds_at {
        let seen: Option<(String, u32)> = ctx.heartbeat_details().unwrap_or_default();
        let (step, number) = seen.unwrap_or_default();
        return Ok(format!("attempt {attempt} saw ['{step}', {number}]"));
    }
    // Details that cannot be written would show in what the last attempt sees.
    let _written = ctx.heartbeat(&("step", attempt));
    let info = ApplicationFailureInfo {
        error_type: "Beats".to_owned(),
        ..ApplicationFailureInfo::default()
    };
    Err(failed(format!("attempt {attempt}"), info))
}

/// Leaves its last words, and is not heard of any more.
#[activity(start_to_close = "5s")]
async fn silent(ctx: ActivityContext, _succeeds_at: u32) -> Result<String, Ended> {
    // Details that cannot be written would show in what is recorded of the timeout.
    let _written = ctx.heartbeat("last words");
    std::future::pending().await
}

/// The gates that are open.
static GATES: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

fn gates() -> MutexGuard<'static, BTreeSet<String>> {
    GATES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens the gate of this name, for good.
pub(crate) fn open_gate(name: &str) {
    gates().insert(name.to_owned());
}

/// Fails as long as its gate is closed.
#[activity(start_to_close = "5s")]
async fn gated(ctx: ActivityContext, gate: String) -> Result<String, Ended> {
    let attempt = ctx.info().attempt;
    if gates().contains(&gate) {
        return Ok(format!("open at attempt {attempt}"));
    }
    Err(failed(format!("closed {attempt}"), of_type("Gate")))
}

/// Goes on until its activity is paused, or until the gate of its workflow is open.
#[activity(start_to_close = "5s")]
async fn hang(ctx: ActivityContext, _seconds: f64) -> Result<String, Ended> {
    let attempt = ctx.info().attempt;
    if gates().contains(ctx.info().execution.workflow_id.as_str()) {
        return Ok(format!("attempt {attempt} done"));
    }
    ctx.paused().await;
    Err(failed("told", of_type("Told")))
}

type Told = (String, Vec<Value>, Value);

/// Calls an activity as it is told, as often as it is told.
#[derive(Workflow, Default)]
pub(crate) struct Act;

#[handlers]
impl Act {
    #[run]
    async fn run(
        ctx: WorkflowContext<Self>,
        (what, arguments, options): Told,
    ) -> Result<String, Ended> {
        let argument = match &*arguments {
            [only] => only.clone(),
            _ => Value::from(arguments),
        };
        let number = argument.as_f64().unwrap_or_default();
        let mut outcome = Ok(String::new());
        for _ in 0..options.get("times").and_then(Value::as_u64).unwrap_or(1) {
            outcome = match &*what {
                "echo" => {
                    let text = argument.as_str().unwrap_or_default().to_owned();
                    limited(ctx.activity(echo, text), &options).await
                }
                "flaky" => limited(ctx.activity(flaky, argument.clone()), &options).await,
                "gated" => {
                    let gate = argument.as_str().unwrap_or_default().to_owned();
                    limited(ctx.activity(gated, gate), &options).await
                }
                "hang" => limited(ctx.activity(hang, number), &options).await,
                "silent" => limited(ctx.activity(silent, 2), &options).await,
                "beats" => limited(ctx.activity(beats, 3), &options).await,
                _ => limited(ctx.activity(nap, number), &options).await,
            };
        }
        outcome.or_else(|error| match error.failure() {
            failure
                if options
                    .get("activity_id")
                    .is_some_and(|id| id == "uncaught") =>
            {
                // It is the library that words it, and this is how Python's does.
                let message = "Activity task failed".to_owned();
                Err(Ended(Failure {
                    message,
                    ..failure.clone()
                }))
            }
            failure => Ok(caught(failure)),
        })
    }
}

/// What the workflow says of a failure: why it was final, and its causes.
fn caught(failure: &Failure) -> String {
    let state = match &failure.info {
        FailureInfo::Activity(info) => info.retry_state.number(),
        _ => 0,
    };
    let causes = failure.chain().skip(1).map(|cause| match &cause.info {
        FailureInfo::Application(info) => {
            format!("ApplicationError: {}: {}", info.error_type, cause.message)
        }
        _ => format!("TimeoutError: {}", cause.message),
    });
    let causes: Vec<_> = causes.collect();
    format!("caught {state} {}", causes.join(" <- "))
}

/// The call with the limits and the id that the options give it.
fn limited<A: Activity>(call: ActivityCall<A>, options: &Value) -> ActivityCall<A> {
    let seconds = |name: &str| options.get(name).and_then(Value::as_f64);
    let limit = |name: &str| seconds(name).map(Duration::from_secs_f64);
    let mut call = call.retry(retry(options));
    if let Some(limit) = limit("start_to_close_timeout") {
        call = call.start_to_close(limit);
    }
    if let Some(limit) = limit("schedule_to_close_timeout") {
        call = call.schedule_to_close(limit);
    }
    if let Some(limit) = limit("heartbeat_timeout") {
        call = call.heartbeat(limit);
    }
    if let Some(limit) = limit("schedule_to_start_timeout") {
        call = call.schedule_to_start(limit);
    }
    if let Some(queue) = options.get("task_queue").and_then(Value::as_str) {
        call = call.task_queue(queue);
    }
    match options.get("activity_id").and_then(Value::as_str) {
        Some(id) => call.activity_id(id),
        None => call,
    }
}

fn retry(options: &Value) -> RetryPolicy {
    let mut policy = RetryPolicy::default();
    let Some(asked) = options.get("retry") else {
        return policy;
    };
    if let Some(interval) = asked.get("initial_interval").and_then(Value::as_f64) {
        policy = policy.initial_interval(Duration::from_secs_f64(interval));
    }
    if let Some(backoff) = asked.get("backoff_coefficient").and_then(Value::as_f64) {
        policy = policy.backoff(backoff);
    }
    if let Some(attempts) = asked.get("maximum_attempts").and_then(Value::as_u64) {
        policy = policy.max_attempts(u32::try_from(attempts).unwrap_or(u32::MAX));
    }
    let listed = asked
        .get("non_retryable_error_types")
        .and_then(Value::as_array);
    for listed in listed.into_iter().flatten().filter_map(Value::as_str) {
        policy = policy.non_retryable(listed);
    }
    policy
}

pub(crate) async fn start(
    env: &TestEnvironment,
    id: &str,
    told: Told,
) -> Outcome<WorkflowHandle<Act>> {
    env.activities(gated);
    env.activities(hang);
    env.activities(echo);
    env.activities(flaky);
    env.activities(beats);
    env.activities(nap);
    env.activities(silent);
    let act = env.workflow::<Act>(id);
    Ok(act.start(told).task_queue("tq-acts").await?)
}

#[track_caller]
fn tell(name: &str, told: (&str, Value, Value)) {
    let story = format!("activity/{name}");
    let (what, arguments, options) = told;
    let arguments = arguments.as_array().cloned().unwrap_or_default();
    check(&story, async |env: &TestEnvironment| -> Outcome<_> {
        let told = (what.to_owned(), arguments.clone(), options.clone());
        let act = start(env, &workflow_id(&story), told).await?;
        // Time passes beside a running activity only where a test says so.
        let patience = env.skip(Duration::from_secs(3));
        let (_whatever, ()) = join!(act.result(), patience);
        run(&act).await
    });
}

#[test]
fn three_activities_one_after_the_other() {
    let options = json!({"start_to_close_timeout": 5, "times": 3});
    tell("three", ("echo", json!(["x"]), options));
}

#[test]
fn a_failure_that_nobody_catches_is_that_of_the_run() {
    let retry = json!({"maximum_attempts": 1});
    let options = json!({"activity_id": "uncaught", "retry": retry, "start_to_close_timeout": 5});
    tell("uncaught", ("flaky", json!([9]), options));
}

#[test]
fn a_failure_whose_type_is_listed_is_final() {
    let retry = json!({"non_retryable_error_types": ["Listed"]});
    let options = json!({"retry": retry, "start_to_close_timeout": 5});
    tell(
        "nonretryable_type",
        ("flaky", json!([9, "Listed"]), options),
    );
}

#[test]
fn a_failure_says_when_the_next_attempt_is() {
    let options = json!({"retry": {"initial_interval": 0.1}, "start_to_close_timeout": 5});
    let arguments = json!([2, "Flaky", false, 1]);
    tell("next_retry_delay", ("flaky", arguments, options));
}

#[test]
fn an_attempt_sees_the_details_of_the_one_before() {
    let retry = json!({"initial_interval": 0.1});
    let options = json!({"heartbeat_timeout": 2, "retry": retry, "start_to_close_timeout": 5});
    tell("heartbeat_details", ("beats", json!([3]), options));
}

#[test]
fn an_attempt_that_takes_too_long_times_out() {
    let options = json!({"retry": {"maximum_attempts": 1}, "start_to_close_timeout": 1});
    tell("s2c_timeout", ("nap", json!([3.0]), options));
}

#[test]
fn an_activity_takes_longer_than_all_its_attempts_may() {
    let options = json!({"schedule_to_close_timeout": 1});
    tell("schedtoclose_running", ("nap", json!([3.0]), options));
}

/// On the server the second attempt begins late, because the first times out late; here, because
/// another run has the only slot.
#[test]
fn an_attempt_that_begins_late_has_less_time() {
    let story = "activity/s2c_timeout_schedtoclose";
    let slots = TaskQueueOptions::default().max_concurrent_attempts(1);
    let host = TestEnvironment::builder().engine(move |it| it.task_queue("tq-acts", slots.clone()));
    check_on(story, host, async |env| {
        let nap = |options: Value| ("nap".to_owned(), vec![json!(3.0)], options);
        let options = json!({
            "retry": {"initial_interval": 0.1},
            "schedule_to_close_timeout": 2.5,
            "start_to_close_timeout": 1,
        });
        let act = start(env, &workflow_id(story), nap(options)).await?;
        let retry = json!({"maximum_attempts": 1});
        let options = json!({"retry": retry, "start_to_close_timeout": 1});
        start(env, "another", nap(options)).await?;
        env.skip(Duration::from_secs(3)).await;
        act.result().await?;
        run(&act).await
    });
}

#[test]
fn no_time_is_left_for_another_attempt_after_one_that_failed() {
    let options = json!({
        "retry": {"initial_interval": 10},
        "schedule_to_close_timeout": 3,
        "start_to_close_timeout": 5,
    });
    tell("not_enough_time", ("flaky", json!([9]), options));
}

#[test]
fn an_activity_has_the_id_that_its_caller_gives_it() {
    let options = json!({"activity_id": "my-id", "start_to_close_timeout": 5});
    tell("no_timeout_id", ("echo", json!(["x"]), options));
}

#[test]
fn an_attempt_that_is_not_heard_of_times_out_with_its_last_words() {
    let retry = json!({"maximum_attempts": 1});
    let options = json!({"heartbeat_timeout": 1, "retry": retry, "start_to_close_timeout": 5});
    tell("heartbeat_timeout_final", ("silent", json!([2]), options));
}

#[test]
fn an_activity_that_nobody_takes_times_out() {
    let options = json!({
        "schedule_to_start_timeout": 1, "start_to_close_timeout": 5, "task_queue": "nobody"
    });
    tell("schedtostart", ("nap", json!([3.0]), options));
}
