//! Map-concurrent: activities of one workflow, a hundred of them at a time, beside fan-out.

use std::time::Duration;

use sempre::{Engine, workflow::WorkflowHandlers};

use crate::{
    Outcome, Resources, clock, disk,
    measurement::{Bound, Compared, Figure, Measurement, float},
    scenario::{
        Plan,
        plan::grouped,
        step::split,
        workload::{self, Alarms, FanOut, Mapped},
    },
    subject::Place,
};

pub(super) const PLAN: Plan = Plan {
    name: "map-concurrent",
    about: "activities of one workflow, a hundred at a time, beside as many as there may be at once",
    counts: "activities",
    usual: &[1_000, 10_000],
    large: &[],
    most: 1_000_000,
    title: |width| {
        let width = grouped(width);
        format!("one workflow, {width} activities, a hundred at a time by map_concurrent")
    },
    drawn: "time per activity",
    phases: 1,
    bare_bytes: |_| disk::USUAL_BYTES,
};

/// A history holds 51,200 events, and an activity leaves up to six.
const ACTIVITIES_OF_A_RUN: u64 = 8_000;

pub(super) async fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    let (builder, tally) = place.engine()?;
    let engine = workload::register(builder, &Alarms::new()).start().await?;
    run::<FanOut>(&engine, "first-fan-out", 50).await?;
    run::<Mapped>(&engine, "first-mapped", 50).await?;

    place.job.note("as many as there may be at once");
    let fan_out = run::<FanOut>(&engine, "fan-out", place.size()).await?;

    place.job.note("a hundred at a time");
    let records = tally.records();
    let before = Resources::now()?;
    let took = run::<Mapped>(&engine, "mapped", place.size()).await?;
    let cpu = Resources::now()?.cpu.saturating_sub(before.cpu);
    let records = tally.records() - records;
    engine.shutdown().await;

    let count = float(place.size());
    let beside = Figure::ratio(
        "time per activity / fan-out",
        took.as_secs_f64(),
        fan_out.as_secs_f64(),
    );
    Ok(Measurement {
        figures: vec![
            Figure::time("time per activity", took.div_f64(count)),
            Figure::time("fan-out, time per activity", fan_out.div_f64(count)),
            beside.bound(place.budget(Bound::AtMost(1.2))),
            Figure::time("CPU per activity", cpu.div_f64(count)),
            Figure::ratio("records per activity", float(records), count),
        ],
        compared: Some(Compared::new("time per activity")),
        growth: Some(Compared {
            figure: "time per activity".into(),
            bound: place.budget(Bound::AtMost(1.3)),
        }),
        ..Measurement::default()
    })
}

/// Has workflows of this kind call so many activities, one workflow after the other where a history
/// has no room for all.
async fn run<W>(engine: &Engine, workflow_id: &str, activities: u64) -> Outcome<Duration>
where
    W: WorkflowHandlers<Input = u32, Output = u32>,
{
    let begun = clock::now();
    for (number, width) in (0_u32..).zip(split(activities, ACTIVITIES_OF_A_RUN)) {
        let handle = engine.workflow::<W>(format!("{workflow_id}-{number}"));
        let handle = handle.start(u32::try_from(width)?).await?;
        handle
            .result()
            .await
            .map_err(|error| format!("{workflow_id}: {error}"))?;
    }
    Ok(begun.elapsed())
}
