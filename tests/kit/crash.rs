//! A story comes to the same end wherever its engine crashes.

use std::{
    error::Error,
    sync::atomic::{AtomicU32, Ordering},
};

use sempre::{
    Canceled, Workflow, WorkflowContext, handlers,
    model::{EventAttributes, EventType, ParentClosePolicy as Policy, WorkflowIdConflictPolicy},
    testing::{CrashRunner, TestEnvironment},
};

use sempre_tests::{
    courier::{Courier, Errand},
    family::{Care, Deed, Household, Kid, Way},
    workflow::Board,
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

#[sempre::test]
async fn messages_arrive_once_and_in_their_order_whenever_the_engine_crashes() {
    let crashes = CrashRunner::new(|| {
        let builder = TestEnvironment::builder();
        builder.workflow::<Board>().workflow::<Courier>()
    })
    .run(async |env: TestEnvironment| {
        let board = env.workflow::<Board>("board").start(()).await?;
        let notes = ["one", "two", "three"].map(str::to_owned).to_vec();
        let errands = vec![
            Errand::PostAll("board".into(), notes),
            Errand::Post("nobody".into(), "lost".into()),
            Errand::Close("board".into()),
            Errand::Cancel("board".into()),
        ];
        let courier = env.workflow::<Courier>("courier").start(errands).await?;
        let outcome = (courier.result().await?, board.result().await?);
        env.assert_replays(&courier).await;
        env.assert_replays(&board).await;
        let history = board.history().await?;
        let signals = history.attributes();
        let signals =
            signals.filter(|it| matches!(it, EventAttributes::WorkflowExecutionSignaled(_)));
        assert_eq!(signals.count(), 4, "each was recorded once");
        Ok::<_, Box<dyn Error>>(outcome)
    })
    .await;
    assert!(
        crashes >= 16,
        "before and after each of so many commits: {crashes}"
    );
}

#[sempre::test]
async fn a_child_is_started_and_ends_once_whenever_the_engine_crashes() {
    let crashes = CrashRunner::new(|| {
        let builder = TestEnvironment::builder();
        builder.workflow::<Household>().workflow::<Kid>()
    })
    .run(async |env: TestEnvironment| {
        let plan = vec![
            Care::RaiseAll(vec![
                ("ada".into(), Deed::Return("hello".into())),
                ("eve".into(), Deed::Fail("the vase".into())),
            ]),
            Care::Start("joe".into(), Deed::Listen, Policy::Terminate, Way::Wait),
            Care::Tell("joe".into(), "hello".into()),
            Care::Collect("joe".into()),
            Care::RaisePatiently("kim".into(), Deed::Try(1), 2),
            Care::Raise("ada".into(), Deed::Continue(1)),
        ];
        let household = env.workflow::<Household>("home").start(plan).await?;
        let said = household.result().await?;
        env.assert_replays(&household).await;
        let history = household.history().await?;
        for (event_type, expected) in [
            (EventType::ChildWorkflowExecutionStarted, 5),
            (EventType::ChildWorkflowExecutionCompleted, 4),
            (EventType::ChildWorkflowExecutionFailed, 1),
        ] {
            let types = history.attributes().map(EventAttributes::event_type);
            assert_eq!(types.filter(|it| *it == event_type).count(), expected);
        }
        for started in history.attributes() {
            let EventAttributes::ChildWorkflowExecutionStarted(started) = started else {
                continue;
            };
            let run = &started.workflow_execution;
            let child = env
                .workflow::<Kid>(run.workflow_id.clone())
                .at_run(run.run_id);
            env.assert_replays(&child).await;
            let child = child.history().await?;
            let Some(EventAttributes::WorkflowExecutionStarted(its)) = child.attributes().next()
            else {
                return Err("a history begins with its start".into());
            };
            let lineage = &its.lineage;
            assert_eq!(
                lineage.parent_initiated_event_id,
                started.initiated_event_id
            );
        }
        let engine = env.engine().await;
        let runs = engine.count("WorkflowType = 'Kid'").await?;
        assert_eq!(runs.total, 7, "five children, one tried twice, one renewed");
        Ok::<_, Box<dyn Error>>(said)
    })
    .await;
    assert!(
        crashes >= 30,
        "before and after each of so many commits: {crashes}"
    );
}

#[sempre::test]
async fn children_end_with_their_parents_whenever_the_engine_crashes() {
    let crashes = CrashRunner::new(|| {
        let builder = TestEnvironment::builder();
        builder.workflow::<Household>().workflow::<Kid>()
    })
    .run(async |env: TestEnvironment| {
        let start = |id: &str, policy| Care::Start(id.into(), Deed::Listen, policy, Way::Wait);
        let plan = vec![
            start("terminate", Policy::Terminate),
            start("cancel", Policy::RequestCancel),
            start("abandon", Policy::Abandon),
        ];
        let household = env.workflow::<Household>("home").start(plan).await?;
        household.result().await?;
        let mut ends = Vec::new();
        for id in ["terminate", "cancel"] {
            let kid = env.workflow::<Kid>(id);
            // It ends, however it does.
            let ended = kid.result().await;
            ends.push(format!("{ended:?}"));
        }
        let abandoned = env.workflow::<Kid>("abandon").describe().await?;
        Ok::<_, Box<dyn Error>>((ends, abandoned.status))
    })
    .await;
    assert!(
        crashes >= 16,
        "before and after each of so many commits: {crashes}"
    );
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
