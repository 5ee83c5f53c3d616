//! A run and its history.

use std::thread;

use super::world::{Outcome, World, say};
use crate::Exit;

#[actix::test]
async fn a_run_is_shown_in_every_form() -> Outcome {
    let world = World::new().await?;
    world.shop().await?;
    world.golden("show_open", &["show", "order-3"]);
    world.golden("show", &["show", "order-2", "--payloads"]);
    world.golden("show_hidden", &["show", "order-2"]);
    world.golden("show_failed", &["show", "doomed"]);
    world.golden("show_compact", &["show", "order-2", "--compact"]);
    world.golden("show_timeline", &["show", "order-2", "--timeline"]);
    world.golden(
        "show_events",
        &["show", "order-2", "--events", "--payloads"],
    );
    let nobody = world.say(&["show", "nobody"]);
    assert_eq!(nobody.exit, Exit::NotFound);
    assert!(nobody.err.contains("not found"), "{nobody:?}");
    let both = world.say(&["show", "order-2", "--compact", "--timeline"]);
    assert_eq!(both.exit, Exit::Usage);
    world.stop().await
}

#[actix::test]
async fn a_run_is_followed_until_it_has_closed() -> Outcome {
    let world = World::new().await?;
    world.shop().await?;
    world.golden("show_follow", &["show", "order-2", "--follow"]);
    let url = world.server.url();
    let following =
        thread::spawn(move || say(&["--url", &url, "show", "order-1", "--follow"], None));
    let order = world.engine.execution("order-1");
    order.signal("approve", &()).await?;
    let followed = following.join().map_err(|_| "it has panicked")?;
    assert_eq!(followed.exit, Exit::Done);
    assert!(
        followed.out.contains("WorkflowExecutionCompleted"),
        "{followed:?}"
    );
    world.stop().await
}

#[actix::test]
async fn what_a_run_waits_for_is_said() -> Outcome {
    let world = World::new().await?;
    assert_eq!(world.say(&["why"]).out, "nothing needs attention\n");
    world.shop().await?;
    world.golden("why", &["why"]);
    world.golden("why_retried", &["why", "order-3"]);
    world.golden("why_message", &["why", "order-1"]);
    world.golden_text("why_closed", &["why", "order-2"]);
    world.stop().await
}

#[actix::test]
async fn what_would_steer_a_terminal_is_made_visible() -> Outcome {
    let world = World::new().await?;
    let evil = "\u{1b}[2Jevil\r\n";
    world.order(evil, "\u{1b}[31m").await?;
    for arguments in [
        &["list"][..],
        &["show", evil, "--payloads"],
        &["show", evil, "--events", "--payloads"],
    ] {
        let said = world.say(arguments);
        assert_eq!(said.exit, Exit::Done, "{said:?}");
        assert!(!said.out.contains(['\u{1b}', '\r']), "{said:?}");
    }
    world.stop().await
}
