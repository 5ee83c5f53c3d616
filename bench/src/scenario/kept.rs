//! Runs that a store keeps: of several types, most of them closed, to be found among one another.

use futures::{StreamExt as _, TryStreamExt as _, future::BoxFuture, stream};
use sempre::{
    ApplicationFailure, Durability, Engine, EngineBuilder, SearchAttribute, Workflow,
    WorkflowContext, handlers, storage::SledOptions,
};

use crate::{
    Outcome,
    scenario::{
        fill,
        plan::grouped,
        workload::{self, Alarms, FanOut, Mapped, OnTheSpot, Steps},
    },
    subject::Place,
};

/// Whose a run is.
pub(super) const CUSTOMER: SearchAttribute<String> = SearchAttribute::keyword("Customer");

/// Of so many runs one has failed, one is open, and one is of each customer.
pub(super) const RARE: u64 = 1_000;
/// The types of nearly half of the runs.
pub(super) const DUE_TYPES: [&str; 2] = ["Steps", "OnTheSpot"];

/// Whether the run with this number is of one of [`DUE_TYPES`].
pub(super) fn is_due(number: u64) -> bool {
    number % 4 < DUE_TYPES.len() as u64 && ![FAILS, STAYS].contains(&(number % RARE))
}

/// Of so many runs these are the ones that fail and stay.
const FAILS: u64 = 7;
const STAYS: u64 = 13;
/// After this many starts the watcher is told.
const NOTED: u64 = 10_000;

/// An engine builder with everything that the runs need.
pub(super) fn register(builder: EngineBuilder) -> EngineBuilder {
    workload::register(builder, &Alarms::new())
        .workflow::<Errand>()
        .search_attribute(CUSTOMER)
}

/// Makes a store with as many runs as the size says.
pub(super) async fn fill(place: &Place<'_>) -> Outcome {
    // How the store came to be is not what is measured, and this is faster.
    let quick = SledOptions::default().durability(Durability::Deferred);
    let (builder, _) = place.engine_with(quick)?;
    let engine = register(builder).start().await?;
    let mut done = 0;
    stream::iter((0..place.size()).map(|number| run(&engine, number)))
        .buffer_unordered(fill::AT_ONCE)
        .try_for_each(|()| {
            done += 1;
            if done % NOTED == 0 {
                let (done, all) = (grouped(done), grouped(place.size()));
                place.job.note(format!("{done} of {all} runs made"));
            }
            futures::future::ok(())
        })
        .await?;
    engine.shutdown().await;
    Ok(())
}

/// The id of the run with this number.
pub(super) fn workflow_id(number: u64) -> String {
    format!("run-{number:07}")
}

/// Starts a run, and waits for its end if it ends.
fn run(engine: &Engine, number: u64) -> BoxFuture<'static, Outcome> {
    let id = workflow_id(number);
    let customer = CUSTOMER.set(format!("customer-{}", number % RARE));
    macro_rules! ends {
        ($workflow:ty) => {{
            let start = engine.workflow::<$workflow>(id).start(0);
            Box::pin(async move {
                start.search_attributes([customer]).await?.result().await?;
                Ok(())
            })
        }};
    }
    let errand = |stays: bool| engine.workflow::<Errand>(workflow_id(number)).start(stays);
    match (number % RARE, number % 4) {
        (FAILS, _) => {
            let start = errand(false);
            Box::pin(async move {
                let handle = start.search_attributes([customer]).await?;
                match handle.result().await {
                    Ok(()) => Err("an errand came to an end".into()),
                    Err(_failed) => Ok(()),
                }
            })
        }
        (STAYS, _) => {
            let start = errand(true);
            Box::pin(async move {
                start.search_attributes([customer]).await?;
                Ok(())
            })
        }
        (_, 0) => ends!(Steps),
        (_, 1) => ends!(OnTheSpot),
        (_, 2) => ends!(FanOut),
        _ => ends!(Mapped),
    }
}

/// Stays open, or fails at once.
#[derive(Workflow, Default)]
pub(super) struct Errand;

#[handlers]
impl Errand {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, stays: bool) -> Result<(), ApplicationFailure> {
        if stays {
            // However it ends, it has stayed as long as that.
            let _canceled = ctx.wait_until(|_| false).await;
        }
        Err(ApplicationFailure::new("it was in vain", "InVain"))
    }
}
