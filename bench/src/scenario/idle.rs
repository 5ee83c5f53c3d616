//! Idle: the memory of workflows that wait, while they are resident and while they are not.
//!
//! The first phase fills the store. The second opens the store alone and reads all that a start
//! reads, so that what the store keeps is told from what the engine keeps; then it starts the
//! engine, and then it asks each workflow a question, which makes it and its program resident.

use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use sempre::{
    Durability, Engine,
    storage::{ReadStore as _, SledOptions, SledStore},
};

use crate::{
    Outcome, Resources, disk,
    measurement::{Bound, Figure, Measurement, Unit, float},
    scenario::{
        Plan, fill,
        plan::grouped,
        workload::{self, Alarms, Counter, CounterHandle as _},
    },
    subject::{CountedStore, Place},
};

pub(super) const PLAN: Plan = Plan {
    name: "idle",
    about: "bytes of memory of a workflow that waits, resident and evicted",
    counts: "waiting workflows",
    usual: &[200_000],
    large: &[1_000_000],
    most: 10_000_000,
    title: |waiting| format!("{} workflows wait for a signal", grouped(waiting)),
    drawn: "resident",
    phases: 2,
    bare_bytes: |_| disk::USUAL_BYTES,
};

/// A cache that is full before the engine starts.
const CACHE_BYTES: u64 = 8 * 1024 * 1024;
/// Open runs that are read at a time.
const PAGE: usize = 1_024;
/// Questions that are asked at the same time.
const AT_ONCE: usize = 256;

pub(super) async fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    if place.job.phase == 1 {
        let quick = SledOptions::default().durability(Durability::Deferred);
        let (builder, _) = place.engine_with(quick)?;
        let engine = workload::register(builder, &Alarms::new()).start().await?;
        let wanted = (0..u32::try_from(place.size())?).map(|_| 1);
        fill::start_all::<Counter>(&engine, place.job, "waiting", wanted).await?;
        engine.shutdown().await;
        return Ok(Measurement::default());
    }
    weigh(place).await
}

async fn weigh(place: &Place<'_>) -> Outcome<Measurement> {
    let count = place.size();
    let empty = Resources::now()?;
    let options = SledOptions::default()
        .durability(place.durability)
        .cache_capacity_bytes(CACHE_BYTES);
    let store = SledStore::open(place.store_path(), options)?;
    read_open_runs(&store)?;
    let stored = Resources::now()?;
    let builder = Engine::on_store(Arc::new(CountedStore::new(store)));
    let builder = workload::register(builder, &Alarms::new());
    let builder = builder.max_resident_executions(usize::try_from(count)?);
    let engine = builder.start().await?;
    let evicted = Resources::now()?;
    ask_all(&engine, place).await?;
    let resident = Resources::now()?;
    engine.shutdown().await;

    let away = Figure::bytes_each("evicted", evicted.memory_since(stored), count);
    let here = Figure::bytes_each("resident", resident.memory_since(stored), count);
    Ok(Measurement {
        figures: vec![
            away.bound(Some(Bound::AtMost(200.0))),
            here.bound(Some(Bound::AtMost(6.0 * 1024.0))),
            Figure::bytes_each("store, per workflow", stored.memory_since(empty), count),
            Figure::new("memory of the process", Unit::Bytes, float(resident.memory)),
        ],
        notes: vec![
            "evicted: what the engine adds to an open store, per open workflow; resident: the same \
             when each workflow and its program is in memory"
                .into(),
            format!(
                "the store's cache has {} MiB, and is full before the engine starts",
                CACHE_BYTES / 1024 / 1024
            ),
            "nothing is written, so there is no ratio to a bare append".into(),
        ],
        ..Measurement::default()
    })
}

/// Reads what a start reads.
pub(super) fn read_open_runs(store: &SledStore) -> Outcome {
    let mut after = None;
    loop {
        let page = store.open_runs(after, PAGE)?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some(last.entry.execution.run_id);
    }
}

async fn ask_all(engine: &Engine, place: &Place<'_>) -> Outcome {
    let handles = (0..place.size()).map(|number| {
        let handle = engine.workflow::<Counter>(format!("waiting-{number}"));
        async move { handle.count().await.map(drop) }
    });
    stream::iter(handles)
        .buffer_unordered(AT_ONCE)
        .try_collect::<()>()
        .await?;
    Ok(())
}
