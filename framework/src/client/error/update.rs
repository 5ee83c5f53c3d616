//! Why an update has no answer, or another one than was hoped for.

use derive_more::{Display, Error};

use crate::{
    actor::{Refusal, RequestOutcome, UNFINISHED},
    client::RequestError,
    definition,
    machine::execution::Rejection,
    model::{
        ExecutionStatus, Failure, FailureInfo, PayloadError, UpdateId, event::update::Outcome,
    },
};

/// An update was not carried out, failed, or it is not known what has become of it.
///
/// # Examples
/// ```
/// # use sempre::guide::example::{Order, OrderError, OrderHandle as _};
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = sempre::guide::example::engine().await?;
/// use sempre::client::UpdateError;
///
/// let order = engine.workflow::<Order>("order-42").start(()).await?;
/// match order.set_quantity(0).await {
///     Ok(total) => println!("{total} in all"),
///     // Nothing has changed, and nothing stands in the history.
///     Err(UpdateError::Rejected(OrderError::NothingOrdered)) => println!("order something"),
///     Err(other) => return Err(other.into()),
/// }
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Debug, Display, Error)]
#[non_exhaustive]
pub enum UpdateError<E: std::error::Error + 'static> {
    /// The update was accepted, and its handler returned this error.
    #[display("update failed: {_0}")]
    Failed(#[error(source)] E),
    /// The update was accepted, and failed with something that is not an `E`.
    #[display("update failed: {_0}")]
    FailedOtherwise(#[error(not(source))] Box<Failure>),
    /// The validator returned this error. The update has left no trace.
    #[display("update is rejected: {_0}")]
    Rejected(#[error(source)] E),
    /// The update was rejected for another reason: the workflow has no such update, its input does
    /// not decode, its validator panicked or returned something that is not an `E`. It has left no
    /// trace.
    #[display("update is rejected: {_0}")]
    RejectedOtherwise(#[error(not(source))] Box<Failure>),
    /// The update was accepted, and the run closed before it was completed.
    #[display("workflow execution closed before the update was completed")]
    Unfinished,
    /// The run has closed, and had not accepted the update.
    #[display("workflow execution is closed status={status}")]
    Closed {
        /// How it closed.
        status: ExecutionStatus,
    },
    /// The program cannot take the update now: its workflow task fails, perhaps because of the
    /// update, the run or its workflow type is paused, or its code is not here. See [`describe`](crate::client::ExecutionHandle::describe).
    #[display("workflow does not take the update: {reason}")]
    NotReady {
        /// Why.
        reason: String,
    },
    /// The run has had all the updates it accepts. Its workflow has to continue as new.
    #[display("workflow execution accepts no further updates limit={limit}")]
    TooMany {
        /// How many it accepts.
        limit: usize,
    },
    /// The run carries out as many updates as it may at the same time. Try again when one of them is
    /// completed.
    #[display("too many updates of the workflow execution are in flight limit={limit}")]
    TooManyInFlight {
        /// How many may be.
        limit: usize,
    },
    /// The input does not become a payload. Mend its type's `Serialize`.
    #[display("input cannot be sent: {_0}")]
    Payload(#[error(source)] PayloadError),
    /// The update is completed, and its result is not of the update's output type. Mend the type.
    #[display("result does not fit: {_0}")]
    Result(#[error(source)] PayloadError),
    /// The update was handed over, and may have been accepted. Repeat it under its id: it is then
    /// carried out once.
    #[display(
        "{reason}; whether the update was accepted is not known, repeat it with id={update_id}"
    )]
    Unknown {
        /// Why.
        reason: String,
        /// The id that the update had.
        update_id: UpdateId,
    },
    /// The update was accepted, and waiting for what comes of it failed. Wait again, or repeat the
    /// update under its id, which waits too.
    #[display("update is accepted, and its outcome not known yet: {source} update_id={update_id}")]
    Accepted {
        /// What went wrong.
        source: RequestError,
        /// The id that the update has.
        update_id: UpdateId,
    },
    /// The request met what any request can meet.
    #[display("{_0}")]
    Request(#[error(source)] RequestError),
}

impl<E: definition::Failure> UpdateError<E> {
    /// Whether the update may have taken effect: [`NotDone`](RequestOutcome::NotDone) only if it was
    /// not accepted and never will be.
    ///
    /// After [`Unknown`](RequestOutcome::Unknown), repeat it under its [id](Self::update_id): it is
    /// then carried out once, and one that has failed fails again with the same error.
    pub fn outcome(&self) -> RequestOutcome {
        match self {
            Self::Failed(_)
            | Self::FailedOtherwise(_)
            | Self::Unfinished
            | Self::Result(_)
            | Self::Unknown { .. }
            | Self::Accepted { .. } => RequestOutcome::Unknown,
            Self::Request(error) => error.outcome(),
            Self::Rejected(_)
            | Self::RejectedOtherwise(_)
            | Self::Closed { .. }
            | Self::NotReady { .. }
            | Self::TooMany { .. }
            | Self::TooManyInFlight { .. }
            | Self::Payload(_) => RequestOutcome::NotDone,
        }
    }

    /// The id to repeat the update under, where its outcome is still to come.
    pub fn update_id(&self) -> Option<&UpdateId> {
        match self {
            Self::Unknown { update_id, .. } | Self::Accepted { update_id, .. } => Some(update_id),
            _ => None,
        }
    }

    /// The error of an update that was not accepted.
    pub(in crate::client) fn under(update_id: UpdateId, refusal: Refusal) -> Self {
        match refusal {
            Refusal::Rejected(Rejection::AlreadyClosed { status }) => Self::Closed { status },
            Refusal::Rejected(Rejection::TooManyUpdates { limit }) => Self::TooMany { limit },
            Refusal::Rejected(Rejection::TooManyUpdatesInFlight { limit }) => {
                Self::TooManyInFlight { limit }
            }
            Refusal::UpdateRejected(failure) => match E::from_failure(&failure) {
                Some(error) => Self::Rejected(error),
                None => Self::RejectedOtherwise(failure),
            },
            Refusal::NotReady { reason } => Self::NotReady { reason },
            Refusal::Unknown(outage) => Self::Unknown {
                reason: outage.to_string(),
                update_id,
            },
            other => Self::Request(other.into()),
        }
    }

    /// The error of waiting for an update that was accepted.
    pub(in crate::client) fn of_wait(update_id: UpdateId, refusal: Refusal) -> Self {
        Self::Accepted {
            source: refusal.into(),
            update_id,
        }
    }

    /// What came of an update that is completed.
    pub(in crate::client) fn read<O: serde::de::DeserializeOwned>(
        outcome: Outcome,
    ) -> Result<O, Self> {
        let failure = match outcome {
            Outcome::Success(result) => return result.decode().map_err(Self::Result),
            Outcome::Failure(failure) => *failure,
        };
        Err(match E::from_failure(&failure) {
            Some(error) => Self::Failed(error),
            None if is_unfinished(&failure) => Self::Unfinished,
            None => Self::FailedOtherwise(Box::new(failure)),
        })
    }
}

fn is_unfinished(failure: &Failure) -> bool {
    matches!(&failure.info, FailureInfo::Application(info) if info.error_type == UNFINISHED)
}
