//! Workflow code that never returns: its task fails, its execution is set aside, and all others go
//! on. In a process of its own, because the lost thread spins until the process ends.

use std::{
    error::Error,
    io,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sempre::{
    Canceled, Engine, Workflow, WorkflowContext,
    client::RequestOutcome,
    handlers,
    model::{EventType, ExecutionStatus, HistoryEvent},
    storage::MemoryStore,
};

/// Whether [`Runaway`] still loops; a test switches it off so that its resumed run can end.
static LOOPS: AtomicBool = AtomicBool::new(true);

/// What Linux calls the thread that loops: `<process>/task/<thread>`.
static LOOPING: Mutex<Option<PathBuf>> = Mutex::new(None);

/// What was logged.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Writes to [`LOG`].
struct Log;

impl io::Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
        log.write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines of the log that contain this.
fn logged(text: &str) -> Vec<String> {
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    let log = String::from_utf8_lossy(&log);
    let lines = log.lines().filter(|line| line.contains(text));
    lines.map(str::to_owned).collect()
}

#[derive(Workflow, Default)]
struct Runaway;

#[handlers]
impl Runaway {
    #[run]
    async fn run(_ctx: WorkflowContext<Self>) -> Result<u32, Canceled> {
        #[allow_nondeterminism(reason = "for the test alone")]
        let thread = std::fs::read_link("/proc/thread-self").ok();
        if let Ok(mut looping) = LOOPING.lock() {
            *looping = looping.take().or(thread);
        }
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
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(|| Log)
        .init();
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
    assert_eq!(lost.outcome(), RequestOutcome::Unknown);
    let request_id = lost.request_id().cloned().ok_or("it had an id")?;
    // Repeated under the same id, it is the run that was started all the same.
    let again = runaway.start(()).request_id(request_id).await?;
    assert_eq!(
        again.run_id(),
        Some(runaway.describe().await?.execution.run_id)
    );

    innocent.tell().await?;
    assert!(ended.await??, "who waits for a result does not notice");

    let description = runaway.describe().await?;
    assert_eq!(description.status, ExecutionStatus::Running);
    let problems = sempre_tests::problems(&description).join("\n");
    assert!(
        problems.contains("TMPRL1101") && problems.contains("Runaway"),
        "{problems}"
    );
    check_thread_is_named(&problems)?;
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

/// A warning came while the thread could still be looked at, and all that is said names it.
fn check_thread_is_named(problems: &str) -> Result<(), Box<dyn Error>> {
    let looping = LOOPING.lock().map_err(|error| error.to_string())?.take();
    let looping = looping.as_deref().and_then(|path| path.file_name());
    let id = looping.map_or("unknown".into(), |id| id.to_string_lossy());

    let warnings = logged("held its thread for half of its budget");
    let losses = logged("its thread is given up");
    for lines in [warnings, losses] {
        // A busy machine may have made somebody else slow as well.
        let mut lines = lines.iter();
        let line = lines.find(|line| line.contains("workflow_type=Runaway"));
        let line = line.ok_or("it is logged")?;
        for fact in [
            "workflow_id=runaway".to_owned(),
            "thread=sempre-shard-0".to_owned(),
            format!("os_thread_id={id}"),
            format!("process_id={}", std::process::id()),
        ] {
            assert!(line.contains(&fact), "{fact} is in {line}");
        }
    }
    let thread = format!("thread=sempre-shard-0 os_thread_id={id}");
    assert!(problems.contains(&thread), "{thread} is in {problems}");
    Ok(())
}
