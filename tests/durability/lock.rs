//! One owner at a time, and the other one is told who it is.

use sempre::{Engine, runtime::StartEngineError, storage::StorageErrorKind};
use sempre_tests::{Outcome, block_on};

use crate::child::Acknowledger;

/// Opens an engine in a folder that somebody else holds; returns what it says.
async fn refused(folder: &std::path::Path) -> Result<String, Box<dyn std::error::Error>> {
    match Engine::open(folder).start().await {
        Err(StartEngineError::Storage(error)) if error.kind() == StorageErrorKind::Locked => {
            Ok(error.to_string())
        }
        other => Err(format!("it is held by somebody else: {other:?}").into()),
    }
}

#[test]
fn a_store_that_another_process_holds_is_refused_with_its_pid() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut holder = Acknowledger::start_in(folder.path(), 1)?;
    holder.all_acknowledged()?;
    let pid = format!("pid={} ", holder.process.id());
    let text = block_on(refused(folder.path()))?;
    assert!(text.contains(&pid), "{pid}: {text}");
    holder.finish()?;
    // Free again.
    block_on(async {
        let engine = Engine::open(folder.path()).start().await?;
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn a_store_that_another_engine_of_this_process_holds_is_refused_with_our_pid() -> Outcome {
    let folder = tempfile::tempdir()?;
    block_on(async {
        let holder = Engine::open(folder.path()).start().await?;
        let text = refused(folder.path()).await?;
        let pid = format!("pid={} ", std::process::id());
        assert!(text.contains(&pid), "{pid}: {text}");
        holder.shutdown().await;
        let next = Engine::open(folder.path()).start().await?;
        next.shutdown().await;
        Ok(())
    })
}
