//! The figures that several systems report, under the same names so that they share a line.

use std::time::Duration;

use crate::measurement::{Bound, Compared, Figure, Measurement, Samples, float};

/// Steps of which those at the end are compared with those at the beginning.
const FEW: usize = 100;

/// What one activity after the other costs, from the times between them.
///
/// `longest` holds the times of the longest history, in their order.
pub fn step(all: Vec<Duration>, longest: &[Duration], steps: u64, took: Duration) -> Measurement {
    let samples = Samples::new(all);
    let (early, late) = ends(longest);
    let growth = Figure::ratio(
        "p50, last hundred / first",
        late.as_secs_f64(),
        early.as_secs_f64(),
    );
    Measurement {
        figures: vec![
            Figure::time("step p50", samples.percentile(0.5)),
            Figure::time("step p99", samples.percentile(0.99)),
            Figure::rate("steps per second", steps, took),
            Figure::time("p50 of the first hundred", early),
            Figure::time("p50 of the last hundred", late),
            growth,
        ],
        compared: Some(Compared::new("step p50")),
        distribution: Some(samples.distribution("a step")),
        ..Measurement::default()
    }
}

/// The name of what one local activity takes.
pub(super) const LOCAL_TIME: &str = "time per local activity";

/// How long so many steps took that stay in the process of the workflow, one after the other.
pub fn local(activities: u64, took: Duration) -> Measurement {
    let each = took.div_f64(float(activities.max(1)));
    Measurement {
        figures: vec![
            Figure::time(LOCAL_TIME, each),
            Figure::rate("local activities a second", activities, took),
        ],
        compared: Some(Compared::new(LOCAL_TIME)),
        ..Measurement::default()
    }
}

/// How many workflows of so many steps got done in this time.
pub fn throughput(workflows: u64, steps_each: u32, took: Duration) -> Measurement {
    let steps = workflows * u64::from(steps_each);
    Measurement {
        figures: vec![
            Figure::rate("workflows per second", workflows, took),
            Figure::rate("steps per second", steps, took),
            Figure::time("time per step", took.div_f64(float(steps))),
        ],
        compared: Some(Compared::new("time per step")),
        ..Measurement::default()
    }
}

/// How long so many activities of one workflow took.
pub fn fan_out(width: u64, took: Duration) -> Measurement {
    Measurement {
        figures: vec![
            Figure::time("all", took),
            Figure::time("time per activity", took.div_f64(float(width))),
            Figure::rate("activities per second", width, took),
        ],
        compared: Some(Compared::new("time per activity")),
        growth: Some(Compared::new("time per activity")),
        ..Measurement::default()
    }
}

/// How late timers were, those that were due one after the other and those that were due together.
pub fn timers(spread: Vec<Duration>, burst: Vec<Duration>) -> Measurement {
    let (spread, burst) = (Samples::new(spread), Samples::new(burst));
    Measurement {
        figures: vec![
            Figure::time("one after the other, late p50", spread.percentile(0.5)),
            Figure::time("one after the other, late p99", spread.percentile(0.99)),
            Figure::time("one after the other, latest", spread.max()),
            Figure::time("at one moment, late p50", burst.percentile(0.5)),
            Figure::time("at one moment, late p99", burst.percentile(0.99)),
            Figure::time("at one moment, latest", burst.max()),
        ],
        compared: Some(Compared::new("one after the other, late p50")),
        distribution: Some(spread.distribution("how late a timer is")),
        ..Measurement::default()
    }
}

impl Measurement {
    /// The same with what one of its figures should keep to.
    pub(crate) fn promise(mut self, name: &str, bound: Option<Bound>) -> Self {
        for figure in &mut self.figures {
            if figure.name == name {
                figure.bound = bound;
            }
        }
        self
    }

    /// The same with more figures.
    pub fn and(mut self, figures: impl IntoIterator<Item = Figure>) -> Self {
        self.figures.extend(figures);
        self
    }

    /// The same with something that its reader has to know.
    pub fn noting(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        self.notes.extend(notes);
        self
    }
}

/// The medians of the first few and of the last few.
pub(super) fn ends(times: &[Duration]) -> (Duration, Duration) {
    let few = FEW.min(times.len());
    let first = times.iter().take(few).copied().collect();
    let last = times.iter().rev().take(few).copied().collect();
    let median = |times| Samples::new(times).percentile(0.5);
    (median(first), median(last))
}
