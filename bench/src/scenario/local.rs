//! Local: one local activity after the other.

use std::time::Duration;

use sempre::Engine;

use crate::{
    Outcome, clock, disk,
    measurement::{Bound, Figure, Measurement, Unit, float},
    scenario::{
        Plan, figures,
        plan::grouped,
        step::{self, split},
        workload::{self, Alarms, OnTheSpot},
    },
    subject::Place,
};

pub(super) const PLAN: Plan = Plan {
    name: "local",
    about: "what one local activity after the other costs, beside a step",
    counts: "local activities",
    usual: &[1_000, 10_000],
    large: &[],
    most: 1_000_000,
    title: |steps| {
        let steps = grouped(steps);
        format!("one workflow, {steps} local activities one after the other")
    },
    drawn: "time per local activity",
    phases: 1,
    bare_bytes: |_| disk::USUAL_BYTES,
};

/// A history holds 51,200 events, and a local activity leaves one.
const ACTIVITIES_OF_A_RUN: u64 = 40_000;

/// How many steps they are compared with, at most.
const STEPS: u64 = 1_000;

pub(super) async fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    let (builder, tally) = place.engine()?;
    let engine = workload::register(builder, &Alarms::new()).start().await?;
    // What is done for the first time in a process is not what they cost.
    run(&engine, "warm-up", 100).await?;
    let step = step::median(&engine, place.size().min(STEPS)).await?;

    let (records_before, bytes_before) = (tally.records(), tally.bytes());
    let mut took = Duration::ZERO;
    for (number, steps) in (0_u32..).zip(split(place.size(), ACTIVITIES_OF_A_RUN)) {
        place.job.note(format!("workflow {number}"));
        took += run(&engine, &format!("local-{number}"), steps).await?;
    }
    let records = tally.records() - records_before;
    let bytes = tally.bytes() - bytes_before;
    engine.shutdown().await;

    let each = took.div_f64(float(place.size().max(1)));
    let beside_a_step = Figure::ratio(
        "local activities in a step",
        step.as_secs_f64(),
        each.as_secs_f64(),
    );
    Ok(figures::local(place.size(), took)
        .promise(figures::LOCAL_TIME, place.budget(Bound::AtMost(10e-6)))
        .and([
            Figure::time("step p50", step),
            beside_a_step,
            Figure::bytes_each("record of a local activity", bytes, place.size()),
            Figure::new("records", Unit::Count, float(records)),
        ]))
}

/// How long a workflow takes from its start to its result.
async fn run(engine: &Engine, workflow_id: &str, steps: u64) -> Outcome<Duration> {
    let begun = clock::now();
    let handle = engine.workflow::<OnTheSpot>(workflow_id);
    let handle = handle.start(u32::try_from(steps)?).await?;
    handle.result().await?;
    Ok(begun.elapsed())
}
