//! Soak: workflows of several kinds for a long time, at four fifths of what the engine can do.
//!
//! Each is deleted once its result is known, so nothing should become more. The last quarter of the time
//! is held against the second.

use std::time::Duration;

use crate::{
    Outcome, Resources, disk,
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
    name: "soak",
    about: "whether latency, memory and disk stay as they are under a load that lasts",
    counts: "seconds",
    usual: &[60],
    large: &[1_800],
    most: 86_400,
    title: |seconds| {
        let seconds = grouped(seconds);
        format!("workflows of four kinds for {seconds} s, at 80 % of what the engine can do")
    },
    drawn: "five steps, p50",
    phases: 1,
    bare_bytes: |_| disk::USUAL_BYTES,
};

/// How much of what the engine can do is asked for.
const SHARE: f64 = 0.8;
/// From so many seconds on a quarter tells enough to be held to something.
const LONG: u64 = 300;

/// What was seen in one quarter of the time.
struct Quarter {
    tally: Tally,
    memory: u64,
    disk: u64,
}

pub(super) async fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    let (builder, _) = place.engine()?;
    let engine = workload::register(builder, &Alarms::new()).start().await?;
    let mut pressure = Pressure::on(&engine);
    place.job.note("what it can do");
    let seconds = place.size().max(1);
    let capacity = pressure
        .capacity(Duration::from_secs(seconds.min(10)))
        .await?;
    let asked = capacity * SHARE;
    let quarter = Duration::from_secs(seconds) / 4;
    let mut quarters = Vec::new();
    for number in 1..=4 {
        place.job.note(format!("quarter {number} of 4"));
        quarters.push(observe(place, &mut pressure, asked, quarter).await?);
    }
    let rest = pressure.rest().await?;
    engine.shutdown().await;
    let [_, second, _, last] = quarters.as_slice() else {
        return Err("there are four quarters".into());
    };

    let held = |bound| place.budget(bound).filter(|_| seconds >= LONG);
    let compare = |name, of: fn(&Quarter) -> f64, most| {
        Figure::ratio(name, of(last), of(second)).bound(held(Bound::AtMost(most)))
    };
    let mut figures = vec![
        Figure::new(
            "workflows a second that it can do",
            Unit::PerSecond,
            capacity,
        ),
        Figure::new(
            "workflows a second that are asked for",
            Unit::PerSecond,
            asked,
        ),
        compare(
            "p99, last quarter / second",
            |it| it.tally.percentile(0.99).as_secs_f64(),
            2.0,
        ),
        compare("memory, last quarter / second", |it| float(it.memory), 1.1),
        compare("disk, last quarter / second", |it| float(it.disk), 1.1),
        Figure::new("memory of the process", Unit::Bytes, float(last.memory)),
        Figure::new("disk", Unit::Bytes, float(last.disk)),
    ];
    let all = quarters
        .iter()
        .try_fold(rest, |all, it| all.and(&it.tally))?;
    if all.refused > 0 {
        return Err(format!("{} workflows were refused", all.refused).into());
    }
    figures.insert(2, Figure::time("five steps, p50", all.percentile(0.5)));
    figures.insert(3, Figure::time("five steps, p99", all.percentile(0.99)));
    figures.push(Figure::new("workflows", Unit::Count, float(all.done)));
    Ok(Measurement {
        figures,
        distribution: Some(all.distribution("a workflow of five steps")),
        ..Measurement::default()
    })
}

/// Presses for some time, and looks once a second what the process takes.
async fn observe(
    place: &Place<'_>,
    pressure: &mut Pressure<'_>,
    per_second: f64,
    time: Duration,
) -> Outcome<Quarter> {
    const SECOND: Duration = Duration::from_secs(1);
    let mut left = time;
    let mut seen: Option<Quarter> = None;
    while !left.is_zero() {
        let part = left.min(SECOND);
        left -= part;
        let tally = pressure.press(per_second, part).await?;
        let (memory, disk) = (Resources::now()?.memory, disk::size(&place.store_path())?);
        seen = Some(match seen {
            None => Quarter {
                tally,
                memory,
                disk,
            },
            Some(before) => Quarter {
                tally: before.tally.and(&tally)?,
                memory: before.memory.max(memory),
                disk: before.disk.max(disk),
            },
        });
    }
    seen.ok_or_else(|| "a quarter of no time tells nothing".into())
}
