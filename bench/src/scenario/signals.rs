//! Signals: all of them to one workflow, and the same number to many workflows.

use std::{error::Error, time::Duration};

use futures::{StreamExt as _, TryStreamExt as _, future::try_join_all, stream};
use sempre::{Engine, WorkflowHandle, model::limits::SIGNALS_MAX};

use crate::{
    Outcome, clock, disk,
    measurement::{Compared, Figure, Measurement, Samples, float},
    scenario::{
        Plan,
        plan::grouped,
        workload::{self, Alarms, Counter, CounterHandle as _},
    },
    subject::Place,
};

pub(super) const PLAN: Plan = Plan {
    name: "signals",
    about: "signals to one workflow, and the same number to many, ten each",
    counts: "signals",
    usual: &[10_000],
    large: &[],
    most: SIGNALS_MAX as u64,
    title: |signals| {
        let (signals, many) = (grouped(signals), grouped(signals.div_ceil(EACH)));
        format!("{signals} signals to one workflow, then to {many} workflows")
    },
    drawn: "to one, per second",
    phases: 1,
    bare_bytes: |_| disk::USUAL_BYTES,
};

/// Messages to each of many workflows.
pub(super) const EACH: u64 = 10;
/// Messages that are under way at the same time.
pub(super) const AT_ONCE: usize = 256;

pub(super) async fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    let (builder, tally) = place.engine()?;
    let engine = workload::register(builder, &Alarms::new()).start().await?;
    let all = place.size();

    place.job.note("to one workflow");
    let one = start(&engine, "one", all).await?;
    let before = tally.records();
    let to_one = send(std::slice::from_ref(&one), all, AT_ONCE, |it| it.add(1)).await?;
    let records_of_one = tally.records() - before;
    one.result().await?;

    place.job.note("to many workflows");
    let many = all.div_ceil(EACH);
    let many = (0..many).map(|number| start(&engine, format!("many-{number}"), EACH));
    let many = try_join_all(many).await?;
    let to_many = send(&many, EACH, AT_ONCE, |it| it.add(1)).await?;
    try_join_all(many.iter().map(|it| it.result())).await?;
    engine.shutdown().await;

    let of_many = all.div_ceil(EACH) * EACH;
    Ok(Measurement {
        figures: vec![
            Figure::rate("to one, per second", all, to_one.took),
            Figure::time("to one, time per signal", to_one.each(all)),
            Figure::time("to one, acknowledged p50", to_one.samples.percentile(0.5)),
            Figure::time("to one, acknowledged p99", to_one.samples.percentile(0.99)),
            Figure::ratio(
                "to one, records per signal",
                float(records_of_one),
                float(all),
            ),
            Figure::rate("to many, per second", of_many, to_many.took),
            Figure::time("to many, time per signal", to_many.each(of_many)),
            Figure::time("to many, acknowledged p50", to_many.samples.percentile(0.5)),
            Figure::time(
                "to many, acknowledged p99",
                to_many.samples.percentile(0.99),
            ),
        ],
        compared: Some(Compared::new("to one, time per signal")),
        distribution: Some(
            to_many
                .samples
                .distribution("a signal to one of many workflows"),
        ),
        notes: vec![format!("{AT_ONCE} signals are under way at the same time")],
        ..Measurement::default()
    })
}

/// Starts a workflow that waits for so many messages.
pub(super) async fn start(
    engine: &Engine,
    workflow_id: impl Into<String>,
    messages: u64,
) -> Outcome<WorkflowHandle<Counter>> {
    let handle = engine.workflow::<Counter>(workflow_id.into());
    Ok(handle.start(u32::try_from(messages)?).await?)
}

/// How long messages took, all of them and each.
pub(super) struct Sent {
    took: Duration,
    pub(super) samples: Samples,
}

impl Sent {
    pub(super) fn each(&self, messages: u64) -> Duration {
        self.took.div_f64(float(messages))
    }
}

/// Sends to each workflow this many messages, turn by turn.
pub(super) async fn send<R, T, E>(
    handles: &[WorkflowHandle<Counter>],
    each: u64,
    at_once: usize,
    message: impl Fn(&WorkflowHandle<Counter>) -> R,
) -> Outcome<Sent>
where
    R: IntoFuture<Output = Result<T, E>>,
    E: Error + Send + Sync + 'static,
{
    let turns = (0..each).flat_map(|_| handles);
    let begun = clock::now();
    let times = stream::iter(turns)
        .map(|handle| {
            let message = message(handle);
            async move {
                let begun = clock::now();
                message.await?;
                Outcome::Ok(begun.elapsed())
            }
        })
        .buffer_unordered(at_once)
        .try_collect()
        .await?;
    Ok(Sent {
        took: begun.elapsed(),
        samples: Samples::new(times),
    })
}
