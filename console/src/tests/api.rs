//! What can be read as JSON.

use serde_json::{Value, json};

use super::world::{Outcome, World};

#[actix::test]
async fn runs_are_listed_counted_and_paged() -> Outcome {
    let world = World::new().await?;
    for number in 0..3 {
        world
            .engine
            .execution(format!("nap-{number}"))
            .start("Nap", &())
            .await?;
    }
    let doomed = world
        .engine
        .execution("doomed")
        .start("Doomed", &())
        .await?;
    assert!(doomed.result::<Value>().await.is_err());
    let first = world
        .get("api/runs?filter=WorkflowType+%3D+%27Nap%27&size=2")
        .await?
        .json();
    let ids = |page: &Value| {
        let runs = page["runs"].as_array().cloned().unwrap_or_default();
        runs.iter()
            .map(|run| run["workflow_id"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&first), ["nap-2", "nap-1"]);
    let next = first["next"].as_str().unwrap_or_default();
    let second = world
        .get(&format!(
            "api/runs?filter=WorkflowType+%3D+%27Nap%27&page={next}"
        ))
        .await?;
    assert_eq!(ids(&second.json()), ["nap-0"]);
    world
        .get(&format!("api/runs?page={next}"))
        .await?
        .expect(400)
        .says("another filter");
    world
        .get("api/runs?page=5")
        .await?
        .expect(400)
        .says("not a page token");
    world
        .get("api/runs?size=many")
        .await?
        .expect(400)
        .says("size is not a number");
    let count = world
        .get("api/count?filter=GROUP+BY+ExecutionStatus")
        .await?
        .json();
    assert_eq!(
        count,
        json!({ "total": 4, "by_status": { "RUNNING": 3, "FAILED": 1 } })
    );
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn a_bad_filter_is_refused_with_its_column() -> Outcome {
    let world = World::new().await?;
    let refused = world
        .get("api/runs?filter=WorkflowTyp+%3D+%27Order%27")
        .await?
        .expect(400);
    let error = &refused.json()["error"];
    assert_eq!(error["column"], 1, "{error}");
    assert!(
        error["message"]
            .to_string()
            .contains("did you mean WorkflowType"),
        "{error}"
    );
    world.get("api/count?filter=%28").await?.expect(400);
    let page = world.get("runs?filter=WorkflowType+%3D").await?.expect(400);
    page.says("WorkflowType =").says("aria-invalid=\"true\"");
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn a_run_says_what_it_waits_for() -> Outcome {
    let world = World::new().await?;
    world.order("order-1", "").await?;
    world.engine.execution("nap").start("Nap", &()).await?;
    world
        .engine
        .execution("parent")
        .start("Parent", &())
        .await?;
    world
        .engine
        .execution("waits")
        .start("NotHere", &())
        .await?;
    let of = async |id: &str| -> Outcome<Value> {
        let run = world
            .get(&format!("api/run?id={id}"))
            .await?
            .expect(200)
            .json();
        Ok(run["waits_for"][0].clone())
    };
    world.until("api/run?id=order-1", "no <card>").await?;
    let order = of("order-1").await?;
    assert_eq!(order["what"], "activity charge, attempt 2");
    assert!(
        order["until"].is_string() && order["is_trouble"] == true,
        "{order}"
    );
    world.until("api/run?id=nap", "a timer").await?;
    assert!(of("nap").await?["until"].is_string());
    world
        .until("api/run?id=parent", "child Nap the-child")
        .await?;
    assert_eq!(of("waits").await?["what"], "code for workflow NotHere");
    assert_eq!(
        world.get("api/attention").await?.json()["problems"][0]["workflow_id"],
        "waits"
    );
    world
        .get("api/run?id=nobody")
        .await?
        .expect(404)
        .says("not found");
    world
        .get("api/run")
        .await?
        .expect(400)
        .says("id is missing");
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn a_history_is_told_by_rows_and_a_store_by_what_it_holds() -> Outcome {
    let world = World::new().await?;
    let order = world.order("order-1", "4242").await?;
    order.signal("approve", &()).await?;
    order.result::<Value>().await?;
    let compact = world
        .get("api/history?id=order-1&form=compact&payloads=show")
        .await?
        .expect(200)
        .json();
    let rows = compact["rows"].as_array().cloned().unwrap_or_default();
    let kinds: Vec<_> = rows.iter().map(|row| row["kind"].clone()).collect();
    assert_eq!(kinds.len(), 3, "{kinds:?}");
    assert_eq!(rows[0]["bar"], json!([0.0, 1.0]));
    let receipt = &rows[0]["outcome"]["result"]["value"];
    assert_eq!(receipt, "receipt for 4242");
    world
        .get("api/history?id=order-1&form=pie")
        .await?
        .expect(400)
        .says("events or compact");
    let store = world.get("api/store").await?.expect(200).json();
    assert_eq!(store["by_type"]["Order"]["runs"], 1);
    world
        .get("store")
        .await?
        .expect(200)
        .says("Closed runs by type")
        .says("7 to 30 days ago")
        .says("Order");
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn payloads_are_hidden_until_they_are_asked_for_and_then_redacted() -> Outcome {
    let mut world = World::new().await?;
    world.console = world.console.clone().redact(|mut value| {
        if let Some(card) = value.get_mut("card") {
            *card = "••••".into();
        }
        match value.as_str() {
            Some(text) => text.replace("4242", "••••").into(),
            None => value,
        }
    });
    world.order("order-1", "4242").await?;
    world
        .until("api/history?id=order-1", "ActivityTaskCompleted")
        .await?;
    for page in [
        "api/history?id=order-1",
        "run?id=order-1",
        "history?id=order-1",
    ] {
        let hidden = world.get(page).await?.expect(200);
        hidden
            .says("hidden")
            .does_not_say("4242")
            .does_not_say("milk");
        let shown = world
            .get(&format!("{page}&payloads=show"))
            .await?
            .expect(200);
        shown.says("••••").says("milk").does_not_say("4242");
    }
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn the_engine_says_how_it_stands_and_what_it_has() -> Outcome {
    let world = World::new().await?;
    let health = world.get("api/health").await?.expect(200).json();
    assert_eq!(health["is_healthy"], true);
    assert_eq!(health["task_queues"][0]["task_queue"], "default");
    let types = world.get("api/types").await?.expect(200).json();
    let order = types["workflows"].as_array().and_then(|all| {
        all.iter()
            .find(|it| it["workflow_type"] == "Order")
            .cloned()
    });
    assert_eq!(
        order.unwrap_or_default()["updates"],
        json!(["set_quantity"])
    );
    assert_eq!(
        world.get("api/patches").await?.expect(200).json(),
        json!({ "patches": [] })
    );
    let session = world.get_as("grace", "api/session").await?.json();
    assert_eq!(
        session,
        json!({
            "access": "read",
            "who": null,
            "csrf_token": null,
            "namespace": "default",
            "namespaces": ["default"],
        })
    );
    world.engine.shutdown().await;
    Ok(())
}

#[cfg(feature = "temporal")]
#[actix::test]
async fn a_history_is_downloaded_as_temporals_json() -> Outcome {
    let mut world = World::new().await?;
    world.order("a/b", "4242").await?;
    world
        .until("api/history?id=a%2Fb", "ActivityTaskCompleted")
        .await?;
    world
        .get("api/temporal-history?id=a%2Fb")
        .await?
        .expect(400)
        .says("payloads=show");
    let pages = ["history?id=a%2Fb", "history?id=a%2Fb&payloads=show"];
    let [hidden, shown] = pages.map(|page| world.get(page));
    hidden.await?.does_not_say("temporal-history");
    shown.await?.says("temporal-history");
    let whole = world
        .get("api/temporal-history?id=a%2Fb&payloads=show")
        .await?
        .expect(200);
    let name = whole.headers["content-disposition"].to_str()?;
    assert!(name.starts_with("attachment; filename=\"a_b_"), "{name}");
    assert_eq!(
        whole.json()["events"][0]["eventType"],
        "EVENT_TYPE_WORKFLOW_EXECUTION_STARTED"
    );
    let input = |json: &Value| {
        let started = &json["events"][0]["workflowExecutionStartedEventAttributes"];
        started["input"]["payloads"][0]["data"].clone()
    };
    let before = input(&whole.json());
    world.console = world.console.clone().redact(|_| Value::Null);
    let redacted = world
        .get("api/temporal-history?id=a%2Fb&payloads=show")
        .await?
        .expect(200)
        .json();
    assert_ne!(input(&redacted), before);
    world.engine.shutdown().await;
    Ok(())
}
