//! What is measured goes to the recorder of the process.

use std::{fmt::Display, time::Duration};

use derive_more::Debug;
use metrics::{
    Label, Unit, counter, describe_counter, describe_gauge, describe_histogram, histogram,
};

use crate::{
    activity::ActivityInfo,
    clock::{MonotonicTime, SharedClock},
    machine::execution::{ExecutionState, decide::AttemptOutcome},
    metrics::{
        METRICS, Metric, MetricKind,
        name::{
            ATTEMPT_DURATION, ATTEMPTS, CLOSED, DURATION, REPLAY_DURATION, SCHEDULE_TO_START,
            SIGNALS, STARTED, TASK_FAILURES, TASKS, TIMERS, UPDATES,
        },
    },
    model::{Change, Entry, EventAttributes, ProgressMark, Transition},
};

/// Tells the recorder what there is to record.
pub(crate) fn describe_all() {
    for metric in METRICS {
        let unit = match metric.unit {
            "s" => Unit::Seconds,
            "By" => Unit::Bytes,
            _ => Unit::Count,
        };
        let (name, description) = (metric.name, metric.description);
        match metric.kind {
            MetricKind::Counter => describe_counter!(name, unit, description),
            MetricKind::Gauge => describe_gauge!(name, unit, description),
            MetricKind::Histogram => describe_histogram!(name, unit, description),
        }
    }
}

/// The labels of a metric with these values.
fn labels(metric: Metric, values: &[&dyn Display]) -> Vec<Label> {
    let named = metric.labels.iter().zip(values);
    named
        .map(|(name, value)| Label::new(*name, value.to_string()))
        .collect()
}

fn count(metric: Metric, values: &[&dyn Display]) {
    counter!(metric.name, labels(metric, values)).increment(1);
}

fn measure(metric: Metric, values: &[&dyn Display], duration: Duration) {
    histogram!(metric.name, labels(metric, values)).record(duration.as_secs_f64());
}

/// Takes note of one value of a metric without labels; a counter grows by it.
pub(crate) fn observe(metric: Metric, value: impl FnOnce() -> f64) {
    match metric.kind {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "what is counted is whole and not negative"
        )]
        MetricKind::Counter => counter!(metric.name).increment(value() as u64),
        MetricKind::Gauge => metrics::gauge!(metric.name).set(value()),
        MetricKind::Histogram => histogram!(metric.name).record(value()),
    }
}

/// Sets a gauge.
pub(crate) fn gauge<L: Display>(metric: Metric, values: &[L], value: impl FnOnce() -> f64) {
    let values: Vec<&dyn Display> = values.iter().map(|it| it as &dyn Display).collect();
    metrics::gauge!(metric.name, labels(metric, &values)).set(value());
}

/// Takes note of what a transition says, which has led to this state.
pub(crate) fn observe_transition(state: &ExecutionState, transition: &Transition) {
    let Some(workflow_type) = state.started().map(|started| &started.workflow_type) else {
        return;
    };
    for entry in &transition.entries {
        let event = match entry {
            Entry::Change(Change::WorkflowTaskAttemptFailed(it)) => {
                count(TASK_FAILURES, &[workflow_type, &it.cause]);
                continue;
            }
            Entry::Change(_) => continue,
            Entry::Event(event) => &event.attributes,
        };
        let metric = match event {
            EventAttributes::WorkflowExecutionStarted(_) => STARTED,
            EventAttributes::WorkflowExecutionSignaled(it) if ProgressMark::of(it).is_some() => {
                continue;
            }
            EventAttributes::WorkflowExecutionSignaled(_) => SIGNALS,
            EventAttributes::WorkflowExecutionUpdateAccepted(_) => UPDATES,
            EventAttributes::WorkflowTaskCompleted(_) => TASKS,
            EventAttributes::TimerFired(_) => TIMERS,
            event if event.closes_the_run() => {
                let status = state.status();
                count(CLOSED, &[workflow_type, &status]);
                let ended = state.closed_at().unwrap_or_default();
                let lasted = ended.since(state.started_at());
                measure(DURATION, &[workflow_type, &status], lasted);
                continue;
            }
            _ => continue,
        };
        count(metric, &[workflow_type]);
    }
}

/// Measures an attempt.
#[derive(Clone, Debug)]
pub(crate) struct Stopwatch {
    clock: SharedClock,
    begun: MonotonicTime,
}

impl Stopwatch {
    /// Begins now.
    pub(crate) fn begin(clock: &SharedClock) -> Self {
        let begun = clock.read().monotonic;
        let clock = clock.clone();
        Self { clock, begun }
    }

    /// Takes note of how the attempt has ended, and how long it took.
    pub(crate) fn end(self, info: &ActivityInfo, outcome: &AttemptOutcome) {
        let (activity_type, task_queue) = (&info.activity_type, &info.task_queue);
        let outcome = match outcome {
            AttemptOutcome::Completed(_) => "completed",
            AttemptOutcome::Failed(failure) if failure.is_benign() => "benign",
            AttemptOutcome::Failed(_) => "failed",
            AttemptOutcome::HandedOver
            | AttemptOutcome::Heartbeat(_)
            | AttemptOutcome::Progress(_) => "handed_over",
        };
        count(ATTEMPTS, &[activity_type, task_queue, &outcome]);
        let took = self.clock.read().monotonic.since(self.begun);
        measure(
            ATTEMPT_DURATION,
            &[activity_type, task_queue, &outcome],
            took,
        );
        if info.attempt == 1 && !info.is_local {
            let waited = info.started_at.since(info.scheduled_at);
            measure(SCHEDULE_TO_START, &[activity_type, task_queue], waited);
        }
    }
}

/// Measures how long a program takes to be told its history.
#[derive(Clone, Debug)]
pub(crate) struct ReplayWatch {
    clock: SharedClock,
    begun: MonotonicTime,
}

impl ReplayWatch {
    /// Begins now.
    pub(crate) fn begin(clock: &SharedClock) -> Self {
        let begun = clock.read().monotonic;
        let clock = clock.clone();
        Self { clock, begun }
    }

    /// Takes note that a program of this type has been told all.
    pub(crate) fn end(self, workflow_type: &dyn Display) {
        let took = self.clock.read().monotonic.since(self.begun);
        measure(REPLAY_DURATION, &[workflow_type], took);
    }
}
