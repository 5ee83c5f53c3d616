//! Schedules: many that wait, what they take while they do, and how late actions begin beside them.
//!
//! The first phase creates those that wait; they act once a day, and none in the hour that follows.
//! The second opens the store anew, so that none of them is in memory, looks at what doing nothing
//! costs, and then creates some more that act once each, a few in each second.

use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use sempre::{
    Durability, Engine, SearchAttribute, Timestamp,
    schedule::Interval,
    storage::{SledOptions, SledStore},
};

use crate::{
    Outcome, Resources, clock, disk,
    measurement::{Bound, Figure, Measurement, Samples, Unit, float},
    scenario::{
        Plan, fill, idle,
        idling::{self, Idling},
        plan::grouped,
        workload::{self, Alarms, Steps},
    },
    subject::Place,
};

pub(super) const PLAN: Plan = Plan {
    name: "schedules",
    about: "what many schedules that wait take, and how late actions begin beside them",
    counts: "waiting schedules",
    usual: &[100_000],
    large: &[],
    most: 1_000_000,
    title: |waiting| {
        let waiting = grouped(waiting);
        format!("{waiting} schedules wait; {ACTIONS} actions begin, {EACH_SECOND} in a second")
    },
    drawn: "late p99",
    phases: 2,
    bare_bytes: |_| disk::USUAL_BYTES,
};

/// Actions that begin while it is looked at how late they are.
const ACTIONS: u32 = 600;
/// As many as a hundred thousand schedules have that act once an hour.
const EACH_SECOND: u32 = 30;
/// The time in which their schedules are created before the first of them begins.
const AHEAD: Duration = Duration::from_secs(5);
/// How long the engine and the store may do what is left to do after a start.
const SETTLING: Duration = Duration::from_secs(2);
/// How long nothing is done, to see what that costs.
const IDLE: Duration = Duration::from_secs(10);
const DAY: Duration = Duration::from_secs(24 * 3_600);
const HOUR: Duration = Duration::from_secs(3_600);

pub(super) async fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    if place.job.phase == 1 {
        let quick = SledOptions::default().durability(Durability::Deferred);
        let (builder, _) = place.engine_with(quick)?;
        let engine = workload::register(builder, &Alarms::new()).start().await?;
        let far = clock::wall().after(12 * HOUR);
        let due = (0..u32::try_from(place.size())?)
            .map(|number| far.after(Duration::from_secs(u64::from(number % 3_600))));
        create_all(&engine, place, "waiting", due).await?;
        engine.shutdown().await;
        return Ok(Measurement::default());
    }
    weigh(place).await
}

async fn weigh(place: &Place<'_>) -> Outcome<Measurement> {
    let count = place.size();
    let options = SledOptions::default().durability(place.durability);
    let store = SledStore::open(place.store_path(), options)?;
    idle::read_open_runs(&store)?;
    let stored = Resources::now()?;
    let builder = Engine::on_store(std::sync::Arc::new(store));
    let engine = workload::register(builder, &Alarms::new()).start().await?;

    place.job.note("idle");
    let Idling { cpu: idling, after } = idling::measure(SETTLING, IDLE).await?;

    place.job.note("actions begin");
    let first = clock::wall().after(AHEAD);
    let due = (0..ACTIONS)
        .map(|number| first.after(Duration::from_secs(u64::from(number / EACH_SECOND))));
    create_all(&engine, place, "acting", due).await?;
    // Nothing but the clock brings the actions, and one that does not come is found missing.
    tokio::time::sleep(AHEAD + Duration::from_secs(u64::from(ACTIONS / EACH_SECOND)) + SETTLING)
        .await;
    let late = lateness(&engine).await?;
    engine.shutdown().await;
    if late.len() != ACTIONS as usize {
        return Err(format!("{} of {ACTIONS} actions have begun", late.len()).into());
    }

    let late = Samples::new(late);
    let memory = after.memory_since(stored);
    let at_most = |most| Some(Bound::AtMost(most));
    let (p50, p99) = (late.percentile(0.5), late.percentile(0.99));
    Ok(Measurement {
        figures: vec![
            Figure::time("late p50", p50),
            Figure::time("late p99", p99).bound(place.budget(Bound::AtMost(0.05))),
            Figure::time("latest", late.max()),
            Figure::new("CPU while idle", Unit::PercentOfCore, idling * 100.0).bound(at_most(1.0)),
            Figure::bytes_each("memory per schedule", memory, count).bound(at_most(2_048.0)),
            Figure::new("memory of the engine", Unit::Bytes, float(memory)),
            Figure::new("memory of the process", Unit::Bytes, float(after.memory)),
        ],
        distribution: Some(late.distribution("how late an action begins")),
        notes: vec![
            "late is when the run that is started begins, less the time that the schedule has"
                .into(),
            "memory is what the engine adds to an open store".into(),
        ],
        ..Measurement::default()
    })
}

/// Creates schedules that act once a day, first at these times.
async fn create_all(
    engine: &Engine,
    place: &Place<'_>,
    prefix: &str,
    due: impl ExactSizeIterator<Item = Timestamp>,
) -> Outcome {
    let all = due.len() as u64;
    let creates = (0_u64..).zip(due).map(|(number, due)| {
        let schedule = engine.schedule(format!("{prefix}-{number}"));
        let seconds = due.as_nanos() / 1_000_000_000 % DAY.as_secs();
        let once_a_day = Interval::every(DAY).phase(Duration::from_secs(seconds));
        let create = schedule.create::<Steps>(0).interval(once_a_day);
        async move { create.await.map(drop) }
    });
    let mut done = 0;
    stream::iter(creates)
        .buffer_unordered(fill::AT_ONCE)
        .try_for_each(|()| {
            done += 1;
            if done % 10_000 == 0 {
                let (done, all) = (grouped(done), grouped(all));
                place.job.note(format!("{done} of {all} created"));
            }
            futures::future::ok(())
        })
        .await?;
    Ok(())
}

/// How late each action has begun.
async fn lateness(engine: &Engine) -> Outcome<Vec<Duration>> {
    const DUE: SearchAttribute<Timestamp> = SearchAttribute::datetime("TemporalScheduledStartTime");
    let mut late = Vec::new();
    let mut list = engine.list("TemporalScheduledById STARTS_WITH 'acting-'");
    loop {
        let page = list.page_size(1_000).await?;
        late.extend(page.runs.iter().filter_map(|run| {
            let due = run.search_attribute(DUE)?;
            Some(run.started_at.since(due))
        }));
        let Some(next) = page.next else {
            return Ok(late);
        };
        list = engine
            .list("TemporalScheduledById STARTS_WITH 'acting-'")
            .after(next);
    }
}
