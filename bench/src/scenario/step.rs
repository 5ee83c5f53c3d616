//! Step: one activity after the other, and what each of them costs.

use std::time::Duration;

use sempre::{
    Engine,
    model::{EventAttributes, History},
};

use crate::{
    Outcome, clock, disk,
    measurement::{Bound, Compared, Figure, Measurement, Samples, float},
    scenario::{
        Plan,
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
    phases: 1,
    bare_bytes: |_| disk::USUAL_BYTES,
};

/// A history holds 51,200 events, and a step leaves six.
const STEPS_OF_A_RUN: u64 = 8_000;
/// Steps of which those at the end are compared with those at the beginning.
const FEW: usize = 100;

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

    let gaps: Vec<Vec<Duration>> = histories.iter().map(gaps).collect();
    let samples = Samples::new(gaps.concat());
    let longest = gaps.first().map(Vec::as_slice).unwrap_or_default();
    let (early, late) = ends(longest);
    let record = float(bytes) / float(records.max(1));
    let on_disk = float(disk::size(&place.store_path())?) / float(all_records.max(1));
    let growth = Figure::ratio(
        "p50, last hundred / first",
        late.as_secs_f64(),
        early.as_secs_f64(),
    );
    let space = Figure::ratio("on disk / record", on_disk, record);
    let figures = vec![
        Figure::time("step p50", samples.percentile(0.5)),
        Figure::time("step p99", samples.percentile(0.99)),
        Figure::rate("steps per second", place.size(), took),
        Figure::time("p50 of the first hundred", early),
        Figure::time("p50 of the last hundred", late),
        growth.bound(place.budget(Bound::AtMost(1.2))),
        Figure::bytes_each("record of a step", bytes, records),
        space.bound(place.budget(Bound::AtMost(3.0))),
    ];
    let several = runs.len() > 1;
    let note = || {
        let (runs, most) = (runs.len(), grouped(STEPS_OF_A_RUN));
        format!(
            "in {runs} workflows one after the other: a history has room for about {most} steps, and the hundreds are those of the first"
        )
    };
    Ok(Measurement {
        figures,
        compared: Some(Compared {
            figure: "step p50".into(),
            bound: place.budget(Bound::AtMost(1.5)),
        }),
        distribution: Some(samples.distribution("a step")),
        notes: several.then(note).into_iter().collect(),
    })
}

async fn run(engine: &Engine, workflow_id: &str, steps: u64) -> Outcome<History> {
    let handle = engine.workflow::<Steps>(workflow_id);
    let handle = handle.start(u32::try_from(steps)?).await?;
    handle.result().await?;
    Ok(handle.history().await?)
}

/// The times from the end of one activity to the end of the next.
fn gaps(history: &History) -> Vec<Duration> {
    let ends = history.events.iter().filter_map(|event| {
        let is_end = matches!(event.attributes, EventAttributes::ActivityTaskCompleted(_));
        is_end.then_some(event.time)
    });
    let ends: Vec<_> = ends.collect();
    let pairs = ends.iter().zip(ends.iter().skip(1));
    pairs.map(|(end, next)| next.since(*end)).collect()
}

/// The medians of the first few and of the last few.
pub(super) fn ends(gaps: &[Duration]) -> (Duration, Duration) {
    let few = FEW.min(gaps.len());
    let first = gaps.iter().take(few).copied().collect();
    let last = gaps.iter().rev().take(few).copied().collect();
    let median = |times| Samples::new(times).percentile(0.5);
    (median(first), median(last))
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
