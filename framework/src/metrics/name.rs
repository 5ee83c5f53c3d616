//! The names of all metrics, with what they count.

/// What kind of number a metric is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MetricKind {
    /// It only grows.
    Counter,
    /// It goes up and down, and is set by each [`Engine::health`](crate::Engine::health).
    Gauge,
    /// It is a distribution.
    Histogram,
}

/// A metric.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Metric {
    /// Its name; exporters that have no dots write `_` for them.
    pub name: &'static str,
    /// What kind of number it is.
    pub kind: MetricKind,
    /// What is counted, in the notation of UCUM: `s`, `By`, `{run}`.
    pub unit: &'static str,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What it says.
    pub description: &'static str,
}

const fn metric(
    kind: MetricKind,
    name: &'static str,
    unit: &'static str,
    labels: &'static [&'static str],
    description: &'static str,
) -> Metric {
    Metric {
        name,
        kind,
        unit,
        labels,
        description,
    }
}

macro_rules! metrics {
    ($( $id:ident = $kind:ident($name:literal, $unit:literal, [$($label:literal),*], $description:literal); )+) => {
        $(
            pub(crate) const $id: Metric =
                metric(MetricKind::$kind, $name, $unit, &[$($label),*], $description);
        )+

        /// All metrics.
        pub const METRICS: &[Metric] = &[$($id),+];
    };
}

metrics! {
    STARTED = Counter("sempre.workflow.started", "{run}", ["workflow_type"], "runs that were started, those that follow others included");
    CLOSED = Counter("sempre.workflow.closed", "{run}", ["workflow_type", "status"], "runs that have closed");
    DURATION = Histogram("sempre.workflow.duration", "s", ["workflow_type", "status"], "from a run's start to its close");
    SIGNALS = Counter("sempre.workflow.signals", "{signal}", ["workflow_type"], "signals that were recorded");
    UPDATES = Counter("sempre.workflow.updates", "{update}", ["workflow_type"], "updates that were accepted");
    TASKS = Counter("sempre.workflow_task.completed", "{task}", ["workflow_type"], "workflow tasks that were completed");
    TASK_FAILURES = Counter("sempre.workflow_task.failed", "{task}", ["workflow_type", "cause"], "attempts of workflow tasks that failed or timed out");
    TIMERS = Counter("sempre.timer.fired", "{timer}", ["workflow_type"], "timers that fired");
    DEADLINE_LATENESS = Histogram("sempre.deadline.lateness", "s", [], "from a deadline, of a timer, a timeout or a backoff, to the moment when the run is told");
    ATTEMPTS = Counter("sempre.activity.attempts", "{attempt}", ["activity_type", "task_queue", "outcome"], "attempts that ended, local ones included; the outcome is `completed`, `failed`, `benign` or `handed_over`");
    ATTEMPT_DURATION = Histogram("sempre.activity.duration", "s", ["activity_type", "task_queue", "outcome"], "from an attempt's start to its end");
    SCHEDULE_TO_START = Histogram("sempre.activity.schedule_to_start", "s", ["activity_type", "task_queue"], "from the scheduling of an activity to the start of its first attempt");
    REPLAY_DURATION = Histogram("sempre.workflow.replay", "s", ["workflow_type"], "how long bringing a program back into memory takes, by telling it its history");
    COMMIT_DURATION = Histogram("sempre.commit.duration", "s", [], "how long writing and syncing a group takes");
    COMMIT_GROUP = Histogram("sempre.commit.group", "{commit}", [], "commits that share a sync");
    COMMIT_RECORD_BYTES = Counter("sempre.commit.record_bytes", "By", [], "bytes of the records that were written");
    RESIDENT = Gauge("sempre.engine.resident", "{run}", ["thread"], "executions in memory");
    LOADED = Counter("sempre.engine.loaded", "{run}", [], "executions that were brought into memory from their records");
    EVICTED = Counter("sempre.engine.evicted", "{run}", [], "executions that have left memory");
    UNWRITTEN = Gauge("sempre.engine.unwritten", "{transition}", ["thread"], "transitions that are not durable yet");
    REQUESTS = Gauge("sempre.engine.requests", "{request}", [], "requests that have no answer yet");
    REQUEST_BYTES = Gauge("sempre.engine.request_bytes", "By", [], "bytes of their inputs");
    QUARANTINED = Gauge("sempre.engine.quarantined", "{run}", [], "executions that are left alone");
    SLOTS = Gauge("sempre.task_queue.slots", "{attempt}", ["task_queue"], "attempts that there may be at once");
    SLOTS_USED = Gauge("sempre.task_queue.slots_used", "{attempt}", ["task_queue"], "attempts that run");
    WAITING = Gauge("sempre.task_queue.waiting", "{activity}", ["task_queue"], "activities that wait for a slot");
    WAITING_AGE = Gauge("sempre.task_queue.waiting_age", "s", ["task_queue"], "how long the first of them has been waiting");
    STORE_BYTES = Gauge("sempre.store.bytes", "By", ["part"], "bytes of the store's files; the part is `settled` or `journal`");
}
