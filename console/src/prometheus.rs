//! What the engine measures, as a Prometheus server fetches it.
//!
//! There is one recorder in a process, which has the numbers of all that is measured there, the
//! service's own included. It is read when somebody asks, and nothing is sent anywhere.

use std::{
    sync::{
        Arc,
        mpsc::{RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use derive_more::{Debug, Display, Error, From};
use metrics_exporter_prometheus::{
    BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use sempre::metrics::{METRICS, MetricKind};

/// How often what was measured is put together while nobody asks, so that it takes no memory.
const UPKEEP: Duration = Duration::from_secs(5);

/// The buckets of durations, in seconds: from a step that is written by itself to what takes days.
const SECONDS: [f64; 18] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0,
    30.0, 300.0, 3_600.0, 86_400.0, 604_800.0,
];
/// The buckets of everything that is counted.
const COUNTS: [f64; 8] = [1.0, 2.0, 4.0, 8.0, 16.0, 64.0, 256.0, 1_024.0];

/// The recorder of a process, whose numbers a console shows to Prometheus. A cheap clone.
///
/// # Examples
/// ```
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use sempre_console::{Console, Prometheus};
///
/// // Before the engine starts, so that nothing is missed.
/// let prometheus = Prometheus::install()?;
/// # let engine = sempre::guide::example::engine().await?;
/// let console = Console::new(&engine).metrics(&prometheus);
/// # drop(console);
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Prometheus {
    #[debug(skip)]
    handle: PrometheusHandle,
    /// Ends the upkeep with the last clone.
    #[debug(skip)]
    _upkeep: Option<Arc<SyncSender<()>>>,
}

/// A process has no recorder for Prometheus. Nothing was changed.
#[derive(Debug, Display, Error, From)]
#[non_exhaustive]
pub enum InstallPrometheusError {
    /// The process has a recorder already. Give its handle to [`Prometheus::of`].
    #[display("the recorder cannot be installed: {_0}")]
    Recorder(#[error(source)] BuildError),
    /// The operating system grants no thread. Raise its limit.
    #[display("thread cannot be started: {_0}")]
    Thread(#[error(source)] std::io::Error),
}

impl Prometheus {
    /// Makes a recorder, and makes it that of the process. Names and units are those that Prometheus
    /// recommends: `sempre.workflow.started` is `sempre_workflow_started_total` there.
    ///
    /// # Errors
    /// [`InstallPrometheusError`].
    pub fn install() -> Result<Self, InstallPrometheusError> {
        let recorder = recorder()?;
        let handle = recorder.handle();
        let kept = handle.clone();
        // Bound: nothing is sent; it closes with the last clone.
        let (upkeep, ended) = sync_channel::<()>(0);
        let thread = thread::Builder::new().name("sempre-metrics".into());
        thread.spawn(move || {
            while ended.recv_timeout(UPKEEP) == Err(RecvTimeoutError::Timeout) {
                kept.run_upkeep();
            }
        })?;
        metrics::set_global_recorder(recorder).map_err(BuildError::FailedToSetGlobalRecorder)?;
        Ok(Self {
            handle,
            _upkeep: Some(Arc::new(upkeep)),
        })
    }

    /// The numbers of a recorder that the process has already, and that is kept up by whoever has made
    /// it.
    pub fn of(handle: PrometheusHandle) -> Self {
        Self {
            handle,
            _upkeep: None,
        }
    }

    /// All numbers, as Prometheus reads them.
    pub fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }
}

/// A recorder that knows what the engine measures.
fn recorder() -> Result<PrometheusRecorder, BuildError> {
    let mut builder = PrometheusBuilder::new().with_recommended_naming(true);
    let histograms = METRICS.iter().filter(|it| it.kind == MetricKind::Histogram);
    for metric in histograms {
        let buckets = if metric.unit == "s" {
            &SECONDS[..]
        } else {
            &COUNTS[..]
        };
        let name = Matcher::Full(metric.name.to_owned());
        builder = builder.set_buckets_for_metric(name, buckets)?;
    }
    Ok(builder.build_recorder())
}

#[cfg(test)]
pub(crate) fn recorder_for_tests() -> Result<PrometheusRecorder, BuildError> {
    recorder()
}
