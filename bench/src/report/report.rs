//! What was measured, with the medians over all runs.

use serde::{Deserialize, Serialize};

use crate::{
    Outcome,
    measurement::{Bound, Distribution, Measurement, Unit},
    resources::Machine,
    scenario::Scenario,
};

/// Everything that one call of the program has measured.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Document {
    pub(crate) measured_at: String,
    /// The release of this program, which is that of the framework.
    pub(crate) version: String,
    pub(crate) machine: Machine,
    /// Where memory came from.
    pub(crate) allocator: String,
    pub(crate) runs: u32,
    pub(crate) reports: Vec<Report>,
}

impl Document {
    /// Whether everything that was asked for has been measured.
    pub(crate) fn is_complete(&self) -> bool {
        let mut columns = self.reports.iter().flat_map(|report| &report.columns);
        columns.all(|column| column.failures.is_empty())
    }
}

/// One scenario at one size.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) scenario: Scenario,
    pub(crate) size: u64,
    pub(crate) title: String,
    /// The disk alone.
    pub(crate) disk: Column,
    /// The subjects.
    pub(crate) columns: Vec<Column>,
}

impl Report {
    /// What the subject with this label did.
    pub(crate) fn column(&self, label: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.label() == label)
    }
}

/// One subject's figures.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Column {
    pub(crate) system: String,
    pub(crate) durability: String,
    pub(crate) figures: Vec<Summary>,
    /// What was timed, and the medians of its percentiles.
    pub(crate) distribution: Option<Distribution>,
    pub(crate) notes: Vec<String>,
    /// Why there is no measurement of some runs.
    pub(crate) failures: Vec<String>,
    #[serde(skip)]
    distributions: Vec<Distribution>,
}

/// One figure over all runs.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Summary {
    pub(crate) name: String,
    pub(crate) unit: Unit,
    pub(crate) median: f64,
    pub(crate) runs: Vec<f64>,
    pub(crate) bound: Option<Bound>,
    /// Whether the median keeps to the bound.
    pub(crate) holds: Option<bool>,
}

impl Column {
    pub(crate) fn new(system: &str, durability: &str, notes: Vec<String>) -> Self {
        Self {
            system: system.into(),
            durability: durability.into(),
            figures: Vec::new(),
            distribution: None,
            notes,
            failures: Vec::new(),
            distributions: Vec::new(),
        }
    }

    /// What tells it from the others.
    pub(crate) fn label(&self) -> String {
        format!("{} {}", self.system, self.durability)
    }

    /// The figure of this name.
    pub(crate) fn figure(&self, name: &str) -> Option<&Summary> {
        self.figures.iter().find(|figure| figure.name == name)
    }

    /// Adds what a run has measured, or why it has not.
    pub(crate) fn add(&mut self, outcome: Outcome<Measurement>) {
        let measurement = match outcome {
            Ok(measurement) => measurement,
            Err(error) => {
                self.failures.push(error.to_string());
                return;
            }
        };
        for figure in measurement.figures {
            let known = self.figures.iter_mut().find(|it| it.name == figure.name);
            if let Some(summary) = known {
                summary.add(figure.value);
            } else {
                let mut summary = Summary {
                    name: figure.name,
                    unit: figure.unit,
                    median: 0.0,
                    runs: Vec::new(),
                    bound: figure.bound,
                    holds: None,
                };
                summary.add(figure.value);
                self.figures.push(summary);
            }
        }
        for note in measurement.notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
        self.distributions.extend(measurement.distribution);
        self.distribution = merge(&self.distributions);
    }
}

impl Summary {
    fn add(&mut self, value: f64) {
        self.runs.push(value);
        self.median = median(&self.runs);
        self.holds = self.bound.map(|bound| bound.holds(self.median));
    }
}

/// The value in the middle; between two of them if there is none.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
    let lower = sorted.len().saturating_sub(1) / 2;
    let lower = sorted.get(lower).copied().unwrap_or_default();
    f64::midpoint(lower, upper)
}

/// The medians of each percentile.
fn merge(all: &[Distribution]) -> Option<Distribution> {
    let first = all.first()?;
    let percentiles = (0..first.percentiles.len()).map(|at| {
        let each = all.iter().filter_map(|one| one.percentiles.get(at));
        median(&each.copied().collect::<Vec<_>>())
    });
    Some(Distribution {
        of: first.of.clone(),
        percentiles: percentiles.collect(),
    })
}
