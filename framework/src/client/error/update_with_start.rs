//! Why an execution was not started with an update.

use derive_more::{Display, Error, From};

use crate::{
    actor::RequestOutcome,
    client::{StartWorkflowError, UpdateError},
    definition::Failure,
};

/// An execution was not started with an update, or the update was not carried out.
#[derive(Clone, PartialEq, Debug, Display, Error, From)]
#[non_exhaustive]
pub enum UpdateWithStartError<E: std::error::Error + 'static> {
    /// The start was refused, or it is not known what has become of it; so it is with the update.
    #[display("{_0}")]
    Start(#[error(source)] StartWorkflowError),
    /// There is a run, which may have been started for this, and the update has no result.
    #[display("{_0}")]
    Update(#[error(source)] UpdateError<E>),
}

impl<E: Failure> UpdateWithStartError<E> {
    /// Whether the update may have taken effect.
    ///
    /// After [`Unknown`](RequestOutcome::Unknown), repeat both under the same request id and the same
    /// update id.
    pub fn outcome(&self) -> RequestOutcome {
        match self {
            Self::Start(error) => error.outcome(),
            Self::Update(error) => error.outcome(),
        }
    }
}
