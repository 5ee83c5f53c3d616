//! One workflow, one activity, and the history they leave.
//!
//! Run it with `cargo run --example hello_world`.

mod activity;
mod workflow;

use sempre::Engine;

use crate::{activity::greet, workflow::Hello};

#[actix::main]
#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let engine = Engine::open(folder.path().join("hello.sempre"))
        .workflow::<Hello>()
        .activities(greet)
        .start()
        .await?;

    let hello = engine
        .workflow::<Hello>("hello-1")
        .start("world".to_owned())
        .await?;
    let greeting = hello.result().await?;

    println!("The workflow returned: {greeting}\n");
    println!("Its history, as it stands on disk:");
    for event in hello.history().await?.events {
        println!("  {:>2}  {}", event.id.get(), event.event_type());
    }
    engine.shutdown().await;
    Ok(())
}
