//! Timers: many that sleep, what they take while they do, and how late others fire beside them.

use std::time::Duration;

use crate::{
    Outcome, Resources, clock, disk,
    measurement::{Bound, Figure, Measurement, Unit, float},
    scenario::{
        Plan, figures, fill,
        idling::{self, Idling},
        plan::grouped,
        workload::{self, Alarm, Alarms, Sleeper},
    },
    subject::Place,
};

pub(super) const PLAN: Plan = Plan {
    name: "timers",
    about: "what many sleeping workflows take, and how late timers fire beside them",
    counts: "sleeping workflows",
    usual: &[100_000],
    large: &[1_000_000],
    most: 10_000_000,
    title: |sleeping| {
        let sleeping = grouped(sleeping);
        format!(
            "{sleeping} workflows sleep; {SPREAD} more fire within {SPREAD_OVER:?}, and {BURST} at one moment"
        )
    },
    drawn: "one after the other, late p99",
    phases: 1,
    bare_bytes: |_| disk::USUAL_BYTES,
};

/// Timers that fire one after the other.
pub const SPREAD: u32 = 2_500;
/// In this time.
pub const SPREAD_OVER: Duration = Duration::from_secs(5);
/// Timers that fire at one moment.
pub const BURST: u32 = 1_000;
/// The time in which timers are started before the first of them fires.
const AHEAD: Duration = Duration::from_secs(3);
/// How long the store may write what it has not written yet; nothing says when it is done.
const SETTLING: Duration = Duration::from_secs(1);
/// How long nothing is done, to see what that costs.
const IDLE: Duration = Duration::from_secs(3);

pub(super) async fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    let alarms = Alarms::new();
    let (builder, _) = place.engine()?;
    let engine = workload::register(builder, &alarms).start().await?;
    let empty = Resources::now()?;
    let begun = clock::now();
    let sleepers = 0..u32::try_from(place.size())?;
    fill::start_all::<Sleeper>(&engine, place.job, "sleeper", sleepers.map(|_| 24)).await?;
    let filled = begun.elapsed();

    place.job.note("idle");
    let Idling { cpu: idle, after } = idling::measure(SETTLING, IDLE).await?;

    place.job.note("timers fire one after the other");
    let first = clock::wall().after(AHEAD);
    let gap = SPREAD_OVER / SPREAD;
    let due = (0..SPREAD).map(|number| first.after(gap * number).as_nanos());
    fill::start_all::<Alarm>(&engine, place.job, "spread", due).await?;
    let spread = alarms.take(SPREAD as usize).await;

    place.job.note("timers fire at one moment");
    let moment = clock::wall().after(AHEAD).as_nanos();
    let due = (0..BURST).map(|_| moment);
    fill::start_all::<Alarm>(&engine, place.job, "burst", due).await?;
    let burst = alarms.take(BURST as usize).await;
    engine.shutdown().await;

    let latest = place.budget(Bound::AtMost(0.05));
    let memory = after.memory_since(empty);
    Ok(figures::timers(spread, burst)
        .promise("one after the other, late p99", latest)
        .and([
            Figure::rate("started per second", place.size(), filled),
            Figure::new("memory of the process", Unit::Bytes, float(after.memory)),
            Figure::bytes_each("memory per workflow", memory, place.size()),
            Figure::new("CPU while idle", Unit::PercentOfCore, idle * 100.0),
        ])
        .noting([
            "late is what an activity sees that is called when the timer has fired".into(),
            "the workflows that sleep were started by this process, so part of them is resident"
                .into(),
        ]))
}
