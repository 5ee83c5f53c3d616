//! What happens in a golden store before it is kept, and after it has been opened again.

use std::{error::Error, path::Path, time::Duration};

use sempre::{
    Engine, WorkflowHandle, client::WorkflowDescription, model::ExecutionStatus,
    runtime::EngineBuilder, testing::ManualClock,
};

use crate::{
    errand::{AMOUNT, CUSTOMER, Errand, ErrandHandle as _, Step, chore, work},
    pack, summary,
};

const DAY: Duration = Duration::from_secs(86_400);
/// What passes while the store is written.
const WRITTEN_IN: Duration = Duration::from_secs(10);

type Told<T> = Result<T, Box<dyn Error>>;

fn engine(folder: &Path, clock: &ManualClock) -> EngineBuilder {
    Engine::open(folder)
        .clock(clock.clone())
        .identity("golden")
        .threads(1)
        .workflow::<Errand>()
        .activities(work)
        .activities(chore)
        .search_attribute(CUSTOMER)
        .search_attribute(AMOUNT)
}

async fn start(engine: &Engine, id: &str, steps: &[Step]) -> Told<WorkflowHandle<Errand>> {
    Ok(engine.workflow::<Errand>(id).start(steps.to_vec()).await?)
}

/// Waits until a run looks like this.
async fn until(
    run: &WorkflowHandle<Errand>,
    is_so: impl Fn(&WorkflowDescription) -> bool,
) -> Told<()> {
    while !run.describe().await.is_ok_and(|run| is_so(&run)) {
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Writes a store, and gives back its folder as a kill would leave it, packed, and what is in it.
pub(crate) async fn write(folder: &Path) -> Told<(Vec<u8>, String)> {
    let clock = ManualClock::new();
    write_what_settles(&engine(folder, &clock).start().await?, &clock).await?;
    let engine = engine(folder, &clock).start().await?;
    write_what_does_not(&engine, &clock).await?;
    let summary = summary::of(&engine).await?;
    let pack = pack::pack(folder)?;
    engine.shutdown().await;
    Ok((pack, summary))
}

async fn write_what_settles(engine: &Engine, clock: &ManualClock) -> Told<()> {
    let done = [
        Step::Work("wood".into()),
        Step::Chore("the dishes".into()),
        Step::Customer("ada".into()),
        Step::Memo("settled".into()),
        Step::Patch,
        Step::Send("early-child".into(), vec![Step::Work("wool".into())]),
    ];
    start(engine, "early-done", &done).await?.result().await?;
    let failed = start(engine, "early-failed", &[Step::Fail]).await?;
    assert!(failed.result().await.is_err(), "it fails");
    let canceled = start(engine, "early-canceled", &[Step::Wait]).await?;
    canceled.cancel("not needed").await?;
    assert!(canceled.result().await.is_err(), "it is canceled");
    let terminated = start(engine, "early-terminated", &[Step::Wait]).await?;
    terminated.terminate("not wanted").await?;
    let late = engine.workflow::<Errand>("early-timed-out");
    let late = late.start(vec![Step::Wait]).run_timeout(WRITTEN_IN).await?;
    let renewed = [Step::Renew(vec![Step::Wait, Step::Patch])];
    start(engine, "renewed", &renewed).await?;
    let child = vec![Step::Wait, Step::Chore("homework".into())];
    start(engine, "parent", &[Step::Send("child".into(), child)]).await?;
    start(engine, "sleeper", &[Step::Sleep(30 * 86_400), Step::Wait]).await?;
    let nightly = engine.schedule("nightly");
    nightly.create::<Errand>(vec![]).cron("0 3 * * *").await?;
    clock.advance(WRITTEN_IN);
    assert!(late.result().await.is_err(), "it takes too long");
    until(&engine.workflow("child"), |_| true).await?;
    engine.shutdown().await;
    Ok(())
}

async fn write_what_does_not(engine: &Engine, clock: &ManualClock) -> Told<()> {
    // What is deleted has everything settle that was there before it.
    let gone = start(engine, "gone", &[Step::Wait]).await?;
    gone.terminate("to be deleted").await?;
    gone.delete().await?;
    let done = engine.workflow::<Errand>("late-done");
    let done = done.start(vec![
        Step::Work("steel".into()),
        Step::Customer("ada".into()),
    ]);
    done.search_attributes([AMOUNT.set(7)])
        .await?
        .result()
        .await?;
    engine.workflow::<Errand>("sleeper").go().await?;
    let updated = start(engine, "updated", &[Step::Wait]).await?;
    assert_eq!(updated.note("first".into()).await?, 1);
    updated.keep("second".into()).id("kept").start().await?;
    let outside = start(engine, "outside", &[Step::Work("outside".into())]).await?;
    until(&outside, |run| {
        run.activities.iter().any(|it| it.handed_over)
    })
    .await?;
    let retrying = start(engine, "retrying", &[Step::Work("later".into())]).await?;
    until(&retrying, |run| {
        run.activities.iter().any(|it| it.attempt == 2)
    })
    .await?;
    assert_eq!(clock.now(), ManualClock::new().now().after(WRITTEN_IN));
    Ok(())
}

/// Opens a store, compares what is in it with what was, and lets its runs go on to their ends.
pub(crate) async fn go_on(folder: &Path, known: &str) -> Told<()> {
    let began = ManualClock::new().now().after(WRITTEN_IN);
    let clock = ManualClock::starting_at(began);
    let engine = engine(folder, &clock).start().await?;
    assert_eq!(summary::of(&engine).await?, known);
    look_at_lists(&engine).await?;

    let updated = engine.workflow::<Errand>("updated");
    assert_eq!(updated.done().await?, ["first"]);
    updated.release().await?;
    assert_eq!(updated.keep("second".into()).id("kept").await?, 2);
    updated.go().await?;
    assert_eq!(updated.result().await?, ["first", "second", "went"]);

    let renewed = engine.workflow::<Errand>("renewed");
    renewed.go().await?;
    assert_eq!(renewed.result().await?, ["went", "new way"]);

    engine.workflow::<Errand>("child").go().await?;
    let parent = engine.workflow::<Errand>("parent");
    assert_eq!(parent.result().await?, ["went, did homework"]);

    let outside = engine.workflow::<Errand>("outside");
    let work_outside = outside.async_activity(work, "outside");
    work_outside.complete("worked outside".into()).await?;
    assert_eq!(outside.result().await?, ["worked outside"]);

    clock.advance(DAY);
    let retrying = engine.workflow::<Errand>("retrying");
    assert_eq!(retrying.result().await?, ["worked on later"]);
    let nightly = engine.schedule("nightly");
    while nightly.describe().await?.recent.is_empty() {
        tokio::task::yield_now().await;
    }

    clock.advance(30 * DAY);
    let sleeper = engine.workflow::<Errand>("sleeper");
    assert_eq!(sleeper.result().await?, ["slept", "went"]);
    engine.shutdown().await;
    Ok(())
}

async fn look_at_lists(engine: &Engine) -> Told<()> {
    let page = engine.list("Customer = 'ada'").await?;
    let mut found: Vec<_> = page
        .runs
        .iter()
        .map(|run| run.workflow_id.to_string())
        .collect();
    found.sort();
    assert_eq!(found, ["early-done", "late-done"]);
    assert_eq!(engine.list("Amount = 7").await?.runs.len(), 1);
    assert!(engine.list("WorkflowId = 'gone'").await?.runs.is_empty());
    let count = engine.count("GROUP BY ExecutionStatus").await?;
    let of = |status| count.by_status.get(&status).copied().unwrap_or_default();
    assert_eq!(of(ExecutionStatus::Running), 7);
    assert_eq!(of(ExecutionStatus::Completed), 3);
    assert_eq!(of(ExecutionStatus::TimedOut), 1);
    assert_eq!(engine.schedules().await?.ids, ["nightly"]);
    Ok(())
}
