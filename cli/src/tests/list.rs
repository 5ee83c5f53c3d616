//! Which runs there are.

use super::world::{Outcome, World, say};
use crate::Exit;

#[actix::test]
async fn runs_are_listed_and_counted() -> Outcome {
    let world = World::new().await?;
    assert_eq!(world.say(&["list"]).out, "no runs\n");
    world.shop().await?;
    world.golden("list", &["list"]);
    world.golden(
        "list_filtered",
        &["list", "Customer = 'ada' AND ExecutionStatus = 'Running'"],
    );
    world.golden("count", &["count"]);
    world.golden("count_by_status", &["count", "GROUP BY ExecutionStatus"]);
    world.stop().await
}

#[actix::test]
async fn a_list_goes_on_behind_its_limit() -> Outcome {
    let world = World::new().await?;
    world.shop().await?;
    let first = world.say(&["list", "--limit", "2"]);
    let page = first.err.split("--page ").nth(1).unwrap_or_default().trim();
    assert!(!page.is_empty(), "{first:?}");
    let second = world.say(&["list", "--limit", "2", "--page", page]);
    assert!(second.out.contains("order-2"), "{second:?}");
    let of_another = world.say(&["list", "ExecutionStatus = 'Running'", "--page", page]);
    assert_eq!(of_another.exit, Exit::Refused);
    assert!(of_another.err.contains("another filter"), "{of_another:?}");
    world.stop().await
}

#[actix::test]
async fn a_filter_that_cannot_be_read_is_refused_with_its_column() -> Outcome {
    let world = World::new().await?;
    for command in ["list", "count"] {
        world.golden_text(
            &format!("{command}_refused"),
            &[command, "WorkflowTyp = 'Order'"],
        );
    }
    world.stop().await
}

#[actix::test]
async fn a_table_keeps_to_the_width_of_the_terminal() -> Outcome {
    let world = World::new().await?;
    world
        .order("an-order-with-an-id-that-is-quite-long", "4242")
        .await?;
    let url = world.server.url();
    let said = say(&["--url", &url, "list"], Some(60));
    let widest = said.out.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(60), "{}", said.out);
    world.stop().await
}
