//! Histories as Temporal writes them.

use std::fs;

use super::world::{Outcome, World, say};
use crate::Exit;

#[actix::test]
async fn a_history_is_written_and_checked() -> Outcome {
    let world = World::new().await?;
    world.shop().await?;
    let printed = world.say(&["export", "order-2"]);
    assert!(
        printed
            .out
            .contains("EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED"),
        "{printed:?}"
    );
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("order-2.json").display().to_string();
    let written = world.say(&["export", "order-2", "--to", &file]);
    assert_eq!(written.out, format!("{file}\n"));
    let import = say(&["import", &file], None);
    assert_eq!(import.exit, Exit::Done, "{import:?}");
    assert!(import.out.contains("Order"), "{import:?}");
    for form in ["--events", "--compact", "--timeline"] {
        let shown = say(&["show", "--file", &file, form, "--payloads"], None);
        assert!(
            shown.exit == Exit::Done && shown.out.contains("charge"),
            "{shown:?}"
        );
    }
    let bad = folder.path().join("bad.json").display().to_string();
    fs::write(&bad, "{")?;
    let import = say(&["import", &file, &bad, "-o", "json"], None);
    assert_eq!(import.exit, Exit::Refused, "{import:?}");
    let json: serde_json::Value = serde_json::from_str(&import.out)?;
    assert_eq!(json["files"][0]["workflow_type"], "Order");
    assert!(json["files"][1]["error"].is_string(), "{json}");
    world.stop().await
}

#[actix::test]
async fn all_runs_of_a_filter_are_written_to_a_folder() -> Outcome {
    let world = World::new().await?;
    world.shop().await?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("histories").display().to_string();
    let written = world.say(&[
        "export",
        "--filter",
        "WorkflowType = 'Order'",
        "--to",
        &path,
    ]);
    assert_eq!(written.out, "3 files were written\n");
    assert_eq!(fs::read_dir(&path)?.count(), 3);
    let nothing = world.say(&["export", "--filter", "WorkflowType = 'x'", "--to", &path]);
    assert_eq!(nothing.out, "no runs\n");
    assert_eq!(world.say(&["export"]).exit, Exit::Usage);
    world.stop().await
}
