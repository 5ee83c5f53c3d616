//! Priority: which work is to be done first, and whose.

use serde::{Deserialize, Serialize};

use crate::model::limits::FAIRNESS_WEIGHTS;

/// The level of work that has no priority key.
const LEVEL: u8 = 3;

/// The weight of those who are given none.
const WEIGHT: f32 = 1.0;

/// Which work is to be done first where not all can be done at once, and whose work it is.
///
/// What is not given is as the workflow has it, and that as the engine does by default.
///
/// # Examples
/// ```
/// use sempre::model::Priority;
///
/// let urgent = Priority::default().key(1).fairness_key("acme").fairness_weight(2.0);
/// assert_eq!(urgent.priority_key, 1);
/// ```
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Priority {
    /// From 1, the first, to 5, the last; 0 if it is not given, which counts as 3.
    pub priority_key: u8,
    /// Those who share in turn what there is, such as tenants; at most 64 bytes; empty if it is not
    /// given.
    pub fairness_key: String,
    /// How much of it this one gets beside the others, from 0.001 to 1,000; 0 if it is not given, which
    /// counts as 1.
    pub fairness_weight: f32,
}

impl Priority {
    /// The same with this key, from 1, the first, to 5, the last.
    #[must_use]
    pub fn key(mut self, key: u8) -> Self {
        self.priority_key = key;
        self
    }

    /// The same for one of those who share in turn what there is.
    #[must_use]
    pub fn fairness_key(mut self, key: impl Into<String>) -> Self {
        self.fairness_key = key.into();
        self
    }

    /// The same with this share, from 0.001 to 1,000.
    #[must_use]
    pub fn fairness_weight(mut self, weight: f32) -> Self {
        self.fairness_weight = weight;
        self
    }

    /// The same, with what is not given taken from that of the run.
    #[must_use]
    pub fn or(self, of_run: &Self) -> Self {
        Self {
            priority_key: either(self.priority_key, of_run.priority_key, |it| *it == 0),
            fairness_key: either(
                self.fairness_key,
                of_run.fairness_key.clone(),
                String::is_empty,
            ),
            fairness_weight: either(self.fairness_weight, of_run.fairness_weight, |it| {
                *it <= 0.0
            }),
        }
    }

    /// From 1, the first, to 5, the last.
    pub fn level(&self) -> u8 {
        if self.priority_key == 0 {
            return LEVEL;
        }
        self.priority_key
    }

    /// How much this one gets beside the others.
    pub fn weight(&self) -> f32 {
        if self.fairness_weight > 0.0 {
            return self
                .fairness_weight
                .clamp(*FAIRNESS_WEIGHTS.start(), *FAIRNESS_WEIGHTS.end());
        }
        WEIGHT
    }

    /// As an event has it: nothing, if nothing was given.
    pub fn into_attribute(self) -> Option<Box<Self>> {
        Some(self).filter(|it| *it != Self::default()).map(Box::new)
    }
}

fn either<T>(own: T, other: T, is_none: impl Fn(&T) -> bool) -> T {
    if is_none(&own) { other } else { own }
}
