//! Overload: ten times as many workflows as the engine can do, and what it does then and afterwards.

use std::time::Duration;

use crate::{
    Outcome, Resources, clock, disk,
    measurement::{Bound, Figure, Measurement, Unit, float},
    scenario::{
        Plan,
        plan::grouped,
        pressure::{Pressure, Tally},
        workload::{self, Alarms},
    },
    subject::Place,
};

pub(super) const PLAN: Plan = Plan {
    name: "overload",
    about: "what an engine does with ten times as much as it can do, and whether it recovers",
    counts: "seconds",
    usual: &[30],
    large: &[],
    most: 3_600,
    title: |seconds| {
        let seconds = grouped(seconds);
        format!("ten times as many workflows as it can do, for {seconds} s")
    },
    drawn: "five steps, p50, before",
    phases: 1,
    bare_bytes: |_| disk::USUAL_BYTES,
};

/// How much of what the engine can do is asked for before and after.
const CALM: f64 = 0.5;
/// How much of it is too much.
const TOO_MUCH: f64 = 10.0;

pub(super) async fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    let (builder, _) = place.engine()?;
    let engine = workload::register(builder, &Alarms::new()).start().await?;
    let mut pressure = Pressure::on(&engine);
    let time = Duration::from_secs(place.size().max(1));
    let calm_time = (time / 3).max(Duration::from_secs(1));
    place.job.note("what it can do");
    let capacity = pressure.capacity(calm_time).await?;
    let before = calm(&mut pressure, capacity, calm_time).await?;

    place.job.note("too much");
    let mut memory = 0;
    let begun = clock::now();
    let mut pressed: Option<Tally> = None;
    while begun.elapsed() < time {
        let part = Duration::from_secs(1).min(time);
        let tally = pressure.press(capacity * TOO_MUCH, part).await?;
        memory = memory.max(Resources::now()?.memory);
        pressed = Some(match pressed {
            None => tally,
            Some(before) => before.and(&tally)?,
        });
    }
    let pressed = pressed.ok_or("no time tells nothing")?;
    let took = begun.elapsed();
    place.job.note("what is left");
    let begun = clock::now();
    let left = pressure.rest().await?;
    let recovered = begun.elapsed();
    let after = calm(&mut pressure, capacity, calm_time).await?;
    engine.shutdown().await;

    let done = float(pressed.done) / took.as_secs_f64();
    let p99 = |tally: &Tally| tally.percentile(0.99).as_secs_f64();
    let most = |most| place.budget(Bound::AtMost(most));
    Ok(Measurement {
        figures: vec![
            Figure::new(
                "workflows a second that it can do",
                Unit::PerSecond,
                capacity,
            ),
            Figure::rate("asked for a second", pressed.asked, took),
            Figure::rate("done a second meanwhile", pressed.done, took),
            Figure::ratio("done a second / what it can do", done, capacity),
            Figure::new(
                "refused as busy",
                Unit::Count,
                float(pressed.refused + left.refused),
            ),
            Figure::new("memory meanwhile", Unit::Bytes, float(memory)).bound(most(4.0 * GIB)),
            Figure::time("until nothing was left", recovered),
            Figure::time("five steps, p50, before", before.percentile(0.5)),
            Figure::time("five steps, p50, after", after.percentile(0.5)),
            Figure::ratio("p99, after / before", p99(&after), p99(&before)).bound(most(2.0)),
        ],
        distribution: Some(pressed.distribution("a workflow of five steps under overload")),
        notes: vec![
            "the client shares the cores with the engine, and asks for as much as it gets to ask"
                .into(),
        ],
        ..Measurement::default()
    })
}

const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

/// How it does what is no burden to it.
async fn calm(pressure: &mut Pressure<'_>, capacity: f64, time: Duration) -> Outcome<Tally> {
    let tally = pressure.press(capacity * CALM, time).await?;
    let left = pressure.rest().await?;
    let calm = tally.and(&left)?;
    if calm.refused > 0 {
        return Err(format!("{} workflows were refused", calm.refused).into());
    }
    Ok(calm)
}
