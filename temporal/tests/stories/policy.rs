//! Stories of retry policies, timeouts and start delays.

use std::time::Duration;

use sempre::{RetryPolicy, WorkflowHandle, client::StartWorkflow, testing::TestEnvironment};

use crate::{
    program::{Pol, PolHandle as _},
    story::{Outcome, Told, chain, check, workflow_id},
};

const SECOND: Duration = Duration::from_secs(1);

fn begin(env: &TestEnvironment, name: &str, how: &str) -> StartWorkflow<Pol> {
    let pol = env.workflow::<Pol>(workflow_id(&format!("policy/{name}")));
    pol.start(how.to_owned()).task_queue("tq-policy")
}

/// Waits for the end, whatever it is; returns what the chain has left.
async fn ended(env: &TestEnvironment, pol: &WorkflowHandle<Pol>) -> Outcome<Told> {
    let _whatever = pol.result().await;
    let first = pol.run_id().ok_or("a start names its run")?;
    chain::<Pol>(env, pol.workflow_id().as_str(), first).await
}

#[track_caller]
fn plain(name: &str, how: &str, options: impl Fn(StartWorkflow<Pol>) -> StartWorkflow<Pol>) {
    check(&format!("policy/{name}"), async |env| {
        ended(env, &options(begin(env, name, how)).await?).await
    });
}

fn attempts(attempts: u32) -> RetryPolicy {
    RetryPolicy::default().max_attempts(attempts)
}

#[test]
fn a_workflow_without_a_policy_fails_once() {
    plain("no_policy", "fail", |start| start);
}

#[test]
fn attempts_are_used_up() {
    plain("retry_exhausted", "fail", |start| start.retry(attempts(2)));
}

#[test]
fn a_failure_says_when_to_try_again() {
    plain("retry_next_delay", "delay", |start| {
        start.retry(attempts(3))
    });
}

#[test]
fn a_failure_that_is_not_retryable_ends_the_chain() {
    plain("retry_nonretryable", "nonretry", |start| {
        start.retry(attempts(3))
    });
}

#[test]
fn the_third_attempt_succeeds() {
    plain("retry_succeeds", "flaky", |start| start.retry(attempts(3)));
}

#[test]
fn a_failure_whose_type_is_listed_ends_the_chain() {
    plain("retry_type_listed", "fail", |start| {
        start.retry(attempts(3).non_retryable("Always"))
    });
}

#[test]
fn a_run_whose_time_is_over_is_tried_again() {
    plain("run_timeout_retry", "sleep", |start| {
        start.run_timeout(SECOND).retry(attempts(2))
    });
}

#[test]
fn an_execution_whose_time_is_over_is_not() {
    plain("execution_timeout", "sleep", |start| {
        start.execution_timeout(SECOND)
    });
}

#[test]
fn a_chain_of_attempts_ends_with_the_time_of_the_execution() {
    plain("execution_timeout_retry", "sleep", |start| {
        let start = start.execution_timeout(3 * SECOND).run_timeout(SECOND);
        start.retry(RetryPolicy::default().backoff(1.0))
    });
}

#[test]
fn a_start_may_be_delayed() {
    plain("start_delay", "ok", |start| start.start_delay(SECOND));
}

#[test]
fn a_cancellation_ends_the_delay() {
    check("policy/cancel_in_delay", async |env| {
        let start = begin(env, "cancel_in_delay", "wait").start_delay(3 * SECOND);
        let pol = start.await?;
        env.skip(SECOND / 2).await;
        pol.cancel("").await?;
        ended(env, &pol).await
    });
}

#[test]
fn a_signal_does_not_end_the_delay() {
    check("policy/signal_in_delay", async |env| {
        let start = begin(env, "signal_in_delay", "wait").start_delay(2 * SECOND);
        let pol = start.await?;
        env.skip(SECOND / 2).await;
        pol.go("a".into()).await?;
        ended(env, &pol).await
    });
}

#[test]
fn a_start_with_a_signal_ends_the_delay() {
    check("policy/signal_with_start_delay", async |env| {
        let name = "signal_with_start_delay";
        let pol = begin(env, name, "wait").start_delay(3 * SECOND).await?;
        env.skip(SECOND / 2).await;
        begin(env, name, "wait").signal(pol.go("a".into())).await?;
        ended(env, &pol).await
    });
}

#[test]
fn a_start_with_a_signal_begins_a_run() {
    check("policy/signal_with_start_new", async |env| {
        let name = "signal_with_start_new";
        let start = begin(env, name, "wait");
        let pol = env.workflow::<Pol>(workflow_id(&format!("policy/{name}")));
        let pol = start.signal(pol.go("a".into())).await?;
        ended(env, &pol).await
    });
}

#[test]
fn a_start_with_a_signal_begins_a_run_after_one_that_has_closed() {
    check("policy/signal_with_start_closed", async |env| {
        let name = "signal_with_start_closed";
        let first = begin(env, name, "ok").await?;
        first.result().await?;
        let second = begin(env, name, "wait")
            .signal(first.go("a".into()))
            .await?;
        second.result().await?;
        Ok(Told::from([
            ("run1".to_owned(), first.history().await?),
            ("run2".to_owned(), second.history().await?),
        ]))
    });
}

/// Lives through so many seconds of a schedule, and ends it.
#[track_caller]
fn every_two_seconds(name: &str, how: &str, seconds: u32, cancel: bool) {
    check(&format!("policy/{name}"), async |env| {
        let pol = begin(env, name, how).cron("@every 2s").await?;
        env.skip(seconds * SECOND).await;
        if cancel {
            env.skip(SECOND / 2).await;
            pol.cancel("").await?;
        } else {
            pol.terminate("enough").await?;
        }
        ended(env, &pol).await
    });
}

#[test]
fn a_schedule_hands_on_what_its_runs_return() {
    every_two_seconds("cron", "cron", 7, false);
}

#[test]
fn a_schedule_goes_on_after_a_failure() {
    every_two_seconds("cron_fail", "cronfail", 5, false);
}

#[test]
fn a_canceled_run_ends_its_schedule() {
    every_two_seconds("cron_can_cancel", "sleep", 3, true);
}
