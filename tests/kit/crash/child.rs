//! Children: their starts, their ends, and what becomes of them when somebody is canceled.

use std::error::Error;

use sempre::{
    model::{EventAttributes, EventType, ParentClosePolicy as Policy},
    testing::{CrashRunner, TestEnvironment, TestEnvironmentBuilder},
    workflow::WorkflowRegistry,
};
use sempre_tests::family::{Care, Deed, Household, Kid, Way};

use crate::crash::account::account;

fn family() -> TestEnvironmentBuilder {
    let builder = TestEnvironment::builder();
    builder.workflow::<Household>().workflow::<Kid>()
}

fn programs() -> WorkflowRegistry {
    let mut programs = WorkflowRegistry::default();
    programs.register::<Household>();
    programs.register::<Kid>();
    programs
}

#[sempre::test]
async fn a_child_is_started_and_ends_once_whenever_the_engine_crashes() {
    let crashes = CrashRunner::new(family)
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
                let Some(EventAttributes::WorkflowExecutionStarted(its)) =
                    child.attributes().next()
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
            let account = account::<Kid>(&env, &programs()).await?;
            Ok::<_, Box<dyn Error>>((said, account))
        })
        .await;
    assert!(
        crashes >= 30,
        "before and after each of so many commits: {crashes}"
    );
}

#[sempre::test]
async fn children_end_with_their_parents_whenever_the_engine_crashes() {
    let crashes = CrashRunner::new(family)
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
            let account = account::<Kid>(&env, &programs()).await?;
            Ok::<_, Box<dyn Error>>((ends, abandoned.status, account))
        })
        .await;
    assert!(
        crashes >= 16,
        "before and after each of so many commits: {crashes}"
    );
}

#[sempre::test]
async fn a_child_is_canceled_once_whenever_the_engine_crashes() {
    let crashes = CrashRunner::new(family)
        .run(async |env: TestEnvironment| {
            let mut plan = Vec::new();
            for (id, way) in [
                ("wait", Way::Wait),
                ("try", Way::Try),
                ("leave", Way::Abandon),
            ] {
                plan.push(Care::Start(id.into(), Deed::Listen, Policy::Abandon, way));
                plan.push(Care::Cancel(id.into()));
                plan.push(Care::Collect(id.into()));
            }
            plan.push(Care::Withdraw("never".into(), Deed::Listen));
            // Time enough to hear how each child has ended.
            plan.push(Care::Sleep(60));
            let household = env.workflow::<Household>("home").start(plan).await?;
            let said = household.result().await?;
            let tried = env.workflow::<Kid>("try").result().await;
            assert!(tried.is_err_and(|it| it.is_canceled()));
            let account = account::<Kid>(&env, &programs()).await?;
            Ok::<_, Box<dyn Error>>((said, account))
        })
        .await;
    assert!(crashes >= 24, "crashes={crashes}");
}

#[sempre::test]
async fn a_parent_is_canceled_with_its_child_once_whenever_the_engine_crashes() {
    let crashes = CrashRunner::new(family)
        .run(async |env: TestEnvironment| {
            let deed = Deed::Delegate("grandkid".into(), Box::new(Deed::Listen));
            let plan = vec![Care::Raise("kid".into(), deed)];
            let household = env.workflow::<Household>("home").start(plan).await?;
            let grandkid = env.workflow::<Kid>("grandkid");
            while grandkid.describe().await.is_err() {
                tokio::task::yield_now().await;
            }
            household.cancel("enough").await?;
            let said = household.result().await;
            let account = account::<Kid>(&env, &programs()).await?;
            Ok::<_, Box<dyn Error>>((format!("{said:?}"), account))
        })
        .await;
    assert!(crashes >= 20, "crashes={crashes}");
}
