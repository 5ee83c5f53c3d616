//! Why runs were not listed or counted.

use derive_more::{Display, Error, From};

use crate::{
    actor::{Refusal, RequestOutcome},
    client::RequestError,
    visibility::FilterError,
};

/// Runs were not listed or counted. Nothing has changed.
#[derive(Clone, PartialEq, Debug, Display, Error, From)]
#[non_exhaustive]
pub enum ListRunsError {
    /// The filter cannot be read, or asks for what runs do not have. Correct it at its column.
    #[display("{_0}")]
    Filter(#[error(source)] FilterError),
    /// The list is to be grouped. Count with this filter, or leave `GROUP BY` out.
    #[display("filter has GROUP BY, which only a count can have")]
    #[from(ignore)]
    Grouped,
    /// The page token belongs to another filter. Ask for the first page of this one.
    #[display("page token belongs to another filter")]
    #[from(ignore)]
    OtherFilter,
    /// The request met what any request can meet.
    #[display("{_0}")]
    Request(#[error(source)] RequestError),
}

impl ListRunsError {
    /// That nothing was done: reading changes nothing.
    pub fn outcome(&self) -> RequestOutcome {
        RequestOutcome::NotDone
    }
}

impl From<Refusal> for ListRunsError {
    fn from(refusal: Refusal) -> Self {
        Self::Request(refusal.into())
    }
}
