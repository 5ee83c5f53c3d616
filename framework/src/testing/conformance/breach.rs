//! What the suite reports.

use derive_more::{Display, Error, From};

use crate::storage::StorageError;

/// A rule of the storage port that a store has broken.
#[derive(Debug, Display, Error)]
#[display("{rule}: {breach}")]
#[non_exhaustive]
pub struct Violation {
    /// The rule, by its number and its name.
    pub rule: &'static str,
    /// How it was broken.
    #[error(source)]
    pub breach: Breach,
}

/// How a rule was broken.
#[derive(Debug, Display, Error, From)]
#[non_exhaustive]
pub enum Breach {
    /// The store did what it must not do, or did not do what it must.
    #[display("{_0}")]
    #[from(ignore)]
    Observed(#[error(not(source))] String),
    /// The store failed where it must not.
    #[display("unexpected error")]
    Failed(StorageError),
}

/// Reports a breach unless the condition holds.
macro_rules! ensure {
    ($holds:expr, $($what:tt)+) => {
        if !$holds {
            return Err(crate::testing::conformance::Breach::Observed(format!($($what)+)));
        }
    };
}

pub(super) use ensure;
