//! Three releases of a workflow, deployed one after the other under runs that stay open.
//!
//! Run it with `cargo run --example patching`. The first release ships parcels; the second insures
//! them, and says so with `ctx.patched`; the third has forgotten how to ship without. Each is the
//! code of the same workflow type, on the same store, and each parcel goes the way that the release
//! knew which packed it.

use std::{convert::Infallible, error::Error, sync::Arc};

use sempre::{
    ActivityError, Engine, Workflow, WorkflowContext, activity, handlers,
    runtime::EngineBuilder,
    storage::{MemoryDisk, MemoryStore},
};

#[activity(start_to_close = "10s")]
async fn ship() -> String {
    "shipped".into()
}

#[activity(start_to_close = "10s")]
async fn ship_insured() -> String {
    "shipped, insured".into()
}

/// What came of a parcel, as far as it has got.
type Shipped = Result<String, ActivityError<Infallible>>;

/// A release is a module here; in a service it is a commit.
macro_rules! release {
    ($name:ident, |$ctx:ident| $shipping:expr) => {
        mod $name {
            use super::*;

            #[derive(Workflow, Default)]
            pub(super) struct Parcel {
                arrived: bool,
            }

            #[handlers]
            impl Parcel {
                #[run]
                async fn run($ctx: WorkflowContext<Self>) -> Shipped {
                    let shipped: String = $shipping;
                    // Whoever is canceled while a parcel travels has shipped it all the same.
                    let _canceled = $ctx.wait_until(|parcel| parcel.arrived).await;
                    Ok(shipped)
                }

                #[signal]
                pub(super) fn arrive(&mut self) {
                    self.arrived = true;
                }
            }
        }
    };
}

release!(first, |ctx| ctx.activity(ship, ()).await?);

release!(second, |ctx| if ctx.patched("insured") {
    ctx.activity(ship_insured, ()).await?
} else {
    ctx.activity(ship, ()).await?
});

release!(third, |ctx| {
    ctx.deprecate_patch("insured");
    ctx.activity(ship_insured, ()).await?
});

/// Stops the engine, if there is one, and starts the next one with other code on the same store.
async fn deploy(
    disk: &MemoryDisk,
    before: Option<Engine>,
    release: impl FnOnce(EngineBuilder) -> EngineBuilder,
) -> Result<Engine, Box<dyn Error>> {
    if let Some(before) = before {
        before.shutdown().await;
    }
    let engine = Engine::on_store(Arc::new(MemoryStore::open(disk)?))
        .activities(ship)
        .activities(ship_insured);
    Ok(release(engine).start().await?)
}

#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
async fn tell(engine: &Engine) -> Result<(), Box<dyn Error>> {
    for patch in engine.patches().await? {
        println!(
            "  {}: {} open runs took the new way, {} may need the old one",
            patch.patch_id, patch.new_way, patch.old_way
        );
    }
    Ok(())
}

#[actix::main]
#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
async fn main() -> Result<(), Box<dyn Error>> {
    use second::ParcelHandle as _;
    use third::ParcelHandle as _;
    let disk = MemoryDisk::new();

    let engine = deploy(&disk, None, EngineBuilder::workflow::<first::Parcel>).await?;
    engine.workflow::<first::Parcel>("one").start(()).await?;
    println!("release 1 has packed parcel one");

    let second = EngineBuilder::workflow::<second::Parcel>;
    let engine = deploy(&disk, Some(engine), second).await?;
    engine.workflow::<second::Parcel>("two").start(()).await?;
    println!("release 2 has packed parcel two");
    tell(&engine).await?;
    let one = engine.workflow::<second::Parcel>("one");
    one.arrive().await?;
    println!("parcel one: {}", one.result().await?);
    tell(&engine).await?;

    // Nobody needs the old way any more: it may go.
    let third = EngineBuilder::workflow::<third::Parcel>;
    let engine = deploy(&disk, Some(engine), third).await?;
    let two = engine.workflow::<third::Parcel>("two");
    two.arrive().await?;
    println!("parcel two: {}", two.result().await?);
    tell(&engine).await?;
    engine.shutdown().await;
    Ok(())
}
