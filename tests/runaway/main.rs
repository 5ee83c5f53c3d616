//! Workflow code that never returns: its task fails, its execution is set aside, and all others go
//! on. In a process of its own, because the lost thread spins until the process ends.

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sempre::{
    Canceled, Engine, Workflow, WorkflowContext, handlers,
    model::{EventType, ExecutionStatus, HistoryEvent},
    storage::MemoryStore,
};

/// Whether [`Runaway`] still loops; a test switches it off so that its resumed run can end.
static LOOPS: AtomicBool = AtomicBool::new(true);

#[derive(Workflow, Default)]
struct Runaway;

#[handlers]
impl Runaway {
    #[run]
    async fn run(_ctx: WorkflowContext<Self>) -> Result<u32, Canceled> {
        while LOOPS.load(Ordering::Relaxed) {
            std::hint::spin_loop();
        }
        Ok(7)
    }
}

#[derive(Workflow, Default)]
struct Innocent {
    told: bool,
}

#[handlers]
impl Innocent {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<bool, Canceled> {
        ctx.wait_until(|state| state.told).await?;
        Ok(true)
    }

    #[signal]
    fn tell(&mut self) {
        self.told = true;
    }
}

#[actix::test]
async fn code_that_never_returns_loses_its_thread_and_nobody_else_does()
-> Result<(), Box<dyn Error>> {
    let engine = Engine::on_store(Arc::new(MemoryStore::new()))
        .threads(1)
        .workflow_task_budget(Duration::from_millis(500))
        .workflow::<Runaway>()
        .workflow::<Innocent>()
        .start()
        .await?;
    let innocent = engine.workflow::<Innocent>("innocent").start(()).await?;
    let ended = tokio::spawn({
        let innocent = innocent.clone();
        async move { innocent.result().await }
    });

    // The thread is lost before the start is acknowledged, so the caller learns that much.
    let runaway = engine.workflow::<Runaway>("runaway");
    let lost = runaway.start(()).await.unwrap_err();
    assert!(lost.to_string().contains("thread was lost"), "{lost}");

    innocent.tell().await?;
    assert!(ended.await??, "who waits for a result does not notice");

    let description = runaway.describe().await?;
    assert_eq!(description.status, ExecutionStatus::Running);
    let problems = description.problems.join("\n");
    assert!(
        problems.contains("TMPRL1101") && problems.contains("Runaway"),
        "{problems}"
    );
    let history = runaway.history().await?;
    assert_eq!(history.check_grammar(), Ok(()));
    let types: Vec<EventType> = history
        .events
        .iter()
        .map(HistoryEvent::event_type)
        .collect();
    let expected = [
        EventType::WorkflowExecutionStarted,
        EventType::WorkflowTaskScheduled,
        EventType::WorkflowTaskStarted,
        EventType::WorkflowTaskFailed,
    ];
    assert_eq!(types, expected);
    let quarantined = engine.quarantined().await;
    assert_eq!(quarantined.len(), 1);

    LOOPS.store(false, Ordering::Relaxed);
    engine.resume("runaway").await?;
    assert_eq!(runaway.result().await?, 7);
    assert!(engine.quarantined().await.is_empty());
    engine.shutdown().await;
    Ok(())
}
