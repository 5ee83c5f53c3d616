//! Stories of continue-as-new.

use std::{convert::Infallible, time::Duration};

use sempre::{RetryPolicy, client::StartWorkflow, model::RunId, testing::TestEnvironment};

use crate::{
    Outcome, check,
    program::{Can, nap},
};

const SECOND: Duration = Duration::from_secs(1);

async fn continued(
    env: &TestEnvironment,
    name: &str,
    input: (&str, u32),
    options: impl Fn(StartWorkflow<Can>) -> StartWorkflow<Can>,
) -> Outcome<RunId> {
    let can = env.workflow::<Can>(format!("can-{name}-w"));
    let start = can
        .start((input.0.to_owned(), input.1))
        .task_queue("tq-can");
    let can = options(start).await?;
    can.result().await?;
    Ok(can.run_id().ok_or("a start names its run")?)
}

#[test]
fn three_runs_that_continue_as_new_and_one_that_returns() {
    check("can/chain", async |env| {
        continued(env, "chain", ("plain", 3), |start| start).await
    });
}

#[test]
fn what_is_pending_when_a_run_continues() {
    check("can/pending", async |env| {
        env.activity(nap, async |_| {
            std::future::pending::<()>().await;
            Ok::<_, Infallible>(())
        });
        continued(env, "pending", ("pending", 1), |start| start).await
    });
}

#[test]
fn a_run_that_fails_after_one_that_continued_is_tried_again() {
    check("can/retry_policy", async |env| {
        continued(env, "retry_policy", ("fail2", 1), |start| {
            start.retry(RetryPolicy::default().max_attempts(3))
        })
        .await
    });
}

#[test]
fn what_is_asked_for_in_the_task_that_continues() {
    check("can/same_task", async |env| {
        env.activity(nap, |_| Ok(()));
        continued(env, "same_task", ("same_task", 1), |start| start).await
    });
}

#[test]
fn timeouts_go_on_over_the_chain() {
    check("can/timeouts", async |env| {
        let options = |start: StartWorkflow<Can>| {
            let start = start
                .execution_timeout(100 * SECOND)
                .run_timeout(60 * SECOND);
            start.task_timeout(9 * SECOND)
        };
        continued(env, "timeouts", ("plain", 1), options).await
    });
}
