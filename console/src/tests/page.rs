//! What the pages say, without a browser.

use std::{sync::Arc, time::Duration};

use sempre::{Engine, Timestamp, storage::MemoryStore, testing::ManualClock};
use serde_json::Value;

use super::world::{Outcome, World};
use crate::{fields::Fields, route::Page, view::not_yet, visit::Visit};

const PAGES: [&str; 13] = [
    "",
    "runs",
    "schedules",
    "queues",
    "queue?id=default",
    "bulk",
    "bulk-jobs",
    "failures",
    "types",
    "patches",
    "store",
    "audit",
    "runs?filter=TaskQueue+%3D+%27x%27",
];

/// What would leave the place where the console is mounted, or run within a page.
fn complaints(html: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for attribute in ["href=\"", "src=\"", "action=\""] {
        for (at, _) in html.match_indices(attribute) {
            let value = html[at + attribute.len()..]
                .split('"')
                .next()
                .unwrap_or_default();
            if value.starts_with('/') || value.contains("//") || value.starts_with("javascript") {
                complaints.push(format!("{attribute}{value}"));
            }
        }
    }
    for forbidden in [" style=", " onclick=", " onload=", "<style", "<script>"] {
        if html.contains(forbidden) {
            complaints.push(forbidden.to_owned());
        }
    }
    complaints
}

#[actix::test]
async fn an_empty_engine_says_what_to_do() -> Outcome {
    let world = World::new().await?;
    for page in PAGES {
        let shown = world.get(page).await?.expect(200);
        assert_eq!(complaints(&shown.text), [""; 0], "{page}");
    }
    world
        .get("")
        .await?
        .says("Nothing needs attention")
        .says("No runs yet");
    world
        .get("runs?filter=TaskQueue+%3D+%27x%27")
        .await?
        .says("No run matches this filter");
    world.get("nowhere").await?.expect(404).says("Not Found");
    world
        .get("run?id=nobody")
        .await?
        .expect(404)
        .says("not found");
    world.get("history?id=nobody").await?.expect(404);
    world.get("schedule?id=nobody").await?.expect(404);
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn every_form_of_a_run_is_shown() -> Outcome {
    let world = World::new().await?;
    let order = world.order("order-1", "4242").await?;
    order.signal("approve", &()).await?;
    order.result::<Value>().await?;
    let run = world.get("run?id=order-1&payloads=show").await?.expect(200);
    assert_eq!(complaints(&run.text), [""; 0]);
    run.says("Completed")
        .says("receipt for 4242")
        .says("tea &amp; &lt;b&gt;milk");
    let compact = world.get("history?id=order-1").await?.expect(200);
    compact
        .says("Activity")
        .says("charge")
        .says("approve")
        .does_not_say("WorkflowTaskStarted");
    let timeline = world
        .get("history?id=order-1&form=timeline")
        .await?
        .expect(200);
    assert_eq!(complaints(&timeline.text), [""; 0]);
    timeline
        .says("<svg class=\"timeline\"")
        .says("Activity charge");
    let events = world
        .get("history?id=order-1&form=events")
        .await?
        .expect(200);
    events.says("WorkflowTaskStarted").says("id=\"event1\"");
    let failed = world
        .get("history?id=order-1&form=events&failed=1")
        .await?
        .expect(200);
    failed.says("No matching events");
    let before = world
        .get("history?id=order-1&form=events&before=3")
        .await?
        .expect(200);
    before.says("id=\"event2\"").does_not_say("id=\"event3\"");
    world
        .get("history?id=order-1&form=pie")
        .await?
        .expect(400)
        .says("compact, timeline or events");
    world
        .get("history?id=order-1&form=events&before=x")
        .await?
        .expect(400);
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn html_in_ids_and_payloads_is_shown_and_never_run() -> Outcome {
    let world = World::new().await?;
    let evil = "\"><script>alert(1)</script>";
    let quoted = form_urlencoded::byte_serialize(evil.as_bytes()).collect::<String>();
    world
        .engine
        .execution(evil)
        .start(evil, &serde_json::json!({ "card": evil }))
        .await?;
    world.until("", "alert(1)").await?;
    for page in [
        String::new(),
        "runs".to_owned(),
        "failures".to_owned(),
        format!("run?id={quoted}&payloads=show"),
        format!("history?id={quoted}&payloads=show"),
        format!("history?id={quoted}&form=events&payloads=show"),
        format!("history?id={quoted}&form=timeline"),
    ] {
        let shown = world.get(&page).await?.expect(200).says("alert(1)");
        shown.does_not_say("<script>alert");
    }
    world
        .get(&format!("runs?filter={quoted}"))
        .await?
        .expect(400)
        .does_not_say("<script>alert");
    world
        .get(&format!("run?id={quoted}x"))
        .await?
        .expect(404)
        .does_not_say("<script>alert");
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn a_link_of_somebody_else_cannot_have_a_page_say_something() -> Outcome {
    let world = World::new().await?;
    world.order("order-1", "4242").await?;
    for seal in ["", "&seal=", "&seal=00", "&seal=x"] {
        let place = format!("run?id=order-1&done=call+555-1234{seal}");
        world
            .get(&place)
            .await?
            .expect(200)
            .does_not_say("555-1234");
    }
    let signal = [("action", "signal"), ("id", "order-1"), ("name", "approve")];
    let sent = world.form(&signal).await?.expect(303);
    let place = sent.location();
    world.get(place).await?.says("Signal approve was recorded");
    let for_another = world.get_as("eve", place).await?.expect(200);
    for_another.does_not_say("Signal approve was recorded");
    let changed = place.replace("approve", "refuse");
    world
        .get(&changed)
        .await?
        .expect(200)
        .does_not_say("was recorded");
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn a_part_that_takes_long_can_be_waited_for() -> Outcome {
    let world = World::new().await?;
    let visit = |query: &str| {
        let fields = Fields::of_form(query.as_bytes());
        Visit::new(&world.console, None, fields)
    };
    let filter = "filter=WorkflowType+%3D+%27x%27";
    let shown = not_yet(&visit(filter), Page::Runs).into_string();
    let link = format!("href=\"runs?{filter}&amp;wait=1\"");
    assert!(shown.contains(&link), "{shown}");
    let waited = not_yet(&visit(&format!("{filter}&wait=1")), Page::Runs).into_string();
    assert!(!waited.contains("href"), "{waited}");
    for page in ["runs", "failures", "patches"] {
        world.get(&format!("{page}?wait=1")).await?.expect(200);
    }
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn what_fails_is_shown_first_and_grouped() -> Outcome {
    let world = World::new().await?;
    for number in 0..3 {
        let doomed = world.engine.execution(format!("doomed-{number}"));
        let doomed = doomed.start("Doomed", &()).await?;
        assert!(doomed.result::<Value>().await.is_err());
    }
    world
        .engine
        .execution("waits")
        .start("NotHere", &())
        .await?;
    world.until("", "Needs attention").await?.says("NotHere");
    let failures = world.get("failures").await?.expect(200);
    failures
        .says("it was &lt;doomed&gt;")
        .says(">3<")
        .says("NotHere");
    world
        .get("types")
        .await?
        .says("Open runs without code")
        .says("NotHere");
    let run = world.get("run?id=doomed-0").await?.expect(200);
    run.says("it was &lt;doomed&gt;").says("Failed");
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn children_and_runs_that_follow_are_linked() -> Outcome {
    let world = World::new().await?;
    world
        .engine
        .execution("parent")
        .start("Parent", &())
        .await?;
    world
        .until("run?id=parent", "run?id=the-child&amp;run=")
        .await?
        .says("Children");
    world
        .get("run?id=the-child")
        .await?
        .expect(200)
        .says("Child of");
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn a_long_list_has_pages() -> Outcome {
    let world = World::new().await?;
    for number in 0..51 {
        world
            .engine
            .execution(format!("nap-{number}"))
            .start("Nap", &())
            .await?;
    }
    let first = world
        .get("runs")
        .await?
        .expect(200)
        .says("Next page")
        .does_not_say("First page");
    let second = world.get(first.link("runs?page=")).await?.expect(200);
    second
        .says("nap-0<")
        .says("First page")
        .does_not_say("Next page");
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn a_part_of_a_timeline_is_asked_for_by_its_time() -> Outcome {
    let clock = ManualClock::starting_at(Timestamp::from_secs(1_790_000_000));
    let engine = Engine::on_store(Arc::new(MemoryStore::new())).clock(clock.clone());
    let world = World::over(engine).await?;
    let order = world.order("order", "4242").await?;
    world.until("run?id=order", "a message").await?;
    clock.advance(Duration::from_secs(10));
    order.signal("approve", &()).await?;
    order.result::<Value>().await?;
    let whole = world
        .get("history?id=order&form=timeline")
        .await?
        .expect(200);
    let whole = whole
        .says("Signal approve")
        .says("Time shown")
        .does_not_say("after the start.");
    // What came before the end of the part is in it, and what came later is not.
    let middle = Timestamp::from_secs(1_790_000_005);
    let place = format!("history?id=order&form=timeline&to={middle}");
    let part = world
        .get(&place)
        .await?
        .expect(200)
        .says("after the start.");
    part.says("All of it").does_not_say("Signal approve");
    let rows = world
        .get(&format!("api/{place}").replace("timeline", "compact"))
        .await?;
    let rows = rows.expect(200).json();
    assert_eq!(
        rows["rows"][0]["bar"],
        serde_json::json!([0.0, 1.0]),
        "{rows}"
    );
    assert!(!rows.to_string().contains("approve"), "{rows}");
    // A way to a part leads there.
    let way = whole
        .text
        .split("href=\"")
        .find(|it| it.contains("from="))
        .unwrap_or_default();
    let way = way
        .split('"')
        .next()
        .unwrap_or_default()
        .replace("&amp;", "&");
    world.get(&way).await?.expect(200).says("after the start.");
    for (place, why) in [
        ("from=yesterday", "is not a time such as"),
        (
            "from=2026-11-30T09:00:00Z&to=2026-11-30T08:00:00Z",
            "earlier than to",
        ),
    ] {
        for page in ["history?form=timeline", "api/history?form=compact"] {
            let refused = world.get(&format!("{page}&id=order&{place}")).await?;
            refused.expect(400).says(why);
        }
    }
    world.engine.shutdown().await;
    Ok(())
}
