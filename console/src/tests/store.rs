//! Backups, which go where the service has said, or nowhere.

use sempre::Engine;
use serde_json::json;

use super::world::{Outcome, World};

#[actix::test]
async fn a_backup_is_taken_by_whoever_may_act_where_the_service_has_said() -> Outcome {
    let folder = tempfile::tempdir()?;
    let backups = folder.path().join("backups");
    let mut world = World::over(Engine::open(folder.path().join("store"))).await?;
    world.console = world.console.clone().backups(&backups);
    world.order("order", "4242").await?;
    world.get("store").await?.expect(200).says("None so far");
    let forged = world.act_as("ada", "forged", "backup", &json!({})).await?;
    forged.expect(403);
    assert!(!backups.exists(), "nothing was written");
    let taken = world.act("backup", &json!({})).await?;
    let taken = taken.expect(200).says("backup 1 was taken");
    let answer = taken.json();
    assert_eq!(answer["answer"]["backup"]["number"], 1);
    assert!(answer["answer"]["payloads"].is_null());
    world.form(&[("action", "backup")]).await?.expect(303);
    let all = world.get("api/store").await?.json();
    assert_eq!(all["backups"].as_array().map(Vec::len), Some(2));
    world
        .get("store")
        .await?
        .expect(200)
        .says("Backups")
        .says("Back up now");
    let reader = world.get_as("grace", "store").await?;
    let reader = reader.expect(200).says("Backups");
    assert!(!reader.text.contains("Back up now"));
    world.get("audit").await?.says("backup");
    let none = world
        .act("backup", &json!({ "with_payloads": true }))
        .await?;
    none.expect(409).says("no payload storage");
    world.engine.shutdown().await;
    let down = world.act("backup", &json!({})).await?;
    down.expect(503).says("shutting down");
    Ok(())
}

#[actix::test]
async fn without_a_place_no_backup_is_taken() -> Outcome {
    let world = World::new().await?;
    let refused = world.act("backup", &json!({ "to": "anywhere" })).await?;
    refused.expect(409).says("has not said where backups go");
    assert!(!world.get("store").await?.text.contains("Backups"));
    world.engine.shutdown().await;
    Ok(())
}
