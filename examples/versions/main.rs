//! Two versions of a workflow side by side, and the runs that stay with each.
//!
//! Run it with `cargo run --example versions`. The first release of a subscription sends letters by
//! post; the second is written anew, and comes with the first one beside it. Who subscribed before
//! goes on by post; who subscribes now is sent mail; and a subscription that is renewed moves up.
//! A release that has lost the first version is refused at the start.

use std::{error::Error, sync::Arc};

use sempre::{
    Engine, Workflow, WorkflowContext, handlers,
    runtime::{EngineBuilder, StartEngineError},
    storage::{MemoryDisk, MemoryStore},
};

/// The letters that a subscription has brought, over all of its runs.
type Letters = Vec<String>;

/// As it was written first. Said or not, it is the first version; said, what follows a run stays with
/// it.
#[derive(Workflow, Default)]
#[workflow(name = "Subscription", version = 1)]
struct ByPost {
    issues: u32,
    renewed: bool,
}

#[handlers]
impl ByPost {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, letters: Letters) -> Letters {
        let mut letters = letters;
        // Whoever is canceled has got these letters all the same.
        let _canceled = ctx.wait_until(|it| it.issues > 0).await;
        letters.push("a letter by post".into());
        let _canceled = ctx.wait_until(|it| it.renewed).await;
        // The run that follows would stay with this version, were it not said that it may move up.
        match ctx.continue_as_new(letters).newest_version().await {}
    }

    #[signal]
    fn publish(&mut self) {
        self.issues += 1;
    }

    #[signal]
    fn renew(&mut self) {
        self.renewed = true;
    }
}

/// Written anew, under the same name.
#[derive(Workflow, Default)]
#[workflow(name = "Subscription", version = 2)]
struct ByMail {
    issues: u32,
}

#[handlers]
impl ByMail {
    #[run]
    async fn run(ctx: WorkflowContext<Self>, letters: Letters) -> Letters {
        let mut letters = letters;
        let _canceled = ctx.wait_until(|it| it.issues > 0).await;
        letters.push("a mail".into());
        letters
    }

    #[signal]
    fn publish(&mut self) {
        self.issues += 1;
    }
}

fn engine(disk: &MemoryDisk) -> Result<EngineBuilder, Box<dyn Error>> {
    let store = MemoryStore::open(disk)?;
    Ok(Engine::on_store(Arc::new(store)).require_code_for_open_runs())
}

#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
async fn tell(engine: &Engine) -> Result<(), Box<dyn Error>> {
    for version in [1, 2] {
        let filter = format!("WorkflowVersion = {version} AND ExecutionStatus = 'Running'");
        let open = engine.count(&filter).await?.total;
        println!("  open runs of version {version}: {open}");
    }
    Ok(())
}

#[actix::main]
#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
async fn main() -> Result<(), Box<dyn Error>> {
    let disk = MemoryDisk::new();
    let release = engine(&disk)?.workflow::<ByPost>().start().await?;
    release.workflow::<ByPost>("ada").start(vec![]).await?;
    println!("release 1: ada has subscribed");
    release.shutdown().await;

    // A release that brings the new code and has lost the old one does not start.
    let forgetful = engine(&disk)?.workflow::<ByMail>().start().await;
    let Err(StartEngineError::MissingCode { missing }) = forgetful else {
        return Err("ada's code is missing".into());
    };
    for missing in missing {
        println!("release 2 is refused: {missing}");
    }

    let release = engine(&disk)?.workflow::<ByPost>().workflow::<ByMail>();
    let release = release.build_id("letters-2.1").start().await?;
    let bob = release.workflow::<ByMail>("bob").start(vec![]).await?;
    println!("release 2.1: bob has subscribed");
    tell(&release).await?;

    let ada = release.workflow::<ByPost>("ada");
    ada.publish().await?;
    bob.publish().await?;
    println!("bob: {:?}", bob.result().await?);

    ada.renew().await?;
    // The run that follows takes the newest version, and mail with it.
    let ada = release.workflow::<ByMail>("ada");
    ada.publish().await?;
    println!("ada: {:?}", ada.result().await?);
    tell(&release).await?;
    release.shutdown().await;
    Ok(())
}
