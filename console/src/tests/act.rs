//! What can be done, by form and by JSON, and what is refused.

use http::{Method, Request, header};
use http_body_util::Full;
use sempre::model::{EventAttributes, ExecutionStatus};
use serde_json::{Value, json};

use super::world::{Outcome, World};

#[actix::test]
async fn a_workflow_is_started_told_and_asked_by_json() -> Outcome {
    let world = World::new().await?;
    let input = json!({ "item": "tea", "card": "4242" });
    let start = json!({ "id": "order-1", "type": "Order", "input": input, "request_id": "once" });
    let first = world.act("start", &start).await?.expect(200).json();
    let again = world.act("start", &start).await?.expect(200).json();
    assert_eq!(first["answer"]["run_id"], again["answer"]["run_id"]);
    let update = json!({ "id": "order-1", "name": "set_quantity", "input": 3 });
    assert_eq!(
        world.act("update", &update).await?.expect(200).json()["answer"],
        3
    );
    let query = json!({ "id": "order-1", "name": "quantity" });
    assert_eq!(
        world.act("query", &query).await?.expect(200).json()["answer"],
        3
    );
    let signal = json!({ "id": "order-1", "name": "approve" });
    world
        .act("signal", &signal)
        .await?
        .expect(200)
        .says("approve was recorded");
    let result: Value = world.engine.execution("order-1").result().await?;
    assert_eq!(result, "receipt for 4242");
    // Whoever acted stands in the history.
    let history = world.engine.execution("order-1").history().await?;
    let mut signals = history.attributes().filter_map(|it| match it {
        EventAttributes::WorkflowExecutionSignaled(it) => Some(it.identity.as_str()),
        _ => None,
    });
    assert_eq!(signals.next(), Some("ada"));
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn forms_do_the_same_and_lead_back_to_the_page() -> Outcome {
    let world = World::new().await?;
    let start = [
        ("action", "start"),
        ("type", "Order"),
        ("id", "order-1"),
        ("input", r#"{"item": "tea", "card": "4242"}"#),
    ];
    let started = world.form(&start).await?.expect(303);
    assert!(
        started.location().starts_with("run?id=order-1&run="),
        "{started:?}"
    );
    world
        .get(started.location())
        .await?
        .expect(200)
        .says("Order was started");
    let update = [
        ("action", "update"),
        ("id", "order-1"),
        ("name", "set_quantity"),
        ("input", "3"),
    ];
    world
        .form(&update)
        .await?
        .expect(200)
        .says("carried out")
        .says(">3<");
    let cancel = [
        ("action", "cancel"),
        ("id", "order-1"),
        ("reason", "enough"),
    ];
    let canceled = world.form(&cancel).await?.expect(303);
    assert!(
        canceled.location().starts_with("run?id=order-1&done="),
        "{canceled:?}"
    );
    world
        .get("audit")
        .await?
        .expect(200)
        .says("ada")
        .says("cancel")
        .says("order-1");
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn runs_are_ended_and_deleted() -> Outcome {
    let world = World::new().await?;
    let order = world.order("order-1", "4242").await?;
    let id = json!({ "id": "order-1", "reason": "a test" });
    world
        .act("retry", &id)
        .await?
        .expect(200)
        .says("nothing was backing off");
    world
        .act("resume", &id)
        .await?
        .expect(409)
        .says("not quarantined");
    world.act("terminate", &id).await?.expect(200);
    assert_eq!(order.describe().await?.status, ExecutionStatus::Terminated);
    world
        .act("terminate", &id)
        .await?
        .expect(409)
        .says("is closed");
    world
        .act("signal", &json!({ "id": "order-1", "name": "approve" }))
        .await?
        .expect(409);
    world.act("delete", &id).await?.expect(200);
    world
        .act("terminate", &id)
        .await?
        .expect(404)
        .says("not found");
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn runs_and_activities_are_held_back_and_let_go_on() -> Outcome {
    let world = World::new().await?;
    let order = world.order("order-1", "").await?;
    world.until("run?id=order-1", "Next attempt").await?;
    let form = [
        ("action", "pause"),
        ("id", "order-1"),
        ("reason", "the bank is down"),
    ];
    world.form(&form).await?.expect(303);
    assert_eq!(order.describe().await?.status, ExecutionStatus::Paused);
    let page = world.get("run?id=order-1").await?.expect(200);
    page.says("somebody to unpause it, paused by ada: the bank is down")
        .says(">Unpause<")
        .says("Paused");
    let rows = world
        .get("api/history?id=order-1&form=compact")
        .await?
        .json();
    let rows = rows["rows"].as_array().cloned().unwrap_or_default();
    assert_eq!(rows.last().unwrap()["kind"], "Pause");
    let id = json!({ "id": "order-1", "activity": "1" });
    world
        .act("pause", &id)
        .await?
        .expect(409)
        .says("already paused");
    world.act("unpause", &id).await?.expect(200);
    world
        .act("unpause", &id)
        .await?
        .expect(409)
        .says("not paused");
    world.act("pause-activity", &id).await?.expect(200);
    let run = world.get("api/run?id=order-1").await?.json();
    assert_eq!(run["activities"][0]["pause"]["who"], "ada");
    let page = world.get("run?id=order-1").await?.expect(200);
    page.says("somebody to unpause activity charge")
        .says("unpause-activity");
    world.act("reset-activity", &id).await?.expect(200);
    world.act("unpause-activity", &id).await?.expect(200);
    let none = json!({ "id": "order-1", "activity": "77" });
    world.act("pause-activity", &none).await?.expect(409);
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn what_backs_off_is_tried_again() -> Outcome {
    let world = World::new().await?;
    world.order("order-1", "").await?;
    world.until("run?id=order-1", "Next attempt").await?;
    let one = json!({ "id": "order-1", "activity": "1" });
    world
        .act("retry-activity", &one)
        .await?
        .expect(200)
        .says("is retried now");
    world.until("run?id=order-1", "attempt 3").await?;
    let none = json!({ "id": "order-1", "activity": "77" });
    world
        .act("retry-activity", &none)
        .await?
        .expect(409)
        .says("not pending");
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn what_does_not_fit_is_refused_and_changes_nothing() -> Outcome {
    let world = World::new().await?;
    let order = world.order("order-1", "4242").await?;
    let length = |history: sempre::model::History| history.len();
    world.until("run?id=order-1", "a message").await?;
    let before = length(order.history().await?);
    let cases = [
        (
            "start",
            json!({ "id": "order-1", "type": "Order" }),
            409,
            "already started",
        ),
        ("start", json!({ "id": "order-2" }), 400, "type is missing"),
        ("signal", json!({ "id": "order-1" }), 400, "name is missing"),
        ("signal", json!({ "name": "approve" }), 400, "id is missing"),
        (
            "signal",
            json!({ "id": "nobody", "name": "approve" }),
            404,
            "not found",
        ),
        ("query", json!({ "id": "order-1", "name": "no" }), 422, "no"),
        (
            "update",
            json!({ "id": "order-1", "name": "no" }),
            422,
            "rejected",
        ),
        (
            "update",
            json!({ "id": "order-1", "name": "set_quantity", "input": "three" }),
            422,
            "rejected",
        ),
        (
            "cancel",
            json!({ "id": "order-1", "run": "no-run" }),
            400,
            "not a run id",
        ),
        (
            "pause-schedule",
            json!({ "id": "nightly" }),
            404,
            "schedule not found",
        ),
        ("no-such-action", json!({}), 404, "no such page"),
    ];
    for (action, fields, status, says) in cases {
        world.act(action, &fields).await?.expect(status).says(says);
    }
    let form = [
        ("action", "signal"),
        ("id", "order-1"),
        ("name", "approve"),
        ("input", "{"),
    ];
    world.form(&form).await?.expect(400).says("not valid JSON");
    world
        .form(&[("action", "explode")])
        .await?
        .expect(400)
        .says("no action explode");
    assert_eq!(length(order.history().await?), before);
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn a_run_is_reset_and_goes_on_in_a_new_one() -> Outcome {
    let world = World::new().await?;
    let order = world.order("order-1", "4242").await?;
    world.until("run?id=order-1", "a message").await?;
    let first = order.run_id().unwrap_or_default().to_string();
    let bad = json!({ "id": "order-1", "to": "yesterday" });
    world
        .act("reset", &bad)
        .await?
        .expect(400)
        .says("cannot be reset to yesterday");
    let bad = json!({ "id": "order-1", "to": "event" });
    world
        .act("reset", &bad)
        .await?
        .expect(400)
        .says("point is missing");
    let far = json!({ "id": "order-1", "to": "event", "point": "9999" });
    world.act("reset", &far).await?.expect(409);
    let reset =
        json!({ "id": "order-1", "to": "first-task", "reason": "a bug", "exclude_signals": true });
    let reset = world.act("reset", &reset).await?.expect(200).json();
    assert_ne!(reset["answer"]["run_id"], first);
    let form = [
        ("action", "reset"),
        ("id", "order-1"),
        ("to", "last-task"),
        ("point", ""),
    ];
    let again = world.form(&form).await?.expect(303);
    world.get(again.location()).await?.says("It was reset");
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn ids_are_taken_as_they_are() -> Outcome {
    let world = World::new().await?;
    let start = json!({ "id": " nap ", "type": "Nap" });
    let started = world.act("start", &start).await?.expect(200).json();
    assert_eq!(started["answer"]["workflow_id"], " nap ");
    world.get("run?id=+nap+").await?.expect(200);
    world.get("run?id=nap").await?.expect(404);
    let number = json!({ "id": 5, "type": "Nap" });
    world
        .act("start", &number)
        .await?
        .expect(400)
        .says("id has to be a text");
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn what_was_accepted_and_failed_is_not_said_to_have_changed_nothing() -> Outcome {
    let world = World::new().await?;
    let order = world.order("order-1", "4242").await?;
    let update = [
        ("action", "update"),
        ("id", "order-1"),
        ("name", "set_quantity"),
        ("input", "0"),
    ];
    world
        .form(&update)
        .await?
        .expect(422)
        .says("nothing is ordered")
        .says("the history of the run has it")
        .does_not_say("Nothing was changed");
    let update = json!({ "id": "order-1", "name": "set_quantity", "input": 0 });
    let failed = world.act("update", &update).await?.expect(422).json();
    assert_eq!(failed["error"]["effect"], "done");
    let unknown = json!({ "id": "order-1", "name": "no" });
    let refused = world.act("update", &unknown).await?.expect(422).json();
    assert_eq!(refused["error"]["effect"], "none");
    let audit = world.get("api/audit").await?.json();
    let actions = audit["actions"].as_array().cloned().unwrap_or_default();
    let ends = actions.iter().filter_map(|it| it["refusal"].as_str());
    let ends: Vec<_> = ends.filter_map(|it| it.split(':').next()).collect();
    // What was asked for is recorded before it is tried, and what came of it after that.
    assert_eq!(ends, ["refused", "", "failed", "", "failed", ""]);
    // A question, or a look, changes nothing and need not say so.
    let missing = world.get("run?id=nobody").await?.expect(404);
    missing.does_not_say("Nothing was changed");
    let missing = world.get("api/run?id=nobody").await?.json();
    assert_eq!(missing["error"]["effect"], Value::Null);
    order.terminate("").await?;
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn the_audit_keeps_no_long_texts() -> Outcome {
    let world = World::new().await?;
    let long = "x".repeat(100_000);
    let id = json!({ "id": long });
    world.act("terminate", &id).await?;
    let audit = world.get("api/audit").await?.expect(200);
    assert!(audit.text.len() < 5_000, "{}", audit.text.len());
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn requests_that_are_no_requests_are_refused() -> Outcome {
    let world = World::new().await?;
    let large = "x".repeat(10 * 1024 * 1024);
    world
        .post_form("ada", &large)
        .await?
        .expect(413)
        .says("too large");
    let get = world.get("api/terminate?id=order-1").await?.expect(405);
    assert_eq!(get.headers[header::ALLOW], "POST");
    for place in ["/", "/runs", "/api/runs"] {
        let request = Request::post(place).body(Full::default())?;
        let answered = world.send(request).await?.expect(405);
        assert_eq!(answered.headers[header::ALLOW], "GET, HEAD");
    }
    let plain = Request::post("/act").header(header::CONTENT_TYPE, "text/plain");
    world.send(plain.body(Full::default())?).await?.expect(415);
    let no_json = Request::post("/api/signal").header(header::CONTENT_TYPE, "application/json");
    world
        .send(no_json.body(Full::from("[1"))?)
        .await?
        .expect(400)
        .says("not valid JSON");
    let head = Request::builder().method(Method::HEAD).uri("/runs");
    let head = world.send(head.body(Full::default())?).await?.expect(200);
    assert_eq!(head.text, "");
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn an_engine_that_is_shut_down_says_so() -> Outcome {
    let world = World::new().await?;
    world.order("order-1", "4242").await?;
    let token = world.token("ada").await?;
    world.engine.shutdown().await;
    for place in [
        "",
        "runs",
        "run?id=order-1",
        "schedules",
        "api/health",
        "api/runs",
    ] {
        let answered = world.get(place).await?.expect(503);
        assert!(
            answered.headers.contains_key(header::RETRY_AFTER),
            "{place}"
        );
    }
    let id = json!({ "id": "order-1" });
    let refused = world.act_as("ada", &token, "terminate", &id).await?;
    let refused = refused.expect(503).says("shutting down");
    assert_eq!(refused.headers[header::RETRY_AFTER], "5");
    assert_eq!(refused.json()["error"]["effect"], "none");
    Ok(())
}
