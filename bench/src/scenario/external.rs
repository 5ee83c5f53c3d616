//! External: signals from workflows to another one, from one sender and from many.

use std::time::Duration;

use futures::future::try_join_all;
use sempre::{Engine, model::limits::SIGNALS_MAX};

use crate::{
    Outcome, clock, disk,
    measurement::{Bound, Compared, Figure, Measurement, float},
    scenario::{
        Plan,
        plan::grouped,
        signals::{self, AT_ONCE},
        workload::{self, Alarms, Sender},
    },
    subject::Place,
};

pub(super) const PLAN: Plan = Plan {
    name: "external",
    about: "signals from one workflow to another, and the same number from many to one",
    counts: "signals",
    usual: &[5_120],
    large: &[],
    most: SIGNALS_MAX as u64,
    title: |signals| {
        let signals = grouped(signals);
        format!("{signals} signals from one workflow to another, then from {AT_ONCE} to one")
    },
    drawn: "from one, time per signal",
    phases: 1,
    bare_bytes: |_| disk::USUAL_BYTES,
};

pub(super) async fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    let (builder, tally) = place.engine()?;
    let engine = workload::register(builder, &Alarms::new()).start().await?;
    send(&engine, "warm-up", (1, 512, AT_ONCE)).await?;

    place.job.note("from one workflow");
    let all = place.size();
    let before = tally.records();
    let from_one = send(&engine, "one", (1, u32::try_from(all)?, AT_ONCE)).await?;
    let records_of_one = tally.records() - before;

    place.job.note("from many workflows");
    let many = AT_ONCE as u64;
    let each = all.div_ceil(many);
    let before = tally.records();
    let from_many = send(&engine, "many", (many, u32::try_from(each)?, 1)).await?;
    let records_of_many = tally.records() - before;
    engine.shutdown().await;

    let figures = |from: &str, took: Duration, signals: u64, records: u64| {
        let time = Figure::time(
            format!("{from}, time per signal"),
            took.div_f64(float(signals)),
        );
        [
            time.bound(place.budget(Bound::AtMost(15e-6))),
            Figure::ratio(
                format!("{from}, records per signal"),
                float(records),
                float(signals),
            ),
        ]
    };
    Ok(Measurement {
        figures: [
            figures("from one", from_one, all, records_of_one),
            figures("from many", from_many, each * many, records_of_many),
        ]
        .concat(),
        compared: Some(Compared::new("from one, time per signal")),
        notes: vec![format!("{AT_ONCE} signals are under way at the same time")],
        ..Measurement::default()
    })
}

/// Has so many workflows send so many signals each, so many of them at once, to one workflow.
async fn send(
    engine: &Engine,
    counter: &str,
    (senders, signals, at_once): (u64, u32, usize),
) -> Outcome<Duration> {
    let one = signals::start(engine, counter, senders * u64::from(signals)).await?;
    let begun = clock::now();
    let sent = (0..senders).map(|number| {
        let sender = engine.workflow::<Sender>(format!("{counter}-{number}"));
        async move {
            let sender = sender.start((counter.into(), signals, at_once)).await?;
            sender.result().await?;
            Outcome::Ok(())
        }
    });
    try_join_all(sent).await?;
    one.result().await?;
    Ok(begun.elapsed())
}
