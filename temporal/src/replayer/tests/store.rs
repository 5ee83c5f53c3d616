//! The open runs of a store, told to the code that is about to be deployed.

use std::{error::Error, num::NonZeroUsize, sync::Arc};

use expect_test::expect;
use sempre::{
    Canceled, Engine, Workflow, WorkflowContext, handlers,
    model::WorkflowVersion,
    runtime::EngineBuilder,
    storage::{MemoryDisk, MemoryStore, SledOptions, SledStore, Store},
};

use super::{
    fixture::{DAY, Walk, folder},
    program::call,
};
use crate::{ReplayFilesError, Replayer, Verdict};

macro_rules! trip {
    ($name:ident, $attributes:meta, |$ctx:ident| $run:expr) => {
        #[derive(Workflow, Default)]
        #[$attributes]
        struct $name;

        #[handlers]
        impl $name {
            #[run]
            async fn run($ctx: WorkflowContext<Self>) -> Result<(), Canceled> {
                $run;
                $ctx.sleep(DAY).await
            }
        }
    };
}

trip!(FirstTrip, workflow(name = "Trip"), |ctx| {});
trip!(LongerTrip, workflow(name = "Trip"), |ctx| ctx
    .sleep(2 * DAY)
    .await?);
trip!(PatchedTrip, workflow(name = "Trip"), |ctx| {
    if ctx.patched("scenic") {
        ctx.sleep(DAY).await?;
    }
});
trip!(ChangedTrip, workflow(name = "Trip"), |ctx| {
    let _walked = ctx.child::<Walk>("walk").run(()).await;
});
trip!(SecondTrip, workflow(name = "Trip", version = 2), |ctx| ctx
    .sleep(DAY)
    .await?);

type Done = Result<(), Box<dyn Error>>;

/// Starts these trips, with this code, and leaves them open.
async fn start(
    store: impl Store,
    code: impl FnOnce(EngineBuilder) -> EngineBuilder,
    workflow_ids: &[&str],
) -> Done {
    // The ids of one thread's runs sort as these are started.
    let engine = code(Engine::on_store(Arc::new(store))).threads(1);
    let engine = engine.start().await?;
    for workflow_id in workflow_ids {
        engine.workflow::<FirstTrip>(*workflow_id).start(()).await?;
    }
    engine.shutdown().await;
    Ok(())
}

#[sempre::test]
async fn each_open_run_is_replayed_with_the_version_that_it_stays_with() -> Done {
    let disk = MemoryDisk::new();
    let first = EngineBuilder::workflow::<FirstTrip>;
    start(MemoryStore::open(&disk)?, first, &["one", "two"]).await?;
    let both = |engine| first(engine).workflow::<SecondTrip>();
    start(MemoryStore::open(&disk)?, both, &["three"]).await?;

    let store = MemoryStore::open(&disk)?;
    let first = || Replayer::new().workflow::<FirstTrip>();
    let report = first().workflow::<SecondTrip>().replay_store(&store)?;
    assert!(report.is_success(), "{report}");
    expect![[r#"
        workflow_type=Trip version=1 replayed=2 diverged=0 unregistered=0 unreadable=0
        workflow_type=Trip version=2 replayed=1 diverged=0 unregistered=0 unreadable=0
        replayed=3 diverged=0 unregistered=0 unreadable=0 skipped=0 events=15 workflow_tasks=3"#]]
    .assert_eq(&report.to_string());

    let report = first().replay_store(&store)?;
    assert_eq!(report.verdict(), Verdict::Differs);
    expect![[r#"
        unregistered  workflow_type=Trip workflow_id=three version=2
            the run stays with a version of its workflow that is not registered, add it with `Replayer::workflow`: workflow_type=Trip version=2
        workflow_type=Trip version=1 replayed=2 diverged=0 unregistered=0 unreadable=0
        workflow_type=Trip version=2 replayed=0 diverged=0 unregistered=1 unreadable=0
        replayed=2 diverged=0 unregistered=1 unreadable=0 skipped=0 events=10 workflow_tasks=2"#]]
    .assert_eq(&report.to_string());
    Ok(())
}

#[sempre::test]
async fn a_patch_that_is_missing_is_named_and_counted() -> Done {
    let disk = MemoryDisk::new();
    let first = EngineBuilder::workflow::<FirstTrip>;
    start(MemoryStore::open(&disk)?, first, &["one"]).await?;
    let patched = EngineBuilder::workflow::<PatchedTrip>;
    start(MemoryStore::open(&disk)?, patched, &["two", "three"]).await?;

    let store = MemoryStore::open(&disk)?;
    let report = Replayer::new()
        .workflow::<PatchedTrip>()
        .replay_store(&store)?;
    assert!(report.is_success(), "{report}");
    let report = Replayer::new()
        .workflow::<FirstTrip>()
        .replay_store(&store)?;
    let trip = ("Trip".into(), Some(WorkflowVersion::FIRST));
    let counts = &report.workflows()[&trip];
    assert_eq!((counts.replayed, counts.diverged), (1, 2));
    assert_eq!(counts.missing_patches, [("scenic".to_owned(), 2)].into());
    assert_eq!(
        report.to_json()["workflows"][0]["missingPatches"]["scenic"],
        2
    );
    let line = "workflow_type=Trip version=1 replayed=1 diverged=2 unregistered=0 unreadable=0 \
                missing_patch=scenic runs=2";
    assert!(report.to_string().contains(line), "{report}");

    // What fits none of them has no patch to name.
    let report = Replayer::new()
        .workflow::<ChangedTrip>()
        .replay_store(&store)?;
    assert_eq!(report.counts().diverged, 3);
    Ok(())
}

#[sempre::test]
async fn of_a_store_kinds_are_compared_unless_values_are_asked_for() -> Done {
    use sempre::testing::replay::Comparison;
    let disk = MemoryDisk::new();
    let first = EngineBuilder::workflow::<FirstTrip>;
    start(MemoryStore::open(&disk)?, first, &["one"]).await?;
    let store = MemoryStore::open(&disk)?;
    let longer = || Replayer::new().workflow::<LongerTrip>();
    assert!(longer().replay_store(&store)?.is_success());
    let values = longer().compare(Comparison::Values).replay_store(&store)?;
    assert_eq!(values.verdict(), Verdict::Differs);
    Ok(())
}

#[sempre::test]
async fn a_sample_has_so_many_runs_of_each_version_and_the_newest_of_them() -> Done {
    let disk = MemoryDisk::new();
    let both = |engine: EngineBuilder| engine.workflow::<FirstTrip>().workflow::<SecondTrip>();
    let first = EngineBuilder::workflow::<FirstTrip>;
    start(MemoryStore::open(&disk)?, first, &["a", "b", "c", "d", "e"]).await?;
    start(MemoryStore::open(&disk)?, both, &["f"]).await?;
    let store = MemoryStore::open(&disk)?;
    for (sample, expected) in [
        (1, &["e", "f"][..]),
        (2, &["c", "e", "f"]),
        (9, &["a", "b", "c", "d", "e", "f"]),
    ] {
        let replayer = Replayer::new().workflow::<FirstTrip>();
        let replayer = replayer.workflow::<SecondTrip>();
        let sample = NonZeroUsize::new(sample).ok_or("a sample")?;
        let report = replayer.sample(sample).replay_store(&store)?;
        let replays = report.replays.iter();
        let ids = replays.filter_map(|it| it.workflow.as_ref().map(|it| it.1.as_str()));
        assert_eq!(ids.collect::<Vec<_>>(), expected);
    }
    Ok(())
}

#[sempre::test]
async fn a_store_without_open_runs_is_fit_for_any_code() -> Done {
    let store = MemoryStore::new();
    let report = Replayer::new().workflow::<Walk>().replay_store(&store)?;
    assert_eq!(report.verdict(), Verdict::Fits);
    let refused = Replayer::new().replay_store(&store);
    assert!(matches!(refused, Err(ReplayFilesError::NoWorkflow)));
    Ok(())
}

#[sempre::test]
async fn histories_at_hand_are_replayed_while_their_engine_runs() -> Done {
    let store = Arc::new(MemoryStore::new());
    let engine = Engine::on_store(Arc::clone(&store) as _).workflow::<FirstTrip>();
    let engine = engine.start().await?;
    let trip = engine.workflow::<FirstTrip>("one").start(()).await?;
    let history = trip.history().await?;
    let changed = Replayer::new().workflow::<ChangedTrip>();
    let report = changed.replay_histories([history.clone()])?;
    assert_eq!(report.verdict(), Verdict::Differs);
    let same = Replayer::new().workflow::<FirstTrip>();
    assert!(same.replay_histories([history])?.is_success());
    // The store that the engine was given can be read meanwhile.
    assert_eq!(same.replay_store(&*store)?.counts().replayed, 1);
    assert_eq!(same.replay_histories([])?.verdict(), Verdict::Incomplete);
    engine.shutdown().await;
    Ok(())
}

#[sempre::test]
async fn a_folder_that_is_a_store_stands_on_the_command_line() -> Done {
    let folder = folder(&[]);
    let path = folder.path().join("trips.sempre");
    let store = SledStore::open(&path, SledOptions::default())?;
    let first = EngineBuilder::workflow::<FirstTrip>;
    start(store, first, &["one", "two"]).await?;

    let replayer = Replayer::new().workflow::<FirstTrip>();
    let arguments = ["…/trips.sempre", "--sample", "1"];
    let (verdict, out, complaints) = call(replayer.clone(), folder.path(), &arguments);
    assert_eq!(complaints, "");
    assert_eq!(verdict, Verdict::Fits);
    expect![[r#"
        ok  …/trips.sempre workflow_type=Trip workflow_id=two events=5 workflow_tasks=1
        workflow_type=Trip version=1 replayed=1 diverged=0 unregistered=0 unreadable=0
        replayed=1 diverged=0 unregistered=0 unreadable=0 skipped=0 events=5 workflow_tasks=1
    "#]]
    .assert_eq(&out);

    // Who runs on it is named.
    let store = SledStore::open(&path, SledOptions::default())?;
    let (verdict, _, complaints) = call(replayer, folder.path(), &["…/trips.sempre"]);
    assert_eq!(verdict, Verdict::Incomplete);
    assert!(
        complaints.starts_with("error: …/trips.sempre: "),
        "{complaints}"
    );
    drop(store);
    Ok(())
}
