//! Chain: runs that continue as new, one after the other, beside a step.
//!
//! A run is to be a second old before the next one begins, else that waits. What is asked here is
//! what the engine does, so the clock of the engine leaps: whoever looks at it finds it a second
//! later than whoever looked before.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use sempre::{
    Engine,
    clock::{Clock, Reading},
    model::limits::CONTINUE_AS_NEW_INTERVAL_MIN,
    runtime::SystemClock,
    storage::SledOptions,
};

use crate::{
    Outcome, Resources, clock, disk,
    measurement::{Bound, Compared, Figure, Measurement, Unit, float},
    scenario::{
        Plan,
        plan::grouped,
        step,
        workload::{self, Alarms, Chain},
    },
    subject::Place,
};

pub(super) const PLAN: Plan = Plan {
    name: "chain",
    about: "what a run costs that continues as new, and what it leaves in memory",
    counts: "runs",
    usual: &[1_000],
    large: &[100_000],
    most: 1_000_000,
    title: |runs| format!("a chain of {} runs", grouped(runs)),
    drawn: "time per run",
    phases: 1,
    bare_bytes: |_| disk::USUAL_BYTES,
};

/// A cache that is small beside what long chains write.
const CACHE_BYTES: u64 = 8 * 1024 * 1024;
/// What a chain may add to memory, however long it is: room for the store's cache, for twice its
/// journal and for what comes and goes, and none for each run that has closed.
const MEMORY_BYTES_MAX: f64 = 64.0 * 1024.0 * 1024.0;
/// Steps that runs are set beside, at most.
const STEPS_MAX: u64 = 1_000;

pub(super) async fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    let leaping = Leaping::default();
    let options = SledOptions::default()
        .durability(place.durability)
        .cache_capacity_bytes(CACHE_BYTES);
    let (builder, tally) = place.engine_with(options)?;
    let builder = workload::register(builder, &Alarms::new()).clock(leaping.clone());
    let engine = builder.start().await?;
    let step = step::median(&engine, place.size().min(STEPS_MAX)).await?;

    leaping.begin();
    place.job.note("a chain to begin with");
    run(&engine, "warm-up", place.size()).await?;
    place.job.note("the chain");
    let (records, bytes) = (tally.records(), tally.bytes());
    let before = Resources::now()?;
    let took = run(&engine, "chain", place.size()).await?;
    let after = Resources::now()?;
    let (records, bytes) = (tally.records() - records, tally.bytes() - bytes);
    engine.shutdown().await;

    let runs = float(place.size());
    let each = took.div_f64(runs);
    let in_steps = Figure::ratio(
        "time per run / step",
        each.as_secs_f64(),
        step.as_secs_f64(),
    );
    let cpu = after.cpu.saturating_sub(before.cpu);
    let memory = float(after.memory_since(before));
    let memory = Figure::new("memory added by the chain", Unit::Bytes, memory);
    Ok(Measurement {
        figures: vec![
            Figure::time("step p50", step),
            Figure::time("time per run", each),
            in_steps.bound(place.budget(Bound::AtMost(1.5))),
            Figure::time("CPU per run", cpu.div_f64(runs)),
            Figure::ratio("records per run", float(records), runs),
            Figure::bytes_each("records, bytes per run", bytes, place.size()),
            memory.bound(place.budget(Bound::AtMost(MEMORY_BYTES_MAX))),
        ],
        compared: Some(Compared::new("time per run")),
        ..Measurement::default()
    })
}

async fn run(engine: &Engine, workflow_id: &str, runs: u64) -> Outcome<Duration> {
    let chain = engine.workflow::<Chain>(workflow_id);
    let begun = clock::now();
    let chain = chain.start(u32::try_from(runs)?).await?;
    chain.result().await?;
    Ok(begun.elapsed())
}

/// The machine's clock, which leaps at each look once it has begun to.
#[derive(Clone, Debug, Default)]
pub(super) struct Leaping {
    leaps: Arc<AtomicU32>,
}

impl Leaping {
    pub(super) fn begin(&self) {
        self.leaps.store(1, Ordering::Relaxed);
    }

    fn ahead(&self) -> Duration {
        CONTINUE_AS_NEW_INTERVAL_MIN * self.leaps.load(Ordering::Relaxed)
    }
}

impl Clock for Leaping {
    fn read(&self) -> Reading {
        if self.leaps.load(Ordering::Relaxed) > 0 {
            self.leaps.fetch_add(1, Ordering::Relaxed);
        }
        let now = SystemClock.read();
        Reading {
            wall: now.wall.after(self.ahead()),
            ..now
        }
    }

    fn sleep_until(&self, deadline: Reading) -> BoxFuture<'static, ()> {
        SystemClock.sleep_until(Reading {
            wall: deadline.wall.before(self.ahead()),
            ..deadline
        })
    }
}
