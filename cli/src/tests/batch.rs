//! Bulk jobs.

use super::world::{Outcome, World};
use crate::Exit;

const ORDERS: &str = "WorkflowType = 'Order' AND ExecutionStatus = 'Running'";

#[actix::test]
async fn a_bulk_job_is_looked_at_before_it_is_started() -> Outcome {
    let world = World::new().await?;
    assert_eq!(world.say(&["batch", "list"]).out, "no bulk jobs\n");
    world.order("order-1", "4242").await?;
    world.until(&["why", "order-1"], "a message")?;
    world.golden("batch_dry_run", &["batch", "start", "terminate", ORDERS]);
    let nobody = ["batch", "start", "cancel", "WorkflowId = 'nobody'"];
    world.golden_text("batch_dry_run_nobody", &nobody);
    assert_eq!(world.say(&["batch", "list"]).out, "no bulk jobs\n");

    let refused = ["batch", "start", "terminate", "WorkflowTyp = 'Order'"];
    world.golden_text("batch_refused", &refused);
    let everything = world.say(&["batch", "start", "terminate"]);
    assert_eq!(everything.exit, Exit::Usage, "a filter has to be given");
    let everything = world.say(&["batch", "start", "terminate", "", "--yes"]);
    assert_eq!(everything.exit, Exit::Refused, "{everything:?}");
    assert!(everything.err.contains("all_runs"), "{everything:?}");
    let all = world.say(&["batch", "start", "terminate", "--all"]);
    assert!(all.out.contains("1 run matches"), "{all:?}");
    let nameless = world.say(&["batch", "start", "signal", ORDERS, "--yes"]);
    assert_eq!(nameless.exit, Exit::Usage);
    world.stop().await
}

#[actix::test]
async fn a_bulk_job_is_started_shown_and_deleted() -> Outcome {
    let world = World::new().await?;
    world.shop().await?;
    let start = [
        "batch",
        "start",
        "signal",
        "WorkflowType = 'Order'",
        "--yes",
        "--id",
        "approve-all",
    ];
    let options = [
        "--name",
        "approve",
        "--reason",
        "the bank is back",
        "--rate",
        "50",
    ];
    let start = [&start[..], &options].concat();
    world.golden_text("batch_start", &start);
    world.until(&["batch", "show", "approve-all"], "Completed")?;
    // Started again, it is the same job.
    assert_eq!(world.say(&start).exit, Exit::Done);
    let other = [
        "batch",
        "start",
        "delete",
        ORDERS,
        "--yes",
        "--id",
        "approve-all",
    ];
    assert_eq!(world.say(&other).exit, Exit::Refused);

    world.golden("batch_show", &["batch", "show", "approve-all"]);
    world.golden(
        "batch_results",
        &["batch", "show", "approve-all", "--results"],
    );
    world.golden("batch_list", &["batch", "list"]);
    let follow = world.say(&["batch", "show", "approve-all", "--follow"]);
    assert_eq!(follow.exit, Exit::Done);
    assert!(follow.out.contains("skipped  1"), "{follow:?}");
    let late = world.say(&["batch", "pause", "approve-all"]);
    assert_eq!(late.exit, Exit::Refused, "{late:?}");
    world.golden_text("batch_delete", &["batch", "delete", "approve-all"]);
    world.golden_text("batch_missing", &["batch", "show", "approve-all"]);
    world.stop().await
}

#[actix::test]
async fn a_bulk_job_is_paused_resumed_and_canceled() -> Outcome {
    let world = World::new().await?;
    for number in 0..3 {
        world.order(&format!("order-{number}"), "4242").await?;
    }
    // The clock stands still, so the job does not come to its second run.
    let start = [
        "batch",
        "start",
        "terminate",
        ORDERS,
        "--yes",
        "--rate",
        "1",
        "--id",
        "slow",
    ];
    assert_eq!(world.say(&start).exit, Exit::Done);
    world.until(&["batch", "show", "slow"], "1 of 3")?;
    let pause = ["batch", "pause", "slow", "--reason", "lunch"];
    world.golden_text("batch_pause", &pause);
    let paused = world.say(&["batch", "show", "slow"]);
    assert!(
        paused.out.contains("Paused") && paused.out.contains("ada: lunch"),
        "{paused:?}"
    );
    world.golden_text("batch_resume", &["batch", "resume", "slow"]);
    assert!(
        world
            .say(&["batch", "show", "slow"])
            .out
            .contains("Running")
    );
    world.golden_text(
        "batch_cancel",
        &["batch", "cancel", "slow", "--reason", "enough"],
    );
    world.until(&["batch", "show", "slow"], "Canceled")?;
    let ended = world.say(&["batch", "show", "slow", "--follow"]);
    assert_eq!(ended.exit, Exit::Failed, "it has not completed");
    world.stop().await
}
