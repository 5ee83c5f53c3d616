//! duroxide: a library like Sempre, on `SQLite`, whose dispatchers poll.
//!
//! Measured at its best: the polling interval at the minimum, the observers off, and the number of
//! dispatchers swept. Its provider sets how `SQLite` syncs, and cannot be told otherwise.

use std::{path::Path, sync::Arc, time::Duration};

use duroxide::{
    ActivityContext, Client, OrchestrationContext, OrchestrationRegistry,
    providers::sqlite::SqliteProvider,
    runtime::{
        ObservabilityConfig, OrchestrationStatus, Runtime, RuntimeOptions,
        registry::ActivityRegistry,
    },
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use sempre_bench::{
    Outcome,
    child::Job,
    measurement::Measurement,
    scenario::{BURST, SPREAD, SPREAD_OVER, STEPS, Scenario, figures},
    subject::Subject,
};

use crate::arrivals::{Arrivals, PATIENCE, nanos_now};

/// The smallest polling interval that makes a difference.
const POLL: Duration = Duration::from_millis(1);
/// How often it is asked whether all is done.
const LOOK: Duration = Duration::from_millis(100);
/// Bound: starts that are under way at the same time.
const AT_ONCE: usize = 64;
/// The time in which timers are started before the first of them fires.
const AHEAD: Duration = Duration::from_secs(60);

/// duroxide, with this many dispatchers for orchestrations and for activities each.
#[derive(Debug)]
pub(crate) struct Duroxide {
    concurrency: usize,
    durability: String,
}

impl Duroxide {
    pub(crate) fn new(concurrency: usize) -> Self {
        let durability = format!("no sync, {concurrency}+{concurrency}");
        Self {
            concurrency,
            durability,
        }
    }
}

impl Subject for Duroxide {
    fn system(&self) -> &'static str {
        "duroxide"
    }

    fn durability(&self) -> &str {
        &self.durability
    }

    fn covers(&self, scenario: Scenario) -> bool {
        matches!(
            scenario,
            Scenario::Step | Scenario::Throughput | Scenario::FanOut | Scenario::Timers
        )
    }

    fn measure(&self, job: &Job) -> Outcome<Measurement> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let peer = Peer::start(&job.folder, self.concurrency).await?;
            let measured = peer.measure(job).await;
            peer.runtime.shutdown(None).await;
            measured
        })
    }

    fn notes(&self) -> Vec<String> {
        vec![
            "duroxide: SQLite in WAL mode with synchronous=NORMAL, as its provider sets it: no \
             commit is synced, so compare it with sempre deferred; it polls every millisecond, \
             and N+N are its dispatchers for orchestrations and activities"
                .into(),
            "duroxide: SQLite refuses writers that meet, which fails orchestrations where there \
             are too many dispatchers; its steps are timed from activity to activity"
                .into(),
        ]
    }
}

/// A runtime and what its activities saw.
struct Peer {
    client: Client,
    runtime: Arc<Runtime>,
    seen: Arrivals,
}

impl Peer {
    async fn start(folder: &Path, concurrency: usize) -> Outcome<Self> {
        let file = folder.join("duroxide.db");
        std::fs::File::create(&file)?;
        let url = format!("sqlite:{}", file.display());
        let store = Arc::new(SqliteProvider::new(&url, None).await?);
        let seen = Arrivals::new();
        let options = RuntimeOptions {
            dispatcher_min_poll_interval: POLL,
            orchestration_concurrency: concurrency,
            worker_concurrency: concurrency,
            // A turn of a long history takes its time, and is not to be taken twice.
            orchestrator_lock_timeout: Duration::from_secs(60),
            // Its log lines would cost time, and nobody reads them.
            observability: ObservabilityConfig {
                log_level: "off".into(),
                ..ObservabilityConfig::default()
            },
            ..RuntimeOptions::default()
        };
        let (activities, orchestrations) = (activities(&seen), orchestrations());
        let runtime =
            Runtime::start_with_options(store.clone(), activities, orchestrations, options).await;
        Ok(Self {
            client: Client::new(store),
            runtime,
            seen,
        })
    }

    async fn measure(&self, job: &Job) -> Outcome<Measurement> {
        match job.scenario {
            Scenario::Step => self.step(job.size).await,
            Scenario::Throughput => self.throughput(job.size).await,
            Scenario::FanOut => self.fan_out(job.size).await,
            Scenario::Timers => self.timers(job).await,
            other => Err(format!("duroxide does not do {other:?}").into()),
        }
    }

    async fn step(&self, steps: u64) -> Outcome<Measurement> {
        self.run("warm-up", "Steps", 20).await?;
        self.seen.forget();
        let begun = sempre_bench::now();
        self.run("step", "Steps", steps).await?;
        let took = begun.elapsed();
        let gaps = self.seen.take_gaps();
        Ok(figures::step(gaps.clone(), &gaps, steps, took))
    }

    async fn throughput(&self, workflows: u64) -> Outcome<Measurement> {
        self.run("warm-up", "Steps", 20).await?;
        self.seen.forget();
        let before = self.client.get_system_metrics().await?;
        let begun = sempre_bench::now();
        let steps = u64::from(STEPS);
        self.start_all("throughput", "Steps", (0..workflows).map(|_| steps))
            .await?;
        loop {
            let metrics = self.client.get_system_metrics().await?;
            let completed = metrics.completed_instances - before.completed_instances;
            if completed >= workflows {
                return Ok(figures::throughput(workflows, STEPS, begun.elapsed()));
            }
            let failed = metrics.failed_instances;
            if failed > 0 || begun.elapsed() > PATIENCE {
                let took = begun.elapsed();
                let what = format!("{completed} of {workflows} completed, {failed} failed");
                return Err(format!("{what} in {took:.0?}: {}", self.cause().await).into());
            }
            // It counts what has completed, and has nothing that waits for a count. Looking all the
            // time would take time from what is measured.
            tokio::time::sleep(LOOK).await;
        }
    }

    /// What an orchestration that failed says.
    async fn cause(&self) -> String {
        let failed = self.client.list_instances_by_status("Failed").await;
        let Some(instance) = failed.unwrap_or_default().into_iter().next() else {
            return "none has failed".into();
        };
        match self.client.get_orchestration_status(&instance).await {
            Ok(OrchestrationStatus::Failed { details, .. }) => details.display_message(),
            other => format!("{other:?}"),
        }
    }

    async fn fan_out(&self, width: u64) -> Outcome<Measurement> {
        self.run("warm-up", "FanOut", 20).await?;
        let begun = sempre_bench::now();
        self.run("fan-out", "FanOut", width).await?;
        Ok(figures::fan_out(width, begun.elapsed()))
    }

    async fn timers(&self, job: &Job) -> Outcome<Measurement> {
        job.note("sleeping workflows start");
        let far = nanos_now() + 86_400_000_000_000;
        self.start_all("sleeper", "Alarm", (0..job.size).map(|_| far))
            .await?;
        job.note("timers fire one after the other");
        let (first, gap) = (soon()?, SPREAD_OVER / SPREAD);
        let due = (0..SPREAD).map(|number| first + nanos(gap * number));
        self.start_all("spread", "Alarm", due).await?;
        self.seen.wait(SPREAD).await?;
        let spread = self.seen.take_late();
        job.note("timers fire at one moment");
        let moment = soon()?;
        self.start_all("burst", "Alarm", (0..BURST).map(|_| moment))
            .await?;
        self.seen.wait(BURST).await?;
        Ok(figures::timers(spread, self.seen.take_late()))
    }

    async fn start_all(
        &self,
        prefix: &str,
        orchestration: &str,
        inputs: impl Iterator<Item = u64>,
    ) -> Outcome {
        let starts = inputs.enumerate().map(|(number, input)| {
            let instance = format!("{prefix}-{number}");
            let input = input.to_string();
            async move {
                self.client
                    .start_orchestration(&instance, orchestration, input)
                    .await
            }
        });
        let all = stream::iter(starts).buffer_unordered(AT_ONCE);
        Ok(all.try_collect::<()>().await?)
    }

    async fn run(&self, instance: &str, orchestration: &str, input: u64) -> Outcome {
        self.client
            .start_orchestration(instance, orchestration, input.to_string())
            .await?;
        let ended = self.client.wait_for_orchestration(instance, PATIENCE);
        match ended.await? {
            OrchestrationStatus::Completed { .. } => Ok(()),
            other => Err(format!("duroxide did not complete {instance}: {other:?}").into()),
        }
    }
}

fn soon() -> Outcome<u64> {
    Ok(nanos_now() + u64::try_from(AHEAD.as_nanos())?)
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn activities(seen: &Arrivals) -> ActivityRegistry {
    let (each, due) = (seen.clone(), seen.clone());
    ActivityRegistry::builder()
        .register("Nothing", move |_: ActivityContext, number: String| {
            each.note();
            async move { Ok(number) }
        })
        .register("Ring", move |_: ActivityContext, due_nanos: String| {
            let noted = number(&due_nanos).map(|due_nanos| due.note_due(due_nanos));
            async move { noted.map(|()| due_nanos) }
        })
        .build()
}

fn orchestrations() -> OrchestrationRegistry {
    OrchestrationRegistry::builder()
        .register(
            "Steps",
            |ctx: OrchestrationContext, steps: String| async move {
                for step in 0..number(&steps)? {
                    ctx.schedule_activity("Nothing", step.to_string()).await?;
                }
                Ok(steps)
            },
        )
        .register(
            "FanOut",
            |ctx: OrchestrationContext, width: String| async move {
                let calls = (0..number(&width)?)
                    .map(|number| ctx.schedule_activity("Nothing", number.to_string()));
                for outcome in ctx.join(calls.collect()).await {
                    outcome?;
                }
                Ok(width)
            },
        )
        .register(
            "Alarm",
            |ctx: OrchestrationContext, due: String| async move {
                let started = ctx.utc_now().await?;
                let started = started.duration_since(std::time::SystemTime::UNIX_EPOCH);
                let started = started.map_err(|error| error.to_string())?;
                let delay = number(&due)?.saturating_sub(nanos(started));
                ctx.schedule_timer(Duration::from_nanos(delay)).await;
                ctx.schedule_activity("Ring", due).await
            },
        )
        .build()
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("not a number: {text}"))
}
