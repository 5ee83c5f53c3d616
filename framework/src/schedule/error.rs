//! Why a schedule was not created, or a request about one has no answer.

use derive_more::{Display, Error, From};

use crate::{
    client::{
        QueryWorkflowError, RequestError, RequestOutcome, StartWorkflowError, StopWorkflowError,
        UpdateError,
    },
    model::PayloadError,
    schedule::{InvalidSchedule, scheduler::ChangeError},
};

/// A request about a schedule was refused or has no answer.
///
/// # Examples
/// ```
/// # use sempre::guide::example::Order;
/// # #[actix::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = sempre::guide::example::engine().await?;
/// use sempre::schedule::ScheduleError;
/// use std::time::Duration;
///
/// let create = engine.schedule("orders").create::<Order>(()).every(Duration::from_millis(20));
/// let Err(ScheduleError::Invalid(invalid)) = create.await else { panic!("it is refused") };
/// assert_eq!(invalid.field, "intervals");
/// # engine.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Debug, Display, Error, From)]
#[non_exhaustive]
pub enum ScheduleError {
    /// The schedule makes no sense. Mend the field that is named.
    #[display("schedule: {_0}")]
    Invalid(#[error(source)] InvalidSchedule),
    /// There is a schedule with this id. Update it, or delete it first.
    #[display("schedule already exists schedule_id={schedule_id}")]
    #[from(ignore)]
    AlreadyExists {
        /// Its id.
        schedule_id: String,
    },
    /// There is no schedule with this id: none was created, or it was deleted.
    #[display("schedule not found schedule_id={schedule_id}")]
    #[from(ignore)]
    NotFound {
        /// The id that was asked for.
        schedule_id: String,
    },
    /// Somebody else has changed the schedule since it was described. Describe it and try again.
    #[display("schedule has been changed since it was described")]
    #[from(ignore)]
    Conflict,
    /// The input of the workflow cannot be written. Mend its type.
    #[display("input cannot be sent: {_0}")]
    Payload(#[error(source)] PayloadError),
    /// What every request can meet.
    #[display("{_0}")]
    Request(#[error(source)] RequestError),
}

impl ScheduleError {
    /// Whether the request may have taken effect.
    ///
    /// After [`Unknown`](RequestOutcome::Unknown), describe the schedule: it says whether it is there,
    /// what it is and what it has done.
    pub fn outcome(&self) -> RequestOutcome {
        match self {
            Self::Request(error) => error.outcome(),
            _ => RequestOutcome::NotDone,
        }
    }

    /// The error of a request about this schedule.
    pub(super) fn of_request(schedule_id: &str, error: RequestError) -> Self {
        match error {
            RequestError::NotFound { .. } => Self::not_found(schedule_id),
            other => Self::Request(other),
        }
    }

    pub(super) fn not_found(schedule_id: &str) -> Self {
        Self::NotFound {
            schedule_id: schedule_id.to_owned(),
        }
    }

    fn unavailable(reason: &impl ToString) -> Self {
        Self::Request(RequestError::Unavailable {
            reason: reason.to_string(),
        })
    }

    pub(super) fn of_start(schedule_id: &str, error: StartWorkflowError) -> Self {
        match error {
            StartWorkflowError::AlreadyStarted { .. } => Self::AlreadyExists {
                schedule_id: schedule_id.to_owned(),
            },
            StartWorkflowError::Payload(error) => Self::Payload(error),
            StartWorkflowError::Request(error) => Self::Request(error),
            other => Self::unavailable(&other),
        }
    }

    pub(super) fn of_change(schedule_id: &str, error: UpdateError<ChangeError>) -> Self {
        match error {
            UpdateError::Failed(ChangeError::Conflict)
            | UpdateError::Rejected(ChangeError::Conflict) => Self::Conflict,
            UpdateError::Closed { .. } => Self::not_found(schedule_id),
            UpdateError::Payload(error) => Self::Payload(error),
            UpdateError::Request(error) => Self::of_request(schedule_id, error),
            other if other.outcome() == RequestOutcome::Unknown => {
                Self::Request(RequestError::Unknown {
                    reason: other.to_string(),
                    request_id: None,
                })
            }
            other => Self::unavailable(&other),
        }
    }

    pub(super) fn of_query(schedule_id: &str, error: QueryWorkflowError) -> Self {
        match error {
            QueryWorkflowError::Request(error) => Self::of_request(schedule_id, error),
            other => Self::unavailable(&other),
        }
    }

    pub(super) fn of_stop(schedule_id: &str, error: StopWorkflowError) -> Self {
        match error {
            StopWorkflowError::Request(error) => Self::of_request(schedule_id, error),
            _ => Self::not_found(schedule_id),
        }
    }
}
