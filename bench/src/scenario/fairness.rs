//! Fairness: tenants that wait for a task queue beside one that has filled it.

use std::time::Duration;

use futures::future::try_join_all;
use sempre::{
    Engine, TaskQueueOptions,
    model::{EventAttributes, History, Priority},
};

use crate::{
    Outcome, clock, disk,
    measurement::{Bound, Figure, Measurement, Samples, Unit, float},
    scenario::{
        Plan,
        plan::grouped,
        step::split,
        workload::{self, Alarms, Crowd},
    },
    subject::Place,
};

pub(super) const PLAN: Plan = Plan {
    name: "fairness",
    about: "how long ten tenants wait for their activities beside one with very many",
    counts: "activities of the large tenant",
    usual: &[100_000],
    large: &[],
    most: 1_000_000,
    title: |large| {
        let large = grouped(large);
        format!("{TENANTS} tenants with {EACH} activities each beside one with {large}")
    },
    drawn: "beside, wait p50",
    phases: 1,
    bare_bytes: |_| disk::USUAL_BYTES,
};

/// Tenants, and the activities of each.
const TENANTS: u32 = 10;
const EACH: u32 = 100;
/// A run may have so many activities at once.
const ACTIVITIES_OF_A_RUN: u64 = 2_000;
/// Attempts of the queue at a time, and how long each takes.
const SLOTS: usize = 16;
const ATTEMPT: Duration = Duration::from_millis(4);

pub(super) async fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    let (builder, _) = place.engine()?;
    let slots = TaskQueueOptions::default().max_concurrent_attempts(SLOTS);
    let builder = workload::register(builder, &Alarms::new());
    let builder = builder.workflow::<Crowd>().activities(workload::brief);
    let engine = builder.task_queue("default", slots).start().await?;
    tenants(&engine, "warm-up").await?;
    place.job.note("ten tenants alone");
    let (alone, took_alone) = tenants(&engine, "alone").await?;

    place.job.note("the large tenant");
    let large = split(place.size(), ACTIVITIES_OF_A_RUN);
    let starts = large
        .into_iter()
        .enumerate()
        .map(|(number, activities)| start(&engine, format!("large-{number}"), "large", activities));
    let large = try_join_all(starts).await?;
    for handle in &large {
        // All of a run wait once it has said what it is about, and nobody is told when that is.
        while handle.describe().await?.activities.is_empty() {
            tokio::time::sleep(ATTEMPT).await;
        }
    }
    place.job.note("ten tenants beside it");
    let before = waiting(&engine).await;
    let (beside, took_beside) = tenants(&engine, "beside").await?;
    let still = waiting(&engine).await;
    if still == 0 && place.size() > u64::from(TENANTS * EACH) {
        return Err("nothing of the large tenant was left waiting".into());
    }
    engine.shutdown().await;

    let ratio = |share| {
        let (beside, alone) = (beside.percentile(share), alone.percentile(share));
        (beside.as_secs_f64(), alone.as_secs_f64())
    };
    let (median, tail) = (ratio(0.5), ratio(0.99));
    let bound = || place.budget(Bound::AtMost(2.0));
    Ok(Measurement {
        figures: vec![
            Figure::time("alone, wait p50", alone.percentile(0.5)),
            Figure::time("alone, wait p99", alone.percentile(0.99)),
            Figure::time("beside, wait p50", beside.percentile(0.5)),
            Figure::time("beside, wait p99", beside.percentile(0.99)),
            Figure::ratio("wait p50, beside / alone", median.0, median.1).bound(bound()),
            Figure::ratio("wait p99, beside / alone", tail.0, tail.1).bound(bound()),
            Figure::time("alone, until all are done", took_alone),
            Figure::time("beside, until all are done", took_beside),
            Figure::new("in line before", Unit::Count, float(before)),
            Figure::new("in line behind", Unit::Count, float(still)),
        ],
        distribution: Some(beside.distribution("how long an activity waits beside")),
        notes: vec![format!(
            "{SLOTS} attempts at a time, of {} ms each; an activity waits from when it is scheduled \
             until its attempt starts",
            ATTEMPT.as_millis()
        )],
        ..Measurement::default()
    })
}

/// Has ten tenants wait at the same time; says how long each of their activities does, and all.
async fn tenants(engine: &Engine, prefix: &str) -> Outcome<(Samples, Duration)> {
    let begun = clock::now();
    let runs = (0..TENANTS).map(|tenant| async move {
        let id = format!("{prefix}-{tenant}");
        let handle = start(engine, id, &format!("tenant-{tenant}"), EACH.into()).await?;
        handle.result().await?;
        Outcome::Ok(waits(&handle.history().await?))
    });
    let waits = try_join_all(runs).await?.concat();
    Ok((Samples::new(waits), begun.elapsed()))
}

async fn start(
    engine: &Engine,
    id: String,
    tenant: &str,
    activities: u64,
) -> Outcome<sempre::client::WorkflowHandle<Crowd>> {
    let millis = u64::try_from(ATTEMPT.as_millis())?;
    let start = engine
        .workflow::<Crowd>(id)
        .start((u32::try_from(activities)?, millis))
        .priority(Priority::default().fairness_key(tenant));
    Ok(start.await?)
}

/// How long the activities of a history have waited.
fn waits(history: &History) -> Vec<Duration> {
    let starts = history.events.iter().filter_map(|event| {
        let EventAttributes::ActivityTaskStarted(started) = &event.attributes else {
            return None;
        };
        let mut events = history.events.iter();
        let scheduled = events.find(|it| it.id == started.scheduled_event_id)?;
        Some(event.time.since(scheduled.time))
    });
    starts.collect()
}

/// How many activities are in line.
async fn waiting(engine: &Engine) -> u64 {
    let queues = engine.health().await.task_queues;
    queues.iter().map(|queue| queue.waiting as u64).sum()
}
