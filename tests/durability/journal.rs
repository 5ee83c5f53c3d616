//! The engine tells nobody before the store has taken it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sempre::{
    Engine,
    storage::{Commit, CommitPart, Durability, SledOptions, SledStore, Store},
    testing::InterceptedStore,
};
use sempre_tests::{
    Outcome, Stage, block_on,
    workflow::{Board, BoardHandle as _, Call, Caller},
};

/// What has been written, noted once the store says that it is.
#[derive(Clone, Default)]
struct Journal {
    written: Arc<Mutex<Vec<Commit>>>,
}

impl Journal {
    /// A store that writes to this one, and notes it here.
    fn around(&self, store: impl Store) -> Arc<dyn Store> {
        let journal = self.clone();
        Arc::new(InterceptedStore::new(
            store,
            move |store, commits: &[Commit]| {
                store.commit(commits)?;
                journal.written().extend_from_slice(commits);
                Ok(())
            },
        ))
    }

    fn written(&self) -> MutexGuard<'_, Vec<Commit>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a text is part of what has been written.
    fn has(&self, text: &str) -> bool {
        let contains = |part: &CommitPart| contains(&part.record, text);
        self.written().iter().flat_map(Commit::parts).any(contains)
    }
}

/// Whether a text is part of some bytes.
fn contains(bytes: &[u8], text: &str) -> bool {
    let mut parts = bytes.windows(text.len());
    parts.any(|part| part == text.as_bytes())
}

#[test]
fn whatever_is_acknowledged_has_been_taken_by_the_store() -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut options = SledOptions::default();
    options.durability = Durability::Fsync;
    let journal = Journal::default();
    let store = journal.around(SledStore::open(folder.path(), options)?);
    let stage = Stage::default();
    block_on(async {
        let engine = Engine::on_store(store)
            .workflow::<Board>()
            .workflow::<Caller>()
            .activities(stage.actors());
        let engine = engine.start().await?;
        let board = engine.workflow::<Board>("the board");
        let board = board.start(()).await?;
        assert!(journal.has("the board"), "a start");
        for number in 0..50 {
            let note = format!("note {number}");
            board.post(note.clone()).await?;
            assert!(journal.has(&note), "a signal");
        }
        board.close().await?;
        board.result().await?;
        let caller = engine.workflow::<Caller>("the caller");
        let caller = caller.start(Call::of("the input")).await?;
        let attempt = stage.attempt().await;
        assert!(journal.has("the input"), "an attempt");
        attempt.complete("the result");
        assert_eq!(caller.result().await?, "the result");
        assert!(journal.has("the result"), "a result");
        engine.shutdown().await;
        Ok(())
    })
}
