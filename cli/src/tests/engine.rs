//! What an engine says of itself.

use super::world::{Outcome, World};
use crate::Exit;

#[actix::test]
async fn an_engine_says_what_it_has() -> Outcome {
    let world = World::new().await?;
    assert_eq!(world.say(&["patches"]).out, "no patches\n");
    assert_eq!(world.say(&["audit"]).out, "no actions\n");
    world.shop().await?;
    world.golden("patches", &["patches"]);
    world.golden("types", &["types"]);
    world.golden_text("health", &["health"]);
    let health = world.say(&["health", "--output", "json"]);
    assert!(health.out.contains("\"is_healthy\": true"), "{health:?}");
    let stats = world.say(&["store", "stats"]);
    assert!(stats.out.contains("closed runs  2"), "{stats:?}");
    world.engine.shutdown().await;
    let stopped = world.say(&["health"]);
    assert_eq!(stopped.exit, Exit::Unavailable, "{stopped:?}");
    let stopped = world.say(&["list"]);
    assert_eq!(stopped.exit, Exit::Unavailable, "{stopped:?}");
    assert!(stopped.err.contains("shutting down"), "{stopped:?}");
    world.stop().await
}
