//! Runs whose records or whose entry in the index cannot be read: they can be ended and replaced,
//! what can be read of them stays, and nobody else notices.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use sempre::{
    Engine, WorkflowFailure, WorkflowHandle,
    client::{
        DeleteWorkflowError, QueryWorkflowError, RequestError, ResultError, StopWorkflowError,
    },
    model::{
        EventAttributes, EventType, ExecutionStatus, HistoryEvent, RecordNumber, RunId,
        WorkflowExecution, WorkflowId, WorkflowIdConflictPolicy,
    },
    storage::{
        Commit, MemoryStore, OpenRun, ReadStore as _, RunEntry, StorageError, StoreLayer,
        StoredRecord, WriteStore as _,
    },
};
use sempre_tests::{
    Mode, Outcome, Request, block_on, problems,
    workflow::{Board, BoardHandle as _},
};

/// A store in memory, on a disk with bad places.
#[derive(Clone, Default)]
struct Scratched {
    inner: MemoryStore,
    scratches: Arc<Mutex<Scratches>>,
}

#[derive(Default)]
struct Scratches {
    garbled: BTreeSet<(RunId, u32)>,
    missing: BTreeSet<(RunId, u32)>,
    /// Runs whose entry is damaged while they are open.
    entries: BTreeSet<RunId>,
    /// How many parts each commit had.
    commits: Vec<usize>,
}

/// What is damaged of a run that has four records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Damage {
    Garbled(&'static [u32]),
    Missing(&'static [u32]),
    Entry,
}

const DAMAGES: [Damage; 8] = [
    Damage::Garbled(&[1]),
    Damage::Garbled(&[2]),
    Damage::Garbled(&[4]),
    Damage::Garbled(&[1, 2, 3, 4]),
    Damage::Garbled(&[1, 3]),
    Damage::Missing(&[2, 3]),
    Damage::Missing(&[1]),
    Damage::Entry,
];

impl Scratched {
    fn scratches(&self) -> MutexGuard<'_, Scratches> {
        self.scratches
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn strike(&self, run_id: RunId, damage: Damage) {
        let mut scratches = self.scratches();
        let of = |numbers: &[u32]| numbers.iter().map(|it| (run_id, *it)).collect::<Vec<_>>();
        match damage {
            Damage::Garbled(numbers) => scratches.garbled.extend(of(numbers)),
            Damage::Missing(numbers) => scratches.missing.extend(of(numbers)),
            Damage::Entry => {
                scratches.entries.insert(run_id);
            }
        }
    }

    fn seen(&self, run_id: RunId, record: StoredRecord) -> StoredRecord {
        let place = (run_id, record.number.get());
        if !self.scratches().garbled.contains(&place) {
            return record;
        }
        let mut bytes = record.bytes.to_vec();
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        StoredRecord {
            bytes: bytes.into(),
            ..record
        }
    }

    fn seen_entry(&self, entry: RunEntry) -> RunEntry {
        let run_id = entry.execution.run_id;
        if !entry.status.is_open() || !self.scratches().entries.contains(&run_id) {
            return entry;
        }
        let execution = WorkflowExecution {
            run_id,
            ..WorkflowExecution::default()
        };
        RunEntry {
            execution,
            status: entry.status,
            damage: Some("index entry is damaged: wrong checksum".into()),
            ..RunEntry::default()
        }
    }
}

impl StoreLayer for Scratched {
    type Inner = MemoryStore;

    fn inner(&self) -> &MemoryStore {
        &self.inner
    }

    fn commit(&self, commits: &[Commit]) -> Result<(), StorageError> {
        let parts = commits.iter().map(|commit| commit.parts().count());
        self.scratches().commits.extend(parts);
        self.inner.commit(commits)
    }

    fn current_run(&self, workflow_id: &WorkflowId) -> Result<Option<RunEntry>, StorageError> {
        let entry = self.inner.current_run(workflow_id)?;
        Ok(entry.map(|entry| {
            let mut seen = self.seen_entry(entry);
            seen.execution.workflow_id = workflow_id.clone();
            seen
        }))
    }

    fn run(&self, run_id: RunId) -> Result<Option<RunEntry>, StorageError> {
        let entry = self.inner.run(run_id)?;
        Ok(entry.map(|entry| self.seen_entry(entry)))
    }

    fn open_runs(&self, after: Option<RunId>, limit: usize) -> Result<Vec<OpenRun>, StorageError> {
        let runs = self.inner.open_runs(after, limit)?.into_iter();
        let seen = runs.map(|run| OpenRun {
            last_record: self.seen(run.entry.execution.run_id, run.last_record),
            entry: self.seen_entry(run.entry),
        });
        Ok(seen.collect())
    }

    fn records(
        &self,
        run_id: RunId,
        from: RecordNumber,
        limit: usize,
    ) -> Result<Vec<StoredRecord>, StorageError> {
        let records = self.inner.records(run_id, from, limit)?;
        let missing = |record: &&StoredRecord| {
            let place = (run_id, record.number.get());
            self.scratches().missing.contains(&place)
        };
        if let Some(record) = records.iter().find(missing) {
            return Err(StorageError::corrupt(run_id, record.number, "missing"));
        }
        let records = records.into_iter();
        Ok(records.map(|record| self.seen(run_id, record)).collect())
    }
}

async fn start(store: &Scratched) -> Result<Engine, Box<dyn std::error::Error>> {
    let engine = Engine::on_store(Arc::new(store.clone())).workflow::<Board>();
    Ok(Mode::Evicted.configure(engine.threads(2)).start().await?)
}

/// A board with three notes, and so four records, that is damaged then.
async fn damaged(
    engine: &Engine,
    store: &Scratched,
    damage: Damage,
) -> Result<(WorkflowHandle<Board>, RunId), Box<dyn std::error::Error>> {
    let board = engine.workflow::<Board>("ill").start(()).await?;
    let run_id = board.run_id().ok_or("a started run has an id")?;
    for note in ["one", "two", "three"] {
        board.post(note.to_owned()).await?;
    }
    let records = store.inner.records(run_id, RecordNumber::NONE, 99)?;
    assert_eq!(records.len(), 4, "the damages fit");
    store.strike(run_id, damage);
    let refused = board
        .post("lost".to_owned())
        .await
        .map_err(|error| error.to_string());
    assert!(
        refused
            .as_ref()
            .is_err_and(|text| text.contains("is damaged")),
        "{damage:?}: {refused:?}"
    );
    Ok((board, run_id))
}

/// How many records a damage costs.
fn lost(damage: Damage) -> usize {
    match damage {
        Damage::Garbled(numbers) | Damage::Missing(numbers) => numbers.len(),
        Damage::Entry => 0,
    }
}

/// The notes that the history of a board still shows.
fn posted(events: &[HistoryEvent]) -> usize {
    let signals = events.iter().map(HistoryEvent::event_type);
    signals
        .filter(|it| *it == EventType::WorkflowExecutionSignaled)
        .count()
}

/// Asks that a run is closed as the terminator wanted, with all that can still be read.
async fn check_terminated(
    board: &WorkflowHandle<Board>,
    damage: Damage,
) -> Result<(), Box<dyn std::error::Error>> {
    let description = board.describe().await?;
    assert_eq!(
        description.status,
        ExecutionStatus::Terminated,
        "{damage:?}"
    );
    assert_eq!(
        description.execution.workflow_id.as_str(),
        "ill",
        "{damage:?}"
    );
    assert_eq!(Some(description.execution.run_id), board.run_id());
    assert_eq!(description.workflow_type.as_str(), "Board", "{damage:?}");
    let history = board.history().await?;
    let last = history.events.last().map(|event| &event.attributes);
    let Some(EventAttributes::WorkflowExecutionTerminated(terminated)) = last else {
        return Err(format!("{damage:?} ends with {last:?}").into());
    };
    let ended = board.result().await;
    let reason = &terminated.reason;
    assert!(
        matches!(&ended, Err(ResultError::Workflow(WorkflowFailure::Terminated { reason: told }))
            if told == reason),
        "{damage:?}: {ended:?}"
    );
    let problems = problems(&description);
    if damage == Damage::Entry {
        assert_eq!(problems, Vec::<String>::new());
        history.check_grammar()?;
        return Ok(());
    }
    let told = format!("records are lost count={}", lost(damage));
    let is_told = problems.iter().any(|problem| problem.starts_with(&told));
    assert!(is_told, "{damage:?}: {problems:?}");
    let records = match damage {
        Damage::Garbled(numbers) | Damage::Missing(numbers) => numbers,
        Damage::Entry => &[],
    };
    let notes = (2..=4).filter(|number| !records.contains(number)).count();
    assert_eq!(posted(&history.events), notes, "{damage:?}: {history:?}");
    assert!(history.check_grammar().is_err(), "the gap is to be seen");
    let refused = board.notes().await;
    assert!(
        matches!(
            refused,
            Err(QueryWorkflowError::Request(RequestError::Damaged { .. }))
        ),
        "{damage:?}: {refused:?}"
    );
    Ok(())
}

#[test]
fn a_damaged_run_is_terminated_with_all_that_can_be_read_and_frees_its_id() -> Outcome {
    for damage in DAMAGES {
        block_on(async {
            let store = Scratched::default();
            let engine = start(&store).await?;
            let (board, run_id) = damaged(&engine, &store, damage).await?;
            let evidence = store.inner.records(run_id, RecordNumber::NONE, 4)?;

            board.terminate("it is ill").await?;
            assert_eq!(engine.quarantined(), [], "{damage:?}");
            check_terminated(&board, damage).await?;
            let again = board.terminate("once more").await;
            assert!(
                matches!(again, Err(StopWorkflowError::Closed { .. })),
                "{damage:?}: {again:?}"
            );
            engine.shutdown().await;

            let engine = start(&store).await?;
            let board = engine.workflow::<Board>("ill").at_run(run_id);
            check_terminated(&board, damage).await?;
            let kept = store.inner.records(run_id, RecordNumber::NONE, 4)?;
            assert_eq!(kept, evidence, "what was stored stays");
            let next = engine.workflow::<Board>("ill").start(()).await?;
            next.post("well".to_owned()).await?;
            assert_eq!(next.notes().await?, ["well"]);
            assert_eq!(engine.quarantined(), []);
            engine.shutdown().await;
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn a_start_replaces_a_damaged_run_in_one_commit() -> Outcome {
    for damage in DAMAGES {
        block_on(async {
            let store = Scratched::default();
            let engine = start(&store).await?;
            let (ill, _) = damaged(&engine, &store, damage).await?;
            let start = || engine.workflow::<Board>("ill").start(());
            let refused = start().await;
            assert!(refused.is_err(), "the id is taken");
            store.scratches().commits.clear();
            let next = start()
                .id_conflict_policy(WorkflowIdConflictPolicy::TerminateExisting)
                .await?;
            assert_eq!(store.scratches().commits, [2], "{damage:?}");
            next.post("well".to_owned()).await?;
            assert_eq!(next.notes().await?, ["well"]);
            assert_eq!(engine.quarantined(), [], "{damage:?}");
            check_terminated(&ill, damage).await?;
            engine.shutdown().await;
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn a_damaged_run_is_set_aside_by_the_next_process_and_can_be_ended_there() -> Outcome {
    for damage in DAMAGES {
        block_on(async {
            let store = Scratched::default();
            let engine = start(&store).await?;
            damaged(&engine, &store, damage).await?;
            engine.workflow::<Board>("well").start(()).await?;
            engine.shutdown().await;

            let engine = start(&store).await?;
            let well = engine.workflow::<Board>("well");
            well.post("one".to_owned()).await?;
            assert_eq!(well.notes().await?, ["one"]);
            // Somebody has to ask for it: nothing is due in it, unless its last record is damaged.
            let said = Request::Describe.make(&engine, "ill", "text").await;
            assert_eq!(said, "Damaged: not done", "{damage:?}");
            let quarantined = engine.quarantined();
            let set_aside = quarantined
                .iter()
                .map(|it| it.execution.workflow_id.as_str());
            assert_eq!(set_aside.collect::<Vec<_>>(), ["ill"], "{damage:?}");
            engine
                .workflow::<Board>("ill")
                .terminate("it is ill")
                .await?;
            assert_eq!(engine.quarantined(), [], "{damage:?}");
            engine.shutdown().await;
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn a_termination_that_is_refused_leaves_a_damaged_run_as_it_was() -> Outcome {
    block_on(async {
        let store = Scratched::default();
        let engine = start(&store).await?;
        let damage = Damage::Garbled(&[2]);
        let (board, run_id) = damaged(&engine, &store, damage).await?;
        let too_long = "x".repeat(sempre::model::limits::PAYLOAD_BYTES_MAX + 1);
        let said = Request::Terminate.make(&engine, "ill", &too_long).await;
        assert_eq!(said, "Rejected: not done");
        let said = Request::Signal.make(&engine, "ill", "text").await;
        assert_eq!(said, "Damaged: not done");
        let records = store.inner.records(run_id, RecordNumber::NONE, 99)?;
        assert_eq!(records.len(), 4, "nothing was written");
        assert_eq!(engine.quarantined().len(), 1);
        board.terminate("it is ill").await?;
        check_terminated(&board, damage).await?;
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn what_was_given_up_stays_given_up_when_it_can_be_read_again() -> Outcome {
    block_on(async {
        let store = Scratched::default();
        let engine = start(&store).await?;
        let damage = Damage::Missing(&[2, 3]);
        let (board, _) = damaged(&engine, &store, damage).await?;
        board.terminate("it is ill").await?;
        let before = board.history().await?;
        store.scratches().missing.clear();
        assert_eq!(board.history().await?, before);
        assert_eq!(posted(&before.events), 1);
        check_terminated(&board, damage).await?;
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn a_damaged_run_is_deleted_and_leaves_nothing() -> Outcome {
    for damage in DAMAGES {
        block_on(async {
            let store = Scratched::default();
            let engine = start(&store).await?;
            let (board, run_id) = damaged(&engine, &store, damage).await?;
            board.delete().await?;
            assert_eq!(engine.quarantined(), [], "{damage:?}");
            let records = store.inner.records(run_id, RecordNumber::NONE, 99)?;
            assert_eq!(records, [], "{damage:?}");
            let said = Request::Describe.make(&engine, "ill", "text").await;
            assert_eq!(said, "NotFound: not done", "{damage:?}");
            engine.shutdown().await;

            let engine = start(&store).await?;
            let next = engine.workflow::<Board>("ill").start(()).await?;
            next.post("well".to_owned()).await?;
            assert_eq!(next.notes().await?, ["well"], "{damage:?}");
            engine.shutdown().await;
            Ok(())
        })?;
    }
    Ok(())
}

#[test]
fn a_run_that_is_deleted_leaves_nothing_and_its_id_is_free() -> Outcome {
    for mode in Mode::ALL {
        block_on(async {
            let store = Scratched::default();
            let engine = Engine::on_store(Arc::new(store.clone())).workflow::<Board>();
            let engine = mode.configure(engine).start().await?;
            let board = engine.workflow::<Board>("board").start(()).await?;
            board.post("one".to_owned()).await?;
            assert_eq!(board.notes().await?, ["one"]);
            board.close().await?;
            board.result().await?;
            board.delete().await?;
            let refused = board.describe().await;
            assert!(matches!(refused, Err(RequestError::NotFound { .. })));
            let again = board.delete().await;
            assert!(
                matches!(
                    again,
                    Err(DeleteWorkflowError::Request(RequestError::NotFound { .. }))
                ),
                "{again:?}"
            );
            let next = engine.workflow::<Board>("board").start(()).await?;
            assert_eq!(next.notes().await?, Vec::<String>::new());
            engine.shutdown().await;
            Ok(())
        })?;
    }
    Ok(())
}
