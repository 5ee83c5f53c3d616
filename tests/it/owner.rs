//! A store that is handed to two engines: one of them writes to it, the other is told so.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use sempre::{
    Engine,
    model::RunId,
    runtime::StartEngineError,
    storage::{
        MemoryStore, OpenRun, ReadStore as _, StorageError, StorageErrorKind, Store, StoreLayer,
    },
    testing::FaultStore,
};
use sempre_tests::{
    Outcome, block_on,
    workflow::{Board, BoardHandle as _},
};

async fn start(store: &Arc<dyn Store>) -> Result<Engine, StartEngineError> {
    let engine = Engine::on_store(Arc::clone(store)).workflow::<Board>();
    engine.threads(2).start().await
}

#[test]
fn a_second_engine_on_one_store_is_refused_and_the_first_goes_on() -> Outcome {
    block_on(async {
        let memory = MemoryStore::new();
        let layer = FaultStore::new(memory.clone());
        let store: Arc<dyn Store> = Arc::new(memory.clone());
        let engine = start(&store).await?;
        let board = engine.workflow::<Board>("board").start(()).await?;
        // The same store, a clone of it, and one with a layer in front.
        let again: [Arc<dyn Store>; 3] = [
            Arc::clone(&store),
            Arc::new(memory.clone()),
            Arc::new(layer),
        ];
        for again in &again {
            let refused = start(again).await;
            let Err(StartEngineError::Storage(error)) = refused else {
                return Err(format!("a second engine: {refused:?}").into());
            };
            assert_eq!(error.kind(), StorageErrorKind::Locked);
            assert!(error.to_string().contains("shut it down first"), "{error}");
        }
        board.post("still there".to_owned()).await?;
        engine.shutdown().await;
        for again in &again {
            let engine = start(again).await?;
            let board = engine.workflow::<Board>("board");
            assert_eq!(board.notes().await?, ["still there"]);
            engine.shutdown().await;
        }
        Ok(())
    })
}

#[test]
fn a_store_is_free_again_when_its_engine_was_dropped() -> Outcome {
    block_on(async {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        start(&store)
            .await?
            .workflow::<Board>("board")
            .start(())
            .await?;
        for number in 0..20_usize {
            let engine = start(&store).await?;
            let board = engine.workflow::<Board>("board");
            assert_eq!(board.notes().await?.len(), number);
            board.post(number.to_string()).await?;
        }
        Ok(())
    })
}

/// A store that cannot be read at first.
struct Reluctant {
    inner: MemoryStore,
    is_willing: AtomicBool,
}

impl StoreLayer for Reluctant {
    type Inner = MemoryStore;

    fn inner(&self) -> &MemoryStore {
        &self.inner
    }

    fn open_runs(&self, after: Option<RunId>, limit: usize) -> Result<Vec<OpenRun>, StorageError> {
        if self.is_willing.swap(true, Ordering::SeqCst) {
            return self.inner.open_runs(after, limit);
        }
        let kind = StorageErrorKind::Unavailable;
        Err(StorageError::new(kind, "not yet"))
    }
}

#[test]
fn a_store_is_free_again_after_a_start_that_failed() -> Outcome {
    block_on(async {
        let store: Arc<dyn Store> = Arc::new(Reluctant {
            inner: MemoryStore::new(),
            is_willing: AtomicBool::new(false),
        });
        assert!(start(&store).await.is_err());
        start(&store).await?.shutdown().await;
        Ok(())
    })
}
