//! Why a schedule is refused.

use derive_more::{Display, Error};

/// A schedule that makes no sense; nothing has been created or changed.
#[derive(Clone, PartialEq, Eq, Debug, Display, Error)]
#[display("{field} {problem}")]
#[non_exhaustive]
pub struct InvalidSchedule {
    /// The field that has to be another.
    pub field: &'static str,
    /// What is wrong with it.
    #[error(not(source))]
    pub problem: String,
}

impl InvalidSchedule {
    pub(super) fn new(field: &'static str, problem: impl Into<String>) -> Self {
        Self {
            field,
            problem: problem.into(),
        }
    }
}
