//! What an engine measures, as the recorder of the process sees it.
//!
//! A process of its own, because there is one recorder for all its threads.

use std::{collections::BTreeMap, convert::Infallible, time::Duration};

use metrics_util::{
    MetricKind as Kind,
    debugging::{DebugValue, DebuggingRecorder, Snapshot},
};
use sempre::{
    ActivityError, ApplicationFailure, Canceled, Engine, Workflow, WorkflowContext, activity,
    handlers,
    metrics::{METRICS, MetricKind},
    testing::ManualClock,
};
use sempre_tests::{Outcome, block_on};

#[activity(start_to_close = "10s", retry(initial_interval = "1s"))]
async fn pack(ctx: sempre::ActivityContext, item: String) -> Result<String, ApplicationFailure> {
    if ctx.info().attempt == 1 {
        return Err(ApplicationFailure::new("no box", "Box"));
    }
    Ok(item)
}

/// Packs, waits and is told.
#[derive(Workflow, Default)]
struct Parcel {
    sent: bool,
}

#[handlers]
impl Parcel {
    #[run]
    async fn run(ctx: WorkflowContext<Self>) -> Result<(), Canceled> {
        let packed = ctx.activity(pack, "book".into()).await;
        packed.map_err(|_| Canceled::default())?;
        ctx.sleep(Duration::from_secs(1)).await?;
        ctx.wait_until(|parcel| parcel.sent).await
    }

    #[signal]
    fn send(&mut self) {
        self.sent = true;
    }

    #[update]
    fn label(&mut self, text: String) -> Result<usize, Infallible> {
        Ok(text.len())
    }
}

/// Fails its workflow task.
#[derive(Workflow, Default)]
struct Broken;

#[handlers]
impl Broken {
    #[run]
    #[expect(clippy::panic, reason = "that is what is measured")]
    async fn run(_: WorkflowContext<Self>) -> Result<(), ActivityError<Infallible>> {
        panic!("broken")
    }
}

/// What a recorder has seen: each metric with its labels, and its value or how many there were.
#[expect(clippy::expect_used, reason = "a test fails by it")]
fn seen(snapshot: Snapshot) -> BTreeMap<String, f64> {
    let metrics = snapshot.into_vec().into_iter();
    let shown = metrics.map(|(key, _, description, value)| {
        assert!(description.is_some(), "{key:?} is not described");
        let (kind, key) = key.into_parts();
        let known = METRICS.iter().find(|it| it.name == key.name());
        let known = known.expect("it is listed");
        let expected = match known.kind {
            MetricKind::Counter => Kind::Counter,
            MetricKind::Gauge => Kind::Gauge,
            MetricKind::Histogram => Kind::Histogram,
        };
        assert_eq!(kind, expected, "{}", known.name);
        let labels: Vec<_> = key.labels().collect();
        let names: Vec<_> = labels.iter().map(|label| label.key()).collect();
        assert_eq!(names, known.labels, "{}", known.name);
        let values: Vec<_> = labels.iter().map(|label| label.value()).collect();
        #[expect(clippy::cast_precision_loss, reason = "they are few")]
        let value = match value {
            DebugValue::Counter(count) => count as f64,
            DebugValue::Gauge(value) => value.into_inner(),
            DebugValue::Histogram(values) => values.len() as f64,
        };
        (
            format!("{} {}", known.name, values.join(" "))
                .trim()
                .to_owned(),
            value,
        )
    });
    shown.collect()
}

#[test]
fn every_metric_is_recorded_as_it_is_listed() -> Outcome {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    recorder.install()?;
    block_on(async {
        let clock = ManualClock::new();
        let folder = tempfile::tempdir()?;
        // Whose runs leave memory and come back.
        let engine = Engine::open(folder.path().join("store"))
            .max_resident_executions(0)
            .clock(clock.clone())
            .workflow::<Parcel>()
            .workflow::<Broken>()
            .activities(pack)
            .threads(1)
            .start()
            .await?;
        let broken = engine.workflow::<Broken>("broken").start(()).await?;
        let parcel = engine.workflow::<Parcel>("parcel").start(()).await?;
        for _ in 0..2 {
            let then = clock.now().after(Duration::from_secs(1));
            clock.sleeping_until(then).await;
            clock.set(then);
        }
        assert_eq!(parcel.label("fragile".into()).await?, 7);
        parcel.send().await?;
        parcel.result().await?;
        broken.terminate("it is broken").await?;
        engine.health().await;
        let seen = seen(snapshotter.snapshot());
        let shown = |name: &str| seen.get(name).copied();
        for (name, value) in [
            ("sempre.workflow.started Parcel", 1.0),
            ("sempre.workflow.started Broken", 1.0),
            ("sempre.workflow.closed Parcel COMPLETED", 1.0),
            ("sempre.workflow.closed Broken TERMINATED", 1.0),
            ("sempre.workflow.duration Parcel COMPLETED", 1.0),
            ("sempre.workflow.signals Parcel", 1.0),
            ("sempre.workflow.updates Parcel", 1.0),
            ("sempre.timer.fired Parcel", 1.0),
            ("sempre.activity.attempts pack default failed", 1.0),
            ("sempre.activity.attempts pack default completed", 1.0),
            ("sempre.activity.duration pack default completed", 1.0),
            ("sempre.activity.schedule_to_start pack default", 1.0),
            ("sempre.task_queue.slots default", 1_000.0),
            ("sempre.engine.requests", 0.0),
        ] {
            assert_eq!(shown(name), Some(value), "{name} in {seen:#?}");
        }
        for metric in METRICS {
            let is_there = seen
                .keys()
                .any(|it| it.split(' ').next() == Some(metric.name));
            assert!(is_there, "{} in {seen:#?}", metric.name);
        }
        engine.shutdown().await;
        Ok(())
    })
}

#[test]
fn the_guide_lists_every_metric_as_it_is() {
    let page = include_str!("../../framework/docs/guide/operations.md");
    for metric in METRICS {
        let kind = format!("{:?}", metric.kind).to_lowercase();
        let labels: Vec<_> = metric.labels.iter().map(|it| format!("`{it}`")).collect();
        let row = format!(
            "| `{}` | {kind} | `{}` | {} | {} |",
            metric.name,
            metric.unit,
            labels.join(", "),
            metric.description
        );
        assert!(page.contains(&row), "no row for it:\n{row}");
    }
}
