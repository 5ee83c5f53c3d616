//! Closed runs go when their time has passed, and not before; what is needed stays.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sempre::{
    Engine, WorkflowHandle,
    client::{Archive, ArchivedRun, RequestError, WorkflowDescription},
    model::WorkflowIdReusePolicy,
    runtime::{EngineBuilder, StartEngineError},
    storage::{MemoryDisk, MemoryStore, ReadStore as _},
    testing::{CrashRunner, ManualClock, TestEnvironment},
};
use sempre_tests::{
    Mode, Outcome,
    family::{Care, Deed, Household, HouseholdHandle as _, Kid, KidHandle as _},
    workflow::{Alarm, Board, BoardHandle as _, Echo},
};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// An environment whose engine is configured like this, and waits ten seconds before anything goes.
async fn environment(
    mode: Mode,
    configure: impl Fn(EngineBuilder) -> EngineBuilder + Send + Sync + 'static,
) -> TestEnvironment {
    let builder = TestEnvironment::builder();
    let builder = builder.engine(move |engine| configure(mode.configure(engine)));
    let builder = builder.workflow::<Alarm>().workflow::<Board>();
    let builder = builder.workflow::<Kid>().workflow::<Household>();
    let env = builder.build();
    env.skip(MINUTE).await;
    env
}

async fn stands<W>(run: &WorkflowHandle<W>) -> Result<Option<WorkflowDescription>, RequestError> {
    match run.describe().await {
        Ok(description) => Ok(Some(description)),
        Err(RequestError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn is_gone<W>(run: &WorkflowHandle<W>) -> Result<bool, RequestError> {
    Ok(stands(run).await?.is_none())
}

async fn all_runs(env: &TestEnvironment) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let page = env.engine().await.list("").await?;
    let ids = page.runs.iter().map(|run| run.workflow_id.to_string());
    Ok(ids.collect())
}

#[sempre::test]
async fn a_closed_run_is_deleted_when_its_time_has_passed_and_not_before() -> Outcome {
    for mode in Mode::ALL {
        let env = environment(mode, |engine| engine.retention(2 * HOUR)).await;
        let open = env.workflow::<Board>("open").start(()).await?;
        let alarm = env.workflow::<Alarm>("alarm").start(3_600).await?;
        env.skip(HOUR).await;
        alarm.result().await?;
        // The time counts from the close.
        env.skip(HOUR + 59 * MINUTE + 59 * SECOND).await;
        assert!(!is_gone(&alarm).await?, "mode={mode}");
        env.skip(SECOND).await;
        assert!(is_gone(&alarm).await?, "mode={mode}");
        assert_eq!(all_runs(&env).await?, ["open"]);

        env.skip(365 * DAY).await;
        assert!(!is_gone(&open).await?, "mode={mode}");
        open.close().await?;
        open.result().await?;
        env.skip(2 * HOUR + SECOND).await;
        assert!(is_gone(&open).await?, "mode={mode}");
    }
    Ok(())
}

#[sempre::test]
async fn nothing_is_deleted_where_no_time_is_set() -> Outcome {
    let env = environment(Mode::Live, |engine| engine.retention_of("Board", HOUR)).await;
    let alarm = env.workflow::<Alarm>("alarm").start(1).await?;
    alarm.result().await?;
    env.skip(100 * 365 * DAY).await;
    assert!(!is_gone(&alarm).await?);
    Ok(())
}

#[sempre::test]
async fn types_have_times_of_their_own() -> Outcome {
    let configure = |engine: EngineBuilder| {
        let engine = engine.retention(10 * HOUR).retention_of("Board", 2 * HOUR);
        engine.retention_of("Kid", 20 * HOUR)
    };
    let env = environment(Mode::Live, configure).await;
    let board = env.workflow::<Board>("board").start(()).await?;
    board.terminate("over").await?;
    let alarm = env.workflow::<Alarm>("alarm").start(0).await?;
    alarm.result().await?;
    let kid = env.workflow::<Kid>("kid").start(Deed::Return("bye".into()));
    let kid = kid.await?;
    kid.result().await?;
    for (hours, left) in [(3, 2), (6, 2), (2, 1), (8, 1), (2, 0)] {
        env.skip(hours * HOUR).await;
        assert_eq!(all_runs(&env).await?.len(), left, "after {hours} more");
    }
    Ok(())
}

#[sempre::test]
async fn the_runs_of_a_chain_go_one_by_one_and_its_handle_finds_what_is_left() -> Outcome {
    for mode in Mode::ALL {
        let env = environment(mode, |engine| engine.retention(HOUR)).await;
        let plan = vec![
            Care::Sleep(60),
            Care::Renew(vec![
                Care::Sleep(7_200),
                Care::Renew(vec![Care::Sleep(7_200)]),
            ]),
        ];
        let home = env.workflow::<Household>("home").start(plan).await?;
        let first = home.run_id().ok_or("a run")?;
        env.skip(30 * MINUTE).await;
        let second = env
            .workflow::<Household>("home")
            .describe()
            .await?
            .execution
            .run_id;
        assert_ne!(first, second);
        env.skip(HOUR).await;
        let at = |run_id| env.workflow::<Household>("home").at_run(run_id);
        assert!(at(first).describe().await.is_err(), "mode={mode}");
        // By the name of the chain, and in the program of its second run.
        assert_eq!(home.done().await?, Vec::<String>::new());
        assert_eq!(home.describe().await?.execution.run_id, second);
        env.skip(HOUR).await;
        assert!(at(second).describe().await.is_ok(), "mode={mode}");
        assert_eq!(home.result().await?, ["slept"]);
        env.skip(2 * HOUR).await;
        assert_eq!(all_runs(&env).await?, Vec::<String>::new());
    }
    Ok(())
}

#[sempre::test]
async fn a_child_is_deleted_while_its_parent_goes_on_and_knows_what_came_of_it() -> Outcome {
    for mode in Mode::ALL {
        let env = environment(mode, |engine| engine.retention(HOUR)).await;
        let plan = vec![
            Care::Raise("kid".into(), Deed::Return("hello".into())),
            Care::Sleep(86_400),
            Care::Raise("kid".into(), Deed::Return("again".into())),
        ];
        let home = env.workflow::<Household>("home").start(plan).await?;
        env.skip(2 * HOUR).await;
        assert!(is_gone(&env.workflow::<Kid>("kid")).await?, "mode={mode}");
        assert_eq!(home.result().await?, ["hello", "slept", "again"]);
        env.assert_replays(&home).await;
    }
    Ok(())
}

#[sempre::test]
async fn a_parent_is_deleted_while_the_child_that_it_left_goes_on() -> Outcome {
    use sempre::model::ParentClosePolicy::Abandon;
    let env = environment(Mode::Live, |engine| engine.retention(HOUR)).await;
    let way = sempre_tests::family::Way::Abandon;
    let plan = vec![Care::Start("kid".into(), Deed::Listen, Abandon, way)];
    let home = env.workflow::<Household>("home").start(plan).await?;
    home.result().await?;
    env.skip(2 * HOUR).await;
    assert!(is_gone(&home).await?);
    let kid = env.workflow::<Kid>("kid");
    kid.tell("you are on your own".into()).await?;
    assert_eq!(kid.result().await?, "you are on your own");
    env.skip(2 * HOUR).await;
    assert!(is_gone(&kid).await?, "what it had to say finds nobody");
    Ok(())
}

#[sempre::test]
async fn the_id_and_the_request_of_a_deleted_run_are_free() -> Outcome {
    let env = environment(Mode::Live, |engine| engine.retention(HOUR)).await;
    let start = async || {
        let start = env
            .workflow::<Alarm>("alarm")
            .start(1)
            .request_id("request");
        let start = start.id_reuse_policy(WorkflowIdReusePolicy::RejectDuplicate);
        let alarm = start.await?;
        alarm.result().await?;
        Ok::<_, Box<dyn std::error::Error>>(alarm.run_id())
    };
    let first = start().await?;
    env.skip(30 * MINUTE).await;
    assert_eq!(
        start().await?,
        first,
        "it is known that it has been started"
    );
    env.skip(HOUR).await;
    assert_ne!(start().await?, first);
    Ok(())
}

#[sempre::test]
async fn a_clock_that_is_put_back_makes_runs_stay_and_one_that_is_put_forward_makes_them_go()
-> Outcome {
    let env = environment(Mode::Live, |engine| engine.retention(2 * HOUR)).await;
    let alarm = env.workflow::<Alarm>("alarm").start(0).await?;
    alarm.result().await?;
    env.skip(HOUR).await;
    env.put_clock_back(HOUR).await;
    env.skip(HOUR + MINUTE).await;
    assert!(!is_gone(&alarm).await?);
    env.skip(HOUR).await;
    assert!(is_gone(&alarm).await?);

    let alarm = env.workflow::<Alarm>("alarm").start(0).await?;
    alarm.result().await?;
    env.put_clock_forward(DAY).await;
    env.skip(SECOND).await;
    assert!(is_gone(&alarm).await?);
    Ok(())
}

#[sempre::test]
async fn many_runs_go_no_faster_than_allowed() -> Outcome {
    let configure = |engine: EngineBuilder| engine.retention(HOUR).max_deletions_per_second(10);
    let env = environment(Mode::Live, configure).await;
    for number in 0..100 {
        let alarm = env.workflow::<Alarm>(format!("alarm-{number}"));
        alarm.start(0).await?.result().await?;
    }
    env.skip(HOUR + SECOND).await;
    let left = env.engine().await.count("").await?.total;
    assert!((60..100).contains(&left), "left={left}");
    env.skip(4 * SECOND).await;
    let left = env.engine().await.count("").await?.total;
    assert!((20..60).contains(&left), "left={left}");
    env.skip(10 * SECOND).await;
    assert_eq!(env.engine().await.count("").await?.total, 0);
    Ok(())
}

/// An engine on this disk, at this time.
async fn engine_on(
    disk: &MemoryDisk,
    clock: &ManualClock,
    configure: impl FnOnce(EngineBuilder) -> EngineBuilder,
) -> Result<Engine, Box<dyn std::error::Error>> {
    let engine = Engine::on_store(Arc::new(MemoryStore::open(disk)?));
    let engine = engine.clock(clock.clone()).threads(2);
    let engine = engine.workflow::<Alarm>().workflow::<Board>();
    Ok(configure(engine).start().await?)
}

async fn until_gone(engine: &Engine, clock: &ManualClock, left: u64) -> Outcome {
    while engine.count("").await?.total > left {
        clock.advance(SECOND);
        tokio::task::yield_now().await;
    }
    Ok(())
}

#[sempre::test]
async fn what_closed_before_the_time_was_set_is_found_at_the_start() -> Outcome {
    let (disk, clock) = (MemoryDisk::new(), ManualClock::new());
    let engine = engine_on(&disk, &clock, |engine| engine).await?;
    // More than the index is looked through at a time.
    for number in 0..300 {
        let board = engine.workflow::<Board>(format!("board-{number}"));
        let board = board.start(()).await?;
        if number % 100 != 0 {
            board.terminate("over").await?;
        }
    }
    engine.shutdown().await;

    clock.advance(DAY);
    let engine = engine_on(&disk, &clock, |engine| engine.retention(HOUR)).await?;
    let late = engine.workflow::<Board>("board-100");
    late.close().await?;
    late.result().await?;
    until_gone(&engine, &clock, 3).await?;
    until_gone(&engine, &clock, 2).await?;
    assert!(clock.now() >= ManualClock::new().now().after(DAY + HOUR));
    // Stopped in the middle of it, it goes on at the next start.
    engine
        .workflow::<Board>("board-0")
        .terminate("over")
        .await?;
    engine
        .workflow::<Board>("board-200")
        .terminate("over")
        .await?;
    engine.shutdown().await;
    clock.advance(2 * HOUR);
    let engine = engine_on(&disk, &clock, |engine| engine.retention(HOUR)).await?;
    until_gone(&engine, &clock, 0).await?;
    engine.shutdown().await;
    let store = MemoryStore::open(&disk)?;
    assert!(store.closed_runs(None, 1)?.is_empty());
    Ok(())
}

#[sempre::test]
async fn less_than_an_hour_is_refused_at_the_start() -> Outcome {
    let short = 59 * MINUTE + 59 * SECOND;
    let cases: [fn(EngineBuilder, Duration) -> EngineBuilder; 2] =
        [EngineBuilder::retention, |engine, time| {
            engine.retention(DAY).retention_of("Board", time)
        }];
    for configure in cases {
        let engine = Engine::on_store(Arc::new(MemoryStore::new()));
        let refused = configure(engine, short).start().await.err();
        let error = refused.ok_or("it is refused")?;
        assert!(
            matches!(error, StartEngineError::Retention { retention } if retention == short),
            "{error}"
        );
        let said = "closed runs are to be kept for at least 1h retention=59m 59s";
        assert_eq!(error.to_string(), said);
    }
    Ok(())
}

/// An archive in memory, which fails while it is told to.
#[derive(Clone, Default)]
struct Shelf {
    kept: Arc<Mutex<Vec<ArchivedRun>>>,
    is_full: Arc<AtomicBool>,
    is_haunted: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the shelf is full")
    }
}

impl std::error::Error for Full {}

impl Archive for Shelf {
    type Error = Full;

    fn archive(&self, run: &ArchivedRun) -> Result<(), Full> {
        assert!(!self.is_haunted.load(Ordering::SeqCst), "a ghost");
        if self.is_full.load(Ordering::SeqCst) {
            return Err(Full);
        }
        self.kept.lock().map_err(|_| Full)?.push(run.clone());
        Ok(())
    }
}

impl Shelf {
    fn kept(&self) -> Vec<ArchivedRun> {
        self.kept
            .lock()
            .map(|kept| kept.clone())
            .unwrap_or_default()
    }
}

#[sempre::test]
async fn a_run_is_archived_with_its_history_before_it_is_deleted() -> Outcome {
    let shelf = Shelf::default();
    let archive = shelf.clone();
    let configure = move |engine: EngineBuilder| engine.retention(HOUR).archive(archive.clone());
    let env = environment(Mode::Live, configure).await;
    let alarm = env.workflow::<Alarm>("alarm").start(5).await?;
    alarm.result().await?;
    let history = alarm.history().await?;
    env.skip(2 * HOUR).await;
    assert!(is_gone(&alarm).await?);
    let kept = shelf.kept();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].history, history);
    assert_eq!(Some(kept[0].run.run_id), alarm.run_id());
    // One that is deleted by hand is not handed over.
    let board = env.workflow::<Board>("board").start(()).await?;
    board.terminate("over").await?;
    board.delete().await?;
    env.skip(2 * HOUR).await;
    assert_eq!(shelf.kept().len(), 1);
    Ok(())
}

#[sempre::test]
async fn a_run_that_cannot_be_archived_is_kept_and_told_of_until_it_can() -> Outcome {
    for is_haunted in [false, true] {
        let shelf = Shelf::default();
        let trouble = if is_haunted {
            &shelf.is_haunted
        } else {
            &shelf.is_full
        };
        trouble.store(true, Ordering::SeqCst);
        let archive = shelf.clone();
        let configure =
            move |engine: EngineBuilder| engine.retention(HOUR).archive(archive.clone());
        let env = environment(Mode::Live, configure).await;
        let alarm = env.workflow::<Alarm>("alarm").start(5).await?;
        alarm.result().await?;
        env.skip(3 * HOUR).await;
        assert!(!is_gone(&alarm).await?);
        let problems = env.engine().await.needs_attention();
        let said = problems
            .first()
            .ok_or("somebody is told")?
            .problem
            .to_string();
        let cause = if is_haunted {
            "the archive panicked: a ghost"
        } else {
            "the shelf is full"
        };
        assert_eq!(said, format!("closed run cannot be archived: {cause}"));

        trouble.store(false, Ordering::SeqCst);
        env.skip(HOUR + MINUTE).await;
        assert!(is_gone(&alarm).await?);
        assert_eq!(shelf.kept().len(), 1);
        assert!(env.engine().await.needs_attention().is_empty());
    }
    Ok(())
}

#[sempre::test]
async fn runs_are_archived_and_deleted_whenever_the_engine_crashes() {
    let shelf = Shelf::default();
    let archive = shelf.clone();
    let crashes = CrashRunner::new(move || {
        let archive = archive.clone();
        TestEnvironment::builder()
            .workflow::<Echo>()
            .workflow::<Board>()
            .engine(move |engine| engine.retention(HOUR).archive(archive.clone()))
    })
    .run(async |env: TestEnvironment| {
        let before = shelf.kept().len();
        let open = env
            .workflow::<Board>("open")
            .start(())
            .request_id("open")
            .await?;
        for number in 0..3 {
            let echo = env.workflow::<Echo>(format!("echo-{number}"));
            let start = echo
                .start("hello".into())
                .request_id(format!("echo-{number}"));
            start.await?.result().await?;
        }
        env.skip(2 * HOUR).await;
        assert!(!is_gone(&open).await?);
        // Those that had been archived when the engine crashed are archived again.
        let archived = shelf.kept().len() - before;
        assert!((3..=6).contains(&archived), "archived={archived}");
        all_runs(&env).await
    })
    .await;
    // Each run is started, closed at once, and deleted.
    assert!(crashes >= 10, "crashes={crashes}");
}

#[sempre::test]
async fn an_open_run_that_is_deleted_is_terminated_first_and_everybody_is_told() -> Outcome {
    use sempre::model::ParentClosePolicy::{Abandon, Terminate};
    let way = sempre_tests::family::Way::Wait;
    for mode in Mode::ALL {
        let env = environment(mode, |engine| engine).await;
        let kid = |id: &str, policy| Care::Start(id.into(), Deed::Listen, policy, way);
        let plan = vec![
            kid("heir", Terminate),
            kid("orphan", Abandon),
            Care::Collect("heir".into()),
        ];
        let home = Deed::Delegate("kid".into(), Box::new(Deed::Listen));
        let parent = env.workflow::<Kid>("parent").start(home).await?;
        let household = env.workflow::<Household>("home").start(plan).await?;
        env.skip(SECOND).await;

        // A child: its parent is told.
        env.workflow::<Kid>("kid").delete().await?;
        assert!(is_gone(&env.workflow::<Kid>("kid")).await?, "mode={mode}");
        let told = parent.result().await.err().ok_or("it has lost its kid")?;
        assert!(told.to_string().contains("terminated"), "{told}");

        // A parent: its children end as it has said, and who waits for it is told.
        // Whoever waits has asked first: a run that is gone says no more.
        let (waited, deleted) = futures::join!(household.result(), household.delete());
        deleted?;
        assert!(waited.is_err_and(|it| it.to_string().contains("terminated")));
        assert!(is_gone(&household).await?, "mode={mode}");
        let heir = env.workflow::<Kid>("heir").describe().await?;
        assert!(!heir.status.is_open(), "mode={mode}");
        let orphan = env.workflow::<Kid>("orphan").describe().await?;
        assert!(orphan.status.is_open(), "mode={mode}");
        let again = household.delete().await;
        assert!(again.is_err(), "{again:?}");
    }
    Ok(())
}

#[sempre::test]
async fn an_open_chain_is_deleted_with_the_run_that_is_open_then() -> Outcome {
    let env = environment(Mode::Live, |engine| engine).await;
    let plan = vec![Care::Renew(vec![Care::Sleep(1_000)])];
    let home = env.workflow::<Household>("home").start(plan).await?;
    env.skip(10 * SECOND).await;
    home.delete().await?;
    // By the name of the chain its first run is found still.
    let first = home.run_id().ok_or("a run")?;
    let left = env.workflow::<Household>("home").at_run(first);
    assert!(!left.describe().await?.status.is_open());
    assert_eq!(all_runs(&env).await?, ["home"]);
    assert!(is_gone(&env.workflow::<Household>("home")).await?);
    Ok(())
}

#[sempre::test]
async fn a_report_says_what_is_held_and_what_retention_will_free() -> Outcome {
    let configure = |engine: EngineBuilder| engine.retention_of("Alarm", 10 * DAY);
    let env = environment(Mode::Live, configure).await;
    let alarm = async |id: &str| -> Outcome {
        env.workflow::<Alarm>(id).start(0).await?.result().await?;
        Ok(())
    };
    env.workflow::<Board>("open").start(()).await?;
    let board = env.workflow::<Board>("board").start(()).await?;
    board.terminate("over").await?;
    alarm("old").await?;
    env.skip(9 * DAY + HOUR).await;
    alarm("new").await?;
    let report = env.engine().await.store_report().await?;
    assert_eq!((report.open_runs, report.closed.runs), (1, 3));
    assert!(report.closed.history_bytes > 0);
    let by_age: Vec<_> = report.by_age.iter().map(|(_, held)| held.runs).collect();
    assert_eq!(by_age, [1, 0, 2, 0, 0]);
    let by_type: Vec<_> = report.by_type.values().map(|held| held.runs).collect();
    assert_eq!(by_type, [2, 1]);
    let coming = [report.expired, report.expire_in_a_day, report.kept_for_ever];
    assert_eq!(coming.map(|held| held.runs), [0, 1, 1]);
    // It is a store in memory.
    assert_eq!(report.files, None);
    env.skip(DAY).await;
    assert_eq!(env.engine().await.store_report().await?.closed.runs, 2);
    Ok(())
}

#[sempre::test]
async fn what_a_bulk_job_has_found_is_kept_as_long_as_it_goes_on_and_then_as_long_as_its_end()
-> Outcome {
    let env = environment(Mode::Live, |engine| engine.retention(HOUR)).await;
    for number in 0..400 {
        let alarm = env.workflow::<Alarm>(format!("alarm-{number}"));
        alarm.start(30 * 86_400).await?;
    }
    let retry = env.bulk("WorkflowType = 'Alarm'").await.retry_now();
    let job = retry.rate(1).job_id("slow").start().await?;
    let runs = async || {
        env.engine()
            .await
            .count("WorkflowId = 'temporal-sys-batch:slow'")
            .await
    };
    env.skip(300 * SECOND).await;
    job.pause("lunch").await?;
    assert!(runs().await?.total > 1, "it has gone on in another run");
    env.skip(5 * HOUR).await;
    assert_eq!(job.results(0).await?.results.len(), 100);

    job.resume().await?;
    assert_eq!(job.result().await?.done, 400);
    env.skip(30 * MINUTE).await;
    assert_eq!(job.results(0).await?.results.len(), 100);
    env.skip(3 * HOUR).await;
    assert_eq!(runs().await?.total, 0);
    Ok(())
}
