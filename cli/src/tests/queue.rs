//! Task queues, workflow types, and the trail of what was done to them.

use super::world::{Outcome, World};
use crate::Exit;

#[actix::test]
async fn a_task_queue_is_looked_at_paused_and_limited() -> Outcome {
    let world = World::new().await?;
    world.golden("queue_list", &["queue", "list"]);
    let pause = ["queue", "pause", "default", "--reason", "the bank is down"];
    world.golden("queue_pause", &pause);
    world.golden("queue_paused", &["queue", "list"]);
    world.golden_text("queue_unpause", &["queue", "unpause", "default"]);
    let limit = [
        "queue",
        "limit",
        "default",
        "--max-attempts",
        "4",
        "--per-second",
        "50",
        "--burst",
        "10",
        "--key-max-attempts",
        "2",
    ];
    world.golden("queue_limit", &limit);
    world.golden("queue_describe", &["queue", "describe", "default"]);
    world.golden_text("queue_restore", &["queue", "restore", "default"]);
    assert!(!world.engine.task_queue("default").describe().is_limited);
    world.golden_text(
        "queue_limit_unknown",
        &["queue", "limit", "defualt", "--max-attempts", "4"],
    );
    let without_limits = world.say(&["queue", "limit", "default"]);
    assert_eq!(without_limits.exit, Exit::Usage, "{without_limits:?}");
    let burst_alone = world.say(&["queue", "limit", "default", "--burst", "4"]);
    assert_eq!(burst_alone.exit, Exit::Usage, "{burst_alone:?}");
    let nothing = world.say(&["queue", "limit", "default", "--max-attempts", "0"]);
    assert_eq!(nothing.exit, Exit::Usage, "{nothing:?}");
    world.golden_text(
        "queue_of_engine",
        &["queue", "pause", "temporal-sys-scheduler"],
    );
    world.golden("queue_audit", &["audit"]);
    world.stop().await
}

#[actix::test]
async fn a_workflow_type_is_paused_and_goes_on() -> Outcome {
    let world = World::new().await?;
    let pause = ["type", "pause", "Order", "--reason", "prices are wrong"];
    world.golden("type_pause", &pause);
    world.golden("type_paused", &["queue", "list"]);
    let start = ["start", "Order", "order-1", "--input", "\"4242\""];
    assert_eq!(world.say(&start).exit, Exit::Done);
    world.golden_text("type_paused_why", &["why", "order-1"]);
    world.golden("type_unpause", &["type", "unpause", "Order"]);
    world.until(&["why", "order-1"], "a message")?;
    world.stop().await
}
