//! Handles without the types of their workflows: what tools hold.

use std::sync::Arc;

use sempre::{
    Engine, WorkflowFailure,
    client::{
        QueryWorkflowError, RequestError, ResultError, SignalWorkflowError, StartWorkflowError,
    },
    storage::MemoryStore,
};
use sempre_tests::{
    Mode, Outcome, block_on,
    workflow::{Board, BoardHandle as _, Echo},
};
use serde_json::{Value, json};

async fn start(mode: Mode) -> Result<Engine, Box<dyn std::error::Error>> {
    let store = Arc::new(MemoryStore::new());
    let engine = Engine::on_store(store)
        .workflow::<Board>()
        .workflow::<Echo>();
    Ok(mode.configure(engine.threads(2)).start().await?)
}

#[test]
fn a_workflow_is_started_told_and_asked_by_names() -> Outcome {
    block_on(async {
        for mode in Mode::ALL {
            let engine = start(mode).await?;
            let board = engine.execution("board").start("Board", &()).await?;
            board.signal("post", &json!("first")).await?;
            let second = || board.signal("post", &json!("second")).request_id("once");
            second().await?;
            second().await?;
            let notes: Value = board.query("notes", &()).await?;
            assert_eq!(notes, json!(["first", "second"]), "{mode}");
            let typed: Vec<String> = board.query("notes", &()).await?;
            assert_eq!(typed, engine.workflow::<Board>("board").notes().await?);
            board.signal("close", &()).await?;
            assert_eq!(board.result::<Value>().await?, notes, "{mode}");
            assert_eq!(board.result::<Vec<String>>().await?, typed);
            engine.shutdown().await;
        }
        Ok(())
    })
}

#[test]
fn a_start_with_a_signal_and_options_needs_no_types() -> Outcome {
    block_on(async {
        let engine = start(Mode::Live).await?;
        let board = engine.execution("board");
        let start = || {
            let start = board.start("Board", &()).request_id("basket-7");
            start.signal(board.signal("post", &json!("with the start")))
        };
        let first = start().await?;
        let again = start().await?;
        assert_eq!(first.run_id(), again.run_id());
        assert_eq!(
            board.query::<Value>("notes", &()).await?,
            json!(["with the start"])
        );
        first.cancel("enough").await?;
        let ended = first.result::<Value>().await;
        let Err(ResultError::Workflow(WorkflowFailure::Canceled(_))) = ended else {
            return Err(format!("{ended:?}").into());
        };
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn what_does_not_fit_is_refused_as_with_types() -> Outcome {
    block_on(async {
        let engine = start(Mode::Live).await?;
        let nobody = engine.execution("nobody");
        assert!(matches!(
            nobody.signal("post", &json!("lost")).await,
            Err(SignalWorkflowError::Request(RequestError::NotFound { .. }))
        ));
        let board = engine.execution("board").start("Board", &()).await?;
        assert!(matches!(
            board.start("Board", &()).await,
            Err(StartWorkflowError::AlreadyStarted { .. })
        ));
        assert!(matches!(
            board.query::<Value>("no_such_query", &()).await,
            Err(QueryWorkflowError::Query(_))
        ));
        assert!(matches!(
            board.query::<u32>("notes", &()).await,
            Err(QueryWorkflowError::Payload(_))
        ));
        // A workflow type that nobody registered waits for its code.
        let waits = engine
            .execution("waits")
            .start("NotHere", &json!({"a": [1, 2]}))
            .await?;
        let problems = waits.describe().await?.problems;
        assert_eq!(problems.len(), 1, "{problems:?}");
        engine.shutdown().await;
        Ok(())
    })
}
