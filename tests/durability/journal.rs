//! The engine tells nobody before the store has taken it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sempre::{
    Engine,
    model::{RecordNumber, RunId, WorkflowId},
    storage::{
        Commit, Durability, OpenRun, ReadStore, RunEntry, SledOptions, SledStore, StorageError,
        StoredRecord, WriteStore,
    },
};
use sempre_tests::{
    Outcome, Stage, block_on,
    workflow::{Board, BoardHandle as _, Call, Caller},
};

/// A store around another one that notes what has been written once that says it is.
struct Journal<S> {
    inner: S,
    written: Mutex<Vec<Commit>>,
}

impl<S> Journal<S> {
    fn new(inner: S) -> Self {
        Self {
            inner,
            written: Mutex::default(),
        }
    }

    fn written(&self) -> MutexGuard<'_, Vec<Commit>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a text is part of what has been written.
    fn has(&self, text: &str) -> bool {
        let contains = |commit: &Commit| contains(&commit.record, text);
        self.written().iter().any(contains)
    }
}

/// Whether a text is part of some bytes.
fn contains(bytes: &[u8], text: &str) -> bool {
    let mut parts = bytes.windows(text.len());
    parts.any(|part| part == text.as_bytes())
}

impl<S: WriteStore> WriteStore for Journal<S> {
    fn commit(&self, commits: &[Commit]) -> Result<(), StorageError> {
        self.inner.commit(commits)?;
        self.written().extend_from_slice(commits);
        Ok(())
    }
}

impl<S: ReadStore> ReadStore for Journal<S> {
    fn current_run(&self, workflow_id: &WorkflowId) -> Result<Option<RunEntry>, StorageError> {
        self.inner.current_run(workflow_id)
    }

    fn run(&self, run_id: RunId) -> Result<Option<RunEntry>, StorageError> {
        self.inner.run(run_id)
    }

    fn open_runs(&self, after: Option<RunId>, limit: usize) -> Result<Vec<OpenRun>, StorageError> {
        self.inner.open_runs(after, limit)
    }

    fn records(
        &self,
        run_id: RunId,
        from: RecordNumber,
        limit: usize,
    ) -> Result<Vec<StoredRecord>, StorageError> {
        self.inner.records(run_id, from, limit)
    }
}

#[test]
fn whatever_is_acknowledged_has_been_taken_by_the_store() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut options = SledOptions::default();
    options.durability = Durability::Fsync;
    let store = Arc::new(Journal::new(SledStore::open(folder.path(), options)?));
    let stage = Stage::default();
    block_on(async {
        let engine = Engine::on_store(store.clone())
            .workflow::<Board>()
            .workflow::<Caller>()
            .activities(stage.actors());
        let engine = engine.start().await?;
        let board = engine.workflow::<Board>("the board");
        let board = board.start(()).await?;
        assert!(store.has("the board"), "a start");
        for number in 0..50 {
            let note = format!("note {number}");
            board.post(note.clone()).await?;
            assert!(store.has(&note), "a signal");
        }
        board.close().await?;
        board.result().await?;
        let caller = engine.workflow::<Caller>("the caller");
        let caller = caller.start(Call::of("the input")).await?;
        let attempt = stage.attempt().await;
        assert!(store.has("the input"), "an attempt");
        attempt.complete("the result");
        assert_eq!(caller.result().await?, "the result");
        assert!(store.has("the result"), "a result");
        engine.shutdown().await;
        Ok(())
    })
}
