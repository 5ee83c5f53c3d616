//! Payload: steps whose activities take and return a payload of a certain size.

use crate::{
    Outcome, clock,
    measurement::{Compared, Figure, Measurement, Unit, float},
    scenario::{
        Plan,
        workload::{self, Alarms, Relay},
    },
    subject::Place,
};

pub(super) const PLAN: Plan = Plan {
    name: "payload",
    about: "steps whose activities take and return a payload",
    counts: "bytes of a payload",
    usual: &[KIB, 32 * KIB, MIB],
    large: &[4 * KIB, 256 * KIB],
    most: MIB,
    title: |bytes| {
        let steps = steps(bytes);
        format!("one workflow, {steps} activities that take and return {bytes} bytes")
    },
    drawn: "time per step",
    phases: 1,
    // A step is one record: what one activity returned, and what the next one takes.
    bare_bytes: |bytes| usize::try_from(2 * bytes).unwrap_or(usize::MAX),
};

const KIB: u64 = 1_024;
const MIB: u64 = 1_024 * KIB;
/// A history holds 50 MiB.
const HISTORY_BYTES: u64 = 40 * MIB;

/// Steps that fit into a history, and no more than say something.
fn steps(bytes: u64) -> u64 {
    (HISTORY_BYTES / (2 * bytes)).clamp(10, 500)
}

pub(super) async fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    let (builder, tally) = place.engine()?;
    let engine = workload::register(builder, &Alarms::new()).start().await?;
    let bytes = place.size();
    let payload = "x".repeat(usize::try_from(bytes)?);
    let warm_up = engine.workflow::<Relay>("warm-up");
    let warm_up = warm_up.start((payload.clone(), 2)).await?;
    warm_up.result().await?;

    let before = tally.bytes();
    let steps = steps(bytes);
    let begun = clock::now();
    let handle = engine.workflow::<Relay>("payload");
    let handle = handle.start((payload, u32::try_from(steps)?)).await?;
    handle.result().await?;
    let took = begun.elapsed();
    let written = tally.bytes() - before;
    engine.shutdown().await;

    let rate = float(written) / took.as_secs_f64();
    Ok(Measurement {
        figures: vec![
            Figure::time("time per step", took.div_f64(float(steps))),
            Figure::rate("steps per second", steps, took),
            Figure::new("records written", Unit::BytesPerSecond, rate),
            Figure::bytes_each("record of a step", written, steps),
        ],
        compared: Some(Compared::new("time per step")),
        ..Measurement::default()
    })
}
