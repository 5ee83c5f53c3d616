//! Versions of a workflow's code: which one a run begins with, and that it stays with it.

use std::{sync::Arc, time::Duration};

use sempre::{
    Engine, Workflow, WorkflowContext, activity,
    definition::{Query, Signal},
    handlers,
    model::{EventAttributes, RetryPolicy, WorkflowVersion},
    runtime::{EngineBuilder, StartEngineError, UnregisteredCode},
    storage::MemoryStore,
};
use sempre_tests::{Log, Outcome, Scenario, World, block_on, problems};

/// What a door has to say: what it was told, and by which version of its code.
type Said = Vec<String>;

macro_rules! door {
    ($name:ident, $version:literal, $attributes:meta, |$ctx:ident, $ends:ident| $run:block) => {
        #[derive(Workflow, Default)]
        #[$attributes]
        struct $name {
            opened: u32,
        }

        #[handlers]
        impl $name {
            #[run]
            async fn run($ctx: WorkflowContext<Self>, $ends: u32) -> Said {
                $run
            }

            #[signal]
            fn open(&mut self) {
                self.opened += 1;
            }

            #[query]
            fn version(&self) -> u32 {
                $version
            }
        }
    };
}

door!(FirstDoor, 1, workflow(name = "Door"), |ctx, _ends| {
    let _canceled = ctx.wait_until(|door| door.opened >= 1).await;
    vec!["first".into()]
});

door!(
    SecondDoor,
    2,
    workflow(name = "Door", version = 2),
    |ctx, ends| {
        let _canceled = ctx.sleep(Duration::from_secs(1)).await;
        let _canceled = ctx.wait_until(|door| door.opened >= 1).await;
        if ends > 0 {
            match ctx.continue_as_new(ends - 1).newest_version().await {}
        }
        vec!["second".into()]
    }
);

door!(
    StatedDoor,
    1,
    workflow(name = "Door", version = 1),
    |ctx, ends| {
        let _canceled = ctx.wait_until(|door| door.opened >= 1).await;
        if ends > 0 {
            match ctx.continue_as_new(ends - 1).await {}
        }
        vec!["stated".into()]
    }
);

door!(
    ThirdDoor,
    3,
    workflow(name = "Door", version = 3),
    |ctx, _ends| {
        let _canceled = ctx.sleep(Duration::from_secs(2)).await;
        vec!["third".into()]
    }
);

/// Opens a door of any version.
struct Open;

impl Signal for Open {
    type Workflow = FirstDoor;
    type Input = ();
    const NAME: &'static str = "open";
}

/// Asks a door for its version.
struct Version;

impl Query for Version {
    type Workflow = FirstDoor;
    type Input = ();
    type Output = u32;
    const NAME: &'static str = "version";
}

fn first(engine: EngineBuilder) -> EngineBuilder {
    engine.workflow::<FirstDoor>()
}

fn first_and_second(engine: EngineBuilder) -> EngineBuilder {
    first(engine).workflow::<SecondDoor>()
}

fn stated_and_second(engine: EngineBuilder) -> EngineBuilder {
    engine.workflow::<StatedDoor>().workflow::<SecondDoor>()
}

async fn version(world: &World, workflow_id: &str) -> Result<u32, Box<dyn std::error::Error>> {
    let door = world.workflow::<FirstDoor>(workflow_id);
    Ok(door.query::<Version>(()).await?)
}

async fn open(world: &World, workflow_id: &str) -> Outcome {
    let door = world.workflow::<FirstDoor>(workflow_id);
    Ok(door.signal::<Open>(()).await?)
}

#[test]
fn a_run_stays_with_the_version_it_began_with_and_a_new_one_takes_the_newest() -> Outcome {
    Scenario::default().run_unchecked(async |world| {
        world.restart_with(first).await?;
        world.workflow::<FirstDoor>("old").start(0).await?;
        world.restart_with(first_and_second).await?;
        world.workflow::<FirstDoor>("new").start(0).await?;
        assert_eq!(version(world, "old").await?, 1);
        assert_eq!(version(world, "new").await?, 2);
        for (workflow_id, expected) in [("old", None), ("new", Some(WorkflowVersion::new(2)))] {
            let run = world.engine().list(format!("WorkflowId = '{workflow_id}'"));
            assert_eq!(run.await?.runs[0].version, expected, "{workflow_id}");
        }
        let second = world.engine().count("WorkflowVersion = 2").await?;
        assert_eq!(second.total, 1);

        open(world, "old").await?;
        let old = world.workflow::<FirstDoor>("old");
        assert_eq!(old.result().await?, ["first"]);
        open(world, "new").await?;
        world.pass_seconds(1).await;
        let new = world.workflow::<FirstDoor>("new");
        assert_eq!(new.result().await?, ["second"]);
        Ok(())
    })
}

#[test]
fn each_workflow_task_says_which_version_and_which_build_answered() -> Outcome {
    Scenario::of::<FirstDoor>()
        .and::<SecondDoor>()
        .with(|engine| engine.build_id("doors-1.4"))
        .run(async |world| {
            let door = world.workflow::<FirstDoor>("door").start(0).await?;
            open(world, "door").await?;
            world.pass_seconds(1).await;
            door.result().await?;
            let history = door.history().await?;
            assert_eq!(history.version(), Some(WorkflowVersion::new(2)));
            let mut answers = 0;
            for attributes in history.attributes() {
                if let EventAttributes::WorkflowTaskCompleted(it) = attributes {
                    answers += 1;
                    assert_eq!(it.deployment_version, Some(WorkflowVersion::new(2)));
                    assert_eq!(it.worker_version, Some("doors-1.4".into()));
                }
            }
            assert!(answers >= 2, "{history:?}");
            Ok(())
        })
}

#[test]
fn a_run_whose_version_is_not_registered_waits_and_says_so() -> Outcome {
    Scenario::default().run_unchecked(async |world| {
        world.restart_with(first_and_second).await?;
        world.workflow::<FirstDoor>("door").start(0).await?;
        let log = Log::open();
        world.restart_with(first).await?;
        let warned = log.lines().into_iter().any(|line| {
            line.message
                .contains("the workflow version of open executions is not registered")
                && line.field("workflow_type") == "Door"
                && line.field("version") == "2"
                && line.field("runs") == "1"
        });
        assert!(warned, "{:?}", log.lines());
        open(world, "door").await?;
        let door = world.workflow::<FirstDoor>("door");
        let described = door.describe().await?;
        assert_eq!(described.version, Some(WorkflowVersion::new(2)));
        assert_eq!(
            problems(&described),
            ["workflow version is not registered workflow_type=Door version=2"]
        );
        world.restart_with(first_and_second).await?;
        world.pass_seconds(1).await;
        assert_eq!(
            world.workflow::<FirstDoor>("door").result().await?,
            ["second"]
        );
        Ok(())
    })
}

#[test]
fn a_run_that_continues_keeps_a_stated_version_unless_it_asks_for_the_newest() -> Outcome {
    Scenario::default().run_unchecked(async |world| {
        world
            .restart_with(EngineBuilder::workflow::<StatedDoor>)
            .await?;
        let old = world.workflow::<FirstDoor>("old").start(1).await?;
        world.restart_with(stated_and_second).await?;
        let upward = world.workflow::<FirstDoor>("upward").start(1).await?;
        open(world, "old").await?;
        open(world, "upward").await?;
        world
            .restart_with(|engine| stated_and_second(engine).workflow::<ThirdDoor>())
            .await?;
        world.pass_seconds(1).await;
        let old_now = world.workflow::<FirstDoor>("old");
        let next = world
            .until(&old_now, |run| run.workflow_task.is_none())
            .await?;
        assert_ne!(Some(next.execution.run_id), old.run_id());
        assert_eq!(version(world, "old").await?, 1, "it stays");

        let upward_now = world.workflow::<FirstDoor>("upward");
        let next = world
            .until(&upward_now, |run| {
                Some(run.execution.run_id) != upward.run_id()
            })
            .await?;
        assert_eq!(next.version, Some(WorkflowVersion::new(3)));
        world.pass_seconds(2).await;
        assert_eq!(upward_now.result().await?, ["third"]);
        Ok(())
    })
}

#[test]
fn a_start_that_has_not_begun_takes_the_newest_version_there_is_then() -> Outcome {
    Scenario::default().run_unchecked(async |world| {
        world.restart_with(first).await?;
        let door = world.workflow::<FirstDoor>("door");
        let door = door.start(0).start_delay(Duration::from_secs(60)).await?;
        assert_eq!(door.describe().await?.version, None);
        world
            .restart_with(|engine| {
                let engine = engine.workflow::<SecondDoor>();
                engine.require_code_for_open_runs()
            })
            .await?;
        open(world, "door").await?;
        world.pass_seconds(60).await;
        let door = world.workflow::<FirstDoor>("door");
        let run = world.until(&door, |run| run.version.is_some()).await?;
        assert_eq!(run.version, Some(WorkflowVersion::new(2)));
        Ok(())
    })
}

#[test]
fn two_workflows_of_one_type_and_version_do_not_start() -> Outcome {
    /// Another second one.
    #[derive(Workflow, Default)]
    #[workflow(name = "Door", version = 2)]
    struct Again;

    #[handlers]
    impl Again {
        #[run]
        async fn run(_: WorkflowContext<Self>) {}
    }

    /// The first one says so.
    #[derive(Workflow, Default)]
    #[workflow(name = "Door", version = 1)]
    struct AlsoFirst;

    #[handlers]
    impl AlsoFirst {
        #[run]
        async fn run(_: WorkflowContext<Self>) {}
    }

    block_on(async {
        let engine = || first_and_second(Engine::on_store(Arc::new(MemoryStore::new())));
        for (refused, number) in [
            (engine().workflow::<Again>().start().await, 2),
            (engine().workflow::<AlsoFirst>().start().await, 1),
        ] {
            assert!(
                matches!(&refused, Err(StartEngineError::RepeatedWorkflow { workflow_type, version })
                    if workflow_type.as_str() == "Door" && version.get() == number),
                "{refused:?}"
            );
        }
        Ok(())
    })
}

/// Never succeeds.
#[activity(start_to_close = "10s")]
fn forgotten() -> Result<(), Never> {
    Err(Never)
}

/// Why nothing succeeds.
#[derive(Debug, sempre::Failure, derive_more::Display, derive_more::Error)]
#[display("never")]
struct Never;

/// Waits for what never succeeds.
#[derive(Workflow, Default)]
struct Waiter;

#[handlers]
impl Waiter {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) {
        let forever = RetryPolicy::default().initial_interval(Duration::from_secs(3_600));
        let _ends = ctx.activity(forgotten, ()).retry(forever).await;
    }
}

#[test]
fn an_engine_that_requires_code_for_open_runs_refuses_and_lists_what_is_missing() -> Outcome {
    Scenario::default().run_unchecked(async |world| {
        world
            .restart_with(|engine| {
                first_and_second(engine)
                    .workflow::<Waiter>()
                    .activities(forgotten)
            })
            .await?;
        world.workflow::<FirstDoor>("one").start(0).await?;
        world.workflow::<FirstDoor>("two").start(0).await?;
        let waiter = world.workflow::<Waiter>("waiter").start(()).await?;
        world
            .until(&waiter, |run| {
                run.activities.iter().any(|it| it.attempt > 1)
            })
            .await?;
        world.engine().shutdown().await;

        let store = || MemoryStore::open(&world.disk()).map(Arc::new);
        let engine = Engine::on_store(store()?).workflow::<Waiter>();
        let refused = engine.require_code_for_open_runs().start().await;
        let Err(StartEngineError::MissingCode { missing }) = &refused else {
            return Err(format!("{refused:?}").into());
        };
        let shown: Vec<String> = missing.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            [
                "workflow type is not registered workflow_type=Door runs=2 example_workflow_id=one",
                "activity type is not registered workflow_type=Waiter activity_type=forgotten \
                 task_queue=default runs=1 example_workflow_id=waiter",
            ]
        );
        let engine = first(Engine::on_store(store()?))
            .workflow::<Waiter>()
            .activities(forgotten);
        let refused = engine.require_code_for_open_runs().start().await;
        let Err(StartEngineError::MissingCode { missing }) = &refused else {
            return Err(format!("{refused:?}").into());
        };
        let version = WorkflowVersion::new(2);
        let workflow_type = "Door".into();
        let code = UnregisteredCode::WorkflowVersion {
            workflow_type,
            version,
        };
        assert!(matches!(&missing[..], [only] if only.code == code && only.runs == 2));

        // The store is free again, and with all code the engine starts.
        let store = store()?;
        let refused = Engine::on_store(Arc::clone(&store) as _).require_code_for_open_runs();
        assert!(refused.start().await.is_err());
        let engine = first_and_second(Engine::on_store(store))
            .workflow::<Waiter>()
            .activities(forgotten);
        let engine = engine.require_code_for_open_runs().start().await?;
        engine.shutdown().await;
        Ok(())
    })
}
