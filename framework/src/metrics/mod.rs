//! Floor 3: what the engine counts and measures, for whoever collects it.
//!
//! With the feature `metrics` it goes to the recorder that the process has installed, through the
//! `metrics` facade; so the host picks the exporter. Without it nothing is measured, and nothing
//! costs anything. [`METRICS`] lists all there is; the guide's page on operations shows it.
//!
//! What is counted is counted when it is decided, which is a sync before it is acknowledged.
//! Nothing polls: gauges are set by each `Engine::health`.

mod count;
mod name;
#[cfg(feature = "metrics")]
mod recording;
#[cfg(not(feature = "metrics"))]
mod silent;

pub use self::name::{METRICS, Metric, MetricKind};

pub(crate) use self::count::count;
pub(crate) use self::name::{
    COMMIT_DURATION, COMMIT_GROUP, COMMIT_RECORD_BYTES, DEADLINE_LATENESS, EVICTED, LOADED,
    QUARANTINED, REQUEST_BYTES, REQUESTS, RESIDENT, SLOTS, SLOTS_USED, STORE_BYTES, UNWRITTEN,
    WAITING, WAITING_AGE,
};
#[cfg(feature = "metrics")]
pub(crate) use self::recording::{
    ReplayWatch, Stopwatch, describe_all, gauge, observe, observe_transition,
};
#[cfg(not(feature = "metrics"))]
pub(crate) use self::silent::{
    ReplayWatch, Stopwatch, describe_all, gauge, observe, observe_transition,
};
