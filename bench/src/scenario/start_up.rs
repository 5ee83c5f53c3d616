//! Start-up: a store with many open workflows is opened by a new process.
//!
//! The first phase fills the store and shuts down. The second opens it with a clock that is ahead,
//! so that the timers of a tenth of the workflows are overdue.

use std::time::Duration;

use sempre::{Durability, storage::SledOptions};

use crate::{
    Outcome, Resources, clock, disk,
    measurement::{Bound, Compared, Figure, Measurement, Unit, float},
    scenario::{
        Plan,
        ahead::Ahead,
        fill,
        plan::grouped,
        workload::{self, Alarms, Sleeper},
    },
    subject::Place,
};

pub(super) const PLAN: Plan = Plan {
    name: "start-up",
    about: "how long a new process takes until many open workflows go on",
    counts: "open workflows",
    usual: &[100_000],
    large: &[1_000_000],
    most: 10_000_000,
    title: |open| {
        let (open, due) = (grouped(open), grouped(due(open)));
        format!("{open} open workflows, {due} of them with an overdue timer")
    },
    drawn: "open to ready",
    phases: 2,
    bare_bytes: |_| disk::USUAL_BYTES,
};

/// The budgets speak of this many.
const MILLION: u64 = 1_000_000;

/// How many of the workflows have something to do at once.
fn due(open: u64) -> u64 {
    open.div_ceil(10)
}

pub(super) async fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    if place.job.phase == 1 {
        fill(place).await?;
        return Ok(Measurement::default());
    }
    open(place).await
}

async fn fill(place: &Place<'_>) -> Outcome {
    // How the store came to be is not what is measured, and this is faster.
    let quick = SledOptions::default().durability(Durability::Deferred);
    let (builder, _) = place.engine_with(quick)?;
    let engine = workload::register(builder, &Alarms::new()).start().await?;
    let due = u32::try_from(due(place.size()))?;
    let open = u32::try_from(place.size())?;
    let hours = (0..open).map(move |number| if number < due { 1 } else { 48 });
    fill::start_all::<Sleeper>(&engine, place.job, "sleeper", hours).await?;
    engine.shutdown().await;
    Ok(())
}

async fn open(place: &Place<'_>) -> Outcome<Measurement> {
    let alarms = Alarms::new();
    let before = Resources::now()?;
    let begun = clock::now();
    let (builder, _) = place.engine()?;
    let builder = workload::register(builder, &alarms).clock(Ahead(Duration::from_secs(7_200)));
    let engine = builder.start().await?;
    let ready = begun.elapsed();
    let at_ready = Resources::now()?;
    let last = format!("sleeper-{}", place.size() - 1);
    engine.workflow::<Sleeper>(last).describe().await?;
    let answered = begun.elapsed();
    let due = due(place.size());
    alarms.take(usize::try_from(due)?).await;
    let caught_up = begun.elapsed();
    let at_end = Resources::now()?;
    engine.shutdown().await;

    let large = place.size() >= MILLION;
    let budget = |most| large.then(|| place.budget(Bound::AtMost(most))).flatten();
    let memory = |name, bytes| Figure::new(name, Unit::Bytes, float(bytes));
    Ok(Measurement {
        figures: vec![
            Figure::time("open to ready", ready).bound(budget(10.0)),
            Figure::time("ready, per workflow", ready.div_f64(float(place.size()))),
            Figure::time("open to first answer", answered),
            Figure::time("open to all due work running", caught_up),
            Figure::rate(
                "due workflows per second",
                due,
                caught_up.saturating_sub(ready),
            ),
            memory("memory when ready", at_ready.memory),
            memory("memory when all is running", at_end.memory)
                .bound(budget(1024.0 * 1024.0 * 1024.0)),
            Figure::bytes_each(
                "memory per workflow",
                at_ready.memory_since(before),
                place.size(),
            ),
            Figure::time("CPU until ready", at_ready.cpu.saturating_sub(before.cpu)),
        ],
        compared: Some(Compared::new("ready, per workflow")),
        ..Measurement::default()
    })
}
