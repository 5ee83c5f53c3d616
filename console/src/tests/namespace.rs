//! Namespaces: each has pages of its own, below its name.

use std::sync::Arc;

use http::{Request, header};
use http_body_util::Full;
use sempre::{Engine, NamespaceOptions, client::StoredRuns, storage::MemoryStore};
use serde_json::json;

use super::world::{Outcome, World};
use crate::{Access, Console};

async fn world(store: &Arc<MemoryStore>) -> Outcome<World> {
    let engine = Engine::on_store(store.clone());
    let engine = engine
        .namespace("billing", NamespaceOptions::default())
        .namespace("eu.west-1", NamespaceOptions::default());
    let world = World::over(engine).await?;
    world.engine.execution("nap").start("Nap", &()).await?;
    let billing = world.engine.namespace("billing")?;
    billing.execution("nap").start("Nap", &()).await?;
    billing.execution("bill").start("Nap", &()).await?;
    Ok(world)
}

#[actix::test]
async fn pages_below_the_name_of_a_namespace_are_about_that() -> Outcome {
    let world = world(&Arc::default()).await?;
    world.get("runs").await?.expect(200).does_not_say("bill<");
    let page = world.get("in/billing/runs").await?.expect(200);
    let page = page.says("run?id=bill&amp;");
    // Links lead to what lies side by side, so they stay in the namespace.
    let link = page.link("run?id=bill").replace("&amp;", "&");
    let run = world.get(&format!("in/billing/{link}")).await?.expect(200);
    run.says("bill");
    world.get(&link).await?.expect(404);
    // So do style and script.
    let style = page.link("console").to_owned();
    assert!(!style.is_empty(), "{}", page.text);
    world.get(&format!("in/billing/{style}")).await?.expect(200);

    let count = async |place: &str| -> Outcome<u64> {
        let answered = world.get(place).await?.expect(200).json();
        Ok(answered["total"].as_u64().unwrap_or_default())
    };
    assert_eq!(count("api/count").await?, 1);
    assert_eq!(count("in/billing/api/count").await?, 2);
    assert_eq!(count("in/eu.west-1/api/count").await?, 0);
    assert_eq!(count("in/default/api/count").await?, 1);
    Ok(())
}

#[actix::test]
async fn the_namespaces_are_named_on_each_page_and_lead_to_one_another() -> Outcome {
    let world = world(&Arc::default()).await?;
    let page = world.get("").await?.expect(200);
    page.says("href=\"in/billing/\"")
        .says("href=\"in/eu.west-1/\"");
    let page = world.get("in/billing/queues").await?.expect(200);
    page.says("href=\"../../.\"")
        .says("href=\"../../in/eu.west-1/\"");
    let session = world.get("in/billing/api/session").await?.json();
    assert_eq!(session["namespace"], "billing");
    assert_eq!(
        session["namespaces"],
        json!(["default", "billing", "eu.west-1"])
    );

    // Where there is only one, nobody need know of them.
    let alone = World::new().await?;
    alone.get("").await?.expect(200).does_not_say("namespaces");
    Ok(())
}

#[actix::test]
async fn what_is_done_there_is_done_there_and_recorded_with_its_name() -> Outcome {
    let world = world(&Arc::default()).await?;
    let token = world.token("ada").await?;
    let request = Request::post("/in/billing/api/terminate")
        .header("x-user", "ada")
        .header("x-csrf-token", token)
        .header(header::CONTENT_TYPE, "application/json");
    let asked = json!({ "id": "nap", "reason": "a test" }).to_string();
    world
        .send(request.body(Full::from(asked))?)
        .await?
        .expect(200);
    let billing = world.engine.namespace("billing")?;
    assert!(!billing.execution("nap").describe().await?.status.is_open());
    assert!(
        world
            .engine
            .execution("nap")
            .describe()
            .await?
            .status
            .is_open()
    );
    world.get("audit").await?.expect(200).says("nap in billing");
    Ok(())
}

#[actix::test]
async fn a_namespace_that_does_not_exist_is_told_only_to_those_who_may_look() -> Outcome {
    let world = world(&Arc::default()).await?;
    let unknown = world.get("in/biling/runs").await?.expect(404);
    unknown.says("here is no namespace biling; did you mean billing?");
    world.get("in/billing").await?.expect(404);
    world.get("in//runs").await?.expect(404);
    world.get("in/billing/in/billing/runs").await?.expect(404);
    let hidden = world.get_as("nobody", "in/biling/runs").await?.expect(403);
    hidden.does_not_say("did you mean");
    Ok(())
}

#[actix::test]
async fn a_store_at_rest_shows_its_namespaces_too() -> Outcome {
    let store = Arc::new(MemoryStore::new());
    let world = world(&store).await?;
    world.engine.shutdown().await;
    let console = Console::at_rest(&StoredRuns::new(store)).access(|_| Access::Read);
    let world = World {
        console,
        engine: world.engine,
    };
    let count = async |place: &str| world.get(place).await.map(|it| it.json()["total"].clone());
    assert_eq!(count("api/count").await?, 1);
    assert_eq!(count("in/billing/api/count").await?, 2);
    world.get("in/billing/run?id=bill").await?.expect(200);
    Ok(())
}

#[actix::test]
async fn a_console_of_one_namespace_shows_no_other() -> Outcome {
    let world = world(&Arc::default()).await?;
    let console = Console::new(&world.engine.namespace("billing")?).access(|_| Access::Read);
    let world = World {
        console,
        engine: world.engine,
    };
    let page = world.get("runs").await?.expect(200);
    page.says("run?id=bill").does_not_say("eu.west-1");
    world.get("in/eu.west-1/runs").await?.expect(404);
    world.get("in/default/runs").await?.expect(404);
    let session = world.get("api/session").await?.json();
    assert_eq!(session["namespaces"], json!(["billing"]));
    Ok(())
}
