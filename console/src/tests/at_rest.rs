//! The console of a store that no engine runs on.

use std::sync::Arc;

use http::Request;
use http_body_util::Full;
use sempre::{Engine, client::StoredRuns, storage::MemoryStore};
use serde_json::json;

use super::world::{Outcome, World};
use crate::{Access, Console};

/// A world whose engine has stopped, and whose console shows what it has left.
async fn left(world: World, store: &Arc<MemoryStore>) -> Outcome<World> {
    world.engine.shutdown().await;
    let runs = StoredRuns::new(store.clone());
    let console = Console::at_rest(&runs).title("shop");
    Ok(World {
        // Somebody who might act elsewhere.
        console: console.access(|_| Access::Act("ada".into())),
        engine: world.engine,
    })
}

async fn shop() -> Outcome<World> {
    let store = Arc::new(MemoryStore::new());
    let world = World::over(Engine::on_store(store.clone())).await?;
    world.order("paid", "4242").await?;
    world.until("run?id=paid", "a message").await?;
    world.order("unpaid", "").await?;
    world.until("run?id=unpaid", "attempt 2").await?;
    let doomed = world.engine.execution("gone").start("Doomed", &()).await?;
    assert!(doomed.result::<()>().await.is_err());
    left(world, &store).await
}

#[actix::test]
async fn a_store_at_rest_is_shown_as_it_was_left() -> Outcome {
    let world = shop().await?;
    let overview = world.get("").await?.expect(200);
    overview
        .says("No engine runs on this store")
        .says("paid")
        .says("at rest");
    let runs = world.get("runs").await?.expect(200);
    runs.says("a message").says("activity charge, attempt 2");
    let run = world.get("run?id=unpaid").await?.expect(200);
    run.says("no &lt;card&gt;")
        .does_not_say("<form method=\"post\"");
    for form in ["compact", "timeline", "events"] {
        let history = world.get(&format!("history?id=paid&form={form}")).await?;
        history.expect(200).says("charge");
    }
    let failures = world.get("failures").await?.expect(200);
    failures
        .says("it was &lt;doomed&gt;")
        .does_not_say("needs attention");
    world.get("patches").await?.expect(200);
    world.get("store").await?.expect(200).says("Open runs");
    Ok(())
}

#[actix::test]
async fn programs_are_told_the_same_of_a_store_at_rest() -> Outcome {
    let world = shop().await?;
    let runs = world
        .get("api/runs?filter=WorkflowId%20%3D%20'paid'")
        .await?;
    assert_eq!(runs.expect(200).json()["runs"][0]["status"], "RUNNING");
    let run = world.get("api/run?id=unpaid").await?.expect(200).json();
    assert_eq!(run["activities"][0]["attempt"], 2);
    let count = world.get("api/count").await?.expect(200).json();
    assert_eq!(count["total"], 3);
    let history = world.get("api/history?id=gone").await?.expect(200).json();
    assert_eq!(history["is_closed"], true);
    let session = world.get("api/session").await?.expect(200).json();
    assert_eq!(session["access"], "read");
    assert_eq!(world.get("api/store").await?.json()["open_runs"], 2);
    world.get("api/run?id=nobody").await?.expect(404);
    Ok(())
}

#[actix::test]
async fn what_takes_an_engine_is_refused_and_nothing_is_written() -> Outcome {
    let world = shop().await?;
    let before = world.get("api/history?id=paid").await?.text;
    for page in [
        "queues",
        "schedules",
        "bulk-jobs",
        "types",
        "audit",
        "api/health",
        "api/attention",
    ] {
        let refused = world.get(page).await?;
        refused
            .expect(409)
            .says("o engine runs on this store")
            .does_not_say("href=\"queues\"");
    }
    world.get("nowhere").await?.expect(404);
    let act = world.act("terminate", &json!({ "id": "paid" })).await?;
    act.expect(409).says("\"effect\":\"none\"");
    let form = Request::post("/act").body(Full::from("action=terminate&id=paid"))?;
    world.send(form).await?.expect(409);
    let live = world.get("queues?live=1").await?;
    live.expect(409);
    assert_eq!(world.get("api/history?id=paid").await?.text, before);
    Ok(())
}

#[actix::test]
async fn without_a_rule_only_readers_on_this_machine_see_it() -> Outcome {
    let world = shop().await?;
    let console = Console::at_rest(&StoredRuns::new(Arc::new(MemoryStore::new())));
    let elsewhere = World {
        console,
        engine: world.engine,
    };
    elsewhere.get("runs").await?.expect(403);
    Ok(())
}
