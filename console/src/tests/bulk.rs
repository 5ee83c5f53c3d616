//! Bulk jobs: all that a filter lets pass is looked at, acted on, and told of.

use sempre::model::ExecutionStatus;
use serde_json::{Value, json};

use super::world::{Outcome, World};

const ORDERS: &str = "WorkflowType = 'Order'";
const OF_ORDERS: &str = "filter=WorkflowType+%3D+%27Order%27";

/// Orders of which the last one has ended.
async fn orders(world: &World, count: usize) -> Outcome {
    for number in 1..=count {
        world.order(&format!("order-{number}"), "4242").await?;
    }
    let last = world.engine.execution(format!("order-{count}"));
    last.terminate("by hand").await?;
    Ok(())
}

#[actix::test]
async fn all_that_match_are_looked_at_and_then_acted_on_by_a_form() -> Outcome {
    let world = World::new().await?;
    orders(&world, 12).await?;
    let list = world.get(&format!("runs?{OF_ORDERS}")).await?.expect(200);
    let link = list.link("bulk?").to_owned();
    assert_eq!(link, format!("bulk?{OF_ORDERS}"));
    let page = world.get(&link).await?.expect(200);
    let page = page
        .says("12 runs match now")
        .says("The 10 that began last");
    let page = page
        .says("Do it to 12 runs")
        .does_not_say("There is no filter");
    page.says("name=\"csrf\"")
        .says("id=\"terminate\"")
        .says("value=\"approve\"");

    let form = [
        ("action", "bulk"),
        ("operation", "terminate"),
        ("filter", ORDERS),
        ("reason", "tidy up"),
        ("rate", "500"),
        ("request_id", "form-1"),
    ];
    let started = world.form(&form).await?.expect(303);
    assert!(
        started.location().starts_with("bulk-job?id=form-1"),
        "{started:?}"
    );
    // A form that is sent twice starts one job.
    world.form(&form).await?.expect(303);
    let job = "bulk-job?id=form-1";
    let ended = world.until(job, "Completed").await?;
    ended
        .says("11<")
        .says("tidy up")
        .says("order-12")
        .says("Skipped")
        .says("already closed")
        .says("id=\"delete\"")
        .does_not_say("id=\"pause\"");
    let order = world.engine.execution("order-1").describe().await?;
    assert_eq!(order.status, ExecutionStatus::Terminated);
    world
        .get("bulk-jobs")
        .await?
        .expect(200)
        .says("form-1")
        .says("12 of 12");
    world
        .get("audit")
        .await?
        .says(">bulk terminate<")
        .says("WorkflowType = 'Order'");
    let told = world.get("api/audit").await?.json();
    let told = &told["actions"][0];
    assert_eq!(
        (&told["action"], &told["subject"]),
        (&json!("bulk terminate"), &json!(ORDERS))
    );
    let delete = [("action", "delete-bulk"), ("id", "form-1")];
    world.form(&delete).await?.expect(303);
    world.get(job).await?.expect(404);
    world.get("bulk-jobs").await?.says("No bulk jobs yet");
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn programs_start_jobs_and_read_how_they_stand() -> Outcome {
    let world = World::new().await?;
    orders(&world, 3).await?;
    let preview = world.get(&format!("api/bulk-preview?{OF_ORDERS}")).await?;
    let preview = preview.expect(200).json();
    assert_eq!(preview["count"], 3);
    assert_eq!(preview["sample"][0]["workflow_id"], "order-3");
    let start = json!({
        "operation": "signal", "filter": ORDERS, "id": "approve", "name": "approve",
        "reason": "the bank is back", "rate": "50",
    });
    let started = world.act("bulk", &start).await?.expect(200).json();
    assert_eq!(started["answer"], json!({ "job_id": "approve" }));
    let job = world
        .until("api/bulk-job?id=approve", "\"completed\"")
        .await?;
    let job = job.json();
    assert_eq!(
        (&job["matched"], &job["done"], &job["skipped"]),
        (&json!(3), &json!(2), &json!(1))
    );
    assert_eq!(
        (&job["identity"], &job["rate"]),
        (&json!("ada"), &json!(50))
    );
    assert_eq!(job["operation"]["signal_name"], "approve");
    assert_eq!(job["operation"]["input"]["value"], Value::Null);
    let results = world
        .get("api/bulk-results?id=approve")
        .await?
        .expect(200)
        .json();
    assert_eq!(results["results"][0]["outcome"], "skipped");
    assert_eq!(results["results"][1]["outcome"], "done");
    assert_eq!(results["next"], Value::Null);
    let jobs = world.get("api/bulk-jobs").await?.expect(200).json();
    assert_eq!(jobs["jobs"][0]["job_id"], "approve");
    world.get("api/bulk-job?id=nobody").await?.expect(404);

    let reset = json!({
        "operation": "reset", "filter": ORDERS, "id": "again", "to": "first-task",
        "exclude_signals": true,
    });
    world.act("bulk", &reset).await?.expect(200);
    let job = world
        .until("api/bulk-job?id=again", "\"completed\"")
        .await?
        .json();
    assert_eq!(
        (&job["done"], &job["operation"]["point"]),
        (&json!(3), &json!("first-task"))
    );
    assert_eq!(job["operation"]["exclude_signals"], true);
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn a_job_is_paused_resumed_and_canceled() -> Outcome {
    let world = World::new().await?;
    orders(&world, 40).await?;
    let start = json!({
        "operation": "pause", "filter": ORDERS, "id": "slow", "rate": "1",
    });
    world.act("bulk", &start).await?.expect(200);
    world
        .until("api/bulk-job?id=slow", "\"matched\":40")
        .await?;
    let why = json!({ "id": "slow", "reason": "lunch" });
    world.act("pause-bulk", &why).await?.expect(200);
    let page = world.get("bulk-job?id=slow").await?.expect(200);
    page.says("Paused by ada")
        .says("lunch")
        .says("id=\"resume\"")
        .says("Waiting");
    world.act("resume-bulk", &why).await?.expect(200);
    world.act("cancel-bulk", &why).await?.expect(200);
    world.until("api/bulk-job?id=slow", "\"canceled\"").await?;
    world
        .act("pause-bulk", &why)
        .await?
        .expect(409)
        .says("has ended");
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn jobs_that_make_no_sense_are_refused_and_so_are_readers() -> Outcome {
    let world = World::new().await?;
    orders(&world, 2).await?;
    let cases = [
        (json!({ "operation": "cancel" }), "all_runs"),
        (json!({ "filter": ORDERS }), "operation is missing"),
        (
            json!({ "operation": "sing", "filter": ORDERS }),
            "there is no operation sing, only signal",
        ),
        (
            json!({ "operation": "signal", "filter": ORDERS }),
            "name is missing",
        ),
        (
            json!({ "operation": "cancel", "filter": ORDERS, "rate": "fast" }),
            "rate is not a number",
        ),
        (
            json!({ "operation": "cancel", "filter": ORDERS, "rate": "0" }),
            "from 1 to 10,000",
        ),
        (
            json!({ "operation": "cancel", "filter": "WorkflowTyp = 'x'" }),
            "did you mean WorkflowType",
        ),
        (
            json!({ "operation": "reset", "filter": ORDERS, "to": "event", "point": "4" }),
            "numbers its own way",
        ),
    ];
    for (fields, said) in cases {
        world.act("bulk", &fields).await?.expect(400).says(said);
    }
    world
        .get("api/bulk-preview")
        .await?
        .expect(400)
        .says("all_runs");
    let all = world
        .get("api/bulk-preview?all=1")
        .await?
        .expect(200)
        .json();
    assert_eq!(all["count"], 2);
    // The page shows all of them, and asks whether that is meant.
    let page = world.get("bulk").await?.expect(200);
    page.says("All runs, because there is no filter")
        .says("name=\"all\"");
    let page = world
        .get("bulk?filter=WorkflowTyp+%3D+%27x%27")
        .await?
        .expect(400);
    page.says("did you mean WorkflowType")
        .does_not_say("<form class=\"action\"");
    let page = world
        .get("bulk?filter=WorkflowId+%3D+%27nobody%27")
        .await?
        .expect(200);
    page.says("No run matches this filter")
        .does_not_say("<form class=\"action\"");

    let page = world
        .get_as("grace", &format!("bulk?{OF_ORDERS}"))
        .await?
        .expect(200);
    page.says("2 runs match now")
        .does_not_say("<form class=\"action\"");
    let list = world.get_as("grace", &format!("runs?{OF_ORDERS}")).await?;
    list.does_not_say("Act on all");
    let token = world.token("ada").await?;
    let start = json!({ "operation": "cancel", "filter": ORDERS });
    world
        .act_as("grace", &token, "bulk", &start)
        .await?
        .expect(403);
    world
        .act_as("ada", "forged", "bulk", &start)
        .await?
        .expect(403);
    assert_eq!(world.engine.bulk_jobs().await?.ids, [""; 0]);
    world.engine.shutdown().await;
    Ok(())
}
