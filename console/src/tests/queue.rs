//! Task queues and workflow types: looked at, paused, limited; and the trail of it.

use sempre::TaskQueueOptions;
use serde_json::{Value, json};

use super::world::{Outcome, World};

#[actix::test]
async fn a_task_queue_is_looked_at_paused_and_limited() -> Outcome {
    let world = World::new().await?;
    let page = "queue?id=default";
    world
        .get("queues")
        .await?
        .expect(200)
        .says("default")
        .says("Active");
    world
        .get(page)
        .await?
        .expect(200)
        .says("charge")
        .says("those of the code");
    let pause = json!({ "id": "default", "reason": "the bank <is> down" });
    world.act("pause-queue", &pause).await?.expect(200);
    assert!(
        world
            .engine
            .task_queue("default")
            .describe()
            .paused
            .is_some()
    );
    for place in ["queues", page] {
        let paused = world.get(place).await?.expect(200);
        paused.says("Paused").says("ada: the bank &lt;is&gt; down");
    }
    let api = world.get("api/queue?id=default").await?.expect(200).json();
    assert_eq!(api["paused"]["who"], "ada");
    let form = [
        ("action", "limit-queue"),
        ("id", "default"),
        ("max_attempts", "4"),
        ("per_second", ""),
        ("key_max_attempts", "2"),
    ];
    world.form(&form).await?.expect(303);
    let limited = world.engine.task_queue("default").describe().options;
    assert_eq!(
        (limited.max_concurrent_attempts, limited.limits.len()),
        (4, 1)
    );
    let told = world.get(page).await?.expect(200);
    told.says("set by an operator")
        .says("all activities of each key: at most 2 at once");
    let whole =
        json!({ "id": "default", "input": { "rate_limit": { "per_second": 5, "burst": 1 } } });
    world.act("limit-queue", &whole).await?.expect(200);
    let limited = world.engine.task_queue("default").describe().options;
    assert_eq!(limited.max_concurrent_attempts, 1_000);
    assert!(limited.rate_limit.is_some());
    let id = json!({ "id": "default" });
    world.act("restore-queue", &id).await?.expect(200);
    world.act("unpause-queue", &id).await?.expect(200);
    let restored = world.engine.task_queue("default").describe();
    assert_eq!(restored.options, TaskQueueOptions::default());
    assert!(restored.paused.is_none());
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn what_limits_nothing_is_refused() -> Outcome {
    let world = World::new().await?;
    let cases = [
        (json!({ "id": "default" }), 400, "nothing that limits"),
        (
            json!({ "id": "default", "max_attempts": "0" }),
            400,
            "from 1 on",
        ),
        (
            json!({ "id": "default", "max_attempts": "many" }),
            400,
            "from 1 on",
        ),
        (
            json!({ "id": "default", "input": { "max_attempts": 4 } }),
            400,
            "unknown field `max_attempts`",
        ),
        (
            json!({ "id": "default", "input": { "limits": [{ "per_key": true }] } }),
            400,
            "unknown field `per_key`",
        ),
        (
            json!({ "id": "default", "input": { "max_concurrent_attempts": 0 } }),
            400,
            "from 1 on",
        ),
        (
            json!({ "id": "default", "input": { "limits": 4 } }),
            400,
            "options are not valid",
        ),
        (
            json!({ "id": "defualt", "max_attempts": "4" }),
            404,
            "has no activities",
        ),
        (
            json!({ "id": "temporal-sys-scheduler", "max_attempts": "4" }),
            400,
            "own",
        ),
        (json!({ "max_attempts": "4" }), 400, "id is missing"),
    ];
    for (asked, status, says) in cases {
        world
            .act("limit-queue", &asked)
            .await?
            .expect(status)
            .says(says);
    }
    assert!(!world.engine.task_queue("default").describe().is_limited);
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn a_workflow_type_is_paused_and_goes_on() -> Outcome {
    let world = World::new().await?;
    let pause = json!({ "id": "Order", "reason": "prices are wrong" });
    world.act("pause-type", &pause).await?.expect(200);
    world
        .get("types")
        .await?
        .expect(200)
        .says("prices are wrong");
    let listed = world.get("api/queues").await?.expect(200).json();
    assert_eq!(listed["paused_workflow_types"][0]["workflow_type"], "Order");
    world.order("order-1", "4242").await?;
    let waits = world.get("run?id=order-1").await?.expect(200);
    waits.says("somebody to unpause workflow type Order");
    let form = [("action", "unpause-type"), ("id", "Order")];
    world.form(&form).await?.expect(303);
    world.until("run?id=order-1", "a message").await?;
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn what_was_done_is_in_the_trail_of_the_engine() -> Outcome {
    let world = World::new().await?;
    world.order("order-1", "4242").await?;
    let terminate = json!({ "id": "order-1", "reason": "a test" });
    world.act("terminate", &terminate).await?.expect(200);
    let trail = world.engine.audit().await?;
    let entry = &trail.entries[0];
    let told = (
        entry.who.as_str(),
        &*entry.operation,
        &*entry.subject,
        &*entry.reason,
    );
    assert_eq!(told, ("ada", "terminate", "order-1", "a test"));
    for number in 0..400 {
        let entry = sempre::operator::AuditEntry::new("count", number.to_string());
        world.engine.audit().record(entry).await?;
    }
    let first = world.get("api/audit").await?.expect(200).json();
    let next = first["next"].as_str().ok_or("there are more")?;
    let second = world
        .get(&format!("api/audit?page={next}"))
        .await?
        .expect(200)
        .json();
    assert_eq!(second["next"], Value::Null);
    world.get("audit").await?.expect(200).says("Next page");
    world
        .get("audit?page=nonsense")
        .await?
        .expect(400)
        .says("page token");
    world.engine.shutdown().await;
    Ok(())
}
