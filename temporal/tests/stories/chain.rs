//! Stories of continue-as-new.
//!
//! | story that is not told | because |
//! |---|---|
//! | `unhandled` | it is `extra/unhandled_can_2s` under other names, which `local` tells |
//! | `unhandled_cancel` | a local activity that is canceled before it begins leaves no marker in sempre |

use std::{convert::Infallible, time::Duration};

use futures::join;
use sempre::{RetryPolicy, client::StartWorkflow, testing::TestEnvironment};

use crate::{
    program::{Can, nap},
    story::{CI, CK, Outcome, Told, chain, check, workflow_id},
};

const SECOND: Duration = Duration::from_secs(1);

async fn continued(
    env: &TestEnvironment,
    story: &str,
    input: (&str, u32),
    options: impl Fn(StartWorkflow<Can>) -> StartWorkflow<Can>,
) -> Outcome<Told> {
    let id = workflow_id(story);
    let can = env.workflow::<Can>(&id);
    let start = can
        .start((input.0.to_owned(), input.1))
        .task_queue("tq-can");
    let can = options(start).await?;
    can.result().await?;
    let first = can.run_id().ok_or("a start names its run")?;
    chain::<Can>(env, &id, first).await
}

#[test]
fn three_runs_that_continue_as_new_and_one_that_returns() {
    check("can/chain", async |env| {
        continued(env, "can/chain", ("plain", 3), |start| start).await
    });
}

#[test]
fn what_is_pending_when_a_run_continues() {
    check("can/pending", async |env| {
        env.activity(nap, async |_| {
            std::future::pending::<()>().await;
            Ok::<_, Infallible>(())
        });
        let input = ("pending", 1);
        let told = continued(env, "can/pending", input, |start| start);
        // Time passes beside a running activity only where a test says so.
        let (told, ()) = join!(told, env.skip(Duration::from_millis(200)));
        told
    });
}

#[test]
fn a_run_that_fails_after_one_that_continued_is_tried_again() {
    check("can/retry_policy", async |env| {
        continued(env, "can/retry_policy", ("fail2", 1), |start| {
            start.retry(RetryPolicy::default().max_attempts(3))
        })
        .await
    });
}

#[test]
fn what_is_asked_for_in_the_task_that_continues() {
    check("can/same_task", async |env| {
        env.activity(nap, |_| Ok(()));
        continued(env, "can/same_task", ("same_task", 1), |start| start).await
    });
}

/// With a memo and search attributes.
fn with_properties(start: StartWorkflow<Can>) -> StartWorkflow<Can> {
    let start = start.memo("m", "old").memo("k", "kept");
    start.search_attributes([CK.set("old"), CI.set(7)])
}

#[test]
fn memo_and_search_attributes_go_on_over_the_chain() {
    check("can/inherit", async |env| {
        continued(env, "can/inherit", ("inherit", 1), with_properties).await
    });
}

#[test]
fn memo_and_search_attributes_that_are_given_replace_what_there_was() {
    check("can/explicit", async |env| {
        continued(env, "can/explicit", ("explicit", 1), with_properties).await
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
        continued(env, "can/timeouts", ("plain", 1), options).await
    });
}
