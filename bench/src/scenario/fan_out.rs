//! Fan-out: many activities of one workflow at once, and whether more of them cost more each.

use sempre::model::limits::PENDING_ACTIVITIES_MAX;

use crate::{
    Outcome, Resources, clock, disk,
    measurement::{Bound, Figure, Measurement, float},
    scenario::{
        Plan, figures,
        plan::grouped,
        step::split,
        workload::{self, Alarms, FanOut},
    },
    subject::Place,
};

pub(super) const PLAN: Plan = Plan {
    name: "fan-out",
    about: "many activities of one workflow at once, and whether more of them cost more each",
    counts: "activities",
    usual: &[1_000, 10_000],
    large: &[],
    most: 1_000_000,
    title: |width| format!("one workflow, {} activities at once", grouped(width)),
    drawn: "time per activity",
    phases: 1,
    bare_bytes: |_| disk::USUAL_BYTES,
};

/// A history holds 51,200 events, and an activity leaves up to six.
const ACTIVITIES_OF_A_RUN: u64 = 8_000;

pub(super) async fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    let (builder, tally) = place.engine()?;
    let engine = workload::register(builder, &Alarms::new()).start().await?;
    let warm_up = engine.workflow::<FanOut>("warm-up").start(50).await?;
    warm_up.result().await?;

    let records_before = tally.records();
    let before = Resources::now()?;
    let begun = clock::now();
    let mut events = 0;
    let runs = split(place.size(), ACTIVITIES_OF_A_RUN);
    for (number, width) in (0_u32..).zip(&runs) {
        let handle = engine.workflow::<FanOut>(format!("fan-out-{number}"));
        let handle = handle.start(u32::try_from(*width)?).await?;
        handle.result().await?;
        events += handle.describe().await?.history_length;
    }
    let took = begun.elapsed();
    let cpu = Resources::now()?.cpu.saturating_sub(before.cpu);
    let records = tally.records() - records_before;
    engine.shutdown().await;
    let width = float(place.size());
    let mut notes = Vec::new();
    if place.size() > PENDING_ACTIVITIES_MAX as u64 {
        let most = grouped(PENDING_ACTIVITIES_MAX as u64);
        notes.push(format!("{most} at once, as many as a run may have pending"));
    }
    if runs.len() > 1 {
        let (runs, most) = (runs.len(), grouped(ACTIVITIES_OF_A_RUN));
        notes.push(format!("in {runs} workflows one after the other: a history has room for about {most} activities"));
    }
    let mut measured = figures::fan_out(place.size(), took);
    if let Some(growth) = &mut measured.growth {
        growth.bound = place.budget(Bound::AtMost(1.3));
    }
    Ok(measured
        .and([
            Figure::time("CPU per activity", cpu.div_f64(width)),
            Figure::ratio("events per activity", float(events), width),
            Figure::ratio("records per activity", float(records), width),
        ])
        .noting(notes))
}
