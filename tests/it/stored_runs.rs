//! The runs of a store that no engine runs on.

use std::sync::Arc;

use sempre::{
    Engine, SearchAttribute, Timestamp,
    client::{ListRunsError, RequestError, StoredRuns},
    storage::MemoryStore,
};
use sempre_tests::{Mode, Outcome, block_on, workflow::Echo};

const CUSTOMER: SearchAttribute<String> = SearchAttribute::keyword("Customer");

#[test]
fn a_store_at_rest_says_what_an_engine_on_it_says() -> Outcome {
    block_on(async {
        let store = Arc::new(MemoryStore::new());
        let engine = Engine::on_store(store.clone())
            .workflow::<Echo>()
            .search_attribute(CUSTOMER);
        let engine = Mode::ALL[0].configure(engine).start().await?;
        for name in ["ada", "grace"] {
            let echo = engine.workflow::<Echo>(format!("echo-of-{name}"));
            let start = echo.start("x".into());
            let echo = start.search_attributes([CUSTOMER.set(name)]).await?;
            echo.result().await?;
        }
        let nightly = engine.schedule("nightly").create::<Echo>("x".into());
        nightly.cron("@daily").await?;
        let filter = "Customer = 'ada' AND ExecutionStatus = 'Completed'";
        let listed = engine.list(filter).await?;
        let counted = engine.count("GROUP BY ExecutionStatus").await?;
        let history = engine.execution("echo-of-ada").history().await?;
        let described = engine.execution("echo-of-ada").describe().await?;
        let patches = engine.patches().await?;
        engine.shutdown().await;

        let runs = StoredRuns::new(store);
        let at_rest = runs.execution("echo-of-ada");
        assert_eq!(at_rest.describe().await?, described);
        assert_eq!(at_rest.readable_history().await?, history);
        assert_eq!(at_rest.result::<String>().await?, "x");
        assert_eq!(runs.patches().await?, patches);
        assert_eq!(runs.clone().apart().list(filter).await?, listed);
        assert_eq!(runs.list(filter).await?, listed);
        assert_eq!(listed.runs.len(), 1);
        assert_eq!(runs.count("GROUP BY ExecutionStatus").await?, counted);
        assert_eq!(runs.history("echo-of-ada", None)?, history);
        let run_id = listed.runs[0].run_id;
        assert_eq!(runs.history("echo-of-ada", Some(run_id))?, history);
        runs.check(run_id)?;
        // Lists leave out what the engine runs for itself; this does not.
        let all: Vec<_> = runs.iter().collect::<Result<_, _>>()?;
        let types: Vec<_> = all.iter().map(|run| run.workflow_type.as_str()).collect();
        assert!(types.contains(&"Echo") && types.len() == 3, "{types:?}");
        assert_eq!(runs.report(Timestamp::from_secs(0)).await?.closed.runs, 2);
        // An id of another execution, or of none, is not found; no more is an attribute that no run has.
        let other = runs.history("echo-of-grace", Some(run_id));
        assert!(matches!(other, Err(RequestError::NotFound { .. })));
        let nobody = runs.execution("nobody").describe().await;
        assert!(matches!(nobody, Err(RequestError::NotFound { .. })));
        let nowhere = runs.history("nobody", None);
        assert!(matches!(nowhere, Err(RequestError::NotFound { .. })));
        let unknown = runs.list("Vendor = 'ada'").await;
        assert!(matches!(unknown, Err(ListRunsError::Filter(_))));
        Ok(())
    })
}

#[test]
fn nothing_is_done_about_a_run_of_a_store_at_rest() -> Outcome {
    block_on(async {
        let store = Arc::new(MemoryStore::new());
        let engine = Engine::on_store(store.clone());
        let engine = Mode::ALL[0].configure(engine).start().await?;
        engine.execution("lost").start("NotHere", &()).await?;
        let before = engine.execution("lost").history().await?;
        engine.shutdown().await;

        let runs = StoredRuns::new(store);
        let lost = runs.execution("lost");
        let described = lost.describe().await?;
        assert!(described.status.is_open() && described.problems.is_empty());
        let signal = lost.signal("approve", &()).await.unwrap_err();
        assert!(signal.to_string().contains("the store is only read"));
        assert!(lost.terminate("no").await.is_err());
        assert!(lost.result::<()>().await.is_err());
        assert!(lost.start("NotHere", &()).await.is_err());
        assert_eq!(lost.history().await?, before);
        Ok(())
    })
}
