//! The command in a namespace: of a running engine, and of a store at rest.

use std::sync::Arc;

use sempre::{Engine, NamespaceOptions, storage::MemoryStore};

use super::world::{Outcome, World, builder, say};
use crate::Exit;

#[actix::test]
async fn a_command_is_about_the_namespace_that_it_names() -> Outcome {
    let engine = builder(Engine::on_store(Arc::new(MemoryStore::new())));
    let world = World::over(engine.namespace("billing", NamespaceOptions::default())).await?;
    let billing = world.engine.namespace("billing")?;
    billing.execution("bill").start("Nap", &()).await?;
    world.engine.execution("nap").start("Nap", &()).await?;

    let said = world.say(&["--namespace", "billing", "list"]);
    assert!(
        said.out.contains("bill") && !said.out.contains("nap"),
        "{said:?}"
    );
    let said = world.say(&["list"]);
    assert!(
        said.out.contains("nap") && !said.out.contains("bill"),
        "{said:?}"
    );
    let stop = [
        "--namespace",
        "billing",
        "terminate",
        "bill",
        "--reason",
        "a test",
    ];
    assert_eq!(world.say(&stop).exit, Exit::Done);
    assert!(!billing.execution("bill").describe().await?.status.is_open());

    let said = world.say(&["--namespace", "biling", "list"]);
    assert_eq!(said.exit, Exit::NotFound, "{said:?}");
    assert!(said.err.contains("did you mean billing?"), "{said:?}");
    let said = world.say(&["--namespace", "a/b", "list"]);
    assert_eq!(said.exit, Exit::Usage, "{said:?}");
    world.stop().await
}

#[actix::test]
async fn a_namespace_of_a_store_at_rest_is_read() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("orders.sempre").display().to_string();
    let engine = builder(Engine::open(&path)).namespace("billing", NamespaceOptions::default());
    let engine = engine.start().await?;
    let bill = engine.namespace("billing")?.execution("bill");
    bill.start("Nap", &()).await?;
    engine.shutdown().await;

    let at = |arguments: &[&str]| say(&[&["--store", &path], arguments].concat(), None);
    let said = at(&["--namespace", "billing", "list"]);
    assert!(said.out.contains("bill"), "{said:?}");
    assert!(!at(&["list"]).out.contains("bill"));
    assert_eq!(
        at(&["--namespace", "billing", "show", "bill"]).exit,
        Exit::Done
    );
    assert_eq!(at(&["show", "bill"]).exit, Exit::NotFound);
    Ok(())
}
