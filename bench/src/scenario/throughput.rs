//! Throughput: many workflows of a few activities at once, beside what sled alone can commit.

use futures::future::try_join_all;

use crate::{
    Outcome, Resources, clock, disk,
    measurement::{Bound, Figure, Measurement, Samples, Unit, float},
    scenario::{
        Plan, figures,
        plan::grouped,
        sled_alone::{self, Records},
        workload::{self, Alarms, Steps},
    },
    subject::Place,
};

pub(super) const PLAN: Plan = Plan {
    name: "throughput",
    about: "how many workflows of five activities get done when all run at once",
    counts: "workflows",
    usual: &[1_000, 10_000],
    large: &[100_000],
    most: 1_000_000,
    title: |workflows| {
        let workflows = grouped(workflows);
        format!("{workflows} workflows at once, {STEPS} activities each")
    },
    drawn: "steps per second",
    phases: 1,
    bare_bytes: |_| disk::USUAL_BYTES,
};

/// Activities of a workflow.
pub const STEPS: u32 = 5;

pub(super) async fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    let (builder, tally) = place.engine()?;
    let engine = workload::register(builder, &Alarms::new()).start().await?;
    let before = Resources::now()?;
    let begun = clock::now();
    let runs = (0..place.size()).map(|number| {
        let handle = engine.workflow::<Steps>(format!("throughput-{number}"));
        async move {
            handle.start(STEPS).await?.result().await?;
            Outcome::Ok(begun.elapsed())
        }
    });
    let ended = Samples::new(try_join_all(runs).await?);
    let took = begun.elapsed();
    let cpu = Resources::now()?.cpu.saturating_sub(before.cpu);
    engine.shutdown().await;
    drop(engine);
    let on_disk = disk::size(&place.store_path())?;

    place.job.note("sled alone");
    let records = Records {
        count: tally.records(),
        bytes: tally.bytes() / tally.records().max(1),
        group: tally.records().div_ceil(tally.groups().max(1)),
    };
    let alone = sled_alone::commit(&place.job.folder, records, place.durability)?;
    let steps = place.size() * u64::from(STEPS);
    let per_second = float(steps) / took.as_secs_f64();
    let share = Figure::ratio("steps / records of sled alone", per_second, alone);
    // The budget speaks of ten thousand at once.
    let bound = (place.size() >= 10_000).then_some(Bound::AtLeast(0.5));
    let bound = bound.and_then(|bound| place.budget(bound));
    Ok(figures::throughput(place.size(), STEPS, took).and([
        Figure::time("CPU per step", cpu.div_f64(float(steps))),
        Figure::time("median workflow ended after", ended.percentile(0.5)),
        Figure::new("records in a group", Unit::Count, float(records.group)),
        Figure::new("records of sled alone per second", Unit::PerSecond, alone),
        share.bound(bound),
        Figure::bytes_each("on disk per step", on_disk, steps),
    ]))
}
