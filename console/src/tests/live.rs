//! Live views: sent when they change, and gone with their readers.

use std::sync::Arc;

use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use serde_json::Value;

use super::world::{Outcome, World};
use crate::{Access, Console, ConsoleBody, fields::Fields, route::Page, view, visit::Visit};

async fn next(body: &mut ConsoleBody) -> Outcome<String> {
    let frame = body.frame().await.ok_or("the view has ended")??;
    let bytes = frame.into_data().map_err(|_| "no data")?;
    Ok(String::from_utf8(bytes.to_vec())?)
}

async fn until(body: &mut ConsoleBody, text: &str) -> Outcome<String> {
    loop {
        let event = next(body).await?;
        if event.contains(text) {
            return Ok(event);
        }
    }
}

#[actix::test]
async fn a_view_is_sent_again_when_it_has_changed() -> Outcome {
    let world = World::new().await?;
    let order = world.order("order-1", "4242").await?;
    let watch = || Request::get("/run?id=order-1&live=1").body(Full::<&[u8]>::default());
    let mut one = world.console.respond(watch()?).await;
    let mut other = world.console.respond(watch()?).await;
    assert_eq!(one.headers()[header::CONTENT_TYPE], "text/event-stream");
    let (one, other) = (one.body_mut(), other.body_mut());
    assert_eq!(next(one).await?, "retry: 2000\n\n");
    let view = until(one, "event: view").await?;
    assert!(view.contains("data-live=\"standing\""), "{view}");
    // Times are those of the clock, so that nothing changes by itself.
    assert!(!view.contains(" ago<"), "{view}");
    order.signal("approve", &()).await?;
    order.result::<Value>().await?;
    until(one, "Completed").await?;
    until(other, "Completed").await?;
    world.engine.shutdown().await;
    until(one, "event: problem").await?;
    Ok(())
}

#[actix::test]
async fn a_view_of_nothing_says_what_is_wrong() -> Outcome {
    let world = World::new().await?;
    let request = Request::get("/run?id=nobody&live=1").body(Full::<&[u8]>::default())?;
    let mut reply = world.console.respond(request).await;
    let problem = until(reply.body_mut(), "event: problem").await?;
    assert!(problem.contains("not found"), "{problem}");
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn views_end_when_the_service_stops() -> Outcome {
    let world = World::new().await?;
    let watch = || Request::get("/runs?live=1").body(Full::<&[u8]>::default());
    let mut reply = world.console.respond(watch()?).await;
    until(reply.body_mut(), "event: view").await?;
    world.console.end_live_views();
    while reply.body_mut().frame().await.is_some() {}
    assert_eq!(world.console.respond(watch()?).await.status(), 503);
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn views_end_with_the_last_console() -> Outcome {
    let world = World::new().await?;
    let (console, rule) = (Console::new(&world.engine), Arc::new(()));
    let kept = Arc::downgrade(&rule);
    let console = console.access(|_| Access::Read).redact(move |value| {
        drop(Arc::clone(&rule));
        value
    });
    let watch = Request::get("/runs?live=1").body(Full::<&[u8]>::default())?;
    let mut reply = console.respond(watch).await;
    until(reply.body_mut(), "event: view").await?;
    drop(console.clone());
    drop(console);
    // The reader is still there, and is told; the thread does not rest to the end.
    while reply.body_mut().frame().await.is_some() {}
    while kept.upgrade().is_some() {
        tokio::task::yield_now().await;
    }
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn a_view_does_not_change_by_itself() -> Outcome {
    let world = World::new().await?;
    world.order("order-1", "").await?;
    world.until("run?id=order-1", "Next attempt").await?;
    let look = async || -> Outcome<String> {
        let fields = Fields::of_form(b"id=order-1");
        let mut visit = Visit::new(&world.console, Some("ada".into()), fields);
        visit.is_live = true;
        let content = view::content(Page::Run, &visit).await;
        Ok(content.map_err(|it| it.to_string())?.main.into_string())
    };
    let first = look().await?;
    assert!(first.contains("retry-activity"), "{first}");
    assert_eq!(first, look().await?);
    // A page that is loaded has an id for each of its forms.
    let page = world.get("run?id=order-1").await?;
    page.says("name=\"request_id\"");
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn a_view_is_known_by_what_pages_are_asked_for() -> Outcome {
    let world = World::new().await?;
    let watch = |query: &str| {
        let place = format!("/runs?live=1{query}");
        Request::get(place).body(Full::<&[u8]>::default())
    };
    let mut replies = Vec::new();
    // More than there may be views; they are all the same one.
    for number in 0..300 {
        let reply = world
            .console
            .respond(watch(&format!("&x{number}=y"))?)
            .await;
        assert_eq!(reply.status(), 200);
        replies.push(reply);
    }
    let long = format!("&filter={}", "x".repeat(10_000));
    let refused = world.console.respond(watch(&long)?).await;
    assert_eq!(refused.status(), 414);
    drop(replies);
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn each_clone_shows_what_its_own_rule_lets_through() -> Outcome {
    let world = World::new().await?;
    world.order("order-1", "4242").await?;
    let watch = || {
        let place = "/run?id=order-1&payloads=show&live=1";
        Request::get(place).body(Full::<&[u8]>::default())
    };
    let redacting = world.console.clone().redact(|_| Value::from("taken out"));
    let mut open = world.console.respond(watch()?).await;
    let mut redacted = redacting.respond(watch()?).await;
    let view = until(open.body_mut(), "event: view").await?;
    assert!(view.contains("4242"), "{view}");
    let view = until(redacted.body_mut(), "event: view").await?;
    assert!(view.contains("taken out"), "{view}");
    assert!(!view.contains("4242"), "{view}");
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn a_rule_that_panics_spoils_its_own_view_alone() -> Outcome {
    let world = World::new().await?;
    world.order("order-1", "4242").await?;
    let watch = |place: &str| Request::get(place).body(Full::<&[u8]>::default());
    let panicking = world.console.clone().redact(|_| panic!("no value is good"));
    let spoiled = watch("/run?id=order-1&payloads=show&live=1")?;
    let mut spoiled = panicking.respond(spoiled).await;
    until(spoiled.body_mut(), "event: problem").await?;
    let mut other = world.console.respond(watch("/runs?live=1")?).await;
    until(other.body_mut(), "event: view").await?;
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn a_reader_who_joins_others_is_shown_what_they_have_seen() -> Outcome {
    let world = World::new().await?;
    let watch = || Request::get("/types?live=1").body(Full::<&[u8]>::default());
    let mut one = world.console.respond(watch()?).await;
    until(one.body_mut(), "event: view").await?;
    let mut other = world.console.respond(watch()?).await;
    assert_eq!(next(other.body_mut()).await?, "retry: 2000\n\n");
    assert!(next(other.body_mut()).await?.starts_with("event: view"));
    world.engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn nothing_is_kept_once_the_last_reader_has_left() -> Outcome {
    let world = World::new().await?;
    let rule = Arc::new(());
    let kept = Arc::downgrade(&rule);
    let console = world.console.clone().redact(move |value| {
        // The rule keeps this as long as it is kept itself.
        drop(Arc::clone(&rule));
        value
    });
    let watch = Request::get("/types?live=1").body(Full::<&[u8]>::default())?;
    let mut reply = console.respond(watch).await;
    until(reply.body_mut(), "event: view").await?;
    drop(console);
    assert!(kept.upgrade().is_some());
    drop(reply);
    // The thread is told, and does not rest to the end.
    while kept.upgrade().is_some() {
        tokio::task::yield_now().await;
    }
    world.engine.shutdown().await;
    Ok(())
}
