//! What is done to runs.

use super::world::{Outcome, World};
use crate::Exit;

#[actix::test]
async fn a_workflow_is_started_told_and_asked() -> Outcome {
    let world = World::new().await?;
    let start = [
        "start",
        "Order",
        "order-1",
        "--input",
        "\"4242\"",
        "--request-id",
        "once",
    ];
    world.golden("start", &start);
    world.until(&["why", "order-1"], "a message")?;
    world.golden("update", &["update", "order-1", "set_quantity", "-i", "3"]);
    world.golden("query", &["query", "order-1", "quantity"]);
    world.golden_text(
        "update_failed",
        &["update", "order-1", "set_quantity", "-i", "0"],
    );
    let failed = world.say(&["update", "order-1", "set_quantity", "-i", "0"]);
    assert_eq!(failed.exit, Exit::Failed);
    world.golden_text("update_unknown", &["update", "order-1", "no_such"]);
    world.golden_text("start_again", &["start", "Order", "order-1"]);
    let signal = ["signal", "order-1", "approve", "--request-id", "approval"];
    world.golden_text("signal", &signal);
    world.order("order-2", "4242").await?;
    world.golden_json("signal", &["signal", "order-2", "approve"]);
    world.stop().await
}

#[actix::test]
async fn the_input_comes_from_the_line_or_a_file() -> Outcome {
    let world = World::new().await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("input.json");
    std::fs::write(&file, "\"ada\"")?;
    let input = format!("@{}", file.display());
    let started = world.say(&["start", "Quick", "quick", "--input", &input]);
    assert_eq!(started.exit, Exit::Done, "{started:?}");
    world.until(&["show", "quick", "--payloads"], "\"ada\"")?;
    world.golden_text(
        "input_refused",
        &["start", "Quick", "other", "--input", "ada"],
    );
    let missing = world.say(&["start", "Quick", "other", "--input", "@/nowhere"]);
    assert_eq!(missing.exit, Exit::NotFound);
    world.stop().await
}

#[actix::test]
async fn runs_and_activities_are_held_back_and_let_go_on() -> Outcome {
    let world = World::new().await?;
    world.shop().await?;
    world.golden_text(
        "pause",
        &["pause", "order-1", "--reason", "the bank is down"],
    );
    world.golden_text("pause_again", &["pause", "order-1"]);
    world.golden("why_paused", &["why", "order-1"]);
    let update = world.say(&["update", "order-1", "set_quantity", "-i", "3"]);
    assert_eq!(update.exit, Exit::Refused, "{update:?}");
    world.golden_text("unpause", &["unpause", "order-1"]);
    world.golden_json("pause", &["pause", "order-1"]);
    world.golden_json("unpause", &["unpause", "order-1"]);
    let activity = ["order-3", "--activity", "1"];
    world.golden_text("pause_activity", &[&["pause"], &activity[..]].concat());
    world.golden("why_activity_paused", &["why", "order-3"]);
    let unpause = [&["unpause"], &activity[..], &["--reset-attempts"]].concat();
    world.golden_text("unpause_activity", &unpause);
    world.until(&["why", "order-3"], "attempt 2")?;
    world.golden_json("pause_activity", &[&["pause"], &activity[..]].concat());
    world.golden_json("unpause_activity", &unpause);
    world.until(&["why", "order-3"], "attempt 2")?;
    let retry = [&["retry"], &activity[..], &["--reset-attempts"]].concat();
    world.golden_text("retry_reset", &retry);
    world.stop().await
}

#[actix::test]
async fn runs_are_ended_reset_and_deleted() -> Outcome {
    let world = World::new().await?;
    world.shop().await?;
    world.golden("retry", &["retry", "order-1"]);
    world.golden_text("retry_activity", &["retry", "order-3", "--activity", "1"]);
    world.until(&["why", "order-3"], "attempt 3")?;
    world.golden_json("retry_activity", &["retry", "order-3", "--activity", "1"]);
    world.until(&["why", "order-3"], "attempt 4")?;
    world.golden_text("resume", &["resume", "order-1"]);
    let reset = [
        "reset",
        "order-1",
        "--to",
        "first-task",
        "--reason",
        "a bug",
    ];
    world.golden_text("reset", &reset);
    world.until(&["why", "order-1"], "a message")?;
    world.golden_json("reset", &reset);
    world.until(&["why", "order-1"], "a message")?;
    world.golden_text(
        "reset_refused",
        &["reset", "order-1", "--to", "event", "--point", "9999"],
    );
    world.golden_text("reset_usage", &["reset", "order-1", "--to", "yesterday"]);
    world.golden_text("cancel", &["cancel", "order-1", "--reason", "enough"]);
    world.golden_text("terminate", &["terminate", "order-3"]);
    for id in ["order-4", "order-5"] {
        world.order(id, "4242").await?;
    }
    world.golden_json("cancel", &["cancel", "order-4"]);
    world.golden_json("terminate", &["terminate", "order-5"]);
    let again = world.say(&["terminate", "order-3"]);
    assert_eq!(again.exit, Exit::Refused, "{again:?}");
    world.golden_text("delete", &["delete", "order-3"]);
    world.golden_json("delete", &["delete", "order-5"]);
    let gone = world.say(&["delete", "order-3"]);
    assert_eq!(gone.exit, Exit::NotFound, "{gone:?}");
    world.golden("audit", &["audit"]);
    world.stop().await
}
