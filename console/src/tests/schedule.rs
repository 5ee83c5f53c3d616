//! Schedules: looked at, paused, triggered, and made up for.

use std::time::Duration;

use serde_json::json;

use super::world::{Nap, Outcome, World};

#[actix::test]
async fn a_schedule_is_looked_at_and_changed() -> Outcome {
    let world = World::new().await?;
    let nightly = world.engine.schedule("nightly <1>");
    let nightly = nightly.create::<Nap>(()).cron("0 3 * * *").await?;
    world
        .until("schedules", "every day at 03:00")
        .await?
        .says("nightly &lt;1&gt;")
        .says("Acts");
    let page = "schedule?id=nightly+%3C1%3E";
    world
        .get(page)
        .await?
        .expect(200)
        .says("Every day at 03:00")
        .says("It has not acted yet");
    let id = json!({ "id": "nightly <1>", "reason": "stocktaking" });
    world.act("pause-schedule", &id).await?.expect(200);
    assert!(nightly.describe().await?.schedule.paused);
    world
        .get(page)
        .await?
        .says("Paused")
        .says("stocktaking")
        .says("Unpause");
    let trigger = json!({ "id": "nightly <1>", "overlap": "allow-all" });
    world.act("trigger-schedule", &trigger).await?.expect(200);
    world
        .until("api/schedule?id=nightly+%3C1%3E", "\"started\":1")
        .await?;
    world.act("unpause-schedule", &id).await?.expect(200);
    let form = [
        ("action", "backfill-schedule"),
        ("id", "nightly <1>"),
        ("from", "2026-11-01T00:00"),
        ("until", "2026-11-02T23:00"),
        ("overlap", "allow-all"),
    ];
    world.form(&form).await?.expect(303);
    world
        .until("api/schedule?id=nightly+%3C1%3E", "\"started\":3")
        .await?;
    let bad = json!({ "id": "nightly <1>", "from": "yesterday", "until": "now" });
    world
        .act("backfill-schedule", &bad)
        .await?
        .expect(400)
        .says("from is no time");
    let bad = json!({ "id": "nightly <1>", "overlap": "sometimes" });
    world
        .act("trigger-schedule", &bad)
        .await?
        .expect(400)
        .says("none of the rules");
    world.act("delete-schedule", &id).await?.expect(200);
    world.get(page).await?.expect(404);
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn schedules_have_pages() -> Outcome {
    let world = World::new().await?;
    for number in 0..31 {
        let schedule = world.engine.schedule(format!("s{number}"));
        schedule
            .create::<Nap>(())
            .every(Duration::from_secs(86_400))
            .await?;
    }
    let first = world.get("schedules").await?.expect(200).says("Next page");
    let next = first
        .text
        .split("href=\"schedules?page=")
        .nth(1)
        .unwrap_or_default();
    let next = next.split('"').next().unwrap_or_default();
    world
        .get(&format!("schedules?page={next}"))
        .await?
        .expect(200)
        .says(">s0<");
    world.engine.shutdown().await;
    Ok(())
}
