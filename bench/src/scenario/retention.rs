//! Retention: closed runs are deleted beside full load, and the store is compacted.
//!
//! The first phase makes the runs, of which retention is to delete half. The second opens the store
//! with a clock that is ahead of that. An engine deletes nothing in its first ten seconds, so the load
//! is measured alone then, and beside the deletion after that. What the load has left behind is deleted
//! as well before the store is compacted, so that what is left is half of what was there.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures::future::try_join_all;
use sempre::{
    Engine, EngineBuilder,
    storage::{SledOptions, SledStore},
};

use crate::{
    Outcome, clock, disk,
    measurement::{Bound, Figure, Measurement, Samples, Unit, float},
    scenario::{
        Plan, ahead::Ahead, kept, plan::grouped, step::steps, throughput::STEPS, workload::Steps,
    },
    subject::{Place, Tally},
};

pub(super) const PLAN: Plan = Plan {
    name: "retention",
    about: "how fast closed runs are deleted beside full load, and what is left of their space",
    counts: "closed runs",
    usual: &[100_000],
    large: &[1_000_000],
    most: 9_999_999,
    title: |runs| {
        let due = grouped(runs / 2);
        let runs = grouped(runs);
        format!("{due} of {runs} runs are deleted beside {AT_ONCE} workflows at once")
    },
    drawn: "runs deleted per second",
    phases: 2,
    bare_bytes: |_| disk::USUAL_BYTES,
};

/// Workflows of the load at a time.
const AT_ONCE: usize = 64;
/// How long the load is looked at before anything is deleted; an engine begins after ten seconds.
const ALONE: Duration = Duration::from_secs(8);
/// When what was said to a run need not be remembered any more, and it may be deleted.
const KEPT: Duration = Duration::from_secs(3_600);
/// Once so many are left to delete, others are not held up by them any more.
const NEARLY: u64 = 1_000;
/// As many as are to be deleted in a second, and some more.
const PACE: u32 = 6_000;
/// The budget speaks of this many; the files of a small store are never as small as what is in them.
const MILLION: u64 = 1_000_000;

pub(super) async fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    if place.job.phase == 1 {
        kept::fill(place).await?;
        return Ok(Measurement::default());
    }
    let whole = compact(place)?;
    let due = due(place.size());
    let (builder, tally) = place.engine()?;
    let load = work(place, builder, &tally, due).await?;

    place.job.note("the rest is deleted");
    let (builder, tally) = place.engine()?;
    let engine = retaining(builder, 4 * KEPT).start().await?;
    let rest = due + load.workflows - load.deleted;
    wait_for(&tally, rest).await;
    engine.shutdown().await;
    drop(engine);
    let left = float(place.size() - due) / float(place.size());
    let after = compact(place)?;

    let (alone, beside) = (Samples::new(load.alone), Samples::new(load.beside));
    let (before, behind) = (alone.percentile(0.99), beside.percentile(0.99));
    let at_most = |most| place.budget(Bound::AtMost(most));
    let per_second = Figure::rate("runs deleted per second", load.counted, load.took);
    let slower = Figure::ratio(
        "step p99 beside deletion / alone",
        behind.as_secs_f64(),
        before.as_secs_f64(),
    );
    let space = Figure::ratio("compacted / what is left", after, whole * left);
    Ok(Measurement {
        figures: vec![
            per_second.bound(place.budget(Bound::AtLeast(5_000.0))),
            Figure::time("step p50 alone", alone.percentile(0.5)),
            Figure::time("step p99 alone", before),
            Figure::time("step p50 beside deletion", beside.percentile(0.5)),
            Figure::time("step p99 beside deletion", behind),
            slower.bound(at_most(2.0)),
            Figure::new("steps per second alone", Unit::PerSecond, load.rates.0),
            Figure::new("steps per second beside", Unit::PerSecond, load.rates.1),
            Figure::new("store before", Unit::Bytes, whole),
            Figure::new("store after", Unit::Bytes, after),
            space.bound((place.size() >= MILLION).then(|| at_most(1.3)).flatten()),
        ],
        distribution: Some(beside.distribution("a step beside deletion")),
        notes: vec![
            "both sizes are those of a compacted store; what is left is its part of the first"
                .into(),
        ],
        ..Measurement::default()
    })
}

/// How many runs retention is to delete.
fn due(size: u64) -> u64 {
    (0..size).filter(|number| kept::is_due(*number)).count() as u64
}

/// The bytes of the store once it has been compacted.
fn compact(place: &Place<'_>) -> Outcome<f64> {
    SledStore::compact(place.store_path(), SledOptions::default())?;
    Ok(float(disk::size(&place.store_path())?))
}

/// An engine builder that lets go of what is due, at a time that is so far ahead.
fn retaining(builder: EngineBuilder, ahead: Duration) -> EngineBuilder {
    let builder = kept::register(builder).clock(Ahead(ahead));
    let builder = builder.max_deletions_per_second(PACE);
    let due = kept::DUE_TYPES.into_iter();
    due.fold(builder, |builder, it| builder.retention_of(it, KEPT))
}

/// What came of the load.
struct Load {
    /// How long its steps took before anything was deleted, and while that was done.
    alone: Vec<Duration>,
    beside: Vec<Duration>,
    /// Steps a second then.
    rates: (f64, f64),
    /// Its workflows.
    workflows: u64,
    /// Runs that were deleted beside it in all, and those that count, in this time.
    deleted: u64,
    counted: u64,
    took: Duration,
}

async fn work(
    place: &Place<'_>,
    builder: EngineBuilder,
    tally: &Arc<Tally>,
    due: u64,
) -> Outcome<Load> {
    let engine = retaining(builder, 2 * KEPT).start().await?;
    place.job.note("load alone");
    let alone = run_until(&engine, "alone", tokio::time::sleep(ALONE)).await?;
    place.job.note("load beside deletion");
    // What is deleted is counted from the first one on.
    wait_for(tally, 1).await;
    let begun = clock::now();
    let nearly = due.saturating_sub(NEARLY).max(due / 2);
    let beside = run_until(&engine, "beside", wait_for(tally, nearly)).await?;
    let (deleted, took) = (tally.deletions(), begun.elapsed());
    engine.shutdown().await;
    Ok(Load {
        rates: (alone.rate(), beside.rate()),
        workflows: alone.workflows + beside.workflows,
        alone: alone.steps,
        beside: beside.steps,
        counted: nearly,
        // Between then and the end some more have gone.
        deleted: tally.deletions().max(deleted),
        took: beside.until.min(took),
    })
}

/// What a part of the load has done.
struct Done {
    steps: Vec<Duration>,
    workflows: u64,
    /// How long it took until it was to end, and until it had.
    until: Duration,
    took: Duration,
}

impl Done {
    fn rate(&self) -> f64 {
        float(self.workflows * u64::from(STEPS)) / self.took.as_secs_f64()
    }
}

/// Keeps workflows running until something has come.
async fn run_until(engine: &Engine, prefix: &str, end: impl Future<Output = ()>) -> Outcome<Done> {
    let ends = AtomicBool::new(false);
    let begun = clock::now();
    let lines = (0..AT_ONCE).map(|line| {
        let ends = &ends;
        async move {
            let (mut took, mut workflows) = (Vec::new(), 0_u64);
            while !ends.load(Ordering::Relaxed) {
                let id = format!("{prefix}-{line}-{workflows}");
                let handle = engine.workflow::<Steps>(id).start(STEPS).await?;
                handle.result().await?;
                took.extend(steps(&handle.history().await?));
                workflows += 1;
            }
            Outcome::Ok((took, workflows))
        }
    });
    let end = async {
        end.await;
        ends.store(true, Ordering::Relaxed);
        Ok(begun.elapsed())
    };
    let (lines, until) = futures::future::try_join(try_join_all(lines), end).await?;
    let workflows = lines.iter().map(|(_, workflows)| workflows).sum();
    Ok(Done {
        steps: lines.into_iter().flat_map(|(took, _)| took).collect(),
        workflows,
        until,
        took: begun.elapsed(),
    })
}

/// Waits until so many runs have been deleted.
async fn wait_for(tally: &Tally, deletions: u64) {
    // Nothing says when one has been, and a look costs nothing.
    while tally.deletions() < deletions {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
