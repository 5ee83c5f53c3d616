//! Child: children that return at once, one at a time, beside a step, and many that work at once.

use sempre::{
    Engine, TaskQueueOptions,
    model::{EventAttributes, History, limits::PENDING_CHILDREN_MAX},
};

use crate::{
    Outcome, Resources, clock, disk,
    measurement::{Bound, Compared, Figure, Measurement, Samples, float},
    scenario::{
        Plan,
        plan::grouped,
        step,
        workload::{self, Alarms, Parent},
    },
    subject::Place,
};

pub(super) const PLAN: Plan = Plan {
    name: "child",
    about: "children one at a time beside a step, and whether more of them at once cost more each",
    counts: "children",
    usual: &[1_000, 2_000],
    large: &[],
    most: PENDING_CHILDREN_MAX as u64,
    title: |children| {
        let children = grouped(children);
        format!("{children} children one at a time, then as many at once of an activity each")
    },
    drawn: "at once, time per child",
    phases: 1,
    bare_bytes: |_| disk::USUAL_BYTES,
};

pub(super) async fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    let (builder, tally) = place.engine()?;
    // A child that waits for a slot is one record more, and not what is measured.
    let slots = TaskQueueOptions::default().max_concurrent_attempts(PENDING_CHILDREN_MAX);
    let builder = builder.task_queue("default", slots);
    let engine = workload::register(builder, &Alarms::new()).start().await?;
    let step = step::median(&engine, place.size()).await?;

    place.job.note("one at a time");
    run(&engine, "first-children", (50, 0, 1)).await?;
    let children = u32::try_from(place.size())?;
    let history = run(&engine, "one-at-a-time", (children, 0, 1)).await?;
    let lives = Samples::new(step::gaps(&history, |it| {
        matches!(it, EventAttributes::ChildWorkflowExecutionCompleted(_))
    }));

    place.job.note("at once, for the first time");
    let begun = clock::now();
    run(
        &engine,
        "first-at-once",
        (children, 1, PENDING_CHILDREN_MAX),
    )
    .await?;
    let first = begun.elapsed();

    place.job.note("at once");
    let (records, before) = (tally.records(), Resources::now()?);
    let begun = clock::now();
    run(&engine, "at-once", (children, 1, PENDING_CHILDREN_MAX)).await?;
    let took = begun.elapsed();
    let cpu = Resources::now()?.cpu.saturating_sub(before.cpu);
    let records = tally.records() - records;
    engine.shutdown().await;

    let count = float(place.size());
    let p50 = lives.percentile(0.5);
    let in_steps = Figure::ratio(
        "one at a time, p50 / step",
        p50.as_secs_f64(),
        step.as_secs_f64(),
    );
    let each = Figure::time("at once, time per child", took.div_f64(count));
    Ok(Measurement {
        figures: vec![
            Figure::time("step p50", step),
            Figure::time("one at a time, p50", p50),
            Figure::time("one at a time, p99", lives.percentile(0.99)),
            in_steps.bound(place.budget(Bound::AtMost(2.5))),
            each.bound(place.budget(Bound::AtMost(60e-6))),
            Figure::time("at once, CPU per child", cpu.div_f64(count)),
            // It has the operating system clear the memory that all later ones use.
            Figure::time(
                "at once, time per child of the first crowd",
                first.div_f64(count),
            ),
            Figure::ratio("at once, records per child", float(records), count),
        ],
        compared: Some(Compared::new("one at a time, p50")),
        growth: Some(Compared {
            figure: "at once, time per child".into(),
            bound: place.budget(Bound::AtMost(1.3)),
        }),
        distribution: Some(lives.distribution("a child that returns at once")),
        ..Measurement::default()
    })
}

async fn run(engine: &Engine, workflow_id: &str, family: (u32, u32, usize)) -> Outcome<History> {
    let handle = engine.workflow::<Parent>(workflow_id).start(family).await?;
    handle.result().await?;
    Ok(handle.history().await?)
}
