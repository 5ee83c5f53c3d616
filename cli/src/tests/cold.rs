//! A store that no engine runs on.

use sempre::Engine;
use serde_json::{Value, json};

use super::world::{CUSTOMER, Outcome, Said, builder, compare, say};
use crate::Exit;

/// A store with a run that has ended and one that waits, and the way to it.
pub(super) async fn store(path: &str) -> Outcome {
    let engine = builder(Engine::open(path)).start().await?;
    let quick = engine.execution("quick").start("Quick", &json!("ada"));
    let quick = quick.search_attributes([CUSTOMER.set("ada")]);
    quick
        .request_id("start-quick")
        .await?
        .result::<Value>()
        .await?;
    engine
        .execution("nap")
        .start("Nap", &())
        .request_id("start-nap")
        .await?;
    engine.shutdown().await;
    Ok(())
}

#[actix::test]
async fn a_store_at_rest_is_looked_at() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("orders.sempre").display().to_string();
    store(&path).await?;
    let at = |arguments: &[&str]| say(&[&["--store", &path], arguments].concat(), None);
    let golden = |name: &str, arguments: &[&str]| {
        compare(name, "txt", &at(arguments));
        compare(name, "json", &at(&[arguments, &["-o", "json"]].concat()));
    };
    golden("cold_list", &["list", "Customer = 'ada'"]);
    golden("cold_count", &["count", "GROUP BY ExecutionStatus"]);
    golden("cold_show", &["show", "quick", "--payloads"]);
    golden("cold_events", &["show", "quick", "--events"]);
    golden("cold_check", &["store", "check"]);
    let timeline = at(&["show", "quick", "--timeline"]);
    assert!(timeline.out.contains('━'), "{timeline:?}");
    let exported = at(&["export", "quick"]);
    assert!(
        exported
            .out
            .contains("EVENT_TYPE_WORKFLOW_EXECUTION_STARTED"),
        "{exported:?}"
    );
    let stats = at(&["store", "stats"]);
    assert!(stats.out.contains("Quick"), "{stats:?}");
    assert!(stats.out.contains("7 to 30 days ago"), "{stats:?}");
    let compacted = at(&["store", "compact"]);
    assert!(compacted.out.contains("before"), "{compacted:?}");
    let compacted = at(&["store", "compact", "-o", "json"]);
    assert!(compacted.out.contains("bytes_after"), "{compacted:?}");
    let refused = |said: Said, exit: Exit, text: &str| {
        assert!(said.exit == exit && said.err.contains(text), "{said:?}");
    };
    refused(at(&["show", "nobody"]), Exit::NotFound, "not found");
    refused(
        at(&["show", "quick", "--run", "5"]),
        Exit::Usage,
        "not a run id",
    );
    refused(at(&["list", "Custome = 'ada'"]), Exit::Refused, "column=1");
    refused(at(&["list", "--page", "5"]), Exit::Refused, "page token");
    refused(at(&["why"]), Exit::Usage, "running engine");
    Ok(())
}

#[actix::test]
async fn a_store_that_somebody_holds_is_left_alone() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("orders.sempre").display().to_string();
    let engine = builder(Engine::open(&path)).start().await?;
    let commands = [
        &["list"][..],
        &["store", "check"],
        &["store", "compact"],
        &["console"],
    ];
    for command in commands {
        let said = say(&[&["--store", &path], command].concat(), None);
        assert_eq!(said.exit, Exit::Unavailable, "{said:?}");
        assert!(said.err.contains("stop the service"), "{said:?}");
    }
    engine.shutdown().await;
    Ok(())
}
