//! Nothing is measured.

use std::fmt::Display;

use crate::{
    activity::ActivityInfo,
    clock::SharedClock,
    machine::execution::{ExecutionState, decide::AttemptOutcome},
    metrics::Metric,
    model::Transition,
};

pub(crate) fn describe_all() {}

pub(crate) fn observe(_: Metric, _: impl FnOnce() -> f64) {}

pub(crate) fn gauge<L: Display>(_: Metric, _: &[L], _: impl FnOnce() -> f64) {}

pub(crate) fn observe_transition(_: &ExecutionState, _: &Transition) {}

/// Measures an attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch;

impl Stopwatch {
    pub(crate) fn begin(_: &SharedClock) -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "the same as where it is measured")]
    pub(crate) fn end(self, _: &ActivityInfo, _: &AttemptOutcome) {}
}

/// Measures how long a program takes to be told its history.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReplayWatch;

impl ReplayWatch {
    pub(crate) fn begin(_: &SharedClock) -> Self {
        Self
    }

    #[expect(clippy::unused_self, reason = "the same as where it is measured")]
    pub(crate) fn end(self, _: &dyn Display) {}
}
