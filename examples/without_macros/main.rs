//! What the macros write, written by hand: every trait between user code and the engine.
//!
//! Run it with `cargo run --example without_macros`.

mod activity;
mod error;
mod messages;
mod workflow;

use sempre::Engine;

use crate::{
    activity::Greet,
    messages::{Introduce, Who},
    workflow::Hello,
};

#[actix::main]
#[expect(clippy::print_stdout, reason = "an example speaks to its reader")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let engine = Engine::open(folder.path().join("hello.sempre"))
        .workflow::<Hello>()
        .activities(Greet)
        .start()
        .await?;

    let hello = engine.workflow::<Hello>("hello-1").start(()).await?;
    hello.signal::<Introduce>("world".to_owned()).await?;
    println!("The workflow returned: {}", hello.result().await?);
    println!("It remembers:          {:?}", hello.query::<Who>(()).await?);

    // The error of the activity comes back as the type it was.
    let nameless = engine.workflow::<Hello>("hello-2").start(()).await?;
    nameless.signal::<Introduce>(String::new()).await?;
    if let Err(failure) = nameless.result().await {
        println!("Without a name:        {failure}");
    }
    engine.shutdown().await;
    Ok(())
}
