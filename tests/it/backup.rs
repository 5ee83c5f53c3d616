//! Backups of an engine that is busy: what was acknowledged before is in them, and every run goes on.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    path::Path,
    sync::Arc,
};

use sempre::{
    Engine,
    client::StoredRuns,
    model::{ContentKey, History, RunId},
    runtime::{BackupError, EngineBuilder},
    storage::{
        Backup, FileStorage, MemoryStore, PayloadStorage as _, SledOptions, SledStore,
        StorageErrorKind, WorkMeter,
    },
    testing::replay,
};
use sempre_tests::{
    Outcome, block_on,
    workflow::{Board, BoardHandle as _, Echo},
};

fn open(path: &Path) -> EngineBuilder {
    Engine::open(path)
        .journal_capacity_bytes(16 * 1024)
        .workflow::<Board>()
        .workflow::<Echo>()
        .threads(2)
}

/// The histories of all runs of a store at rest.
fn histories(path: &Path) -> Result<Vec<History>, Box<dyn std::error::Error>> {
    let store = SledStore::open(path, SledOptions::default())?;
    let runs = StoredRuns::new(Arc::new(store));
    let mut histories = Vec::new();
    for run in runs.iter() {
        let run = run?;
        histories.push(runs.history(run.workflow_id, Some(run.run_id))?);
    }
    Ok(histories)
}

/// What is acknowledged until somebody has enough.
#[derive(Default)]
struct Busy {
    stops: Cell<bool>,
    done: RefCell<BTreeSet<RunId>>,
}

/// Writes boards and echoes until somebody has enough.
async fn keep_busy(engine: &Engine, number: u32, busy: &Busy) -> Outcome {
    let mut count = 0;
    while !busy.stops.get() {
        count += 1;
        let name = format!("{number}-{count}");
        let board = engine.workflow::<Board>(format!("board-{name}"));
        let board = board.start(()).await?;
        for note in 0..5 {
            board.post(format!("note {note}")).await?;
        }
        let echo = engine.workflow::<Echo>(format!("echo-{name}"));
        let echo = echo.start("x".repeat(500)).await?;
        echo.result().await?;
        let ids = [board.run_id(), echo.run_id()].into_iter().flatten();
        busy.done.borrow_mut().extend(ids);
    }
    Ok(())
}

#[test]
fn a_backup_of_a_busy_engine_has_what_was_acknowledged_and_its_runs_go_on() -> Outcome {
    block_on(async {
        let folder = tempfile::tempdir()?;
        let (path, backups) = (folder.path().join("store"), folder.path().join("backups"));
        let engine = open(&path).start().await?;
        let busy = Busy::default();
        let take = async {
            let mut taken: Vec<(BTreeSet<RunId>, Backup)> = Vec::new();
            for _ in 0..3 {
                let acknowledged = busy.done.borrow().clone();
                let backup = engine.backup(&backups).await;
                busy.stops.set(taken.len() == 2 || backup.is_err());
                taken.push((acknowledged, backup?.store));
            }
            Ok::<_, BackupError>(taken)
        };
        let writers = (0..4).map(|number| keep_busy(&engine, number, &busy));
        let (taken, written) = futures::join!(take, futures::future::try_join_all(writers));
        let (taken, _) = (taken?, written?);
        engine.shutdown().await;
        let last = histories(&path)?;
        assert_eq!(SledStore::backups(&backups)?.len(), 3);
        for (acknowledged, backup) in taken {
            let to = tempfile::tempdir()?;
            let number = Some(backup.number);
            let restored = SledStore::restore(&backups, to.path(), number, &WorkMeter::new())?;
            assert!(restored.check.is_sound(), "{restored:?}");
            let found = histories(to.path())?;
            let ids: BTreeSet<_> = found.iter().map(|it| it.execution.run_id).collect();
            assert!(ids.is_superset(&acknowledged), "{backup:?}");
            for history in &found {
                let whole = last.iter().find(|it| it.execution == history.execution);
                let whole = whole.ok_or("nothing is in it that was never there")?;
                assert!(whole.events.starts_with(&history.events), "{backup:?}");
                if history.execution.workflow_id.as_str().starts_with("board") {
                    replay::check::<Board>(history)?;
                } else {
                    replay::check::<Echo>(history)?;
                }
            }
            // And the runs go on.
            let engine = open(to.path()).start().await?;
            for history in found {
                let id = history.execution.workflow_id;
                if id.as_str().starts_with("board") {
                    let board = engine.workflow::<Board>(id.clone());
                    board.close().await?;
                    board.result().await?;
                }
            }
            engine.shutdown().await;
        }
        Ok(())
    })
}

#[test]
fn a_backup_has_the_content_of_stored_payloads_if_that_is_asked_for() -> Outcome {
    block_on(async {
        let folder = tempfile::tempdir()?;
        let at = |name: &str| folder.path().join(name);
        let build = |store: &str, payloads: &str| {
            let storage = FileStorage::open(at(payloads))?;
            let engine = open(&at(store)).payload_storage(storage);
            Ok::<_, Box<dyn std::error::Error>>(engine.payload_threshold_bytes(1_000))
        };
        let engine = build("store", "payloads")?.start().await?;
        let large = "y".repeat(100_000);
        let echo = engine.workflow::<Echo>("echo");
        let echo = echo.start(large.clone()).await?;
        echo.result().await?;
        let without = engine.backup(at("backups")).await?;
        assert_eq!(without.payloads, None);
        let with = engine.backup(at("backups")).payloads().await?;
        let copied = with.payloads.ok_or("it was asked for")?;
        assert!(copied.copied >= 1 && copied.bytes >= 1_000, "{copied:?}");
        // What is deleted later stays in the backup.
        echo.delete().await?;
        engine.shutdown().await;
        SledStore::restore(at("backups"), at("new"), None, &WorkMeter::new())?;
        let kept = FileStorage::open(at("backups").join(Backup::PAYLOADS_FOLDER))?;
        let all: Vec<ContentKey> = kept.list(None, 100)?;
        assert_eq!(all.len() as u64, copied.copied);
        FileStorage::open(at("new payloads"))?.copy_from(&kept, &WorkMeter::new())?;
        let engine = build("new", "new payloads")?.start().await?;
        assert_eq!(engine.workflow::<Echo>("echo").result().await?, large);
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn a_backup_that_cannot_be_taken_says_why_and_the_engine_goes_on() -> Outcome {
    block_on(async {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("store");
        let engine = open(&path).start().await?;
        let within = engine.backup(path.join("backups")).await.unwrap_err();
        assert!(within.to_string().contains("lies within"), "{within}");
        let backups = folder.path().join("backups");
        let none = engine.backup(&backups).payloads().await.unwrap_err();
        assert!(matches!(none, BackupError::NoPayloadStorage), "{none}");
        let meter = WorkMeter::new();
        meter.stop();
        let stopped = engine.backup(&backups).meter(&meter).await.unwrap_err();
        assert!(stopped.to_string().contains("was stopped"), "{stopped}");
        assert!(engine.health().await.is_healthy());
        assert_eq!(engine.backup(&backups).await?.store.number, 1);
        engine.shutdown().await;
        let down = engine.backup(&backups).await.unwrap_err();
        assert!(matches!(down, BackupError::ShuttingDown), "{down}");
        let memory = Engine::on_store(Arc::new(MemoryStore::new()))
            .start()
            .await?;
        let unknown = memory.backup(&backups).await.unwrap_err();
        let BackupError::Storage(unknown) = unknown else {
            return Err(unknown.into());
        };
        assert_eq!(unknown.kind(), StorageErrorKind::Unsupported);
        memory.shutdown().await;
        Ok(())
    })
}
