//! Replay: how fast a history is told to its program again, in memory and from the disk.

use std::{sync::Arc, time::Duration};

use sempre::{
    Engine, machine::replay::Replayer, model::History, storage::MemoryStore, workflow::Driver,
};

use crate::{
    Outcome, clock, disk,
    measurement::{Bound, Figure, Measurement, Samples, Unit, float},
    scenario::{
        Plan,
        plan::grouped,
        workload::{self, Alarms, Steps, StepsHandle as _},
    },
    subject::Place,
};

pub(super) const PLAN: Plan = Plan {
    name: "replay",
    about: "how fast histories are told to their programs again, in memory and from the disk",
    counts: "events of a history",
    usual: &[10, 1_000, 50_000],
    large: &[],
    most: 51_000,
    title: |events| format!("a history of about {} events", grouped(events)),
    drawn: "replayed, events per second",
    phases: 2,
    bare_bytes: |_| disk::USUAL_BYTES,
};

/// Events of a step, and of a run without one.
const EVENTS_OF_A_STEP: u64 = 6;
const OTHER_EVENTS: u64 = 5;
/// How long replays are repeated, at least.
const REPEATED: Duration = Duration::from_secs(1);
/// Replays that are made in any case.
const REPLAYS_MIN: usize = 5;

/// Steps that leave about this many events.
fn steps(events: u64) -> Outcome<u32> {
    let steps = events
        .saturating_sub(OTHER_EVENTS)
        .div_ceil(EVENTS_OF_A_STEP);
    Ok(u32::try_from(steps.max(1))?)
}

/// Runs on disk that are read one after the other, none of them a second time.
fn stored(events: u64) -> u64 {
    (200_000 / events).clamp(3, 500)
}

pub(super) async fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    if place.job.phase == 1 {
        let (builder, _) = place.engine()?;
        let engine = workload::register(builder, &Alarms::new()).start().await?;
        run_some(&engine, place).await?;
        engine.shutdown().await;
        return Ok(Measurement::default());
    }
    let history = history(place.size()).await?;
    let events = history.events.len() as u64;
    let in_memory = replay(&history)?;
    place.job.note("from the disk");
    let from_disk = recover(place).await?;
    let per_second = |time: Duration| float(events) / time.as_secs_f64();
    let rate = |name, time| Figure::new(name, Unit::PerSecond, per_second(time));
    let replayed = in_memory.percentile(0.5);
    let recovered = from_disk.percentile(0.5);
    let fast = rate("replayed, events per second", replayed);
    // A short history is mostly the making of a program.
    let bound = (place.size() >= 1_000).then_some(Bound::AtLeast(1_000_000.0));
    Ok(Measurement {
        figures: vec![
            fast.bound(bound),
            Figure::time("replayed p50", replayed),
            Figure::time("replayed p99", in_memory.percentile(0.99)),
            rate("recovered, events per second", recovered),
            Figure::time("recovered p50", recovered),
            Figure::new("events", Unit::Count, float(events)),
        ],
        notes: vec![
            "replayed: in memory, on one core; recovered: a query of a run that is not in memory, \
             from reading its records to the answer of its program"
                .into(),
            "nothing is written, so there is no ratio to a bare append".into(),
        ],
        ..Measurement::default()
    })
}

async fn history(events: u64) -> Outcome<History> {
    let builder = Engine::on_store(Arc::new(MemoryStore::new()));
    let engine = workload::register(builder, &Alarms::new()).start().await?;
    let handle = engine.workflow::<Steps>("replayed");
    let handle = handle.start(steps(events)?).await?;
    handle.result().await?;
    let history = handle.history().await?;
    engine.shutdown().await;
    Ok(history)
}

fn replay(history: &History) -> Outcome<Samples> {
    let mut times = Vec::new();
    let begun = clock::now();
    while times.len() < REPLAYS_MIN || begun.elapsed() < REPEATED {
        let begun = clock::now();
        let mut replayer = Replayer::new(Box::new(Driver::<Steps>::new()));
        replayer
            .handle_history(&history.events)
            .map_err(|failure| failure.failure.to_string())?;
        times.push(begun.elapsed());
    }
    Ok(Samples::new(times))
}

async fn run_some(engine: &Engine, place: &Place<'_>) -> Outcome {
    for number in 0..stored(place.size()) {
        let handle = engine.workflow::<Steps>(format!("stored-{number}"));
        let handle = handle.start(steps(place.size())?).await?;
        handle.result().await?;
    }
    Ok(())
}

async fn recover(place: &Place<'_>) -> Outcome<Samples> {
    let (builder, _) = place.engine()?;
    let engine = workload::register(builder, &Alarms::new()).start().await?;
    let mut times = Vec::new();
    for number in 0..stored(place.size()) {
        let handle = engine.workflow::<Steps>(format!("stored-{number}"));
        let begun = clock::now();
        handle.sum().await?;
        times.push(begun.elapsed());
    }
    engine.shutdown().await;
    Ok(Samples::new(times))
}
