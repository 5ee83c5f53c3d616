//! Schedules: looked at, paused, triggered, and made up for.

use std::time::Duration;

use sempre::model::EventAttributes;
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
        .says("Active");
    let page = "schedule?id=nightly+%3C1%3E";
    world
        .get(page)
        .await?
        .expect(200)
        .says("Every day at 03:00")
        .says("No actions yet");
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
    // Whoever acted stands in the history of the schedule's own workflow.
    let scheduler = world.engine.execution("temporal-sys-scheduler:nightly <1>");
    let history = scheduler.history().await?;
    let by: Vec<_> = history
        .attributes()
        .filter_map(|it| match it {
            EventAttributes::WorkflowExecutionUpdateAccepted(it) => {
                Some(it.accepted_request.as_ref()?.identity.to_string())
            }
            _ => None,
        })
        .collect();
    assert_eq!(by, ["ada"; 3]);
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
        .says("from is not a time");
    let bad = json!({ "id": "nightly <1>", "overlap": "sometimes" });
    world
        .act("trigger-schedule", &bad)
        .await?
        .expect(400)
        .says("no overlap rule sometimes");
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
    world
        .get(first.link("schedules?page="))
        .await?
        .expect(200)
        .says(">s0<");
    world.engine.shutdown().await;
    Ok(())
}
