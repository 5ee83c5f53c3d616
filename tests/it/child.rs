//! Workflows that have children: started once, awaited to the end of their chains, ended with their
//! parents as these say, whatever happens in between.

use sempre::{
    WorkflowHandle,
    client::WorkflowDescription,
    model::{EventAttributes, EventType, ExecutionStatus, History, ParentClosePolicy as Policy},
};
use sempre_tests::{
    Mode, Outcome, Scenario, World, block_on,
    family::{Care, Deed, Household, HouseholdHandle as _, Kid, KidHandle as _, Way},
};

use crate::ward::Ward;

fn family() -> Scenario {
    Scenario::of::<Household>().and::<Kid>()
}

fn start(id: &str, deed: Deed, policy: Policy) -> Care {
    Care::Start(id.into(), deed, policy, Way::Wait)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "it filters references")]
fn is_about_children(event_type: &EventType) -> bool {
    matches!(
        event_type,
        EventType::StartChildWorkflowExecutionInitiated
            | EventType::StartChildWorkflowExecutionFailed
            | EventType::ChildWorkflowExecutionStarted
            | EventType::ChildWorkflowExecutionCompleted
            | EventType::ChildWorkflowExecutionFailed
            | EventType::ChildWorkflowExecutionCanceled
            | EventType::ChildWorkflowExecutionTimedOut
            | EventType::ChildWorkflowExecutionTerminated
            | EventType::RequestCancelExternalWorkflowExecutionInitiated
            | EventType::ExternalWorkflowExecutionCancelRequested
    )
}

fn about_children(history: &History) -> Vec<EventType> {
    let types = history.attributes().map(EventAttributes::event_type);
    types.filter(is_about_children).collect()
}

/// What became of the latest run of a kid.
async fn status_of(world: &World, id: &str) -> Result<ExecutionStatus, Box<dyn std::error::Error>> {
    Ok(world.workflow::<Kid>(id).describe().await?.status)
}

/// Waits until a kid has been and has closed.
async fn until_closed(world: &World, id: &str) {
    let kid: WorkflowHandle<Kid> = world.workflow(id);
    while !kid.describe().await.is_ok_and(|kid| !kid.status.is_open()) {
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_child_is_started_and_its_result_comes_back() -> Outcome {
    family().run_in_any_order(async |world| {
        let plan = vec![
            Care::Raise("ada".into(), Deed::Return("hello".into())),
            Care::Raise("eve".into(), Deed::Fail("the vase".into())),
            Care::RaiseNameless(Deed::Return("who am I".into())),
            Care::RaiseAll(vec![
                ("one".into(), Deed::Return("1".into())),
                ("two".into(), Deed::Return("2".into())),
            ]),
        ];
        let household = world.workflow::<Household>("home").start(plan).await?;
        let said = household.result().await?;
        assert_eq!(said, ["hello", "broke the vase", "who am I", "1, 2"]);
        assert_eq!(world.started().len(), 6);
        let history = household.history().await?;
        assert_eq!(
            about_children(&history)[..6],
            [
                EventType::StartChildWorkflowExecutionInitiated,
                EventType::ChildWorkflowExecutionStarted,
                EventType::ChildWorkflowExecutionCompleted,
                EventType::StartChildWorkflowExecutionInitiated,
                EventType::ChildWorkflowExecutionStarted,
                EventType::ChildWorkflowExecutionFailed,
            ]
        );
        Ok(())
    })
}

#[test]
fn children_know_their_parents_and_the_root_of_their_tree() -> Outcome {
    family().run_in_any_order(async |world| {
        let deed = Deed::Delegate("grandchild".into(), Box::new(Deed::Descent));
        let plan = vec![
            Care::Raise("child".into(), deed),
            Care::Raise("other".into(), Deed::Descent),
        ];
        let household = world.workflow::<Household>("home").start(plan).await?;
        let said = household.result().await?;
        assert_eq!(said, ["child of home", "home of home"]);
        Ok(())
    })
}

#[test]
fn the_end_of_a_chain_of_runs_is_seen_once() -> Outcome {
    family().run_in_any_order(async |world| {
        let plan = vec![
            Care::Raise("renewed".into(), Deed::Continue(2)),
            Care::RaisePatiently("tried".into(), Deed::Try(1), 5),
            Care::RaisePatiently("hopeless".into(), Deed::Try(9), 2),
        ];
        let household = world.workflow::<Household>("home").start(plan).await?;
        for _ in 0..4 {
            world.pass_seconds(1).await;
        }
        let said = household.result().await?;
        assert_eq!(said, ["the end", "attempt 2", "broke attempt 2"]);
        let history = household.history().await?;
        assert_eq!(about_children(&history).len(), 9);
        let mut runs = history.attributes().filter_map(|it| match it {
            EventAttributes::ChildWorkflowExecutionStarted(it) => Some(&it.workflow_execution),
            EventAttributes::ChildWorkflowExecutionCompleted(it) => Some(&it.workflow_execution),
            _ => None,
        });
        let (first, last) = (runs.next().ok_or("a start")?, runs.next().ok_or("an end")?);
        assert_eq!(first.workflow_id, last.workflow_id);
        assert_ne!(first.run_id, last.run_id, "the first run, and the last");
        Ok(())
    })
}

#[test]
fn an_id_that_is_taken_is_refused_as_its_policy_says() -> Outcome {
    family().run_in_any_order(async |world| {
        let other = world.workflow::<Kid>("taken").start(Deed::Listen).await?;
        let plan = vec![
            Care::Raise("taken".into(), Deed::Listen),
            Care::Raise("home".into(), Deed::Listen),
            Care::Raise("used".into(), Deed::Return("first".into())),
            Care::RaiseUnique("used".into(), Deed::Return("second".into())),
            Care::Raise("used".into(), Deed::Return("third".into())),
        ];
        let household = world.workflow::<Household>("home").start(plan).await?;
        assert_eq!(
            household.result().await?,
            [
                "already started",
                "already started",
                "first",
                "already started",
                "third"
            ]
        );
        assert!(other.describe().await?.status.is_open());
        Ok(())
    })
}

#[test]
fn a_child_is_told_things_by_the_methods_of_its_signals() -> Outcome {
    family().run_in_any_order(async |world| {
        let plan = vec![
            start("ada", Deed::Listen, Policy::Terminate),
            Care::Tell("ada".into(), "hello".into()),
            Care::Collect("ada".into()),
            Care::Tell("ada".into(), "too late".into()),
            // The result can be asked for again.
            Care::Collect("ada".into()),
        ];
        let household = world.workflow::<Household>("home").start(plan).await?;
        let said = household.result().await?;
        assert_eq!(said, ["started", "told", "hello", "NotFound", "hello"]);
        Ok(())
    })
}

#[test]
fn what_is_meant_for_a_child_reaches_nobody_else() -> Outcome {
    family().run_in_any_order(async |world| {
        let plan = vec![
            start("ada", Deed::Return("grown".into()), Policy::Terminate),
            Care::Collect("ada".into()),
            Care::Sleep(60),
            Care::Tell("ada".into(), "hello".into()),
        ];
        let household = world.workflow::<Household>("home").start(plan).await?;
        world.until(&household, |it| it.pending_timers == 1).await?;
        // Somebody else has taken the id since.
        let other = world.workflow::<Kid>("ada").start(Deed::Listen).await?;
        world.pass_seconds(60).await;
        let said = household.result().await?;
        assert_eq!(said, ["started", "grown", "slept", "NotFound"]);
        assert!(other.describe().await?.status.is_open());
        Ok(())
    })
}

#[test]
fn a_child_is_canceled_as_its_cancellation_type_says() -> Outcome {
    family().run_in_any_order(async |world| {
        let start = |id: &str, way| Care::Start(id.into(), Deed::Sleep(600), Policy::Abandon, way);
        let mut plan = vec![start("wait", Way::Wait), start("try", Way::Try)];
        plan.push(start("abandon", Way::Abandon));
        for id in ["wait", "try", "abandon"] {
            plan.extend([Care::Cancel(id.into()), Care::Collect(id.into())]);
        }
        plan.push(Care::Sleep(60));
        let household = world.workflow::<Household>("home").start(plan).await?;
        until_closed(world, "wait").await;
        until_closed(world, "try").await;
        assert_eq!(status_of(world, "wait").await?, ExecutionStatus::Canceled);
        assert_eq!(status_of(world, "try").await?, ExecutionStatus::Canceled);
        assert_eq!(status_of(world, "abandon").await?, ExecutionStatus::Running);
        world.until(&household, |it| it.pending_timers == 1).await?;
        world.pass_seconds(60).await;
        let said = household.result().await?;
        assert_eq!(said[4], "was canceled");
        assert_eq!(said[6], "was canceled");
        assert_eq!(said[8], "was canceled");
        Ok(())
    })
}

#[test]
fn the_cancellation_of_a_run_reaches_its_children() -> Outcome {
    family().run_in_any_order(async |world| {
        let plan = vec![Care::Raise("ada".into(), Deed::Sleep(600)), Care::Sleep(60)];
        let household = world.workflow::<Household>("home").start(plan).await?;
        let started = |home: &WorkflowDescription| home.children.iter().any(|it| it.is_started);
        world.until(&household, started).await?;
        household.cancel("enough").await?;
        let failure = household.result().await.err().ok_or("it was canceled")?;
        assert!(failure.is_canceled(), "{failure}");
        assert_eq!(status_of(world, "ada").await?, ExecutionStatus::Canceled);
        // Whether the child's end or the answer to the request comes first is a matter of luck; after
        // the end the household is done.
        let mut about = about_children(&household.history().await?);
        about.retain(|it| *it != EventType::ExternalWorkflowExecutionCancelRequested);
        assert_eq!(
            about,
            [
                EventType::StartChildWorkflowExecutionInitiated,
                EventType::ChildWorkflowExecutionStarted,
                EventType::RequestCancelExternalWorkflowExecutionInitiated,
                EventType::ChildWorkflowExecutionCanceled,
            ]
        );
        Ok(())
    })
}

#[test]
fn a_child_that_is_dropped_before_it_left_leaves_no_trace() -> Outcome {
    family().run_in_any_order(async |world| {
        let plan = vec![Care::Withdraw("ada".into(), Deed::Listen), Care::Sleep(60)];
        let household = world.workflow::<Household>("home").start(plan).await?;
        world.pass_seconds(60).await;
        household.result().await?;
        assert_eq!(about_children(&household.history().await?), []);
        assert_eq!(world.started().len(), 1);
        Ok(())
    })
}

#[test]
fn what_the_last_workflow_task_asks_for_is_recorded_and_never_started() -> Outcome {
    family().run_in_any_order(async |world| {
        for policy in [Policy::Terminate, Policy::Abandon, Policy::RequestCancel] {
            let plan = vec![Care::Begin("ada".into(), Deed::Listen, policy)];
            let household = world.workflow::<Household>("home").start(plan).await?;
            household.result().await?;
            assert_eq!(
                about_children(&household.history().await?),
                [EventType::StartChildWorkflowExecutionInitiated]
            );
        }
        world.crash_and_restart().await?;
        assert!(world.workflow::<Kid>("ada").describe().await.is_err());
        assert_eq!(world.started().len(), 3);
        Ok(())
    })
}

/// How a household comes to its end.
#[derive(Clone, Copy, Debug)]
enum End {
    Returns,
    Fails,
    Renews,
    IsTerminated,
    TimesOut,
}

#[test]
fn every_close_of_a_parent_does_with_its_children_what_their_policies_say() -> Outcome {
    family().run_in_any_order(async |world| {
        for end in [
            End::Returns,
            End::Fails,
            End::IsTerminated,
            End::TimesOut,
            End::Renews,
        ] {
            let id = |name: &str| format!("{name} {end:?}");
            let mut plan = vec![
                start(&id("terminate"), Deed::Sleep(600), Policy::Terminate),
                start(&id("abandon"), Deed::Sleep(600), Policy::Abandon),
                start(&id("cancel"), Deed::Sleep(600), Policy::RequestCancel),
            ];
            plan.extend(match end {
                End::Returns => None,
                End::Fails => Some(Care::Fail),
                End::Renews => Some(Care::Renew(vec![])),
                End::IsTerminated | End::TimesOut => Some(Care::Sleep(600)),
            });
            let household = world.workflow::<Household>(id("home")).start(plan);
            let household = household
                .run_timeout(std::time::Duration::from_secs(60))
                .await?;
            let run = household.run_id().ok_or("a run")?;
            let run = world.workflow::<Household>(id("home")).at_run(run);
            match end {
                End::IsTerminated => {
                    while household.done().await.map_or(0, |done| done.len()) < 3 {
                        tokio::task::yield_now().await;
                    }
                    household.terminate("enough").await?;
                }
                End::TimesOut => {
                    world.until(&run, |it| it.pending_timers == 1).await?;
                    world.pass_seconds(60).await;
                }
                _ => {}
            }
            world.until(&run, |run| !run.status.is_open()).await?;
            until_closed(world, &id("terminate")).await;
            until_closed(world, &id("cancel")).await;
            let terminated = status_of(world, &id("terminate")).await?;
            assert_eq!(terminated, ExecutionStatus::Terminated, "{end:?}");
            let canceled = status_of(world, &id("cancel")).await?;
            assert_eq!(canceled, ExecutionStatus::Canceled, "{end:?}");
            let abandoned = status_of(world, &id("abandon")).await?;
            assert_eq!(abandoned, ExecutionStatus::Running, "{end:?}");
            let history = world.workflow::<Kid>(id("terminate")).history().await?;
            let reason = history.attributes().find_map(|it| match it {
                EventAttributes::WorkflowExecutionTerminated(it) => Some(it.reason.clone()),
                _ => None,
            });
            assert_eq!(reason.as_deref(), Some("by parent close policy"));
        }
        Ok(())
    })
}

#[test]
fn a_parent_close_policy_reaches_the_run_that_is_open_now() -> Outcome {
    family().run_in_any_order(async |world| {
        // It continues as new once, and waits for the rest of its second then.
        let plan = vec![
            start("ada", Deed::Continue(1), Policy::Terminate),
            Care::Sleep(600),
        ];
        let household = world.workflow::<Household>("home").start(plan).await?;
        let kid = world.workflow::<Kid>("ada");
        while world.started().len() < 3 {
            tokio::task::yield_now().await;
        }
        household.terminate("enough").await?;
        world.until(&kid, |kid| !kid.status.is_open()).await?;
        assert_eq!(status_of(world, "ada").await?, ExecutionStatus::Terminated);
        Ok(())
    })
}

#[test]
fn a_child_that_is_terminated_or_canceled_by_others_fails_for_its_parent() -> Outcome {
    family().run_in_any_order(async |world| {
        let plan = ["one", "two"].map(|id| Care::Raise(id.into(), Deed::Sleep(600)));
        let plan = plan.to_vec();
        let household = world.workflow::<Household>("home").start(plan).await?;
        let [one, two] = ["one", "two"].map(|id| world.workflow::<Kid>(id));
        while one.describe().await.is_err() {
            tokio::task::yield_now().await;
        }
        one.terminate("enough").await?;
        while two.describe().await.is_err() {
            tokio::task::yield_now().await;
        }
        two.cancel("enough").await?;
        assert_eq!(
            household.result().await?,
            ["was terminated", "was canceled"]
        );
        Ok(())
    })
}

#[test]
fn a_parent_may_have_so_many_children_at_a_time() -> Outcome {
    block_on(async {
        let ward = Ward::open(Mode::Live).await?;
        let kids = |count: u32| {
            let kids = (0..count).map(|number| (format!("kid {number}"), Deed::Sleep(600)));
            vec![Care::RaiseAll(kids.collect())]
        };
        let household = ward.engine.workflow::<Household>("crowd");
        let household = household.start(kids(2_001)).await?;
        loop {
            let problems = sempre_tests::problems(&household.describe().await?);
            if problems.iter().any(|it| it.contains("limit=2000")) {
                break;
            }
            tokio::task::yield_now().await;
        }
        let history = household.history().await?;
        assert_eq!(about_children(&history), []);
        ward.engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn a_child_that_cannot_be_asked_for_fails_the_workflow_task() -> Outcome {
    family().run_unchecked(async |world| {
        let plan = vec![Care::Raise("x".repeat(1_001), Deed::Listen)];
        let household = world.workflow::<Household>("home").start(plan).await?;
        let run = world
            .until(&household, |it| !it.problems.is_empty())
            .await?;
        let problems = sempre_tests::problems(&run);
        assert!(
            problems[0].contains("BAD_START_CHILD_EXECUTION_ATTRIBUTES"),
            "{problems:?}"
        );
        assert!(problems[0].contains("limit=1000"), "{problems:?}");
        Ok(())
    })
}

#[test]
fn a_crash_at_any_moment_neither_starts_twice_nor_loses() -> Outcome {
    family().run_in_any_order(async |world| {
        let plan = vec![
            start("ada", Deed::Listen, Policy::Abandon),
            Care::Sleep(60),
            Care::Collect("ada".into()),
        ];
        let household = world.workflow::<Household>("home").start(plan).await?;
        world.until(&household, |it| it.pending_timers == 1).await?;
        world.crash_and_restart().await?;
        let kid = world.workflow::<Kid>("ada");
        let household = world.workflow::<Household>("home");
        kid.tell("hello".into()).await?;
        world.until(&kid, |kid| !kid.status.is_open()).await?;
        world.crash_and_restart().await?;
        world.pass_seconds(60).await;
        let household = world.workflow::<Household>(household.workflow_id().clone());
        assert_eq!(household.result().await?, ["started", "slept", "hello"]);
        assert_eq!(world.started().len(), 2);
        Ok(())
    })
}
