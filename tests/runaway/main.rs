//! Workflow code that never returns: its task fails, its execution is set aside, and all others go
//! on. In a process of its own, because the lost thread spins until the process ends.

mod blocking;

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
    model::{EventType, ExecutionStatus, HistoryEvent, Priority, WorkflowIdConflictPolicy},
    storage::MemoryStore,
};

/// Whether [`Runaway`] still loops; a test switches it off so that its resumed run can end.
static LOOPS: AtomicBool = AtomicBool::new(true);

/// Whether queries of [`Innocent`] never return.
static PONDERS: AtomicBool = AtomicBool::new(false);

/// Whether what [`Clingy`] holds is never dropped to its end.
static CLINGS: AtomicBool = AtomicBool::new(false);

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

    #[signal]
    fn hurry(&mut self) {}
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

    #[query]
    fn is_told(&self) -> bool {
        while PONDERS.load(Ordering::Relaxed) {
            std::hint::spin_loop();
        }
        self.told
    }
}

/// Something that does not let go.
#[derive(Default)]
struct Grip;

impl Drop for Grip {
    fn drop(&mut self) {
        while CLINGS.load(Ordering::Relaxed) {
            std::hint::spin_loop();
        }
    }
}

#[derive(Workflow, Default)]
struct Clingy {
    _grip: Grip,
}

#[handlers]
impl Clingy {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(), Canceled> {
        ctx.sleep(Duration::ZERO).await
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
        .workflow::<Clingy>()
        .start()
        .await?;
    let innocent = engine.workflow::<Innocent>("innocent").start(()).await?;
    let ended = tokio::spawn({
        let innocent = innocent.clone();
        async move { innocent.result().await }
    });

    // The thread is lost before the start is acknowledged, so the caller learns that much.
    let runaway = engine.workflow::<Runaway>("runaway");
    let priority = Priority::default().key(1);
    let start = runaway
        .start(())
        .header("tenant", "acme")
        .priority(priority);
    let lost = start.await.unwrap_err();
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
    let tenant = description.header.get::<String>("tenant")?;
    assert_eq!(
        tenant.as_deref(),
        Some("acme"),
        "it is started as it was asked for"
    );
    assert_eq!(description.priority.priority_key, 1);
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
    let quarantined = engine.quarantined();
    assert_eq!(quarantined.len(), 1);

    a_successor_that_never_returns_still_takes_the_place(&engine).await?;

    LOOPS.store(false, Ordering::Relaxed);
    for workflow_id in ["runaway", "replaced"] {
        engine.resume(workflow_id).await?;
        let resumed = engine.workflow::<Runaway>(workflow_id);
        assert_eq!(resumed.result().await?, 7);
    }
    assert!(engine.quarantined().is_empty());

    a_query_that_never_returns_is_given_up(&engine).await?;
    a_drop_that_never_returns_is_given_up(&engine).await?;
    engine.shutdown().await;
    Ok(())
}

/// The run that is replaced is terminated all the same, in the commit that starts the other.
async fn a_successor_that_never_returns_still_takes_the_place(
    engine: &Engine,
) -> Result<(), Box<dyn Error>> {
    let first = engine.workflow::<Innocent>("replaced").start(()).await?;
    let second = engine.workflow::<Runaway>("replaced");
    let start = second.start(());
    let start = start.signal(second.hurry());
    let start = start.id_conflict_policy(WorkflowIdConflictPolicy::TerminateExisting);
    let Err(lost) = start.await else {
        return Err("the start is answered although its thread is stuck".into());
    };
    assert!(lost.to_string().contains("thread was lost"), "{lost}");
    let description = second.describe().await?;
    assert_eq!(description.status, ExecutionStatus::Running);
    assert_ne!(Some(description.execution.run_id), first.run_id());
    let replaced = first.describe().await?;
    assert_eq!(replaced.status, ExecutionStatus::Terminated);
    let history = second.history().await?;
    let signaled = history.events.get(1).map(HistoryEvent::event_type);
    assert_eq!(signaled, Some(EventType::WorkflowExecutionSignaled));
    Ok(())
}

async fn a_query_that_never_returns_is_given_up(engine: &Engine) -> Result<(), Box<dyn Error>> {
    let neighbor = engine.workflow::<Innocent>("neighbor").start(()).await?;
    let asked = engine.workflow::<Innocent>("asked").start(()).await?;
    PONDERS.store(true, Ordering::Relaxed);
    let answer = asked.is_told().await;
    PONDERS.store(false, Ordering::Relaxed);
    let Err(lost) = answer else {
        return Err("the query is answered although it does not return".into());
    };
    assert!(lost.to_string().contains("thread was lost"), "{lost}");
    assert!(!logged("code=a query").is_empty(), "it is logged");
    neighbor.tell().await?;
    assert!(neighbor.result().await?);

    let quarantined = engine.quarantined();
    let asked_since = quarantined
        .iter()
        .map(|run| run.execution.workflow_id.as_str());
    assert_eq!(asked_since.collect::<Vec<_>>(), ["asked"]);
    engine.resume("asked").await?;
    assert!(!asked.is_told().await?);
    asked.tell().await?;
    assert!(asked.result().await?);
    Ok(())
}

async fn a_drop_that_never_returns_is_given_up(engine: &Engine) -> Result<(), Box<dyn Error>> {
    let neighbor = engine.workflow::<Innocent>("next door").start(()).await?;
    CLINGS.store(true, Ordering::Relaxed);
    let clingy = engine.workflow::<Clingy>("clingy").start(()).await?;
    clingy.result().await?;
    let ended = neighbor.tell().await;
    // The signal was on its way to the thread that was lost, or came after that.
    if ended.is_err() {
        neighbor.tell().await?;
    }
    assert!(neighbor.result().await?);
    CLINGS.store(false, Ordering::Relaxed);
    assert!(
        !logged("code=dropping a workflow").is_empty(),
        "it is logged"
    );
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
