//! One run, with its activities, timers and requests.

use std::{
    error::Error,
    sync::atomic::{AtomicU32, Ordering},
};

use sempre::{
    Canceled, Workflow, WorkflowContext, handlers,
    model::WorkflowIdConflictPolicy,
    testing::{CrashRunner, TestEnvironment},
};

use crate::fixture::{Billing, Card, DAY, Fulfilment, FulfilmentHandle as _, Payment, Sleeper};

#[sempre::test]
async fn an_order_is_paid_and_approved_whenever_its_engine_crashes() {
    let runner = CrashRunner::new(|| TestEnvironment::builder().activities(Billing));
    let crashes = runner
        .run(async |env: TestEnvironment| {
            let order = env.workflow::<Fulfilment>("order");
            let order = order.start(Card("1".into())).await?;
            env.skip(DAY).await;
            order.approve("ada".into()).await?;
            let payment = order.result().await?;
            env.assert_replays(&order).await;
            Ok::<Payment, Box<dyn Error>>(payment)
        })
        .await;
    assert_eq!(crashes, 6);
}

#[sempre::test]
async fn a_sleep_lasts_as_long_whenever_its_engine_crashes() {
    let crashes = CrashRunner::new(TestEnvironment::builder)
        .run(async |env: TestEnvironment| {
            let sleeper = env.workflow::<Sleeper>("sleeper");
            let sleeper = sleeper.start(vec![1, 2, 3]).await?;
            sleeper.result().await?;
            Ok::<_, Box<dyn Error>>(env.now())
        })
        .await;
    assert_eq!(crashes, 8);
}

#[sempre::test]
async fn a_run_is_replaced_as_a_whole_whenever_its_engine_crashes() {
    let crashes = CrashRunner::new(|| TestEnvironment::builder().activities(Billing))
        .run(async |env: TestEnvironment| {
            let order = env.workflow::<Fulfilment>("order");
            let first = order.start(Card("1".into())).await?;
            let replace = order.start(Card("2".into()));
            let replace = replace.id_conflict_policy(WorkflowIdConflictPolicy::TerminateExisting);
            let second = replace.await?;
            let (old, new) = (first.describe().await?, second.describe().await?);
            Ok::<_, Box<dyn Error>>((old.status, new.status))
        })
        .await;
    assert!(crashes >= 4, "before and after each of two commits");
}

/// Remembers in the process what it should remember in its history.
#[derive(Workflow, Default)]
struct Forgetful;

static RUNS: AtomicU32 = AtomicU32::new(0);

#[handlers]
impl Forgetful {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<u32, Canceled> {
        let run = RUNS.fetch_add(1, Ordering::SeqCst);
        ctx.sleep(DAY).await?;
        Ok(run)
    }
}

#[sempre::test]
#[should_panic(expected = "the story ends in another way after a crash before commit 1 of 2")]
async fn code_that_notices_a_crash_is_found_out() {
    CrashRunner::new(TestEnvironment::builder)
        .run(async |env: TestEnvironment| {
            let forgetful = env.workflow::<Forgetful>("f").start(()).await?;
            Ok::<_, Box<dyn Error>>(forgetful.result().await?)
        })
        .await;
}
