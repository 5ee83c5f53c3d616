//! List: runs are found among many by what is asked often, and by what nobody foresaw.
//!
//! The first phase makes the runs, the second opens the store anew and looks for some of them. What
//! those wait for who complete runs beside a list is measured in a store of its own.

use std::time::Duration;

use futures::future::try_join_all;
use sempre::{Engine, storage::SledStore};

use crate::{
    Outcome, Resources, clock, disk,
    measurement::{Bound, Figure, Measurement, Samples, Unit, float},
    scenario::{
        Plan,
        kept::{self, RARE},
        plan::grouped,
        throughput::STEPS,
        workload::Steps,
    },
    subject::Place,
};

pub(super) const PLAN: Plan = Plan {
    name: "list",
    about: "how long it takes to find a hundred runs among many, and to count them",
    counts: "runs in the store",
    usual: &[10_000],
    large: &[1_000_000],
    most: 9_999_999,
    title: |runs| {
        let runs = grouped(runs);
        format!("{runs} runs of several types, most of them closed")
    },
    drawn: "type and status",
    phases: 2,
    bare_bytes: |_| disk::USUAL_BYTES,
};

/// How often each list is read; fewer times if that takes long.
const TIMES: usize = 51;
const LONG: Duration = Duration::from_secs(4);
/// Bound: workflows that complete beside a list; as many as there are runs, and how often.
const BESIDE_MAX: u64 = 10_000;
const ROUNDS: usize = 5;

pub(super) async fn measure(place: &Place<'_>) -> Outcome<Measurement> {
    if place.job.phase == 1 {
        kept::fill(place).await?;
        return Ok(Measurement::default());
    }
    let (builder, _) = place.engine()?;
    let engine = kept::register(builder).start().await?;
    let before = Resources::now()?;
    let first = clock::now();
    let _page = engine.list("").await?;
    let first = first.elapsed();
    place.job.note("counts");
    let begun = clock::now();
    let counted = engine.count("GROUP BY ExecutionStatus").await?;
    let first_count = begun.elapsed();
    if counted.total != place.size() {
        return Err(format!("{} of {} runs counted", counted.total, place.size()).into());
    }
    let mut figures = vec![
        Figure::time("first page after a start", first),
        Figure::time("first count after a start", first_count),
    ];
    figures.extend(pages(place, &engine).await?);
    let counts = [
        ("count by status", "GROUP BY ExecutionStatus"),
        ("count of a type", "WorkflowType = 'Errand'"),
    ];
    for (name, filter) in counts {
        place.job.note(name);
        let took = repeat(async || engine.count(filter).await.map(drop)).await?;
        figures.push(Figure::time(name, took.percentile(0.5)));
    }
    let memory = Resources::now()?.memory_since(before);
    figures.push(Figure::new("memory added", Unit::Bytes, float(memory)));
    engine.shutdown().await;
    figures.push(beside(place).await?);
    Ok(Measurement {
        figures,
        notes: vec!["pages are first pages of 100, p50".into()],
        ..Measurement::default()
    })
}

/// How long first pages take.
async fn pages(place: &Place<'_>, engine: &Engine) -> Outcome<Vec<Figure>> {
    let middle = engine.workflow::<Steps>(kept::workflow_id(place.size() / 8 * 4));
    let middle = middle.describe().await?.started_at;
    let until = middle.after(Duration::from_millis(10));
    // One run in a hundred thousand is of each prefix, and those are the earliest.
    let prefix = kept::workflow_id(0);
    let prefix = prefix.get(..prefix.len() - 2).unwrap_or_default();
    let filters = [
        ("all", String::new()),
        (
            "type and status",
            "WorkflowType = 'Errand' AND ExecutionStatus = 'Failed'".into(),
        ),
        ("id prefix", format!("WorkflowId STARTS_WITH '{prefix}'")),
        ("keyword attribute", "Customer = 'customer-7'".into()),
        (
            "time range",
            format!("StartTime BETWEEN '{middle}' AND '{until}'"),
        ),
    ];
    let mut figures = Vec::new();
    for (name, filter) in filters {
        place.job.note(name);
        let mut found = 0;
        let took = repeat(async || {
            found = engine.list(&*filter).await?.runs.len();
            Outcome::Ok(())
        });
        let took = took.await?;
        if found == 0 {
            return Err(format!("nothing was found by {filter}").into());
        }
        let bound = place.budget(Bound::AtMost(0.005));
        figures.push(Figure::time(name, took.percentile(0.5)).bound(bound));
    }
    place.job.note("another filter");
    let none = "HistoryLength > 1000000";
    let took = repeat(async || engine.list(none).await.map(drop)).await?;
    let each = took.percentile(0.5).div_f64(float(place.size()));
    let bound = place.budget(Bound::AtMost(0.000_002));
    figures.push(Figure::time("another filter, per run", each).bound(bound));
    Ok(figures)
}

/// How long this takes, again and again.
async fn repeat<E>(mut act: impl AsyncFnMut() -> Result<(), E>) -> Result<Samples, E> {
    let begun = clock::now();
    let mut took = Vec::new();
    // The first time brings what is read into memory.
    act().await?;
    while took.len() < TIMES && (took.is_empty() || begun.elapsed() < LONG) {
        let begun = clock::now();
        act().await?;
        took.push(begun.elapsed());
    }
    Ok(Samples::new(took))
}

/// How long workflows take in an engine that lists runs, beside one that has never been asked.
async fn beside(place: &Place<'_>) -> Outcome<Figure> {
    place.job.note("workflows beside lists");
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        // Neither comes first each time.
        for lists in [round % 2 == 0, round % 2 != 0] {
            let took = round_of(place, round, lists).await?;
            if lists { &mut with } else { &mut without }.push(took);
        }
    }
    let median = |took| Samples::new(took).percentile(0.5).as_secs_f64();
    let ratio = Figure::ratio(
        "time per step with an index / without",
        median(with),
        median(without),
    );
    Ok(ratio.bound(place.budget(Bound::AtMost(1.1))))
}

/// How long a crowd of workflows takes in a new store.
async fn round_of(place: &Place<'_>, round: usize, lists: bool) -> Outcome<Duration> {
    let folder = place.job.folder.join(format!("beside-{round}-{lists}"));
    let options = sempre::storage::SledOptions::default().durability(place.durability);
    let store = std::sync::Arc::new(SledStore::open(&folder, options)?);
    let engine = kept::register(Engine::on_store(store)).start().await?;
    if lists {
        engine.list("").await?;
    }
    let begun = clock::now();
    let runs = (0..place.size().min(BESIDE_MAX)).map(|number| {
        let handle = engine.workflow::<Steps>(format!("beside-{number}"));
        let start = handle.start(STEPS);
        async move {
            let customer = kept::CUSTOMER.set(format!("customer-{}", number % RARE));
            start.search_attributes([customer]).await?.result().await?;
            Outcome::Ok(())
        }
    });
    try_join_all(runs).await?;
    let took = begun.elapsed();
    engine.shutdown().await;
    drop(engine);
    std::fs::remove_dir_all(folder)?;
    Ok(took)
}
