//! Generations of a workflow's code, deployed over runs that are open all along: patched, pinned to a
//! version, and incompatible; and what each run makes of each.

use std::convert::Infallible;

use sempre::{
    ActivityError, Workflow, WorkflowContext, activity, definition::Signal, handlers,
    model::ExecutionStatus, runtime::EngineBuilder,
};
use sempre_tests::{Outcome, Scenario, World, problems};

#[activity(start_to_close = "10s")]
async fn ship() -> String {
    "shipped".into()
}

#[activity(start_to_close = "10s")]
async fn ship_insured() -> String {
    "insured".into()
}

type Shipped = Result<String, ActivityError<Infallible>>;

/// A generation of the code: how it ships, and that it waits for the arrival.
macro_rules! generation {
    ($name:ident, $attributes:meta, |$ctx:ident| $shipping:expr) => {
        #[derive(Workflow, Default)]
        #[$attributes]
        struct $name {
            arrived: bool,
        }

        #[handlers]
        impl $name {
            #[run]
            async fn run($ctx: WorkflowContext<Self>) -> Shipped {
                let shipped: String = $shipping;
                let _canceled = $ctx.wait_until(|parcel| parcel.arrived).await;
                Ok(shipped)
            }

            #[signal]
            fn arrive(&mut self) {
                self.arrived = true;
            }
        }
    };
}

generation!(First, workflow(name = "Parcel"), |ctx| ctx
    .activity(ship, ())
    .await?);

generation!(Patched, workflow(name = "Parcel"), |ctx| {
    if ctx.patched("insured") {
        ctx.activity(ship_insured, ()).await?
    } else {
        ctx.activity(ship, ()).await?
    }
});

generation!(Pinned, workflow(name = "Parcel", version = 2), |ctx| {
    let (one, other) = (ctx.activity(ship, ()), ctx.activity(ship_insured, ()));
    format!("{} and {}", one.await?, other.await?)
});

generation!(Incompatible, workflow(name = "Parcel"), |ctx| ctx
    .activity(ship_insured, ())
    .await?);

/// Lets a parcel of any generation arrive.
struct Arrive;

impl Signal for Arrive {
    type Workflow = First;
    type Input = ();
    const NAME: &'static str = "arrive";
}

type Code = fn(EngineBuilder) -> EngineBuilder;

/// Starts an engine with this code on what the last one left, and packs a parcel.
async fn deploy(world: &World, code: Code, workflow_id: &str) -> Outcome {
    let engine = |engine: EngineBuilder| code(engine).activities(ship).activities(ship_insured);
    world.restart_with(engine).await?;
    let parcel = world.workflow::<First>(workflow_id).start(()).await?;
    // It has been shipped as far as its code ships it.
    world
        .until(&parcel, |run| {
            run.activities.is_empty() && run.workflow_task.is_none()
        })
        .await?;
    Ok(())
}

async fn arrive(world: &World, workflow_id: &str) -> Result<String, Box<dyn std::error::Error>> {
    let parcel = world.workflow::<First>(workflow_id);
    parcel.signal::<Arrive>(()).await?;
    Ok(parcel.result().await?)
}

const PATCHED: Code = |engine| engine.workflow::<Patched>();
const PINNED: Code = |engine| PATCHED(engine).workflow::<Pinned>();
const INCOMPATIBLE: Code = |engine| engine.workflow::<Incompatible>().workflow::<Pinned>();

#[test]
fn each_run_goes_the_way_that_the_code_knew_which_began_it() -> Outcome {
    Scenario::default().run_unchecked(async |world| {
        deploy(world, EngineBuilder::workflow::<First>, "first").await?;
        deploy(world, PATCHED, "patched").await?;
        deploy(world, PINNED, "pinned").await?;
        assert_eq!(arrive(world, "first").await?, "shipped");
        assert_eq!(arrive(world, "patched").await?, "insured");
        assert_eq!(arrive(world, "pinned").await?, "shipped and insured");
        Ok(())
    })
}

#[test]
fn code_that_is_incompatible_leaves_the_runs_that_it_does_not_fit_until_it_is_taken_back() -> Outcome
{
    Scenario::default().run_unchecked(async |world| {
        deploy(world, EngineBuilder::workflow::<First>, "first").await?;
        deploy(world, PATCHED, "patched").await?;
        deploy(world, PINNED, "pinned").await?;
        deploy(world, INCOMPATIBLE, "new").await?;

        // Runs that are pinned to another version do not meet the code at all.
        assert_eq!(arrive(world, "pinned").await?, "shipped and insured");
        assert_eq!(arrive(world, "new").await?, "shipped and insured");
        for workflow_id in ["first", "patched"] {
            let parcel = world.workflow::<First>(workflow_id);
            parcel.signal::<Arrive>(()).await?;
            let waits = world.until(&parcel, |run| !run.problems.is_empty()).await?;
            assert_eq!(waits.status, ExecutionStatus::Running, "{workflow_id}");
            let told = problems(&waits).join("\n");
            assert!(told.contains("[TMPRL1100]"), "{workflow_id}: {told}");
        }

        deploy(world, PINNED, "again").await?;
        // The signal that came meanwhile was not lost.
        for (workflow_id, expected) in [("first", "shipped"), ("patched", "insured")] {
            let parcel = world.workflow::<First>(workflow_id);
            assert_eq!(parcel.result().await?, expected, "{workflow_id}");
        }
        Ok(())
    })
}
