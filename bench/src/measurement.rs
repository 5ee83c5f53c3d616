//! What one subject did in one run of a scenario: figures, and how their samples were distributed.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a figure counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Seconds; shown in whatever part of a second reads best.
    Seconds,
    /// A rate.
    PerSecond,
    /// Bytes.
    Bytes,
    /// Bytes in a second.
    BytesPerSecond,
    /// One figure over another.
    Ratio,
    /// A number of things.
    Count,
    /// Hundredths of one core's time.
    PercentOfCore,
}

/// What a figure should keep to: the budget of the project.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

impl Bound {
    /// Whether a value keeps to it.
    pub fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }
}

/// One number of a measurement.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Figure {
    /// What it says; the same name in all subjects is the same line of the report.
    pub name: String,
    /// What it counts.
    pub unit: Unit,
    /// The number.
    pub value: f64,
    /// What it should keep to, if that was promised.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bound: Option<Bound>,
}

impl Figure {
    /// A figure that nothing was promised about.
    pub fn new(name: impl Into<String>, unit: Unit, value: f64) -> Self {
        Self {
            name: name.into(),
            unit,
            value,
            bound: None,
        }
    }

    /// A time.
    pub fn time(name: impl Into<String>, time: Duration) -> Self {
        Self::new(name, Unit::Seconds, time.as_secs_f64())
    }

    /// How many of these there were in a second.
    pub fn rate(name: impl Into<String>, count: u64, time: Duration) -> Self {
        Self::new(name, Unit::PerSecond, per(float(count), time.as_secs_f64()))
    }

    /// Bytes for each of these.
    pub fn bytes_each(name: impl Into<String>, bytes: u64, count: u64) -> Self {
        Self::new(name, Unit::Bytes, per(float(bytes), float(count)))
    }

    /// One number over another.
    pub fn ratio(name: impl Into<String>, upper: f64, lower: f64) -> Self {
        Self::new(name, Unit::Ratio, per(upper, lower))
    }

    /// The same figure with what it should keep to.
    pub fn bound(mut self, bound: Option<Bound>) -> Self {
        self.bound = bound;
        self
    }
}

/// What one subject did in one run of a scenario.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Measurement {
    /// The numbers, in the order they are shown.
    pub figures: Vec<Figure>,
    /// The figure that is set beside a bare append, if one can be.
    pub compared: Option<Compared>,
    /// The figure that is set beside itself at the smallest size that was measured, if it can be.
    pub growth: Option<Compared>,
    /// How the samples behind them were distributed, for the plot.
    pub distribution: Option<Distribution>,
    /// What a reader has to know to read them.
    pub notes: Vec<String>,
}

impl Measurement {
    /// The figure of this name.
    pub fn value(&self, name: &str) -> Option<f64> {
        let figure = self.figures.iter().find(|figure| figure.name == name);
        figure.map(|figure| figure.value)
    }
}

/// A figure that is set beside another.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Compared {
    /// The figure's name; a time.
    pub figure: String,
    /// What the ratio should keep to, if that was promised.
    pub bound: Option<Bound>,
}

impl Compared {
    /// A comparison that nothing was promised about.
    pub fn new(figure: impl Into<String>) -> Self {
        Self {
            figure: figure.into(),
            bound: None,
        }
    }
}

/// Times, to be asked for their percentiles.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Samples {
    sorted: Vec<Duration>,
}

impl Samples {
    /// The same times, in order.
    pub fn new(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self { sorted: times }
    }

    /// The time that this share of the samples does not exceed; zero if there are none.
    pub fn percentile(&self, share: f64) -> Duration {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index into the samples"
        )]
        let index = (share * self.sorted.len().saturating_sub(1) as f64).round() as usize;
        self.sorted.get(index).copied().unwrap_or_default()
    }

    /// The longest time.
    pub fn max(&self) -> Duration {
        self.percentile(1.0)
    }

    /// All percentiles, for a plot.
    pub fn distribution(&self, of: impl Into<String>) -> Distribution {
        let percentiles = (0..=100).map(|percent| {
            let share = f64::from(percent) / 100.0;
            self.percentile(share).as_secs_f64()
        });
        Distribution {
            of: of.into(),
            percentiles: percentiles.collect(),
        }
    }
}

/// The percentiles of a set of times.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Distribution {
    /// What was timed.
    pub of: String,
    /// From the shortest to the longest, in seconds, in steps of one hundredth of the samples.
    pub percentiles: Vec<f64>,
}

/// A count in a quotient; exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts here stay far below")]
pub fn float(count: u64) -> f64 {
    count as f64
}

/// A quotient; of nothing it is nothing.
fn per(upper: f64, lower: f64) -> f64 {
    if lower == 0.0 { 0.0 } else { upper / lower }
}
