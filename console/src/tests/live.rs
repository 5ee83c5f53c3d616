//! Live views: sent when they change, and gone with their readers.

use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use serde_json::Value;

use super::world::{Outcome, World};
use crate::ConsoleBody;

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
