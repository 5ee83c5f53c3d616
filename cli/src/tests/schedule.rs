//! Schedules.

use super::world::{Nap, Outcome, World};
use crate::Exit;

#[actix::test]
async fn a_schedule_is_looked_at_and_acted_on() -> Outcome {
    let world = World::new().await?;
    assert_eq!(world.say(&["schedule", "list"]).out, "no schedules\n");
    let nightly = world.engine.schedule("nightly").create::<Nap>(());
    nightly.cron("0 3 * * *").time_zone("Europe/Vienna").await?;
    world.golden("schedule_list", &["schedule", "list"]);
    world.golden("schedule_describe", &["schedule", "describe", "nightly"]);
    world.golden(
        "schedule_pause",
        &["schedule", "pause", "nightly", "--note", "stocktaking"],
    );
    let paused = world.say(&["schedule", "describe", "nightly"]);
    assert!(
        paused.out.contains("paused") && paused.out.contains("stocktaking"),
        "{paused:?}"
    );
    world.golden("schedule_unpause", &["schedule", "unpause", "nightly"]);
    let trigger = ["schedule", "trigger", "nightly", "--overlap", "allow-all"];
    world.golden_text("schedule_trigger", &trigger);
    world.until(&["schedule", "describe", "nightly"], "Running")?;
    let times = [
        "--from",
        "2026-01-01T00:00:00Z",
        "--until",
        "2026-01-02T00:00:00Z",
    ];
    let backfill = [
        &["schedule", "backfill", "nightly"][..],
        &times,
        &["--overlap", "skip"],
    ];
    world.golden("schedule_backfill", &backfill.concat());
    let sometimes = ["schedule", "trigger", "nightly", "--overlap", "sometimes"];
    assert_eq!(world.say(&sometimes).exit, Exit::Usage);
    world.golden_text("schedule_delete", &["schedule", "delete", "nightly"]);
    world.golden_text("schedule_missing", &["schedule", "describe", "nightly"]);
    world.stop().await
}
