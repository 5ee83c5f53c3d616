//! Update: one at a time beside a step, and many of them to many workflows.

use futures::future::try_join_all;
use sempre::model::limits::UPDATES_MAX;

use crate::{
    Outcome, disk,
    measurement::{Bound, Compared, Figure, Measurement, float},
    scenario::{
        Plan,
        plan::grouped,
        signals::{AT_ONCE, EACH, send, start},
        step,
        workload::{self, Alarms, CounterHandle as _},
    },
    subject::Place,
};

pub(super) const PLAN: Plan = Plan {
    name: "update",
    about: "updates one at a time beside a step, and to many workflows, ten each",
    counts: "updates",
    usual: &[10_000],
    large: &[],
    most: 1_000_000,
    title: |updates| {
        let (updates, many) = (grouped(updates), grouped(updates.div_ceil(EACH)));
        format!("updates one at a time, then {updates} to {many} workflows")
    },
    drawn: "to many, time per update",
    phases: 1,
    bare_bytes: |_| disk::USUAL_BYTES,
};

/// Updates that are made one at a time, as many as a run takes without nearing its limit.
const ONE_BY_ONE: u64 = UPDATES_MAX as u64 / 2;

pub(super) async fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    let (builder, tally) = place.engine()?;
    let engine = workload::register(builder, &Alarms::new()).start().await?;
    let few = place.size().min(ONE_BY_ONE);
    let step = step::median(&engine, few).await?;

    place.job.note("one at a time");
    let one = start(&engine, "one", few).await?;
    let before = tally.records();
    let to_one = send(std::slice::from_ref(&one), few, 1, |it| it.raise(1)).await?;
    let records = tally.records() - before;
    one.result().await?;

    place.job.note("to many workflows");
    let many = place.size().div_ceil(EACH);
    let all = many * EACH;
    let many = (0..many).map(|number| start(&engine, format!("many-{number}"), EACH));
    let many = try_join_all(many).await?;
    let to_many = send(&many, EACH, AT_ONCE, |it| it.raise(1)).await?;
    try_join_all(many.iter().map(|it| it.result())).await?;
    engine.shutdown().await;

    let p50 = to_one.samples.percentile(0.5);
    let in_steps = Figure::ratio(
        "one at a time, p50 / step",
        p50.as_secs_f64(),
        step.as_secs_f64(),
    );
    let each = Figure::time("to many, time per update", to_many.each(all));
    Ok(Measurement {
        figures: vec![
            Figure::time("step p50", step),
            Figure::time("one at a time, p50", p50),
            Figure::time("one at a time, p99", to_one.samples.percentile(0.99)),
            in_steps.bound(place.budget(Bound::AtMost(1.3))),
            Figure::ratio(
                "one at a time, records per update",
                float(records),
                float(few),
            ),
            each.bound(place.budget(Bound::AtMost(20e-6))),
            Figure::time("to many, completed p50", to_many.samples.percentile(0.5)),
            Figure::time("to many, completed p99", to_many.samples.percentile(0.99)),
        ],
        compared: Some(Compared::new("one at a time, p50")),
        distribution: Some(to_one.samples.distribution("an update, one at a time")),
        notes: vec![format!(
            "{AT_ONCE} of the updates to many are under way at the same time"
        )],
        ..Measurement::default()
    })
}
