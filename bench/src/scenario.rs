//! The scenarios.

use std::{path::Path, time::Duration};

use futures::{StreamExt as _, TryStreamExt as _};
use sempre::{
    Durability, Engine, EngineBuilder,
    model::{EventAttributes, RecordNumber, RunId},
    storage::{ReadStore as _, SledOptions, SledStore},
};

use crate::{
    Outcome, disk,
    measure::{self, micros, percentile, say},
    workflow::{FanOut, Sleeper, Steps, nothing},
};

/// The scenarios, by name.
const ALL: [&str; 4] = ["step", "throughput", "fan-out", "start-up"];

/// Runs the scenarios that were asked for; all of them if none was.
pub(crate) async fn run(asked: &[String]) -> Outcome {
    let all: Vec<String> = ALL.iter().map(ToString::to_string).collect();
    for name in if asked.is_empty() { &all } else { asked } {
        match name.as_str() {
            "step" => step(1_000).await?,
            "throughput" => throughput(1_000, 5).await?,
            "fan-out" => fan_out(1_000).await?,
            "start-up" => start_up(100_000).await?,
            other => return Err(format!("unknown scenario {other}, known are {ALL:?}").into()),
        }
    }
    Ok(())
}

fn engine(folder: &Path, durability: Durability) -> EngineBuilder {
    Engine::open(folder.join("bench.sempre"))
        .durability(durability)
        .workflow::<Steps>()
        .workflow::<FanOut>()
        .workflow::<Sleeper>()
        .activities(nothing)
}

fn name(durability: Durability) -> &'static str {
    match durability {
        Durability::Fsync => "fsync",
        _ => "deferred",
    }
}

/// One workflow of sequential activities, against bare appends.
async fn step(steps: u32) -> Outcome {
    say(&format!(
        "step: one workflow, {steps} activities one after the other"
    ));
    for durability in [Durability::Fsync, Durability::Deferred] {
        let folder = tempfile::tempdir()?;
        let mut floor = disk::appends(folder.path(), 512, 2_000)?;
        let engine = engine(folder.path(), durability).start().await?;
        let begun = measure::now();
        let handle = engine.workflow::<Steps>("step").start(steps).await?;
        handle.result().await?;
        let took = begun.elapsed();
        let history = handle.history().await?;
        let mut times = Vec::new();
        for event in &history.events {
            if let EventAttributes::ActivityTaskCompleted(_) = event.attributes {
                times.push(event.time);
            }
        }
        let pairs = times.iter().zip(times.iter().skip(1));
        let mut gaps: Vec<Duration> = pairs.map(|(a, b)| b.since(*a)).collect();
        let run_id = handle.run_id().ok_or("a started handle has a run")?;
        engine.shutdown().await;
        let bytes = disk::size(&folder.path().join("bench.sempre"))?;
        let encoded = record_bytes(&folder.path().join("bench.sempre"), run_id)?;
        let (p50, p99) = (percentile(&mut gaps, 0.5), percentile(&mut gaps, 0.99));
        let (f50, f99) = (percentile(&mut floor, 0.5), percentile(&mut floor, 0.99));
        say(&format!(
            "  {:<8} step p50 {:.0} µs, p99 {:.0} µs | fdatasync p50 {:.0} µs, p99 {:.0} µs | ratio {:.2} | mean {:.0} µs | {} bytes on disk a step, of a record of {} bytes",
            name(durability),
            micros(p50),
            micros(p99),
            micros(f50),
            micros(f99),
            micros(p50) / micros(f50),
            micros(took) / f64::from(steps),
            bytes / u64::from(steps),
            encoded / u64::from(steps),
        ));
    }
    Ok(())
}

/// The bytes of all records of a run, before the store adds its own.
fn record_bytes(store: &Path, run_id: RunId) -> Outcome<u64> {
    let store = SledStore::open(store, SledOptions::default())?;
    let records = store.records(run_id, RecordNumber::new(1), usize::MAX)?;
    Ok(records.iter().map(|record| record.bytes.len() as u64).sum())
}

/// Many workflows of a few sequential activities at once.
async fn throughput(workflows: u32, steps: u32) -> Outcome {
    say(&format!(
        "throughput: {workflows} workflows at once, {steps} activities each"
    ));
    for durability in [Durability::Fsync, Durability::Deferred] {
        let folder = tempfile::tempdir()?;
        let engine = engine(folder.path(), durability).start().await?;
        let begun = measure::now();
        let runs = (0..workflows).map(|number| {
            let handle = engine.workflow::<Steps>(format!("throughput-{number}"));
            async move {
                Ok::<_, Box<dyn std::error::Error>>(handle.start(steps).await?.result().await?)
            }
        });
        futures::future::try_join_all(runs).await?;
        let took = begun.elapsed();
        engine.shutdown().await;
        let bytes = disk::size(&folder.path().join("bench.sempre"))?;
        let all = f64::from(workflows * steps);
        say(&format!(
            "  {:<8} {:.0} workflows/s, {:.0} steps/s, {:.3} s in all | {} bytes on disk a step",
            name(durability),
            f64::from(workflows) / took.as_secs_f64(),
            all / took.as_secs_f64(),
            took.as_secs_f64(),
            bytes / u64::from(workflows * steps),
        ));
    }
    Ok(())
}

/// One workflow of many activities at once.
async fn fan_out(width: u32) -> Outcome {
    say(&format!(
        "fan-out: one workflow, {width} activities at once"
    ));
    for durability in [Durability::Fsync, Durability::Deferred] {
        let folder = tempfile::tempdir()?;
        let engine = engine(folder.path(), durability).start().await?;
        let begun = measure::now();
        engine
            .workflow::<FanOut>("fan-out")
            .start(width)
            .await?
            .result()
            .await?;
        let took = begun.elapsed();
        engine.shutdown().await;
        say(&format!(
            "  {:<8} {:.3} s, {:.0} µs an activity",
            name(durability),
            took.as_secs_f64(),
            micros(took) / f64::from(width),
        ));
    }
    Ok(())
}

/// Many open workflows, from opening the store to the engine being ready.
async fn start_up(open: u32) -> Outcome {
    say(&format!("start-up: {open} open workflows"));
    let folder = tempfile::tempdir()?;
    let first = engine(folder.path(), Durability::Fsync).start().await?;
    let begun = measure::now();
    futures::stream::iter(0..open)
        .map(|number| {
            let handle = first.workflow::<Sleeper>(format!("sleeper-{number}"));
            async move { handle.start(24).await.map(drop) }
        })
        .buffer_unordered(4_096)
        .try_collect::<()>()
        .await?;
    let filled = begun.elapsed();
    let begun = measure::now();
    first.shutdown().await;
    let stopped = begun.elapsed();
    let begun = measure::now();
    let second = engine(folder.path(), Durability::Fsync).start().await?;
    let ready = begun.elapsed();
    let answered = measure::now();
    second.workflow::<Sleeper>("sleeper-7").describe().await?;
    say(&format!(
        "  started in {:.1} s, shut down in {:.2} s, ready again in {:.2} s, first answer after {:.1} ms",
        filled.as_secs_f64(),
        stopped.as_secs_f64(),
        ready.as_secs_f64(),
        answered.elapsed().as_secs_f64() * 1e3,
    ));
    second.shutdown().await;
    Ok(())
}
