//! Step: one activity after the other, and what each of them costs.

use std::time::Duration;

use sempre::{
    Engine,
    model::{EventAttributes, History},
};

use crate::{
    Outcome, clock, disk,
    measurement::{Bound, Figure, Measurement, Samples, float},
    scenario::{
        Plan, figures,
        plan::grouped,
        workload::{self, Alarms, Steps},
    },
    subject::Place,
};

pub(super) const PLAN: Plan = Plan {
    name: "step",
    about: "what one activity after the other costs, and whether it grows with the history",
    counts: "activities",
    usual: &[1_000, 10_000],
    large: &[],
    most: 1_000_000,
    title: |steps| {
        let steps = grouped(steps);
        format!("one workflow, {steps} activities one after the other")
    },
    drawn: "step p50",
    phases: 1,
    bare_bytes: |_| disk::USUAL_BYTES,
};

/// A history holds 51,200 events, and a step leaves six.
const STEPS_OF_A_RUN: u64 = 8_000;

pub(super) async fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    let (builder, tally) = place.engine()?;
    let engine = workload::register(builder, &Alarms::new()).start().await?;
    // What is done for the first time in a process is not what steps cost.
    run(&engine, "warm-up", 50).await?;

    let (records_before, bytes_before) = (tally.records(), tally.bytes());
    let runs = split(place.size(), STEPS_OF_A_RUN);
    let begun = clock::now();
    let mut histories = Vec::new();
    for (number, steps) in (0_u32..).zip(&runs) {
        place.job.note(format!("workflow {number}"));
        histories.push(run(&engine, &format!("step-{number}"), *steps).await?);
    }
    let took = begun.elapsed();
    let records = tally.records() - records_before;
    let bytes = tally.bytes() - bytes_before;
    let all_records = tally.records();
    engine.shutdown().await;
    drop(engine);

    let gaps: Vec<Vec<Duration>> = histories.iter().map(steps).collect();
    let longest = gaps.first().map(Vec::as_slice).unwrap_or_default();
    let record = float(bytes) / float(records.max(1));
    let on_disk = float(disk::size(&place.store_path())?) / float(all_records.max(1));
    let space = Figure::ratio("on disk / record", on_disk, record);
    let several = runs.len() > 1;
    let note = || {
        let (runs, most) = (runs.len(), grouped(STEPS_OF_A_RUN));
        format!(
            "in {runs} workflows one after the other: a history has room for about {most} steps, and the hundreds are those of the first"
        )
    };
    let growth = place.budget(Bound::AtMost(1.2));
    let mut measured = figures::step(gaps.concat(), longest, place.size(), took)
        .promise("p50, last hundred / first", growth)
        .and([
            Figure::bytes_each("record of a step", bytes, records),
            space.bound(place.budget(Bound::AtMost(3.0))),
        ])
        .noting(several.then(note));
    if let Some(compared) = &mut measured.compared {
        compared.bound = place.budget(Bound::AtMost(1.5));
    }
    Ok(measured)
}

async fn run(engine: &Engine, workflow_id: &str, steps: u64) -> Outcome<History> {
    let handle = engine.workflow::<Steps>(workflow_id);
    let handle = handle.start(u32::try_from(steps)?).await?;
    handle.result().await?;
    Ok(handle.history().await?)
}

/// The median of this many steps, for what is measured in steps.
pub(super) async fn median(engine: &Engine, count: u64) -> Outcome<Duration> {
    run(engine, "warm-up", 50).await?;
    let history = run(engine, "steps", count).await?;
    Ok(Samples::new(steps(&history)).percentile(0.5))
}

/// The times from the end of one activity to the end of the next.
pub(super) fn steps(history: &History) -> Vec<Duration> {
    gaps(history, |it| {
        matches!(it, EventAttributes::ActivityTaskCompleted(_))
    })
}

/// The times from one of these events to the next.
pub(super) fn gaps(history: &History, is_end: impl Fn(&EventAttributes) -> bool) -> Vec<Duration> {
    let ends = history.events.iter().filter(|it| is_end(&it.attributes));
    let ends = ends.map(|event| event.time);
    let ends: Vec<_> = ends.collect();
    let pairs = ends.iter().zip(ends.iter().skip(1));
    pairs.map(|(end, next)| next.since(*end)).collect()
}

/// A number in parts of at most this size, the large ones first.
pub(super) fn split(number: u64, most: u64) -> Vec<u64> {
    let mut parts = Vec::new();
    let mut rest = number;
    while rest > 0 {
        let part = rest.min(most);
        parts.push(part);
        rest -= part;
    }
    parts
}
