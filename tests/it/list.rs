//! Lists and counts of runs: what is in them, in which order, and how they go on.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
    mpsc::{Receiver, SyncSender, sync_channel},
};

use futures::{FutureExt as _, future::join_all};
use sempre::{
    Engine,
    client::{InvalidPageToken, ListRunsError, PageToken, RequestError, RequestOutcome, RunPage},
    model::{ExecutionStatus, RunId},
    storage::{
        MemoryStore, ReadStore as _, RunEntry, SledOptions, SledStore, StorageError, Store,
        StoreLayer,
    },
};
use sempre_tests::{
    Mode, Outcome, block_on,
    workflow::{Board, BoardHandle as _, Echo},
};

async fn start(store: Arc<dyn Store>, mode: Mode) -> Result<Engine, Box<dyn std::error::Error>> {
    let engine = Engine::on_store(store)
        .workflow::<Board>()
        .workflow::<Echo>();
    // One thread numbers its runs in their order, several do so to the millisecond.
    Ok(mode.configure(engine.threads(1)).start().await?)
}

fn ids(page: &RunPage) -> Vec<&str> {
    page.runs
        .iter()
        .map(|run| run.workflow_id.as_str())
        .collect()
}

#[test]
fn runs_are_listed_the_latest_first_as_soon_as_their_start_is_answered() -> Outcome {
    block_on(async {
        for mode in Mode::ALL {
            let engine = start(Arc::new(MemoryStore::new()), mode).await?;
            for number in 1..=3 {
                engine
                    .workflow::<Board>(format!("board-{number}"))
                    .start(())
                    .await?;
                let page = engine.list("").await?;
                assert_eq!(page.runs.len(), number);
                assert_eq!(page.next, None);
            }
            engine
                .workflow::<Echo>("echo")
                .start("x".into())
                .await?
                .result()
                .await?;
            let all = engine.list("").await?;
            assert_eq!(
                ids(&all),
                ["echo", "board-3", "board-2", "board-1"],
                "{mode}"
            );
            let open = engine.list("ExecutionStatus = 'Running'").await?;
            assert_eq!(ids(&open), ["board-3", "board-2", "board-1"], "{mode}");
            let echo = engine.list("WorkflowType = 'Echo'").await?;
            let [run] = echo.runs.as_slice() else {
                return Err(format!("{echo:?}").into());
            };
            let history = engine.workflow::<Echo>("echo").history().await?;
            assert_eq!(run.history_length, history.events.len() as u64);
            assert!(run.history_size_bytes > 0);
            assert_eq!(run.status, ExecutionStatus::Completed);
            assert_eq!(run.task_queue.as_str(), "default");
            assert!(run.closed_at.is_some_and(|closed| closed >= run.started_at));
            assert_eq!(run.damage, None);
            engine.shutdown().await;
        }
        Ok(())
    })
}

#[test]
fn every_field_of_a_run_can_be_asked_for() -> Outcome {
    block_on(async {
        let engine = start(Arc::new(MemoryStore::new()), Mode::Live).await?;
        let echo = engine.workflow::<Echo>("echo").start("x".into()).await?;
        echo.result().await?;
        let run = engine.list("").await?.runs.remove(0);
        let run_id = run.run_id;
        for filter in [
            "WorkflowId STARTS_WITH 'ec'".to_owned(),
            format!("RunId = '{run_id}' AND RootRunId = '{run_id}'"),
            "RootWorkflowId = 'echo' AND ParentWorkflowId IS NULL AND ParentRunId IS NULL".into(),
            "WorkflowType IN ('Board', 'Echo') AND TaskQueue = 'default'".into(),
            "ExecutionStatus = 2".into(),
            "StartTime > 0 AND ExecutionTime > 0".into(),
            "CloseTime > '2026-01-01T00:00:00Z' AND ExecutionDuration < '1h'".into(),
            format!("HistoryLength = {}", run.history_length),
            "HistorySizeBytes > 0 AND StateTransitionCount BETWEEN 1 AND 100".into(),
        ] {
            let page = engine.list(&*filter).await?;
            assert_eq!(ids(&page), ["echo"], "{filter}");
            let count = engine.count(&filter).await?;
            assert_eq!(count.total, 1, "{filter}");
        }
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn pages_stay_as_they_are_while_runs_come_and_go() -> Outcome {
    block_on(async {
        let engine = start(Arc::new(MemoryStore::new()), Mode::Live).await?;
        for number in 0..10 {
            engine
                .workflow::<Board>(format!("board-{number}"))
                .start(())
                .await?;
        }
        let filter = "WorkflowId STARTS_WITH 'board-'";
        let first = engine.list(filter).page_size(4).await?;
        assert_eq!(ids(&first), ["board-9", "board-8", "board-7", "board-6"]);
        engine.workflow::<Board>("board-late").start(()).await?;
        let closed = engine.workflow::<Board>("board-5");
        closed.terminate("gone").await?;
        closed.delete().await?;
        engine
            .workflow::<Board>("board-6")
            .terminate("closed")
            .await?;

        // The token may travel as text.
        let token: PageToken = first.next.ok_or("no next page")?.to_string().parse()?;
        let second = engine.list(filter).page_size(4).after(token).await?;
        assert_eq!(ids(&second), ["board-4", "board-3", "board-2", "board-1"]);
        let token = second.next.ok_or("no next page")?;
        let last = engine.list(filter).page_size(1).after(token).await?;
        assert_eq!(ids(&last), ["board-0"]);
        assert_eq!(last.next, None);

        let other = engine.list("WorkflowType = 'Board'").after(token).await;
        assert_eq!(other, Err(ListRunsError::OtherFilter));
        for text in ["", "abc", "zz00000000000000000000000000000000000000", "ä"] {
            assert_eq!(text.parse::<PageToken>(), Err(InvalidPageToken), "{text}");
        }
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn a_page_has_at_least_one_run_and_at_most_a_thousand() -> Outcome {
    block_on(async {
        let engine = start(Arc::new(MemoryStore::new()), Mode::Live).await?;
        let starts = (0..1_002).map(|number| {
            let board = engine.workflow::<Board>(format!("board-{number}"));
            async move { board.start(()).await }
        });
        for started in join_all(starts).await {
            started?;
        }
        for (asked, given) in [(0, 1), (1, 1), (1_000, 1_000), (usize::MAX, 1_000)] {
            let page = engine.list("").page_size(asked).await?;
            assert_eq!(page.runs.len(), given);
            assert!(page.next.is_some());
        }
        assert_eq!(engine.count("").await?.total, 1_002);
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn counts_are_broken_down_by_status() -> Outcome {
    block_on(async {
        let engine = start(Arc::new(MemoryStore::new()), Mode::Live).await?;
        for number in 0..3 {
            engine
                .workflow::<Board>(format!("board-{number}"))
                .start(())
                .await?;
        }
        engine
            .workflow::<Board>("board-1")
            .terminate("no longer")
            .await?;
        engine
            .workflow::<Echo>("echo")
            .start("x".into())
            .await?
            .result()
            .await?;
        let plain = engine.count("").await?;
        assert_eq!((plain.total, plain.by_status.len()), (4, 0));
        let count = engine.count("GROUP BY ExecutionStatus").await?;
        let by_status: Vec<_> = count.by_status.into_iter().collect();
        assert_eq!(
            by_status,
            [
                (ExecutionStatus::Running, 2),
                (ExecutionStatus::Completed, 1),
                (ExecutionStatus::Terminated, 1),
            ]
        );
        let filter = "WorkflowType = 'Board' GROUP BY ExecutionStatus";
        assert_eq!(engine.count(filter).await?.total, 3);
        assert_eq!(engine.list(filter).await, Err(ListRunsError::Grouped));
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn a_filter_that_is_not_valid_reads_nothing_and_names_its_column() -> Outcome {
    block_on(async {
        let engine = start(Arc::new(MemoryStore::new()), Mode::Live).await?;
        for refused in [
            engine.list("WorkflowId = 'a' AND Nope = 1").await.err(),
            engine.count("WorkflowId = 'a' AND Nope = 1").await.err(),
        ] {
            let Some(ListRunsError::Filter(error)) = &refused else {
                return Err(format!("{refused:?}").into());
            };
            assert_eq!(error.column(), 22);
            assert_eq!(error.message(), "there is no field Nope");
            let outcome = refused.map(|error| error.outcome());
            assert_eq!(outcome, Some(RequestOutcome::NotDone));
        }
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn a_list_is_the_same_before_and_after_a_restart_wherever_its_runs_lie() -> Outcome {
    block_on(async {
        let folder = tempfile::tempdir()?;
        let open = || SledStore::open(folder.path(), SledOptions::default());
        let engine = start(Arc::new(open()?), Mode::Live).await?;
        for number in 0..20 {
            let board = engine
                .workflow::<Board>(format!("board-{number}"))
                .start(())
                .await?;
            if number % 3 == 0 {
                board.close().await?;
                board.result().await?;
            }
        }
        let before = engine.list("").await?;
        assert_eq!(before.runs.len(), 20);
        engine.shutdown().await;
        drop(engine);

        // What is settled and what is not are read together.
        let engine = start(Arc::new(open()?), Mode::Live).await?;
        assert_eq!(engine.list("").await?.runs, before.runs);
        for number in 20..25 {
            engine
                .workflow::<Board>(format!("board-{number}"))
                .start(())
                .await?;
        }
        engine
            .workflow::<Board>("board-1")
            .terminate("after the restart")
            .await?;
        for size in [1, 3, 7, 25] {
            let mut found = Vec::new();
            let mut next = None;
            loop {
                let list = engine.list("").page_size(size);
                let page = match next {
                    Some(token) => list.after(token).await?,
                    None => list.await?,
                };
                found.extend(page.runs);
                next = page.next;
                if next.is_none() {
                    break;
                }
            }
            let ids: Vec<_> = found
                .iter()
                .map(|run| run.workflow_id.to_string())
                .collect();
            let expected: Vec<_> = (0..25).rev().map(|it| format!("board-{it}")).collect();
            assert_eq!(ids, expected);
            let terminated = found
                .iter()
                .find(|run| run.workflow_id.as_str() == "board-1");
            let status = terminated.map(|run| run.status);
            assert_eq!(status, Some(ExecutionStatus::Terminated));
        }
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn an_engine_that_has_shut_down_lists_nothing_and_has_let_its_store_go() -> Outcome {
    block_on(async {
        let store = MemoryStore::new();
        let disk = store.disk().clone();
        let engine = start(Arc::new(store), Mode::Live).await?;
        engine.workflow::<Board>("board").start(()).await?;
        assert_eq!(engine.count("").await?.total, 1);
        engine.shutdown().await;
        let refused = engine.list("").await;
        let Err(ListRunsError::Request(RequestError::Unavailable { reason })) = refused else {
            return Err(format!("{refused:?}").into());
        };
        assert_eq!(reason, "engine is shutting down");
        let store = MemoryStore::open(&disk)?;
        assert_eq!(store.runs(None, 10)?.len(), 1);
        Ok(())
    })
}

/// A store whose lists wait until the test lets them go on.
struct Slow {
    inner: MemoryStore,
    reads: AtomicUsize,
    began: SyncSender<()>,
    goes_on: Mutex<Receiver<()>>,
}

impl StoreLayer for Slow {
    type Inner = MemoryStore;

    fn inner(&self) -> &MemoryStore {
        &self.inner
    }

    fn runs(&self, before: Option<RunId>, limit: usize) -> Result<Vec<RunEntry>, StorageError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let _begun = self.began.send(());
        let goes_on = self
            .goes_on
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let _told = goes_on.recv();
        self.inner.runs(before, limit)
    }
}

#[test]
fn lists_take_turns_hold_nobody_up_and_are_refused_when_too_many_wait() -> Outcome {
    block_on(async {
        let (began, begun) = sync_channel(1_000);
        let (go_on, goes_on) = sync_channel(1_000);
        let slow = Arc::new(Slow {
            inner: MemoryStore::new(),
            reads: AtomicUsize::new(0),
            began,
            goes_on: Mutex::new(goes_on),
        });
        let store: Arc<dyn Store> = slow.clone();
        let engine = start(store, Mode::Live).await?;
        let board = engine.workflow::<Board>("board").start(()).await?;
        let mut first = std::pin::pin!(engine.count(""));
        assert!(first.as_mut().now_or_never().is_none());
        begun.recv()?;
        // The reader waits, and the workflow goes on.
        board.post("meanwhile".into()).await?;
        assert_eq!(board.notes().await?, ["meanwhile"]);

        let mut waiting = Vec::new();
        let refused = loop {
            let mut list = Box::pin(engine.list("").into_future());
            match list.as_mut().now_or_never() {
                None => waiting.push(list),
                Some(answer) => break answer,
            }
        };
        assert_eq!(waiting.len(), 64);
        let Err(ListRunsError::Request(RequestError::Busy { retry_after })) = refused else {
            return Err(format!("{refused:?}").into());
        };
        assert!(!retry_after.is_zero());
        // Those who give up cost no more than one chunk each.
        let last = waiting.pop().ok_or("nobody waits")?;
        drop(waiting);
        for _ in 0..65 {
            go_on.send(())?;
        }
        assert_eq!(first.await?.total, 1);
        assert_eq!(last.await?.runs.len(), 1);
        assert!(slow.reads.load(Ordering::SeqCst) <= 65);
        engine.shutdown().await;
        Ok(())
    })
}
